"""What a candidate of several blocks commits to."""

from __future__ import annotations

from typing import Any

from simnet.codec import u32, vec, vec_bytes
from simnet.providers.simulated.consensus.collation import _commitments

SEPARATOR = b""


def info(**given: Any) -> dict[str, Any]:
    """What a block's runtime gives for its candidate."""
    nothing: dict[str, Any] = {"upward_messages": [], "horizontal_messages": [], "new_validation_code": None}
    return {**nothing, "head_data": b"head", "processed_downward_messages": 0, "hrmp_watermark": 7, **given}


def committed(
    upward: list[bytes] | None = None,
    horizontal: list[tuple[int, bytes]] | None = None,
    code: bytes | None = None,
    head: bytes = b"head",
    downward: int = 0,
    watermark: int = 7,
) -> bytes:
    messages = vec(u32(to) + vec_bytes(data) for to, data in horizontal or [])
    new = b"\0" if code is None else b"\1" + vec_bytes(code)
    return vec(map(vec_bytes, upward or [])) + messages + new + vec_bytes(head) + u32(downward) + u32(watermark)


def test_signals_stand_behind_the_upward_messages_of_all_blocks() -> None:
    infos = [info(upward_messages=[b"one"]), info(upward_messages=[b"two", SEPARATOR, b"core"])]
    assert _commitments(infos) == committed([b"one", b"two", SEPARATOR, b"core"])
    assert _commitments(infos[:1]) == committed([b"one"]), "no separator without signals"


def test_horizontal_messages_of_all_blocks_are_sorted_by_recipient() -> None:
    late, soon = {"recipient": 3000, "data": b"late"}, {"recipient": 2000, "data": b"soon"}
    infos = [info(horizontal_messages=[late]), info(horizontal_messages=[soon])]
    assert _commitments(infos) == committed(horizontal=[(2000, b"soon"), (3000, b"late")])


def test_downward_messages_add_up_and_the_last_block_gives_head_and_watermark() -> None:
    infos = [
        info(processed_downward_messages=2, head_data=b"first", hrmp_watermark=5),
        info(processed_downward_messages=3, head_data=b"last", hrmp_watermark=6),
    ]
    assert _commitments(infos) == committed(head=b"last", downward=5, watermark=6)


def test_a_code_of_any_block_is_the_candidates() -> None:
    assert _commitments([info(new_validation_code=b"code"), info()]) == committed(code=b"code")
