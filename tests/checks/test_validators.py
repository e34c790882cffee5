"""Points, disabled validators and no-shows in a real journal that is then falsified: each forgery turns the verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain, repeat

import pytest

from simnet.checks import Check, Disabled, NoShows, Points, Status
from simnet.checks.validators import points_earned
from simnet.checks.verdict import judge
from simnet.errors import InputError
from simnet.journal import Evidence, Kind, Record
from simnet.journal.records import NodeDown, ObservationGap
from simnet.scenario import Scenario
from simnet.scenario.network_spec import NetworkSpec
from tests.checks.journals import change, evidence, is_event, records, scenario

REAL = records("misdeeds")
WESTEND = records("westend-real")
DAVE = "0xe860f1b1c7227f7c22602f53f15af80747814dffd839719731ee3bba6edc126c"


def mapped(kind: Kind, act: Callable[[Record], Record | None]) -> Evidence:
    """The real journal, records of a kind replaced or left out."""
    found = (act(record) if record.kind is kind else record for record in REAL)
    return evidence(record for record in found if record is not None)


def status(check: Check, seen: Evidence) -> str:
    return check.judge(seen).status.value


def of_label(label: str) -> tuple[float, float]:
    step = next(r for r in REAL if r.kind is Kind.STEP and r.data.label == label)
    return step.data.start, step.data.end


def frozen(*names: str, label: str = "working") -> Evidence:
    """Nobody of these earns a point from the step's start on."""
    start, _ = of_label(label)
    before = [r for r in REAL if r.kind is Kind.POINTS and r.t <= start][-1].data.points

    def freeze(record: Record) -> Record:
        if record.t <= start:
            return record
        return change(record, points={**record.data.points, **{name: before[name] for name in names}})

    return mapped(Kind.POINTS, freeze)


@pytest.mark.parametrize("name", ["misdeeds", "westend-real"])
def test_the_real_journal_holds(name: str) -> None:
    found = judge(evidence(records(name)), scenario(name).checks)
    open_ = [f"{one.check}: {one.seen}" for one in found.findings if one.status is not Status.HELD]
    no_code = "this journal tells of no code, as earlier ones"
    assert open_ == [f"code as asked: {no_code}", f"upgraded chains go on: {no_code}"]


# -- points ---------------------------------------------------------------------------------------------------------


def test_who_earns_nothing_fails_what_all_should_earn() -> None:
    each = Points(at_least=40, each=True, during="working")
    assert status(each, evidence(REAL)) == "held"
    assert status(each, frozen("dave")) == "failed"
    assert status(Points(at_least=40, during="working"), frozen("dave")) == "held"


def test_who_earns_something_fails_what_should_earn_nothing() -> None:
    nothing = Points(nodes=("dave",), at_most=0, during="working")
    assert status(nothing, evidence(REAL)) == "failed"
    assert status(nothing, frozen("dave")) == "held"


def test_points_of_others_only_count_for_them() -> None:
    figures = Points(nodes=("alice", "dave"), at_least=1, during="working").judge(evidence(REAL)).figures
    assert figures["points"] == figures["alice"] + figures["dave"]
    assert set(figures) == {"points", "alice", "dave"}


def test_that_nobody_earned_proves_nothing_about_one() -> None:
    none = frozen("alice", "bob", "charlie", "dave")
    assert status(Points(nodes=("dave",), at_most=0, during="working"), none) == "inconclusive"


def test_the_first_seconds_may_be_left_out() -> None:
    start, end = of_label("working")
    half = (start + end) / 2
    paid = {r.hash: r.data.points for r in REAL if r.kind is Kind.POINTS and r.t <= half}
    last = list(paid.values())[-1]
    early = mapped(
        Kind.POINTS, lambda r: r if r.t <= half else change(r, points={**r.data.points, "dave": last["dave"]})
    )
    assert status(Points(nodes=("dave",), at_most=0, during="working"), early) == "failed"
    assert status(Points(nodes=("dave",), at_most=0, during="working", grace=end - half), early) == "held"


@pytest.mark.parametrize("lost", ["one", "all"])
def test_points_that_nobody_read_are_inconclusive(lost: str) -> None:
    start, end = of_label("working")
    final = {block.hash for block in evidence(REAL).canonical("relay")}
    inside = [r for r in REAL if r.kind is Kind.POINTS and start < r.t < end and r.hash in final]
    gone = {inside[3].seq} if lost == "one" else {r.seq for r in REAL if r.kind is Kind.POINTS}
    seen = mapped(Kind.POINTS, lambda r: None if r.seq in gone else r)
    assert status(Points(at_least=40, during="working"), seen) == "inconclusive"
    assert status(Points(nodes=("dave",), at_most=0, during="working"), seen) == "inconclusive"


def test_points_on_a_fork_that_lost_count_for_nobody() -> None:
    real = evidence(REAL)
    final = {block.hash for block in real.canonical("relay")}
    lost = mapped(Kind.POINTS, lambda r: r if r.hash in final else change(r, points={**r.data.points, "dave": 10**6}))
    assert any(r.kind is Kind.POINTS and r.hash not in final for r in REAL)
    check = Points(at_least=40, each=True, during="working")
    assert check.judge(lost).figures == check.judge(real).figures


def test_points_that_are_handed_over_stay_earned() -> None:
    place = next(r for r in REAL if r.kind is Kind.POINTS)
    readings = [{"a": 100, "b": 40}, {"a": 120, "b": 40}, {"b": 20}, {"a": 20, "b": 20}]
    assert points_earned(change(place, points=points) for points in readings) == {"a": 40, "b": 20}


def test_a_chain_that_counts_no_points_is_refused_before_the_run() -> None:
    with pytest.raises(ValueError, match="rococo counts no points"):
        Scenario(name="none", expect=[Points(at_least=1)])  # type: ignore[arg-type]


def test_validators_that_the_chain_knows_by_another_account_are_inconclusive() -> None:
    def others(record: Record) -> Record:
        points = {name if name != "dave" else "0xab": count for name, count in record.data.points.items()}
        return change(record, points=points)

    seen = mapped(Kind.POINTS, others)
    assert status(Points(nodes=("dave",), at_most=0, during="working"), seen) == "inconclusive"
    assert status(Points(nodes=("alice",), at_least=1, during="working"), seen) == "held"


@pytest.mark.parametrize(("bounds", "fits"), [({"at_most": 0}, True), ({"at_least": 1}, False)])
def test_nobody_can_be_expected_to_be_disabled_by_a_chain_that_does_not(bounds: dict[str, int], fits: bool) -> None:
    check = Disabled(**bounds)
    for relay, possible in (("rococo", fits), ("westend", True)):
        topology = NetworkSpec.model_validate({"relay": {"runtime": relay}}).topology()
        assert (check.unfit(topology) is None) is possible


# -- disabled -------------------------------------------------------------------------------------------------------


def without_points(*more: Kind) -> list[Record]:
    return [r for r in REAL if r.kind is not Kind.POINTS and r.kind not in more]


def test_who_was_not_disabled_fails() -> None:
    check = Disabled(nodes=("dave",), at_least=1)
    untouched = [r for r in without_points() if not is_event(r, "Session", "ValidatorDisabled")]
    assert status(check, evidence(REAL)) == "held"
    assert status(check, evidence(untouched)) == "failed"
    assert status(Disabled(nodes=("dave",), at_most=0), evidence(REAL)) == "failed"
    assert status(Disabled(nodes=("alice", "bob"), at_most=0), evidence(REAL)) == "held"


def test_events_alone_tell_who_is_disabled() -> None:
    assert status(Disabled(nodes=("dave",), at_least=1), evidence(without_points())) == "held"


@pytest.mark.parametrize("how", ["event", "state"])
def test_who_is_enabled_again_is_disabled_no_more(how: str) -> None:
    start, _ = evidence(REAL).windows[3].apply_end, None
    check = Disabled(nodes=("dave",), at_least=1, during="silence")
    assert status(check, evidence(REAL)) == "held"
    if how == "state":
        free = mapped(Kind.POINTS, lambda r: r if r.t < start - 30 else change(r, disabled=[]))
    else:
        final = [block for block in evidence(REAL).canonical("relay") if block.t < start - 30][-1]
        event = next(r for r in REAL if is_event(r, "Session", "ValidatorDisabled"))
        back = change(replace(event, t=final.t, height=final.height, hash=final.hash), name="ValidatorReenabled")
        at = next(index for index, r in enumerate(without_points()) if r.t > start)
        free = evidence([*without_points()[:at], back, *without_points()[at:]])
    assert status(check, free) == "failed"
    assert status(Disabled(nodes=("dave",), at_least=1), free) == "held", "it was, before"


def test_slots_that_nobody_lost_fail() -> None:
    check = Disabled(nodes=("dave",), at_least=1, slots_lost=2)
    assert status(check, evidence(REAL)) == "held"
    assert status(check, mapped(Kind.SLOT_LOST, lambda _: None)) == "failed"
    assert status(replace(check, slots_lost=500), evidence(REAL)) == "failed"
    assert status(check, mapped(Kind.SLOT_LOST, lambda r: replace(r, observer="alice"))) == "failed"


def test_a_slot_counts_once_however_often_it_was_tried() -> None:
    check = Disabled(nodes=("dave",), at_least=1, slots_lost=2)
    one = next(r for r in REAL if r.kind is Kind.SLOT_LOST)
    assert status(check, mapped(Kind.SLOT_LOST, lambda r: change(r, slot=one.data.slot))) == "failed"


def test_a_block_by_a_disabled_validator_fails() -> None:
    real = evidence(REAL)
    disabled = next(r for r in REAL if is_event(r, "Session", "ValidatorDisabled"))
    later = next(b for b in real.canonical("relay") if b.height > (disabled.height or 0) + 3)
    forged = mapped(Kind.BLOCK, lambda r: change(r, author="dave") if r.hash == later.hash else r)
    finding = Disabled(nodes=("dave",), at_least=1, slots_lost=2).judge(forged)
    assert finding.status is Status.FAILED
    assert f"dave made block {later.height}" in finding.seen


def test_a_block_of_an_unknown_key_leaves_open_whether_a_disabled_validator_made_it() -> None:
    real = evidence(REAL)
    disabled = next(r for r in REAL if is_event(r, "Session", "ValidatorDisabled"))
    later = next(b for b in real.canonical("relay") if b.height > (disabled.height or 0) + 3)
    unnamed = mapped(Kind.BLOCK, lambda r: change(r, author="0x" + "ab" * 32) if r.hash == later.hash else r)
    assert status(Disabled(nodes=("dave",), at_least=1, slots_lost=2), unnamed) == "inconclusive"


def down(node: str, t: float, after: int, real: Sequence[Record] = REAL) -> list[Record]:
    data = NodeDown(intended=True, exit_code=0, oom_killed=False, log_tail=[])
    ended = replace(real[after], observer=node, chain=None, height=None, hash=None, data=data, t=t)
    return [*real[:after], ended, *real[after:]]


def test_slots_of_a_validator_that_was_down_are_not_lost_by_being_disabled() -> None:
    at = next(index for index, r in enumerate(REAL) if is_event(r, "Session", "ValidatorDisabled")) + 200
    check = Disabled(nodes=("dave",), at_least=1, slots_lost=2)
    assert status(check, evidence(down("dave", REAL[at].t, at))) == "inconclusive"


def empty_slots(changed: list[Record]) -> str:
    return status(Disabled(nodes=("dave",), at_least=1, slots_lost=2, after="report"), evidence(changed))


def test_of_real_nodes_the_empty_slots_count() -> None:
    """Its log has five blocks that the runtime refused dave; in three of these slots another validator made one."""
    assert empty_slots([*WESTEND]) == "held"
    slots = iter(range(1, 10**6))
    packed = [change(r, slot=next(slots)) if r.kind is Kind.BLOCK and r.chain == "relay" else r for r in WESTEND]
    assert empty_slots(packed) == "failed"


@pytest.mark.parametrize("node", ["bob", "dave"])
def test_empty_slots_prove_nothing_while_a_validator_is_down(node: str) -> None:
    at = next(index for index, r in enumerate(WESTEND) if is_event(r, "Session", "ValidatorDisabled")) + 20
    assert empty_slots(down(node, WESTEND[at].t, at, WESTEND)) == "inconclusive"


def test_empty_slots_prove_nothing_while_a_validator_is_not_watched() -> None:
    at = next(index for index, r in enumerate(WESTEND) if is_event(r, "Session", "ValidatorDisabled")) + 20
    t = WESTEND[at].t
    gap = replace(WESTEND[at], observer="bob", data=ObservationGap(start=t - 5, end=t, reason="no answer"))
    assert empty_slots([*WESTEND[:at], gap, *WESTEND[at:]]) == "inconclusive"


def test_unread_blocks_leave_open_whether_somebody_was_disabled() -> None:
    unread = mapped(Kind.CONTENTS, lambda r: None if r.t > 250 else r)
    assert status(Disabled(nodes=("alice",), at_most=0), unread) == "inconclusive"


@pytest.mark.parametrize("wrong", [{}, {"at_most": 0, "slots_lost": 1}, {"at_least": 1, "slots_lost": 0}])
def test_values_that_contradict_each_other_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError):
        Disabled(**wrong)


# -- no-shows -------------------------------------------------------------------------------------------------------


def test_no_shows_are_told_by_validator() -> None:
    check = NoShows(nodes=("dave",), at_least=2, during="silence")
    assert status(check, evidence(REAL)) == "held"
    assert status(check, mapped(Kind.NO_SHOW, lambda _: None)) == "failed"
    assert status(check, mapped(Kind.NO_SHOW, lambda r: change(r, validator="alice"))) == "failed"
    assert status(NoShows(at_most=0), evidence(REAL)) == "failed"
    assert status(NoShows(nodes=("alice",), at_most=0), evidence(REAL)) == "held"


def test_that_nobody_had_to_check_anything_proves_nothing() -> None:
    idle = mapped(Kind.EVENT, lambda r: None if is_event(r, "ParaInclusion", "CandidateIncluded") else r)
    assert status(NoShows(nodes=("alice",), at_most=0), idle) == "inconclusive"


def counted(samples: dict[str, list[int]]) -> Evidence:
    """The counters of these nodes, one sample after the other from the step's start on, the last value for good; those
    of others gone."""
    start = next(r for r in WESTEND if r.kind is Kind.STEP and r.data.label == "working").data.start
    rest = {node: chain(values, repeat(values[-1])) for node, values in samples.items()}

    def sample(record: Record) -> Record | None:
        if record.kind is not Kind.METRIC or record.t < start:
            return record
        value = next(rest.get(record.observer, iter(())), None)
        return None if value is None else change(record, value=float(value))

    return evidence(found for record in WESTEND if (found := sample(record)) is not None)


def test_real_nodes_count_no_shows_without_names() -> None:
    assert status(NoShows(at_most=0, during="working"), evidence(WESTEND)) == "held"
    seen = counted({"alice": [4, 4, 7], "bob": [5, 6, 2], "charlie": [0], "dave": [0]})
    finding = NoShows(at_least=3, at_most=3, during="working").judge(seen)
    assert finding.status is Status.HELD
    assert (finding.figures["alice"], finding.figures["bob"]) == (3, 3)
    assert status(NoShows(at_most=2, during="working"), seen) == "failed"
    assert status(NoShows(nodes=("dave",), at_least=1, during="working"), seen) == "inconclusive"


@pytest.mark.parametrize("at_most", [0, 3])
def test_counters_of_some_nodes_prove_nothing_of_what_the_others_noticed(at_most: int) -> None:
    """Nodes without samples were left out once, and the check held by the rest."""
    three = {"alice": [4], "bob": [5], "charlie": [0]}
    assert status(NoShows(at_most=at_most, during="working"), counted({**three, "dave": [0]})) == "held"
    assert status(NoShows(at_most=at_most, during="working"), counted(three)) == "inconclusive"
    assert status(NoShows(at_most=at_most, during="working"), counted({})) == "inconclusive"


def test_the_stopped_validator_of_real_nodes_earned_nothing() -> None:
    check = Points(nodes=("dave",), at_most=0, during="down", grace=30.0)
    assert status(check, evidence(WESTEND)) == "held"
    heal = evidence(WESTEND).windows[1].heal_start
    paid = [
        change(r, points={**r.data.points, "dave": r.data.points["dave"] + 20})
        if r.kind is Kind.POINTS and heal is not None and r.t > heal - 20
        else r
        for r in WESTEND
    ]
    assert status(check, evidence(paid)) == "failed"
