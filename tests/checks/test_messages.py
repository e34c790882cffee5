"""What `messages` demands: the whole wait from the asking, its order on every leg, and which faults excuse."""

from __future__ import annotations

from typing import Any

import pytest

from simnet.checks import Finding, Messages, Status
from simnet.errors import InputError
from simnet.journal.records import FaultApplied, FaultChanged, FaultHealed, OurExtrinsic
from tests.report.story import Story

NODES = (
    ("alice", "relay", "validator"),
    ("bob", "relay", "validator"),
    ("c0", "2000", "collator"),
    ("c1", "2001", "collator"),
    ("c2", "2002", "collator"),
)
END = 300.0


def told(
    *standing: tuple[str, float, float],
    asked: float = 20.0,
    sent: float = 30.0,
    ended: float = 200.0,
    count: int = 1,
    lags: bool = False,
) -> Story:
    """Messages from 2000 to 2001 over 300 s. Each parachain is included each 12 s, but not while it is
    ``standing``, from one time to another. With ``lags`` the sender's block is not final."""
    story = Story(NODES)
    story.barrier()
    happen: list[tuple[float, str]] = [(asked, "asked"), (sent, "sent"), (ended, "ended")]
    happen += [(float(t), "block") for t in range(6, int(END) + 1, 12)]
    height = 0
    for t, what in sorted(happen):
        story.t = t
        if what == "block":
            height += 1
            story.block(f"r{height}", height, f"r{height - 1}", "alice")
            for para in (2000, 2001, 2002):
                if not any(chain == str(para) and start < t < end for chain, start, end in standing):
                    story.event(f"r{height}", height, "ParaInclusion", "CandidateIncluded", para_id=para)
        elif what == "asked":
            for index in range(count):
                story.ask(f"m{index}", "2000", "2001", index=index)
        elif what == "sent":
            story.block("p1", 1, "p0", "c0", chain="2000", relay_parent=height)
            for index in range(count):
                story.submit(f"m{index}", "2000", "2001", index=index)
                story.event("p1", 1, "PolkadotXcm", "Sent", chain="2000", message_id=f"m{index}")
            if not lags:
                story.final("c0", "p1", 1, chain="2000")
        else:
            story.block("q1", 1, "q0", "c1", chain="2001", relay_parent=height)
            for index in range(count):
                story.event("q1", 1, "MessageQueue", "Processed", chain="2001", id=f"m{index}", success=True)
            story.final("c1", "q1", 1, chain="2001")
    story.t = END
    story.final("alice", f"r{height}", height)
    return story


def fault(story: Story, name: str, start: float, end: float, *nodes: str, **value: Any) -> None:
    data = value or {"kind": "kill", "targets": list(nodes)}
    number = len(story.evidence.windows) + 1
    story.journal.append(FaultApplied(id=number, name=name, fault=data, nodes=list(nodes), start=start, end=start))
    story.journal.append(FaultHealed(id=number, name=name, start=end, end=end))


def judged(story: Story, **check: Any) -> Finding:
    """By a journal in which every block was read."""
    story.evidence.read.update(hash_ for blocks in story.evidence.blocks.values() for hash_ in blocks)
    return Messages(**check).judge(story.evidence)


def test_latency_and_deadlines_count_from_the_asking() -> None:
    story = told(asked=20.0, sent=90.0, ended=100.0)
    (trace,) = story.evidence.messages()
    assert (trace.asked, trace.submitted, trace.sent) == (20.0, 90.0, 90.0)
    assert (trace.latency, trace.transit) == (80.0, 10.0)
    assert judged(story, within=79.0).status is Status.FAILED
    assert judged(story, within=80.0).status is Status.HELD
    assert judged(story, held_for=80.0).status is Status.HELD
    assert judged(story, ended_within=79.0).status is Status.FAILED


def test_a_message_that_nobody_could_be_given_fails() -> None:
    story = told(count=2)
    story.ask("late", "2000", "2001", index=2)
    assert "mail#2 2000>2001 was asked for and never handed in" in judged(story).seen
    assert judged(story).status is Status.FAILED


def test_a_message_that_arrived_before_its_sender_s_block_was_final_is_not_judged_yet() -> None:
    finding = judged(told(lags=True))
    assert finding.status is Status.INCONCLUSIVE
    assert "no block of 2000 from then on is final" in finding.seen


def test_what_is_wrong_with_it_is_wrong_whenever_it_was_sent() -> None:
    finding = judged(told(lags=True), within=10.0)
    assert finding.status is Status.FAILED
    assert "took 180.0 s from the asking" in finding.seen


def test_a_message_that_its_sender_never_sent_fails() -> None:
    """The sender's chain went on without the block that it came from."""
    story = told(lags=True, ended=200.0)
    story.t = 250.0
    story.block("other", 2, "p0", "c0", chain="2000", relay_parent=20)
    story.final("c0", "other", 2, chain="2000")
    finding = judged(story)
    assert finding.status is Status.FAILED
    assert "is in no finalized block of the sender" in finding.seen


def test_a_refused_message_fails_and_may_be_expected() -> None:
    story = told()
    story.submit("no", "2000", "2001", label="no")
    refused = OurExtrinsic(extrinsic="xno", index=1, success=False, error="PolkadotXcm.SendFailure")
    story.journal.append(refused, observer="c0", chain="2000", height=1, hash="p1")
    assert "refused by the sender's chain: PolkadotXcm.SendFailure" in judged(story, labels=("no",)).seen
    assert judged(story, labels=("no",), outcome="refused").status is Status.HELD
    assert judged(story, labels=("mail",), outcome="refused").status is Status.FAILED


def test_the_sender_s_chain_has_to_keep_the_order_of_asking() -> None:
    story = Story(NODES)
    story.barrier()
    for index in range(2):
        story.ask(f"m{index}", "2000", "2001", index=index)
    story.block("p1", 1, "p0", "c0", chain="2000", relay_parent=1)
    story.block("q1", 1, "q0", "c1", chain="2001", relay_parent=2)
    for index in (1, 0):
        story.submit(f"m{index}", "2000", "2001", index=index)
        story.event("p1", 1, "PolkadotXcm", "Sent", chain="2000", message_id=f"m{index}")
        story.event("q1", 1, "MessageQueue", "Processed", chain="2001", id=f"m{index}", success=True)
    story.final("c0", "p1", 1, chain="2000")
    story.final("c1", "q1", 1, chain="2001")
    finding = judged(story)
    assert finding.status is Status.FAILED
    assert "2000>2001 sent mail#1 before mail#0, which was asked for first" in finding.seen
    assert "2000>2001 received mail#1 before mail#0" in finding.seen
    assert judged(story, in_order=False).status is Status.HELD


CUT = {"kind": "partition", "groups": [["alice", "c0"], ["bob", "c1"]]}
APART = {"kind": "partition", "groups": [["c0", "c2"], ["c1"]]}


@pytest.mark.parametrize(
    ("standing", "nodes", "value"),
    [
        ((("2001", 60, 180),), ("c1",), {}),
        ((("2001", 60, 180),), ("alice", "bob"), {}),
        ((("2000", 60, 180),), ("alice", "bob"), {}),
        ((("2000", 60, 180),), ("c0",), {}),
        ((("2001", 60, 180),), ("alice", "bob", "c0", "c1"), CUT),
    ],
    ids=["its receiver", "validators", "validators, for the sender", "its sender", "a cut"],
)
def test_a_fault_that_held_a_message_up_excuses_it_and_is_told(
    standing: tuple[tuple[str, float, float], ...], nodes: tuple[str, ...], value: dict[str, Any]
) -> None:
    story = told(*standing)
    fault(story, "down", 60.0, 170.0, *nodes, **value)
    finding = judged(story, ended_within=30.0)
    assert finding.status is Status.HELD
    assert "time of 1 counted from the healing of down" in finding.seen
    assert judged(story, ended_within=29.0).seen == "mail#0 2000>2001 ended 30.0 s after the healing of down" + (
        "; time of 1 counted from the healing of down"
    )


@pytest.mark.parametrize(
    ("standing", "nodes", "value"),
    [
        ((("2002", 60, 180),), ("c2",), {}),
        ((), ("c1",), {}),
        ((), ("alice",), {}),
        ((("2001", 60, 180),), ("c0", "c1", "c2"), APART),
        ((("2001", 200, 290),), ("c1",), {}),
    ],
    ids=[
        "of another parachain",
        "of a receiver that is included all the same",
        "of a validator that nothing stood for",
        "that cuts parachains from each other only",
        "of a receiver that stood at another time",
    ],
)
def test_a_fault_that_held_nothing_up_excuses_nothing(
    standing: tuple[tuple[str, float, float], ...], nodes: tuple[str, ...], value: dict[str, Any]
) -> None:
    story = told(*standing)
    fault(story, "down", 60.0, 170.0, *nodes, **value)
    finding = judged(story, ended_within=100.0)
    assert finding.status is Status.FAILED
    assert finding.seen == "mail#0 2000>2001 ended 180.0 s after it was asked for"


def test_a_sender_that_takes_no_mail_excuses_nothing_whatever_else_goes_on() -> None:
    """Regression: a validator was paused beside the sender's only collator, without which no candidate of the sender's
    could be included."""
    story = told(("2000", 10, 185), sent=190.0)
    fault(story, "down", 12.0, 180.0, "c0")
    fault(story, "paused", 50.0, 180.0, "alice", kind="pause", targets=["alice"])
    finding = judged(story, ended_within=100.0)
    assert finding.status is Status.FAILED
    assert (
        finding.seen
        == "mail#0 2000>2001 ended 180.0 s after it was asked for, 170.0 s of which down kept 2000 from taking it"
    )


def test_a_fault_that_is_changed_away_from_a_message_has_healed_for_it() -> None:
    story = told(("2001", 50, 180))
    first, second = ({"kind": "kill", "targets": [node]} for node in ("c1", "c2"))
    for t, data in (
        (55.0, FaultApplied(id=1, name="down", fault=first, nodes=["c1"], start=55.0, end=55.0)),
        (61.0, FaultChanged(id=1, name="down", fault=second)),
    ):
        story.t = t
        story.journal.append(data)
    story.t = END
    story.journal.append(FaultHealed(id=1, name="down", start=190.0, end=190.0))
    assert "ended 139.0 s after the healing of down" in judged(story, ended_within=30.0).seen


@pytest.mark.parametrize("bound", ["within", "within_blocks", "held_for", "ended_within"])
def test_no_time_is_asked_of_mail_that_is_to_be_refused(bound: str) -> None:
    """Seen of `within: 10s`, which held over mail that was refused a hundred seconds after it was asked for."""
    with pytest.raises(InputError, match=f"never travels, so that {bound} would judge nothing"):
        Messages(outcome="refused", at_least=1, **{bound: 10})
