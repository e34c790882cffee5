"""What calls write of a chain's state, as the journal tells it."""

from __future__ import annotations

from typing import Any

import pytest

from simnet.chain.storage_writes import StorageWrite, written_in

SET = {"items": [["0x01", "0x02"], (b"\x03", b"\x04")]}
BOTH = [("0x01", "0x02"), ("0x03", "0x04")]


@pytest.mark.parametrize(
    ("call", "args", "root", "written"),
    [
        ("System.set_storage", SET, True, BOTH),
        ("System.set_storage", SET, False, []),
        ("System.kill_storage", {"keys": ["0x01", "0x05"]}, True, [("0x01", None), ("0x05", None)]),
        ("System.kill_prefix", {"prefix": "0x01", "subkeys": 9}, True, [("0x01", None)]),
        ("System.remark", {"remark": "0x01"}, True, []),
        ("Utility.batch", {"calls": [{"System": {"set_storage": SET}}, {"System": {"remark": ["0x"]}}]}, True, BOTH),
        ("Utility.batch", {"calls": [{"System": {"set_storage": [SET["items"]]}}]}, True, BOTH),
        ("Utility.batch", {"calls": [{"System": {"set_storage": SET}}]}, False, []),
        ("Sudo.sudo", {"call": {"System": {"set_storage": SET}}}, False, BOTH),
        ("Utility.batch", {"calls": [{"Sudo": {"sudo": {"call": {"System": {"set_storage": SET}}}}}]}, False, BOTH),
        (
            "Scheduler.schedule_after",
            {"after": 2, "call": {"System": {"kill_storage": [["0x01"]]}}},
            True,
            [("0x01", None)],
        ),
        ("System.set_storage", {}, True, []),
    ],
)
def test_what_calls_of_root_write_is_found_wherever_it_stands(
    call: str, args: Any, root: bool, written: list[tuple[str, str | None]]
) -> None:
    assert [(one.key, one.value) for one in written_in(call, args, root=root)] == written


def test_long_values_are_told_by_their_beginning() -> None:
    one = StorageWrite(key="0x3a636f6465", value="0x" + "ab" * 10**6)
    assert len(str(one)) < 500
    assert str(one).endswith("… (2000002 characters)")
    assert len(one.as_data()["value"]) < 500
