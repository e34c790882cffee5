"""Messages whose ids chains give: found by the step's extrinsic, followed over hops, told why they failed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simnet.checks import Messages
from simnet.checks._check import Status
from simnet.checks.invariants import messages_end_once, queues_agree
from simnet.journal.records import (
    DryRunAsked,
    MessageAsked,
    MessageSubmitted,
    OurExtrinsic,
    QueueRead,
    RuntimeEvent,
)
from simnet.network.locations import location_of
from tests.journal.transfers import EXTRINSIC, HASH, ID, NAME, OTHER, TransferStory, event, processed, sent


@pytest.fixture
def story(tmp_path: Path) -> TransferStory:
    return TransferStory(tmp_path)


def test_the_id_is_that_of_the_extrinsics_own_event(story: TransferStory) -> None:
    assert (story.trace.id, story.trace.sent) == (NAME, None)
    story.block("2000", sent("2000", "2001", OTHER))  # somebody else's
    story.taken(sent("2000", "2001"))
    assert (story.trace.id, story.trace.ids, story.trace.sent_height) == (ID, (ID,), 2)
    assert str(story.trace) == "t 2000>2001"
    story.block("2001", processed(OTHER))
    assert story.trace.terminals == ()
    story.block("2001", processed())
    (end,) = story.trace.terminals
    assert (end.event, end.success, end.chain, end.height) == ("Processed", True, "2001", 2)


def test_of_two_forks_the_finalized_one_gives_the_id(story: TransferStory) -> None:
    story.taken(sent("2000", "2001", OTHER), hash_="0xfork", final=False)
    assert story.trace.ids == ()
    story.taken(sent("2000", "2001"))
    assert story.trace.ids == (ID,)
    story.block("2001", processed(OTHER))
    assert story.trace.terminals == ()


@pytest.mark.parametrize("onward", [ID, OTHER], ids=["topic kept", "another id each hop"])
def test_a_transfer_over_its_reserve_ends_where_it_was_to_go(story: TransferStory, onward: str) -> None:
    story.taken(sent("2000", "1000"))
    story.block("1000", sent("1000", "relay", HASH), processed(HASH), sent("1000", "2001", onward), processed())
    trace = story.trace
    assert (trace.terminals, trace.via, trace.recipient) == ((), ("1000",), "2001")
    story.block("relay", QueueRead(queue="relay HRMP channel", sender="1000", recipient="2001", count=1, bytes=1,
                                   capacity=8, max_bytes=9, ids=[onward]))  # fmt: skip
    assert story.trace.last_seen == "relay HRMP channel of relay at block 1"
    assert bytes.fromhex(onward[2:]) in story.evidence.message_log.topics()
    story.block("2001", processed(onward))
    (end,) = story.trace.terminals
    assert (end.chain, end.success) == ("2001", True)
    assert story.evidence.message_log.topics() == []
    assert messages_end_once(story.evidence).status is Status.HELD
    assert queues_agree(story.evidence).status is Status.HELD


def test_a_hop_that_fails_ends_it(story: TransferStory) -> None:
    story.taken(sent("2000", "1000"))
    error = event("ProcessXcmError", error="TooExpensive", message_id=ID, origin={})
    trapped = event("AssetsTrapped", hash="0xdd", origin=location_of("2000", "1000"), assets={"V5": []})
    story.block("1000", error, trapped, processed(success=False))
    assert story.trace.failure == (
        "failed with TooExpensive: ended in Processed with success False in 1000 block 1; assets are trapped there"
        " under 0xdd"
    )
    assert [one.hash for one in story.trace.terminals[0].trapped] == ["0xdd"]


def test_a_transfer_that_goes_on_to_nobody_missed_its_recipient(story: TransferStory) -> None:
    story.taken(sent("2000", "1000"))
    story.block("1000", processed())
    assert story.trace.failure == "failed with no message went on to 2001: ended in Missed in 1000 block 1"


def test_a_message_that_ends_twice_is_told(story: TransferStory) -> None:
    story.taken(sent("2000", "2001"))
    story.block("2001", processed())
    story.block("2001", processed())
    assert len(story.trace.terminals) == 2
    assert messages_end_once(story.evidence).status is Status.FAILED


def test_an_event_of_another_chain_ends_nothing(story: TransferStory) -> None:
    story.taken(sent("2000", "2001"))
    story.block("1000", processed())
    assert story.trace.terminals == ()


def test_a_call_that_fails_sends_nothing(story: TransferStory) -> None:
    story.taken(error="Xcm.Filtered")
    assert story.trace.refused == "Xcm.Filtered"
    assert story.trace.failure == "was refused by the sender's chain: Xcm.Filtered"
    found = Messages().judge(story.evidence)
    assert found.status is not Status.HELD


BARRIERS = {
    "by XCMP": ("2001", event("XcmpMessageSent", "XcmpQueue", message_hash=HASH)),
    "by UMP": ("relay", event("UpwardMessageSent", "ParachainSystem", message_hash=HASH)),
}


@pytest.mark.parametrize(("to", "hashed"), BARRIERS.values(), ids=BARRIERS)
def test_what_a_barrier_refuses_is_known_by_its_hash(tmp_path: Path, to: str, hashed: RuntimeEvent) -> None:
    story = TransferStory(tmp_path, to)
    story.taken(hashed, sent("2000", to), hash_="0xfork", final=False)  # which tells the same hash once more
    story.taken(hashed, sent("2000", to, message=({"Transact": {}}, "ClearOrigin")))
    story.block(to, processed(OTHER, success=False))
    assert story.trace.terminals == ()
    story.block(to, processed(HASH, success=False))
    assert story.trace.failure == (
        f"was refused by the barrier of {to}, which saw Transact, ClearOrigin: ended in Processed with success False in"
        f" {to} block 2"
    )


def test_what_goes_down_has_its_hash_from_the_queue(tmp_path: Path) -> None:
    story = TransferStory(tmp_path)
    story._asked |= {"id": "0x02", "label": "down", "sender": "relay", "recipient": "2000"}
    story.journal.append(MessageAsked(**story._asked))
    story.journal.append(MessageSubmitted(**story._asked, extrinsic="0xe2"))
    taken = OurExtrinsic(extrinsic="0xe2", index=2, success=True, error=None)
    down = replace(sent("relay", "2000"), extrinsic=2)
    queue = QueueRead(
        queue="relay downward queue", sender="relay", recipient="2000", count=1, bytes=1, ids=[ID], hashes={ID: HASH}
    )
    story.block("relay", down, taken, queue)
    story.block("2000", processed(HASH, success=False))
    trace = story.evidence.messages()[1]
    assert trace.failure is not None
    assert trace.failure.startswith("was refused by the barrier of 2000, which saw instructions that no event tells")


def dry_run(**more: Any) -> DryRunAsked:
    return DryRunAsked(step="t", call="ReserveAssetDeposited, BuyExecution", sender="2000", extrinsic=EXTRINSIC, **more)


@pytest.mark.parametrize(
    ("error", "told"), [("TooExpensive", "TooExpensive at instruction 1, BuyExecution"), ("Trap", "TooExpensive")]
)
def test_a_dry_run_that_foresaw_the_error_tells_the_instruction(story: TransferStory, error: str, told: str) -> None:
    instruction = {"index": 1, "name": "BuyExecution"}
    story.journal.append(dry_run(outcome="failure", error=error, instruction=instruction), chain="2001")
    story.taken(sent("2000", "2001"))
    failed = event("ProcessXcmError", error="TooExpensive", message_id=ID, origin={})
    story.block("2001", failed, processed(success=False))
    assert (story.trace.failure or "").startswith(f"failed with {told}: ended")


def test_a_program_that_sends_nothing_ends_on_its_own_chain_once_that_is_final(tmp_path: Path) -> None:
    story = TransferStory(tmp_path, "2000", "xcm")
    complete = event("Attempted", outcome={"Complete": {"used": 1}})
    story.taken(complete, final=False)
    assert story.trace.terminals == ()
    story.taken(complete)
    assert [(one.event, one.success) for one in story.trace.terminals] == [("Executed", True)]


def test_an_older_chain_takes_a_program_that_failed_half_way(tmp_path: Path) -> None:
    story = TransferStory(tmp_path, "2000", "xcm")
    error = {"index": 3, "error": {"Trap": 7}}
    story.taken(event("Attempted", outcome={"Incomplete": {"used": 1, "error": error}}))
    assert story.trace.failure == "failed with Trap(7) at instruction 3: ended in Executed in 2000 block 1"


def test_a_program_that_sends_is_followed_by_all_of_its_ways(tmp_path: Path) -> None:
    story = TransferStory(tmp_path, "2000", "xcm")
    story.taken(sent("2000", "2001"), sent("2000", "1000", OTHER))
    story.block("2001", processed())
    assert story.trace.terminals == ()
    failed = event("ProcessXcmError", error="Trap", message_id=OTHER, origin={})
    story.block("1000", failed, processed(OTHER, success=False))
    assert [(one.chain, one.error) for one in story.trace.terminals] == [("1000", "Trap")]


def test_assets_that_were_claimed_lie_there_no_more(story: TransferStory) -> None:
    one = {"hash": "0xdd", "origin": location_of("2000", "2001"), "assets": {"V5": []}}
    story.block("2001", event("AssetsTrapped", **one), event("AssetsTrapped", **one))
    story.block("2001", event("AssetsClaimed", **one))
    left, claimed = story.evidence.trapped("2001")
    assert len(left) == len(claimed) == 1
    assert claimed[0].seq < left[0].seq


def test_mail_that_a_barrier_refuses_is_told_as_refused(story: TransferStory) -> None:
    """Regression: it was never seen to end, and counted as lost."""
    mail: dict[str, Any] = {
        "id": OTHER, "label": "mail", "index": 0, "sender": "2000", "recipient": "2001", "size": 1
    }  # fmt: skip
    story.journal.append(MessageAsked(**mail))
    story.journal.append(MessageSubmitted(**mail, extrinsic="0xe2"))
    hashed = event("XcmpMessageSent", "XcmpQueue", message_hash=HASH)
    story.block("2000", hashed, sent("2000", "2001", OTHER, message=({"WithdrawAsset": []}, {"Transact": {}})))
    story.block("2001", processed(HASH, success=False))
    trace = story.evidence.messages()[1]
    assert (trace.failure or "").startswith(
        "was refused by the barrier of 2001, which saw WithdrawAsset, Transact: ended in Processed with success False"
    )
