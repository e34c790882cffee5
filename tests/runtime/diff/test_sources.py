"""What OLD and NEW may be, and what is said of what they may not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from simnet.errors import InputError, RpcError
from simnet.network.topology import Chain
from simnet.runtime.bundled import runtime_code
from simnet.runtime.diff import _sources, code_source

BEST = "0x" + "22" * 32


def test_a_name_and_a_file_stand_for_their_code(tmp_path: Path) -> None:
    (tmp_path / "my.wasm").write_bytes(b"\0asm")
    assert code_source("penpal").code == runtime_code(Chain(id="any", runtime="penpal"))
    assert code_source(str(tmp_path / "my.wasm")).code == b"\0asm"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("penpall", "did you mean 'penpal'"),
        ("new.wasm", "there is no file new.wasm"),
        ("there/new", "there is no file there/new"),
        ("http://127.0.0.1:9944", "give the one for WebSockets"),
        ("ws://127.0.0.1:1", "cannot be read: no connection"),
        (".", "cannot be read: it is a folder"),
    ],
)
def test_what_stands_for_no_code_is_a_mistake_that_says_why(source: str, why: str) -> None:
    with pytest.raises(InputError, match=why) as caught:
        code_source(source)
    assert caught.value.exit_code == 2


class Answering:
    """An endpoint that answers from a table, and keeps what it was asked."""

    asked: list[tuple[str, Sequence[Any]]]

    def __init__(self, stored: Callable[[str], Any]) -> None:
        self.asked = []
        self.stored = stored

    def __call__(self, url: str) -> Answering:
        return self

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = 0) -> Any:
        self.asked.append((method, params))
        return BEST if method == "chain_getBlockHash" else self.stored(params[0])

    def close(self) -> None: ...


def test_an_endpoint_is_asked_for_two_keys_at_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Answering(lambda key: "0x0061736d" if key == "0x3a636f6465" else None)
    monkeypatch.setattr(_sources, "WebSocketRpc", node)
    found = code_source("ws://there")
    assert (found.code, found.block, found.authorized) == (b"\0asm", BEST, None)
    assert [method for method, _ in node.asked] == ["chain_getBlockHash", "state_getStorage", "state_getStorage"]
    assert {params[1] for method, params in node.asked if method == "state_getStorage"} == {BEST}


@pytest.mark.parametrize(
    ("answer", "why"), [(None, "no code in its state"), ("rubbish", "answers no bytes"), (7, "answers no bytes")]
)
def test_an_endpoint_without_code_is_a_mistake(monkeypatch: pytest.MonkeyPatch, answer: Any, why: str) -> None:
    monkeypatch.setattr(_sources, "WebSocketRpc", Answering(lambda _: answer))
    with pytest.raises(InputError, match=why):
        code_source("ws://there")


def test_an_endpoint_that_refuses_says_what_it_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise RpcError("state already discarded")

    monkeypatch.setattr(_sources, "WebSocketRpc", Answering(refuse))
    with pytest.raises(InputError, match="state already discarded"):
        code_source("ws://there")
