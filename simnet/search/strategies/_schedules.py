"""Schedules: windows of faults after the barrier, with quiet between them and at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import strategies as st

from simnet.faults import Fault
from simnet.network.topology import Topology
from simnet.scenario import WindowSpec
from simnet.search.grids import lengths, moments
from simnet.search.schedule import Placed, Schedule, allowed, written
from simnet.search.space import Space
from simnet.search.strategies._drawn_faults import drawn_kinds

_KINDS_OF_ONE = 3
"""Kinds that one schedule uses at most: schedules differ more so than if each had some of everything (swarm testing).
"""


def schedules(topology: Topology, space: Space) -> st.SearchStrategy[tuple[WindowSpec, ...]]:
    """Schedules for a network: none to ``space.max_windows`` windows, each complete in itself, in order of time.

    Each schedule draws a few kinds and uses no others. Fewer windows are simpler, then fewer targets, simpler kinds in
    the order of :data:`~simnet.search.space.FAULTS`, shorter and weaker faults, rounder and earlier times. Raises
    :class:`~simnet.errors.InputError` when the space has kinds that cannot be drawn.
    """
    drawn = drawn_kinds(space.kinds, topology)
    kinds = tuple(drawn)
    starts, durations = moments(space.length - space.settle), lengths(space.max_fault_duration)

    @st.composite
    def windows(draw: st.DrawFn) -> tuple[WindowSpec, ...]:
        on = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=_KINDS_OF_ONE))
        fault = st.sampled_from(on).flatmap(drawn.__getitem__)
        one = st.builds(_place, fault, st.sampled_from(durations), st.sampled_from(starts))
        return written(arranged(topology, space, draw(st.lists(one, max_size=space.max_windows))))

    return windows()


def arranged(topology: Topology, space: Space, drawn: Iterable[Placed]) -> Schedule:
    """The windows in order of time, each moved back so that it ends in time. What comes too close to one that was drawn
    before it is left out: then no window depends on the others, and dropping one leaves the rest as they are."""
    out: Schedule = ()
    last = space.length - space.settle
    for one in drawn:
        spare = last - (one.end(topology) - one.at)
        fitted = replace(one, at=min(one.at, max(0.0, spare)))
        more = tuple(sorted((*out, fitted), key=lambda placed: placed.at))
        if allowed(space, topology, more):
            out = more
    return out


def _place(fault: Fault, length: float, at: float) -> Placed:
    return Placed(fault, at, 0.0 if fault.instant else length)
