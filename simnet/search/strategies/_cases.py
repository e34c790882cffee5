"""Cases: the base scenario of a search with a drawn schedule, which lasts to the end of the case."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st

from simnet.scenario import Scenario, Step, Wait, WindowSpec
from simnet.search.space import Space
from simnet.search.strategies._schedules import schedules
from simnet.units import Moment, Span


def cases(space: Space) -> st.SearchStrategy[Scenario]:
    """Whole scenarios: the space's base with a schedule. The simplest is the base without any fault."""
    return schedules(space.base.topology, space).map(lambda windows: case(space, windows))


def case(space: Space, windows: Iterable[WindowSpec]) -> Scenario:
    """The base with this schedule. It lasts at least until ``space.length`` after the barrier."""
    end = Step(wait=Wait(until=Moment(span=Span(seconds=space.length))))
    steps = space.base.steps if space.base.steps[-1:] == (end,) else (*space.base.steps, end)
    return Scenario.model_validate({**dict(space.base), "steps": steps, "schedule": tuple(windows)})
