"""Cases: the base scenario of a search with a drawn schedule, which lasts to the end of the case."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st

from simnet.scenario import Scenario, Step, Wait, WindowSpec
from simnet.search.grids import moments
from simnet.search.space import Space
from simnet.search.strategies._schedules import schedules
from simnet.units import Moment, Span


def cases(space: Space) -> st.SearchStrategy[Scenario]:
    """Whole scenarios: the space's base with a schedule, and with the upgrades of its own schedule at moments that are
    drawn. The simplest is the base without any fault."""
    drawn = schedules(space.base.topology, space)
    upgrades = upgrades_of(space.base)
    if not upgrades:
        return drawn.map(lambda windows: case(space, windows))
    moment = st.sampled_from(moments(space.length - space.settle))
    placed = st.tuples(*(moment.map(lambda at, one=one: at_moment(one, at)) for one in upgrades))  # type: ignore[misc]
    return st.tuples(drawn, placed).map(lambda both: case(space, (*both[0], *both[1])))


def upgrades_of(scenario: Scenario) -> tuple[WindowSpec, ...]:
    """The windows of its schedule that are upgrades."""
    return tuple(window for window in scenario.schedule if window.upgrade is not None)


def at_moment(window: WindowSpec, at: float) -> WindowSpec:
    """The same so many seconds after the barrier."""
    return window.model_copy(update={"at": Moment(span=Span(seconds=at))})


def case(space: Space, windows: Iterable[WindowSpec]) -> Scenario:
    """The base with this schedule. It lasts at least until ``space.length`` after the barrier."""
    end = Step(wait=Wait(until=Moment(span=Span(seconds=space.length))))
    steps = space.base.steps if space.base.steps[-1:] == (end,) else (*space.base.steps, end)
    return Scenario.model_validate({**dict(space.base), "steps": steps, "schedule": tuple(windows)})
