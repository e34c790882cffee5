"""Why a message failed: what the queue says, and the instruction that failed in the same block."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from simnet.journal import Evidence, Journal
from simnet.journal.records import BlockSeen, MessageSubmitted, RuntimeEvent
from tests.runs import started

TOPIC = "0x" + "01" * 32


def evidence(folder: Path, *events: tuple[str, str, dict[str, Any]]) -> Evidence:
    """A message, and what its receiver's block 0xa1 says of it; another block of that height has another error."""
    journal = Journal(time.monotonic)
    journal.begin(folder / "journal.jsonl", started(provider="toy"))
    journal.append(
        MessageSubmitted(id=TOPIC, label="m", index=0, sender="2000", recipient="2001", size=1, extrinsic="0x")
    )
    place: dict[str, Any] = {"observer": "c", "chain": "2001", "height": 1}
    for hash_, found in (("0xf0", [("PolkadotXcm", "ProcessXcmError", {"error": "Forked"})]), ("0xa1", events)):
        journal.append(BlockSeen(parent="0x00", author="c", slot=1, relay_parent=1), **place, hash=hash_)
        for pallet, name, fields in found:
            key = "id" if pallet == "MessageQueue" else "message_id"
            event = RuntimeEvent(pallet=pallet, name=name, fields={key: TOPIC, **fields}, extrinsic=None)
            journal.append(event, **place, hash=hash_)
    return journal.evidence


@pytest.mark.parametrize(
    ("events", "error"),
    [
        ([("MessageQueue", "Processed", {"success": True})], None),
        ([("MessageQueue", "Processed", {"success": False})], None),
        (
            [
                ("PolkadotXcm", "ProcessXcmError", {"error": {"Trap": 7}}),
                ("MessageQueue", "Processed", {"success": False}),
            ],
            "Trap(7)",
        ),
        (
            [
                ("XcmPallet", "ProcessXcmError", {"error": "ExceedsStackLimit"}),
                ("MessageQueue", "ProcessingFailed", {"error": "StackLimitReached"}),
            ],
            "ExceedsStackLimit, StackLimitReached",
        ),
        ([("MessageQueue", "ProcessingFailed", {"error": {"Overweight": 5}})], "Overweight(5)"),
    ],
)
def test_the_error_is_that_of_the_message_in_its_block(
    tmp_path: Path, events: list[tuple[str, str, dict[str, Any]]], error: str | None
) -> None:
    shown = evidence(tmp_path, *events)
    (trace,) = shown.message_log.traces(
        lambda chain, hash_: shown.blocks[chain][hash_] if hash_ == "0xa1" else None,
        lambda chain, hash_: shown.blocks[chain].get(hash_),
    )
    assert [end.error for end in trace.terminals] == [error]
