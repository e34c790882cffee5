"""No check holds over what nobody watched: a held journal from which the records of a node are taken."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from simnet.checks import (
    KINDS,
    Balance,
    BlocksAdvance,
    BlocksAuthored,
    Check,
    Disabled,
    Events,
    FinalityAdvances,
    FinalityLag,
    FinalityStalls,
    Forks,
    LogLines,
    Messages,
    MetricValue,
    Migration,
    NodeVersions,
    NoShows,
    Offences,
    ParachainIncluded,
    Peers,
    Reorganisations,
    RuntimeApi,
    Status,
    Storage,
    Upgraded,
)
from simnet.checks.verdict import judge
from simnet.journal import Evidence, Kind, Reader
from simnet.journal.records import PeerCount, RuntimeEvent
from tests.checks.journals import change
from tests.checks.watched_run import CHECKS, FOUR, INVARIANTS, as_real, journal, told, with_gap, without

NODES = (*FOUR, "anna", "ben", "carl")
PROCESS = (Kind.NODE_UP, Kind.NODE_READY, Kind.NODE_DOWN)
HEADS = (Kind.HEAD_BEST, Kind.HEAD_FINALIZED)
COUNTED = NoShows(at_most=0)
ELSEWHERE = {"conserved"}
"""Kinds for which nothing happens in this run: no asset crosses chains in it."""


def missed(seen: Evidence, node: str) -> dict[str, Status]:
    """Checks and invariants that judge the node, with what they find."""
    found = {str(check): check.judge(seen).status for check, nodes in CHECKS if node in nodes}
    for one in judge(seen, ()).findings:
        if node in INVARIANTS.get(one.check, ()):
            found[one.check] = one.status
    return found


@cache
def silenced(node: str) -> Evidence:
    return without(lambda record: record.observer == node)


def test_every_kind_of_check_is_among_those_that_hold_over_the_whole_journal() -> None:
    seen = told(journal())
    troubled = [f.check + ": " + f.seen for c, _ in CHECKS if (f := c.judge(seen)).status is not Status.HELD]
    assert troubled == []
    assert {check.kind for check, _ in CHECKS} | ELSEWHERE == set(KINDS.own)
    assert judge(seen, ()).status is Status.HELD
    assert COUNTED.judge(as_real(told(journal()))).status is Status.HELD


@pytest.mark.parametrize("node", NODES)
def test_without_the_records_of_a_node_each_check_that_judges_it_is_inconclusive(node: str) -> None:
    assert {name: status for name, status in missed(silenced(node), node).items() if status != "inconclusive"} == {}


@pytest.mark.parametrize("node", FOUR)
def test_without_the_records_of_a_validator_the_no_shows_that_real_nodes_count_are_unknown(node: str) -> None:
    assert COUNTED.judge(as_real(without(lambda r: r.observer == node))).status is Status.INCONCLUSIVE


@pytest.mark.parametrize("node", NODES)
def test_a_node_whose_process_ran_and_of_which_nothing_else_is_known_lets_nothing_hold(node: str) -> None:
    """All but its log, whose reader leaves a gap when it stops, and what is judged while the process was down."""
    seen = without(lambda record: record.observer == node and record.kind not in PROCESS)
    known = {
        str(check) for check, _ in CHECKS if isinstance(check, LogLines) or (node, check.during) == ("dave", "down")
    }
    held = {name for name, status in missed(seen, node).items() if status is Status.HELD}
    assert held <= {*known, "no unasked crash"}


@pytest.mark.parametrize("node", NODES)
def test_a_reader_that_died_half_way_lets_nothing_hold_that_forbids_something(node: str) -> None:
    """What demands something may hold: it was seen before, of this node or of others."""
    judged = [check for check, nodes in CHECKS if node in nodes and (node, check.during) != ("dave", "down")]
    for check in filter(forbids, judged):
        span = check.interval(told(journal()))
        half = (span.start + span.end) / 2
        seen = without(lambda r, half=half: r.observer == node and r.kind not in PROCESS and r.t > half)
        assert check.judge(seen).status is not Status.HELD, str(check)


def forbids(check: Check) -> bool:
    """Whether it holds by what did not happen, as the heads of a node show it."""
    demands = isinstance(check, (FinalityAdvances, BlocksAdvance, LogLines, Messages, Upgraded))
    return not demands and (getattr(check, "at_least", None) is None or getattr(check, "at_most", None) is not None)


READERS = {LogLines: Reader.LOG, MetricValue: Reader.METRICS}
TOLD_AFTERWARDS = (Balance, Events, Migration, NodeVersions, RuntimeApi, Storage)
"""What a node that goes on tells later as well: the blocks that it finalized meanwhile, and what its process is."""


@pytest.mark.parametrize("what", Reader)
def test_a_gap_counts_for_what_its_reader_reads(what: Reader) -> None:
    for check, nodes in CHECKS:
        span = check.interval(told(journal()))
        node = next((one for one in nodes if (one, check.during) != ("dave", "down")), None)
        if node is not None:
            again = 15 if isinstance(check, TOLD_AFTERWARDS) else 5
            seen = with_gap(node, what, span.start + 5, span.end - again)
            leans = READERS.get(type(check), Reader.HEADS) is what
            bounded = getattr(check, "at_most", None) is not None or isinstance(check, MetricValue)
            if not leans or isinstance(check, TOLD_AFTERWARDS):
                assert check.judge(seen).status is Status.HELD, str(check)
            elif forbids(check) or bounded:
                assert check.judge(seen).status is Status.INCONCLUSIVE, str(check)


def test_a_gap_of_metrics_leaves_the_no_shows_of_real_nodes_open() -> None:
    start, end = NoShows(at_most=0).interval(told(journal())).start, told(journal()).now
    assert COUNTED.judge(as_real(with_gap("bob", Reader.METRICS, start, end))).status is Status.INCONCLUSIVE
    assert COUNTED.judge(as_real(with_gap("bob", Reader.HEADS, start + 50, end - 50))).status is Status.HELD


@pytest.mark.parametrize(
    "check",
    [
        BlocksAuthored(by=("alice",), at_least=1, during="calm"),
        ParachainIncluded(at_least=1, during="calm"),
        Reorganisations(at_least=1, after="cut", nodes=("alice", "charlie")),
        FinalityAdvances(during="calm", within=50, nodes=("alice",)),
    ],
    ids=str,
)
def test_what_was_seen_to_happen_holds_though_another_node_was_not_watched(check: Check) -> None:
    assert check.judge(with_gap("bob", Reader.HEADS, 0.0, told(journal()).now)).status is Status.HELD


def test_what_was_seen_to_happen_and_must_not_fails_though_another_node_was_not_watched() -> None:
    seen = with_gap("bob", Reader.HEADS, 0.0, told(journal()).now)
    for check in (BlocksAuthored(by=("validators",), at_most=0), ParachainIncluded(at_most=0), FinalityLag(at_most=0)):
        assert check.judge(seen).status is Status.FAILED, str(check)


def test_who_is_excused_is_told_with_the_fault_and_the_time() -> None:
    seen = told(journal())
    down = seen.window("down")
    assert down is not None
    finding = FinalityAdvances(during="down", within=50).judge(seen)
    start, end = down.apply_end, down.apply_end + 50
    assert finding.seen.endswith(f"; excused: dave (down by down from {start:.0f} s to {end:.0f} s)")


def test_a_process_that_ended_by_itself_excuses_nobody() -> None:
    crashed = [change(r, intended=False) if r.kind is Kind.NODE_DOWN else r for r in journal()]
    finding = BlocksAuthored(by=("dave",), during="down", at_most=0).judge(told(crashed))
    assert finding.status is Status.INCONCLUSIVE
    assert "its process had ended by itself" in finding.seen


def test_the_lag_of_a_node_that_shows_no_new_block_while_others_go_on_is_not_known() -> None:
    """Such a node was left out once, as none of its heads was in the interval."""
    span = FinalityLag(during="calm", at_most=20).interval(told(journal()))
    stuck = without(lambda r: r.observer == "bob" and r.kind in HEADS and span.holds(r.t))
    finding = FinalityLag(during="calm", at_most=20).judge(stuck)
    assert finding.status is Status.INCONCLUSIVE
    assert "bob 60.0 s (it showed no new block while alice did)" in finding.seen


@pytest.mark.parametrize(
    ("check", "status"),
    [
        (FinalityStalls(during="cut", at_least=30), Status.INCONCLUSIVE),
        (FinalityLag(during="cut", at_most=200), Status.HELD),
        (BlocksAuthored(by=("bob",), during="cut", at_most=10**6), Status.HELD),
    ],
)
def test_what_a_node_does_while_it_syncs_is_not_known_of_its_heads(check: Check, status: Status) -> None:
    """It tells none, so that it may have finalized what it did not show; who lags so far is excused."""
    whole = told(journal())
    assert check.judge(whole).status is Status.HELD
    span = check.interval(whole)
    like = next(r for r in journal() if r.kind is Kind.PEERS and r.observer == "bob")
    said = [
        replace(like, t=span.start + after, data=PeerCount(count=6, syncing=far))
        for after, far in ((20.0, True), (30.0, False))
    ]
    finding = check.judge(told(sorted((*journal(), *said), key=lambda r: r.t)))
    assert finding.status is status
    assert ("far behind its peers, it told nothing" in finding.seen) == (not isinstance(check, BlocksAuthored))


@pytest.mark.parametrize(("signed_off", "status"), [(True, "held"), (False, "inconclusive")])
def test_a_node_with_nothing_new_to_show_is_watched_where_its_peers_were_read_at_the_end(
    signed_off: bool, status: str
) -> None:
    late = told(journal()).now - 90
    kinds = HEADS if signed_off else (*HEADS, Kind.PEERS)
    seen = without(lambda r: r.observer == "carl" and r.kind in kinds and r.t > late)
    assert next(f for f in judge(seen, ()).findings if f.check == "finality monotone").status == status
    assert Peers(nodes=("carl",), at_least=1, after="cut", always=True).judge(seen).status == status


def test_peers_from_before_a_restart_are_not_those_that_a_node_has_after_it() -> None:
    """They were taken for the count at the interval's start, which made `peers` hold at once."""
    check = Peers(nodes=("dave",), at_least=1, after="down", within=30)
    assert check.judge(told(journal())).status is Status.HELD
    up = [r for r in journal() if r.kind is Kind.NODE_UP and r.observer == "dave"][-1]
    mute = without(lambda r: r.kind is Kind.PEERS and r.observer == "dave" and r.seq > up.seq)
    assert check.judge(mute).status is Status.INCONCLUSIVE


def test_a_metric_that_one_node_gave_no_longer_is_inconclusive() -> None:
    check = MetricValue(name="height", at_least=0, during="calm")
    span = check.interval(told(journal()))
    some = without(lambda r: r.kind is Kind.METRIC and r.observer == "ben" and r.t > span.start + 5)
    finding = check.judge(some)
    assert finding.status is Status.INCONCLUSIVE
    assert "not watched: ben" in finding.seen


@pytest.mark.parametrize("after", [20, 100])
@pytest.mark.parametrize(
    "check", [Forks(at_least=1, during="calm"), Reorganisations(at_least=2, during="calm")], ids=str
)
def test_a_block_that_nobody_recorded_makes_no_forks_of_those_below_it(check: Check, after: float) -> None:
    seen = told(journal())
    span = check.interval(seen)
    lost = next(block.hash for block in seen.canonical("relay") if span.start + after < block.t)
    assert check.judge(without(lambda r: r.kind is Kind.BLOCK and r.hash == lost)).status is Status.INCONCLUSIVE


@pytest.mark.parametrize(
    "name", ["no offence", "messages end once at most", "no message lost", "queues agree", "messages"]
)
def test_a_finalized_block_that_was_not_read_leaves_open_what_it_held(name: str) -> None:
    late = told(journal()).canonical("relay")[-1].hash
    dark = without(lambda r: r.kind is Kind.CONTENTS and r.hash == late)
    found = judge(dark, (Messages(labels=("mail",), at_least=4),)).findings
    assert next(one for one in found if one.check.startswith(name)).status is Status.INCONCLUSIVE


def test_an_offence_without_an_offender_may_be_anybodys() -> None:
    at = next(r for r in journal() if r.kind is Kind.CONTENTS and r.chain == "relay" and r.t > 200)
    offence = RuntimeEvent(pallet="Offences", name="Offence", fields={"kind": "0x6261"}, extrinsic=None)
    seen = told(r for one in journal() for r in ((replace(at, data=offence), one) if one is at else (one,)))
    assert Offences(at_most=0, by=("alice",)).judge(seen).status is Status.INCONCLUSIVE
    assert Offences(at_most=0).judge(seen).status is Status.FAILED


def test_a_reader_that_died_before_the_end_leaves_the_end_of_the_run_open() -> None:
    seen = told(journal())
    gap = with_gap("bob", Reader.HEADS, seen.now - 30, seen.now)
    assert Offences(at_most=0).judge(gap).status is Status.INCONCLUSIVE
    assert Offences(at_most=0, during="calm").judge(gap).status is Status.HELD


@pytest.mark.parametrize(
    "check",
    [
        FinalityStalls(nodes=("anna",), during="cut", at_least=30),
        BlocksAuthored(by=("anna",), at_least=1, each=True),
        Disabled(nodes=("anna",), at_most=0),
        NoShows(nodes=("anna",), at_most=0),
    ],
    ids=str,
)
def test_a_check_that_judges_nobody_does_not_hold(check: Check) -> None:
    """They held: of no node of the relay chain, nothing was seen."""
    finding = check.judge(told(journal()))
    assert finding.status is Status.INCONCLUSIVE
    assert "so nobody is judged" in finding.seen


@pytest.mark.parametrize(
    "check",
    [
        FinalityStalls(nodes=("dave",), during="down", at_least=30),
        LogLines(pattern="panicked", nodes=("dave",), during="down", at_most=0),
        Peers(nodes=("dave",), during="down", at_most=0),
    ],
    ids=str,
)
def test_of_nodes_that_were_all_down_nothing_is_judged(check: Check) -> None:
    assert check.judge(told(journal())).status is Status.INCONCLUSIVE
