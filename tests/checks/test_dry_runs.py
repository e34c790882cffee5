"""What chains said before, beside what came: each way in which it may differ is told, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simnet.checks.dry_runs import Foreseen, foreseen, told_differences
from simnet.checks.notes import notes_of
from simnet.journal.records import DryRunAsked, RuntimeEvent
from simnet.network.locations import location_of
from tests.journal.transfers import EXTRINSIC, ID, TransferStory, event, processed, sent

FEE = {"id": location_of("2000", "2000"), "fun": {"Fungible": 7}}
PAID = event("FeesPaid", paying={}, fees=[FEE])
TO_2001 = [{"to": "2001", "version": 5, "instructions": ["ClearOrigin"]}]
DELIVERY = [{"id": FEE["id"], "amount": 7}]
TRAPPED = {"hash": "0xdd", "origin": location_of("2000", "2001"), "assets": {"V5": [FEE]}}


@pytest.fixture
def story(tmp_path: Path) -> TransferStory:
    return TransferStory(tmp_path)


def said(story: TransferStory, outcome: Any = "success", **more: Any) -> None:
    """The sender's chain said so of the call."""
    fields = {"forwarded": TO_2001, "fees": {"delivery": DELIVERY, "transaction": 100}}
    data = DryRunAsked(step="t", call="Xcm.transfer_assets", outcome=outcome, extrinsic=EXTRINSIC, **{**fields, **more})
    story.journal.append(data, chain="2000")


def there(story: TransferStory, outcome: Any = "success", **more: Any) -> None:
    """The recipient's said so of the message."""
    data = DryRunAsked(step=3, call="ClearOrigin", sender="2000", outcome=outcome, extrinsic=EXTRINSIC, **more)
    story.journal.append(data, chain="2001")


def last(story: TransferStory) -> Foreseen:
    return foreseen(story.evidence)[-1]


def paid(fee: int) -> RuntimeEvent:
    return event("TransactionFeePaid", "TransactionPayment", who="0x", actual_fee=fee, tip=0)


def test_what_came_as_it_was_said_differs_in_nothing(story: TransferStory) -> None:
    said(story)
    there(story)
    assert [(one.said, one.came) for one in foreseen(story.evidence)] == [("success", None)] * 2
    story.taken(PAID, sent("2000", "2001"), paid(90))
    story.block("2001", processed())
    assert [(one.came, one.differs) for one in foreseen(story.evidence)] == [("success", ())] * 2
    assert notes_of(story.evidence) == ()


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ((PAID, sent("2000", "1000")), "messages were to go to 2001, and went to 1000"),
        ((PAID,), "messages were to go to 2001, and went to nobody"),
        ((PAID, sent("2000", "2001"), sent("2000", "2001")), "messages were to go to 2001, and went to 2001, 2001"),
        ((sent("2000", "2001"),), "sending was to cost 7, and cost nothing"),
        ((PAID, PAID, sent("2000", "2001")), "sending was to cost 7, and cost 7, 7"),
        ((PAID, sent("2000", "2001"), paid(101)), "the extrinsic was to cost 100, and cost 101"),
        (
            (PAID, sent("2000", "2001"), event("AssetsTrapped", **TRAPPED)),
            "assets were to be trapped under no hash, and were under 0xdd",
        ),
    ],
)
def test_a_call_that_succeeded_may_differ_in_what_it_did(
    story: TransferStory, events: tuple[RuntimeEvent, ...], told: str
) -> None:
    said(story)
    story.taken(*events)
    assert last(story).differs == (told,)
    assert told_differences(story.evidence) == [f"t: Xcm.transfer_assets on 2000: {told}"]


def test_a_call_that_ended_otherwise_is_told(story: TransferStory) -> None:
    said(story)
    story.taken(error="Xcm.Filtered")
    assert last(story).differs == ("the chain said success, and the call ended in failure: Xcm.Filtered",)


def test_a_call_that_failed_for_another_reason_is_told(story: TransferStory) -> None:
    said(story, "failure", error="Token.Frozen", forwarded=None, instruction={"index": 0, "name": "WithdrawAsset"})
    story.taken(error="Xcm.Filtered")
    assert last(story).differs == (
        "the chain said failure: Token.Frozen at instruction 0, WithdrawAsset, and the call ended in failure:"
        " Xcm.Filtered",
    )


def test_a_call_that_succeeded_against_its_dry_run_is_told(story: TransferStory) -> None:
    said(story, "failure", error="Token.Frozen", forwarded=None)
    story.taken(sent("2000", "2001"))
    assert last(story).differs == ("the chain said failure: Token.Frozen, and the call ended in success",)


@pytest.mark.parametrize("foreseen_error", ["Barrier", "TooExpensive", None])
def test_a_message_that_failed_is_held_against_its_receivers_word(
    story: TransferStory, foreseen_error: str | None
) -> None:
    there(story, "success" if foreseen_error is None else "failure", error=foreseen_error)
    story.taken(sent("2000", "2001"))
    failed = event("ProcessXcmError", error="TooExpensive", message_id=ID, origin={})
    story.block("2001", failed, processed(success=False))
    told = last(story)
    assert told.came == "failure: TooExpensive"
    assert (told.differs == ()) == (foreseen_error == "TooExpensive")
    assert told.step == "step 4"


def test_assets_that_nobody_foresaw_trapped_are_told(story: TransferStory) -> None:
    there(story, "failure", error="TooExpensive", trapped=[{**TRAPPED, "hash": "0xee"}])
    story.taken(sent("2000", "2001"))
    failed = event("ProcessXcmError", error="TooExpensive", message_id=ID, origin={})
    story.block("2001", failed, event("AssetsTrapped", **TRAPPED), processed(success=False))
    assert last(story).differs == ("assets were to be trapped under 0xee, and were under 0xdd",)
    told = [str(one) for one in notes_of(story.evidence)]
    assert told[1] == "trapped: 7 of 2001 on 2001 under 0xdd, which 2000 may claim, left by t"


def test_a_fork_that_lost_is_nothing_that_came(story: TransferStory) -> None:
    said(story)
    story.taken(error="Xcm.Filtered", hash_="0xfork", final=False)
    assert last(story).came is None
    assert told_differences(story.evidence) == []


def test_a_chain_that_was_not_asked_foresaw_nothing(story: TransferStory) -> None:
    why = "the runtime's metadata has no DryRunApi_dry_run_call"
    said(story, "not asked", why=why, forwarded=None, fees=None)
    story.taken(error="Xcm.Filtered")
    assert (last(story).said, last(story).came) == (f"not asked: {why}", None)
    assert told_differences(story.evidence) == []


def test_each_hop_is_set_beside_its_own_dry_run(story: TransferStory) -> None:
    """Also where a message comes to one chain twice."""
    for chain, sender, outcome in (("1000", "2000", "success"), ("2001", "1000", "failure")):
        data = DryRunAsked(step="t", call="x", sender=sender, outcome=outcome, extrinsic=EXTRINSIC, error=None)
        story.journal.append(replace(data, error="Trap") if outcome == "failure" else data, chain=chain)
    story.taken(sent("2000", "1000"))
    story.block("1000", sent("1000", "2001"), processed())
    story.block("2001", processed())
    one, two = foreseen(story.evidence)
    assert (one.came, one.differs) == ("success", ())
    assert two.differs == ("2001 said failure: Trap, and the message ended in success",)
