"""Checks and invariants on a real journal that is then falsified: each forgery must turn the verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.checks import Check, FinalityAdvances, Messages, Offences, OneChain, ParachainIncluded, Peers, Status
from simnet.checks.verdict import judge
from simnet.journal import Kind, MessageTrace, Record
from simnet.journal.records import FaultFailed, HostLate, NodeDown, ObservationGap, RuntimeEvent
from tests.checks.journals import (
    change,
    evidence,
    index_of,
    inserted,
    is_event,
    mapped,
    records,
    scenario,
    terminals,
    troubled,
    verdict,
    without,
)


def window() -> tuple[float, float]:
    """The cut's inner interval."""
    cut = evidence(records()).window("cut")
    assert cut is not None
    assert cut.heal_start is not None
    return cut.apply_end, cut.heal_start


def test_the_real_journal_holds() -> None:
    found = verdict(records())
    assert troubled(found) == {}
    assert found.status is Status.HELD
    assert found.exit_code == 0


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_any_dropped_delivery_fails(data: st.DataObject) -> None:
    lost = data.draw(st.sampled_from(terminals()))
    topic = lost.data.fields["id"]
    found = verdict(without(lambda r: r.kind is Kind.EVENT and r.data.fields.get("id") == topic))
    assert found.status is Status.FAILED
    assert troubled(found)["messages at_least=30"] == "failed"


def test_a_message_that_leaves_its_last_queue_without_an_end_is_lost() -> None:
    real = evidence(records())
    topic = next(trace.id for trace in real.messages() if trace.label == "before")
    found = verdict(without(lambda r: r.kind is Kind.EVENT and r.data.fields.get("id") == topic))
    assert troubled(found)["no message lost"] == "failed"


def cut_off(*, closed: bool, root: bool = False) -> tuple[MessageTrace, list[Record]]:
    """A message that did not come out of its channel, which is closed in the block after or stays as it is.

    ``root`` has something dispatched as root in that block.
    """
    real = evidence(records())
    trace = next(trace for trace in real.messages() if trace.label == "before")
    final = {block.hash for block in real.canonical("relay")}
    held = [
        record.height or 0
        for record in records()
        if record.kind is Kind.QUEUE and record.hash in final and record.data.queue == "relay HRMP channel"
        if trace.id in record.data.ids
    ]

    def gone(record: Record) -> Record:
        data = record.data
        if record.kind is not Kind.QUEUE or (data.sender, data.recipient) != (trace.sender, trace.recipient):
            return record
        if data.queue != "relay HRMP channel" or (record.height or 0) <= max(held):
            return record
        return change(record, closed=True, ids=[]) if closed else change(record, ids=[])

    changed = [
        record for record in mapped(gone) if record.kind is not Kind.EVENT or record.data.fields.get("id") != trace.id
    ]
    if root:
        after = next(
            index
            for index, record in enumerate(changed)
            if record.kind is Kind.QUEUE and record.data.closed and record.hash in final
        )
        sudo = RuntimeEvent(pallet="Sudo", name="Sudid", fields={"sudo_result": {"Ok": []}}, extrinsic=2)
        changed.insert(after, replace(changed[after], data=sudo))
    return trace, changed


def test_a_message_whose_channel_is_closed_has_ended_but_not_well() -> None:
    trace, changed = cut_off(closed=True, root=True)
    found = verdict(changed)
    seen = next(f.seen for f in found.failures if f.check.startswith("messages at_least"))
    assert f"{trace} ended in ChannelClosed in relay block" in seen
    assert "no message lost" not in troubled(found)
    expecting = Messages(labels=("before",), sender=trace.sender, outcome="ChannelClosed")
    assert f"{trace} ended" not in expecting.judge(evidence(changed)).seen


@pytest.mark.parametrize("closed", [False, True], ids=["which stays", "which goes for no reason"])
def test_a_message_that_goes_from_its_channel_is_lost(closed: bool) -> None:
    _, changed = cut_off(closed=closed)
    assert troubled(verdict(changed))["no message lost"] == "failed"


def test_asking_that_a_channel_be_closed_ends_no_message() -> None:
    """Parachains ask for it at once, and it is closed when the session changes: until then mail goes through."""
    trace, changed = cut_off(closed=False)
    at = next(
        index for index, record in enumerate(changed) if record.kind is Kind.QUEUE and trace.id in record.data.ids
    )
    fields = {"by_parachain": 2001, "channel_id": {"sender": 2000, "recipient": 2001}}
    closed = RuntimeEvent(pallet="Hrmp", name="ChannelClosed", extrinsic=None, fields=fields)
    changed.insert(at, replace(changed[at], data=closed))
    assert troubled(verdict(changed))["no message lost"] == "failed"


@pytest.mark.parametrize("queue", ["relay HRMP channel", "relay downward queue"])
def test_an_order_of_the_relay_chain_that_is_not_that_of_asking_fails(queue: str) -> None:
    def turned(record: Record) -> Record:
        if record.kind is Kind.QUEUE and record.data.queue == queue:
            return change(record, ids=record.data.ids[::-1])
        return record

    real = [record for record in records() if record.kind is Kind.QUEUE and record.data.queue == queue]
    assert any(len(record.data.ids) > 1 for record in real)
    found = verdict(mapped(turned))
    assert found.status is Status.FAILED
    assert "had in the relay chain's queue" in next(f.seen for f in found.failures if f.check.startswith("messages"))


@pytest.mark.parametrize(("seconds", "status"), [(150.0, Status.HELD), (5.0, Status.FAILED)])
def test_by_when_counts_from_the_end_of_healing(seconds: float, status: Status) -> None:
    """Mail sent into the cut waited for longer than 60 s, and ended in less than 150 s once the cut was healed."""
    check = Messages(labels=("during",), ended_within=seconds, at_least=3)
    real = evidence(records())
    assert check.judge(real).status is status
    waited = [trace.terminals[0].t - trace.asked for trace in real.messages() if trace.label == "during"]
    assert max(waited) > 60


@settings(max_examples=10, deadline=None)
@given(st.data())
def test_any_doubled_delivery_fails(data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(terminals()))
    found = verdict(inserted(one.seq + 1, one))
    assert found.status is Status.FAILED
    assert {"messages at_least=30", "messages end once at most"} <= troubled(found).keys()


def test_swapped_deliveries_of_a_channel_fail() -> None:
    real = evidence(records())
    east = [trace for trace in real.messages() if trace.label == "before"]
    first, last = east[0].id, east[-1].id
    assert east[0].terminals[0].seq != east[-1].terminals[0].seq

    def swap(record: Record) -> Record:
        if record.kind is Kind.EVENT and record.data.pallet == "MessageQueue":
            other = {first: last, last: first}.get(record.data.fields.get("id", ""))
            if other is not None:
                return change(record, fields={**record.data.fields, "id": other})
        return record

    found = verdict(mapped(swap))
    assert found.status is Status.FAILED
    assert "received" in next(f.seen for f in found.failures if f.check.startswith("messages at_least"))


def test_a_delivery_that_failed_on_the_receiver_fails() -> None:
    one = terminals()[0]
    bad = change(one, fields={**one.data.fields, "success": False})
    found = verdict(mapped(lambda r: bad if r.seq == one.seq else r))
    assert troubled(found)["messages at_least=30"] == "failed"


def test_no_message_at_all_is_inconclusive_not_held() -> None:
    found = verdict(without(lambda r: r.kind is Kind.MESSAGE_SUBMITTED))
    assert troubled(found)["messages at_least=30"] == "inconclusive"
    assert found.status is not Status.HELD


def test_a_forged_conflicting_finalization_fails() -> None:
    at = index_of(lambda r: r.kind is Kind.HEAD_FINALIZED and r.chain == "relay" and (r.height or 0) > 10)
    forged = replace(records()[at], hash="0x" + "ee" * 32, observer="dave")
    found = verdict(inserted(at + 1, forged))
    assert troubled(found)["no conflicting finality"] == "failed"
    assert found.exit_code == 1


def test_a_finalized_head_that_falls_fails() -> None:
    real = [r for r in records() if r.kind is Kind.HEAD_FINALIZED and r.observer == "alice"]
    found = verdict(inserted(real[9].seq + 1, replace(real[3], t=real[9].t)))
    assert troubled(found) == {"finality monotone": "failed"}


@pytest.mark.parametrize(("exit_code", "troubles"), [(137, {}), (0, {"finality monotone": "failed"})])
def test_writes_may_be_lost_by_a_kill_and_not_by_a_clean_stop(exit_code: int, troubles: dict[str, str]) -> None:
    """A killed collator of region-outage came back two blocks behind (CI of 2026-11-23)."""
    real = [r for r in records() if r.kind is Kind.HEAD_FINALIZED and r.observer == "alice"]
    up = next(r for r in records() if r.kind is Kind.NODE_UP and r.observer == "alice")
    last = real[-1]
    down = replace(up, t=last.t, data=NodeDown(intended=True, exit_code=exit_code, oom_killed=False, log_tail=[]))
    again = replace(up, t=last.t, seq=last.seq + 1)
    restarted = [replace(down, seq=last.seq), again, replace(real[-2], t=last.t), last]
    found = verdict(inserted(last.seq + 1, *restarted))
    assert {name: status for name, status in troubled(found).items() if name == "finality monotone"} == troubles


def test_a_finalized_head_that_falls_by_a_wipe_is_no_problem() -> None:
    real = [r for r in records() if r.kind is Kind.HEAD_FINALIZED and r.observer == "alice"]
    again = [replace(r, incarnation=1) for r in real[-1:]]
    fallen = replace(real[3], t=real[-1].t, incarnation=1)
    found = verdict(inserted(real[-1].seq + 1, fallen, *again))
    assert "finality monotone" not in troubled(found)


def test_a_fault_that_was_never_applied_is_inconclusive() -> None:
    gone = (Kind.FAULT_APPLIED, Kind.FAULT_OBSERVED, Kind.FAULT_HEALED)
    found = verdict(without(lambda r: r.kind in gone))
    assert found.status is Status.INCONCLUSIVE
    assert troubled(found)["finality_stalls"] == "inconclusive"
    assert found.exit_code == 4


@pytest.mark.parametrize("forgery", ["reading", "failed", "unread"])
def test_a_fault_that_did_not_hold_is_inconclusive(forgery: str) -> None:
    at = index_of(lambda r: r.kind is Kind.FAULT_OBSERVED)
    real = records()[at]
    if forgery == "reading":
        wrong = {**real.data.readings[0], "seen": "0% of 180 probes lost", "holds": False}
        changed = mapped(lambda r: change(r, holds=False, readings=[wrong]) if r.seq == real.seq else r)
    elif forgery == "failed":
        changed = inserted(at, replace(real, data=FaultFailed(id=1, name="cut", why="no rule")))
    else:
        changed = without(lambda r: r.kind is Kind.FAULT_OBSERVED)
    found = verdict(changed)
    assert found.status is Status.INCONCLUSIVE
    assert troubled(found)["faults took hold"] == "inconclusive"


@pytest.mark.parametrize("node", ["alice", "dave", "collator-2000"])
def test_an_unobserved_node_is_inconclusive(node: str) -> None:
    heads = (Kind.HEAD_BEST, Kind.HEAD_FINALIZED)
    found = verdict(without(lambda r: r.kind in heads and r.observer == node))
    assert found.status is not Status.HELD
    assert troubled(found)["every node watched"] == "inconclusive"


def test_a_gap_in_the_stall_is_inconclusive() -> None:
    start, end = window()
    at = index_of(lambda r: r.t > end)
    gap = replace(
        records()[at],
        observer="bob",
        data=ObservationGap(start=start + 15, end=end - 5, reason="its JSON-RPC did not answer"),
    )
    found = verdict(inserted(at, gap))
    assert troubled(found)["finality_stalls"] == "inconclusive"
    assert found.status is Status.INCONCLUSIVE


def test_finality_inside_the_cut_fails() -> None:
    start, end = window()
    at = index_of(lambda r: r.t > (start + end) / 2)
    last = [r for r in records()[:at] if r.kind is Kind.HEAD_FINALIZED and r.observer == "alice"][-1]
    best = [r for r in records()[:at] if r.kind is Kind.HEAD_BEST and r.observer == "alice"][-1]
    risen = replace(last, t=(start + end) / 2, height=best.height, hash=best.hash)
    found = verdict(inserted(at, risen))
    assert troubled(found)["finality_stalls"] == "failed"


def test_a_node_that_learns_inside_the_cut_what_was_final_before_is_no_problem() -> None:
    start, end = window()
    at = index_of(lambda r: r.t > (start + end) / 2)
    last = [r for r in records()[:at] if r.kind is Kind.HEAD_FINALIZED and r.observer == "alice"]
    again = [replace(r, t=(start + end) / 2, incarnation=1) for r in (last[0], last[-1])]
    assert "finality_stalls" not in troubled(verdict(inserted(at, *again)))


def test_a_candidate_included_inside_the_cut_fails() -> None:
    start, _ = window()
    block = next(r for r in records() if r.kind is Kind.BLOCK and r.chain == "relay" and r.t > start + 20)
    real = next(r for r in records() if is_event(r, "ParaInclusion", "CandidateIncluded"))
    fields = {**real.data.fields, "para_head": "0x" + "cd" * 32}
    included = change(replace(real, t=block.t, height=block.height, hash=block.hash), fields=fields)
    backed = change(included, name="CandidateBacked")
    found = verdict(inserted(block.seq + 1, backed, included))
    assert troubled(found)["parachain_included"] == "failed"


def test_a_side_that_authors_late_still_includes_what_was_available_before_the_cut() -> None:
    """Seen on real nodes: the first block of one side came 21 s into the cut and included what all had before it."""
    real = evidence(records("late-side"))
    cut = real.window("cut")
    assert cut is not None
    late = ParachainIncluded(at_most=0, grace=12.0, during="cut").judge(real)
    assert late.status is Status.FAILED
    assert ParachainIncluded(at_most=0, backed_inside=True, during="cut").judge(real).status is Status.HELD
    assert judge(real, scenario().checks).status is Status.HELD


def test_an_inclusion_whose_backing_nobody_saw_is_not_excused() -> None:
    def gone(record: Record) -> bool:
        return is_event(record, "ParaInclusion", "CandidateBacked")

    real = evidence(record for record in records("late-side") if not gone(record))
    assert ParachainIncluded(at_most=0, backed_inside=True, during="cut").judge(real).status is Status.FAILED


def test_a_side_that_authors_nothing_fails() -> None:
    start, end = window()
    us = ("charlie", "dave")
    found = verdict(
        without(lambda r: r.kind is Kind.BLOCK and r.chain == "relay" and start < r.t < end and r.data.author in us)
    )
    assert "blocks_authored by=region:us at_least=1" in {f.check.replace("during=cut ", "") for f in found.failures}


def test_an_offence_fails() -> None:
    real = next(r for r in reversed(records()) if is_event(r, "Session", "NewSession"))
    at = real.seq
    offence = RuntimeEvent(pallet="Offences", name="Offence", fields={"kind": "0x6261"}, extrinsic=None)
    found = verdict(inserted(at, replace(real, data=offence)))
    assert troubled(found) == {"no offence": "failed", "offences at_most=0": "failed"}


@pytest.mark.parametrize(("offender", "honest"), [("alice", False), ("bob", True), (None, True)])
def test_an_offence_beside_a_twin_is_held_against_everybody_else(offender: str | None, honest: bool) -> None:
    real = next(r for r in reversed(records()) if is_event(r, "Session", "NewSession"))
    block = next(r for r in records() if r.kind is Kind.BLOCK and r.hash == real.hash)
    fields = {"kind": "0x" + b"babe:equivocatio".hex(), "slot": "0x" + block.data.slot.to_bytes(8, "little").hex()}
    named = {offender: "babe-equivocation"} if offender else None
    offence = RuntimeEvent(pallet="Offences", name="Offence", fields=fields, offenders=named, extrinsic=None)
    changed = inserted(real.seq, replace(real, data=offence))
    at = index_of(lambda r: r.kind is Kind.NETWORK)
    nodes = [replace(node, twin_of="alice" if node.name == "dave" else None) for node in changed[at].data.nodes]
    changed[at] = change(changed[at], nodes=nodes)
    invariant = {"no offence": "failed"} if honest else {}
    assert troubled(verdict(changed)) == {**invariant, "offences at_most=0": "failed"}
    seen = evidence(changed)
    kind = "babe-equivocation" if offender else "babe:equivocatio"
    assert Offences(of=kind, at_least=1).judge(seen).status is Status.HELD
    assert Offences(of="grandpa", at_least=1).judge(seen).status is Status.FAILED


def test_unread_blocks_leave_the_absence_of_offences_open() -> None:
    found = verdict(without(lambda r: r.kind is Kind.CONTENTS and (r.height or 0) > 12))
    assert troubled(found)["no offence"] == "inconclusive"


def test_an_unasked_crash_fails() -> None:
    at = index_of(lambda r: r.kind is Kind.BARRIER)
    crash = NodeDown(intended=False, exit_code=139, oom_killed=False, log_tail=["Segmentation fault"])
    found = verdict(inserted(at + 1, replace(records()[at], observer="bob", data=crash)))
    assert "no unasked crash" in troubled(found)
    assert found.status is Status.FAILED


def test_a_queue_beyond_its_capacity_fails() -> None:
    real = next(r for r in records() if r.kind is Kind.QUEUE and r.data.capacity)
    found = verdict(mapped(lambda r: change(r, count=9) if r.seq == real.seq else r))
    assert troubled(found) == {"queues agree": "failed"}


def test_a_queue_that_holds_a_message_after_its_end_fails() -> None:
    real = evidence(records())
    trace = next(t for t in real.messages() if t.recipient != "relay")
    end = trace.terminals[0]
    final = {block.hash for block in real.canonical(end.chain)}
    later = next(
        r
        for r in records()
        if r.kind is Kind.QUEUE and r.chain == end.chain and r.hash in final and (r.height or 0) > end.height
    )
    found = verdict(mapped(lambda r: change(r, ids=[trace.id]) if r.seq == later.seq else r))
    assert troubled(found) == {"queues agree": "failed"}


def test_a_message_queue_chain_that_differs_fails() -> None:
    real = next(r for r in records() if r.kind is Kind.QUEUE and r.data.queue == "receiver's HRMP head")
    found = verdict(
        mapped(
            lambda r: (
                change(r, mqc_head="0x" + "ab" * 32) if r.kind is Kind.QUEUE and r.data.queue == real.data.queue else r
            )
        )
    )
    assert troubled(found) == {"queues agree": "failed"}


def test_a_journal_that_breaks_off_is_inconclusive() -> None:
    found = verdict(records()[:-1])
    assert troubled(found) == {"run ended": "inconclusive"}
    half = verdict(records()[: len(records()) // 2])
    assert half.status is not Status.HELD


def test_a_step_that_ran_out_of_time_fails() -> None:
    at = index_of(lambda r: r.kind is Kind.STEP and r.data.verb == "wait")
    found = verdict(mapped(lambda r: change(r, failure="waited 180 s") if r.seq == records()[at].seq else r))
    assert troubled(found) == {"steps completed": "failed"}


def test_finality_asked_of_a_cut_network_says_that_no_side_had_a_quorum() -> None:
    finding = FinalityAdvances(during="cut", within=40).judge(evidence(records()))
    assert finding.status is Status.FAILED
    assert "held 2 of 4 voters, finality needs 3" in finding.seen


def test_a_starved_host_leaves_late_finality_open() -> None:
    _, end = window()
    slow = [r for r in records() if not (r.kind is Kind.HEAD_FINALIZED and r.t > end)]
    plain = verdict(slow)
    assert plain.status is Status.FAILED
    at = next(index for index, r in enumerate(slow) if r.t > end + 1)
    starved = [*slow[:at], replace(slow[at], observer="harness", data=HostLate(late=30.0)), *slow[at:]]
    assert troubled(verdict(starved))["finality_advances"] == "inconclusive"


@pytest.mark.parametrize("check", [FinalityAdvances(during="cut", within=90), OneChain(during="cut", within=90)])
def test_what_comes_after_the_interval_and_in_time_is_open(check: Check) -> None:
    """Seen of a test that judged 60 s of an isolation that lasted 40: finality came after 50 and was called late."""
    found = check.judge(evidence(records()))
    assert found.status is Status.INCONCLUSIVE
    start, end = window()
    assert end - start < 90
    shorter = type(check)(during="cut", within=round(end - start) - 5)
    assert shorter.judge(evidence(records())).status is Status.FAILED


def test_too_few_peers_in_an_interval_that_ends_early_are_open() -> None:
    real = evidence(records())
    _, end = window()
    left = real.now - end
    for at_least, within, status in (
        (99, left - 1, Status.FAILED),
        (99, left + 9, Status.INCONCLUSIVE),
        (1, left + 9, Status.HELD),
    ):
        check = Peers(after="cut", at_least=at_least, within=within, nodes=("validators",))
        assert check.judge(real).status is status
