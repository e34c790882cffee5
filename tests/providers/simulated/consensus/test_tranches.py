"""What approval checking requires, by cases that follow approval_checking.rs, and properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.providers.simulated.consensus.tranches import Assignments, Required, approved, required, triggers

BLOCK = 100
NO_SHOW = 24


def ask(assigned: Assignments, yes: set[int], now: int, validators: int = 10, needed: int = 2) -> Required:
    return required(
        assigned, frozenset(yes), validators=validators, now=now, block=BLOCK, no_show=NO_SHOW, needed=needed
    )


def is_approved(assigned: Assignments, yes: set[int], now: int, validators: int = 10) -> bool:
    what = ask(assigned, yes, now, validators)
    return approved(assigned, frozenset(yes), what, validators=validators, now=now)


def test_without_assignments_any_tranche_may_come() -> None:
    what = ask({}, set(), BLOCK + 3)
    assert (what.need, what.tranche, what.broadcast, what.drift) == ("pending", 3, None, 0)


def test_enough_assignments_of_tranche_0_are_exact_and_approve_after_the_delay() -> None:
    assigned = {0: [(1, BLOCK), (2, BLOCK + 1)]}
    assert ask(assigned, set(), BLOCK + 1).need == "exact"
    assert not is_approved(assigned, {1}, BLOCK + 10)
    assert not is_approved(assigned, {1, 2}, BLOCK + 2), "the newest assignment is one tick old"
    assert is_approved(assigned, {1, 2}, BLOCK + 3)


def test_all_who_are_assigned_up_to_the_needed_tranche_have_to_approve() -> None:
    assigned = {0: [(1, BLOCK), (2, BLOCK), (3, BLOCK)], 1: [(4, BLOCK + 1)]}
    assert not is_approved(assigned, {1, 2}, BLOCK + 5)
    assert is_approved(assigned, {1, 2, 3}, BLOCK + 5), "tranche 1 is not needed"


def test_more_than_a_third_approve_whatever_is_assigned() -> None:
    assert not is_approved({}, {1, 2, 3}, BLOCK, validators=10)
    assert is_approved({}, {1, 2, 3, 4}, BLOCK, validators=10)
    assert is_approved({}, {1, 2}, BLOCK, validators=4)


def test_a_no_show_is_covered_by_a_later_tranche() -> None:
    assigned: dict[int, list[tuple[int, int]]] = {0: [(1, BLOCK), (2, BLOCK)]}
    before = ask(assigned, {1}, BLOCK + NO_SHOW - 1)
    assert before.need == "exact"
    assert before.next_no_show == BLOCK + NO_SHOW
    late = BLOCK + NO_SHOW
    after = ask(assigned, {1}, late)
    assert (after.need, after.no_shows, after.drift) == ("pending", (2,), NO_SHOW)
    assert after.broadcast == 1, "tranche 0 was considered, and one no-show is to be covered"
    assigned[1] = [(3, late + 1)]
    now = late + 1
    covered = ask(assigned, {1}, now)
    assert (covered.need, covered.tranche, covered.missing) == ("exact", 1, 1)
    assert not is_approved(assigned, {1}, now + 5)
    assert is_approved(assigned, {1, 3}, now + 5), "one approval may be missing"


def test_a_tranche_covers_one_no_show_however_many_are_in_it() -> None:
    late = BLOCK + NO_SHOW
    assigned = {0: [(1, BLOCK), (2, BLOCK)], 1: [(3, late + 1), (4, late + 1), (5, late + 1)]}
    assert ask(assigned, set(), late + 2).need == "pending", "two no-shows, one tranche"
    assigned[2] = [(6, late + 2)]
    assert ask(assigned, set(), late + 2).need == "exact"


def test_with_too_many_no_shows_everybody_checks() -> None:
    late = BLOCK + NO_SHOW
    assigned = {0: [(0, BLOCK), (1, BLOCK)]}
    assert ask(assigned, set(), late, validators=4).need == "all"


@pytest.mark.parametrize(("tranche", "now", "expected"), [(0, 0, True), (3, 2, False), (3, 3, True), (9, 20, True)])
def test_before_any_no_show_a_tranche_triggers_when_it_has_come(tranche: int, now: int, expected: bool) -> None:
    what = ask({}, set(), BLOCK + now)
    assert triggers(tranche, what, 0, validators=10, tranche_now=now) is expected


def test_drift_holds_later_tranches_back() -> None:
    late = BLOCK + NO_SHOW
    what = ask({0: [(1, BLOCK), (2, BLOCK)]}, {1}, late)
    assert not triggers(1, what, 1, validators=10, tranche_now=NO_SHOW)
    what = ask({0: [(1, BLOCK), (2, BLOCK)]}, {1}, late + 1)
    assert triggers(1, what, 1, validators=10, tranche_now=NO_SHOW + 1)
    assert not triggers(5, what, 1, validators=10, tranche_now=NO_SHOW + 1), "beyond what covers the no-show"


def test_nobody_else_is_triggered_once_it_is_exact() -> None:
    what = ask({0: [(1, BLOCK), (2, BLOCK)]}, set(), BLOCK + 1)
    assert not triggers(1, what, 0, validators=10, tranche_now=1)


@st.composite
def checkings(draw: st.DrawFn) -> tuple[dict[int, list[tuple[int, int]]], set[int], int]:
    """Assignments of ten validators, approvals, and a tick; nobody announces before its tranche has come."""
    assigned: dict[int, list[tuple[int, int]]] = {}
    for validator in draw(st.lists(st.integers(0, 9), unique=True)):
        tranche = draw(st.integers(0, 12))
        assigned.setdefault(tranche, []).append((validator, BLOCK + tranche + draw(st.integers(0, 60))))
    yes = {one for here in assigned.values() for one, _ in here if draw(st.booleans())}
    return assigned, yes, BLOCK + draw(st.integers(0, 120))


@given(checkings(), st.integers(0, 9))
def test_another_approval_never_takes_approval_away(
    case: tuple[dict[int, list[tuple[int, int]]], set[int], int], more: int
) -> None:
    assigned, yes, now = case
    if is_approved(assigned, yes, now) and any(more == one for here in assigned.values() for one, _ in here):
        assert is_approved(assigned, yes | {more}, now)


@given(checkings())
def test_no_shows_are_late_and_silent(case: tuple[dict[int, list[tuple[int, int]]], set[int], int]) -> None:
    assigned, yes, now = case
    ticks = {one: tick for here in assigned.values() for one, tick in here}
    for validator in ask(assigned, yes, now).no_shows:
        assert validator not in yes
        assert ticks[validator] + NO_SHOW <= now
