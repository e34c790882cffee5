"""All passes, again and again, until none finds a simpler schedule that fails."""

from __future__ import annotations

from collections.abc import Callable

from simnet.network.topology import Topology
from simnet.search.schedule import Schedule
from simnet.search.shrinking._fewer_targets import earlier_targets, fewer_targets
from simnet.search.shrinking._lengths import shorter
from simnet.search.shrinking._moments import earlier, rounder
from simnet.search.shrinking._pass import Shrinking
from simnet.search.shrinking._simpler_kinds import simpler_kinds
from simnet.search.shrinking._strengths import weaker
from simnet.search.shrinking._windows import fewer_windows
from simnet.search.space import Space

PASSES: tuple[Callable[[Shrinking], None], ...] = (
    fewer_windows, fewer_targets, simpler_kinds, shorter, weaker, rounder, earlier, earlier_targets,
)  # fmt: skip
"""What saves most work first."""


def shrink(space: Space, topology: Topology, schedule: Schedule, fails: Callable[[Schedule], bool]) -> Schedule:
    """The simplest schedule that the passes find; none of their single changes makes it simpler and fail.

    ``schedule`` fails. ``fails`` may be asked for the same schedule more than once. The same arguments give the same
    answer if ``fails`` does.
    """
    state = Shrinking(space, topology, schedule, fails)
    before: Schedule | None = None
    while before != state.best:
        before = state.best
        for one in PASSES:
            one(state)
    return state.best
