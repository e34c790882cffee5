"""Schedules: windows of faults after the barrier, with calm between them and at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from simnet.faults import Fault, Restart
from simnet.network.topology import Topology
from simnet.scenario import WindowSpec
from simnet.search.space import Space
from simnet.search.strategies._faults import faults, in_order_of_simplicity
from simnet.search.strategies._grids import lengths, moments
from simnet.units import Moment, Span

CYCLE = 5.0
"""Seconds that a node of a restart or a wipe takes to come back at most, beside the time that it stays down."""


@dataclass(frozen=True)
class Placed:
    """A fault with its times in seconds after the barrier. ``length`` says nothing of an instant fault."""

    fault: Fault
    at: float
    length: float

    def end(self, topology: Topology) -> float:
        """When it is over at the latest. Nodes of a restart go down one after another."""
        if not self.fault.instant:
            return self.at + self.length
        down = self.fault.down_for if isinstance(self.fault, Restart) else 0.0
        return self.at + len(self.fault.affected(topology)) * (CYCLE + down)


def schedules(topology: Topology, space: Space) -> st.SearchStrategy[tuple[WindowSpec, ...]]:
    """Schedules for a network: none to ``space.most`` windows, each complete in itself.

    Each case draws which kinds it uses, so that cases differ more than if each had some of everything (swarm testing).
    Fewer windows are simpler, then fewer targets, kinds that come earlier in
    :data:`~simnet.faults.KINDS`, shorter and weaker faults, rounder and earlier times.
    """
    kinds = in_order_of_simplicity(space.kinds, topology)
    off = st.sets(st.sampled_from(kinds), max_size=len(kinds) - 1) if len(kinds) > 1 else st.just(set())

    @st.composite
    def windows(draw: st.DrawFn) -> tuple[WindowSpec, ...]:
        without = draw(off)
        on = [kind for kind in kinds if kind not in without]
        one = st.builds(
            Placed,
            st.sampled_from(on).flatmap(lambda kind: faults(kind, topology)),
            st.sampled_from(moments(space.length - space.settle - 1)),
            st.sampled_from(lengths(space.longest)),
        )
        return arranged(topology, space, draw(st.lists(one, max_size=space.most)))

    return windows()


def arranged(topology: Topology, space: Space, drawn: Iterable[Placed]) -> tuple[WindowSpec, ...]:
    """Windows in order of time; each waits for the calm after the one before it, and what does not fit is left out."""
    out: list[Placed] = []
    free = 0.0
    for one in sorted(drawn, key=lambda one: one.at):
        moved = replace(one, at=max(one.at, free))
        end = moved.end(topology)
        if end > space.length - space.settle:
            continue
        out.append(moved)
        if space.calm > 0:
            free = -(-(end + space.calm) // 5) * 5
    return written(out)


def written(placed: Iterable[Placed]) -> tuple[WindowSpec, ...]:
    """The windows as a scenario has them. The second fault of a kind is called ``kind-2``, and so on."""
    counts: dict[str, int] = {}
    out = []
    for one in placed:
        kind = one.fault.kind
        counts[kind] = counts.get(kind, 0) + 1
        out.append(
            WindowSpec.model_validate(
                {
                    kind: one.fault,
                    "at": Moment(span=Span(seconds=one.at)),
                    "for_": None if one.fault.instant else Span(seconds=one.length),
                    "name": f"{kind}-{counts[kind]}" if counts[kind] > 1 else None,
                }
            )
        )
    return tuple(out)
