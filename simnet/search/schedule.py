"""A schedule as a search handles it: faults with plain times, and whether a space allows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pydantic import ValidationError

from simnet.errors import InputError
from simnet.faults import Fault
from simnet.network.topology import Topology
from simnet.scenario import WindowSpec
from simnet.search.space import Space
from simnet.units import Moment, Span

CYCLE = 40.0
"""Seconds that a node of a restart or a wipe takes to come back at most, beside the time that it stays down: collators
need 32 s (START_COLLATOR of the simulated provider's times)."""


@dataclass(frozen=True)
class Placed:
    """A fault with its times: seconds after the barrier, and seconds that it lasts, 0 for an instant one."""

    fault: Fault
    at: float
    length: float

    def end(self, topology: Topology) -> float:
        """When it is over at the latest. Nodes of a restart go down one after another."""
        cycle = self.fault.cycle()
        if cycle is None:
            return self.at + self.length
        return self.at + len(self.fault.affected(topology)) * (CYCLE + cycle.down_for)


Schedule = tuple[Placed, ...]


def allowed(space: Space, topology: Topology, schedule: Sequence[Placed]) -> bool:
    """Whether a schedule keeps to the space: how many, how long, quiet between them and at the end.

    Where no quiet period is asked for, faults may overlap, but a node that is down cannot be restarted.
    """
    last = space.length - space.settle
    if len(schedule) > space.max_windows or any(one.length > space.max_fault_duration for one in schedule):
        return False
    if any(one.at < 0 or one.end(topology) > last or (one.length <= 0 and not one.fault.instant) for one in schedule):
        return False
    if space.quiet_period > 0:
        return all(two.at >= one.end(topology) + space.quiet_period for one, two in pairwise(schedule))
    return not any(_clash(one, two, topology) for one in schedule for two in schedule if one is not two)


def _clash(cycle: Placed, other: Placed, topology: Topology) -> bool:
    """Whether a restart or a wipe falls into another fault of one of its nodes."""
    if not cycle.fault.instant or cycle.at > other.end(topology) or other.at > cycle.end(topology):
        return False
    return bool(set(cycle.fault.affected(topology)) & set(other.fault.affected(topology)))


def written(schedule: Iterable[Placed]) -> tuple[WindowSpec, ...]:
    """The schedule as a scenario has it. The second fault of a kind is called ``kind-2``, and so on.

    Raises :class:`InputError` for a fault that no window of a schedule can be, such as half of a pair.
    """
    counts: dict[str, int] = {}
    out = []
    for one in schedule:
        kind = one.fault.kind
        counts[kind] = counts.get(kind, 0) + 1
        data = {
            kind: one.fault,
            "at": Moment(span=Span(seconds=one.at)),
            "for_": None if one.fault.instant else Span(seconds=one.length),
            "name": f"{kind}-{counts[kind]}" if counts[kind] > 1 else None,
        }
        try:
            out.append(WindowSpec.model_validate(data))
        except ValidationError as error:
            why = "; ".join(problem["msg"].removeprefix("Value error, ") for problem in error.errors())
            raise InputError(f"the fault {one.fault} can be no window of a schedule: {why}") from error
    return tuple(out)


def placed(windows: Iterable[WindowSpec]) -> Schedule:
    """What :func:`written` wrote, upgrades left aside; raises :class:`InputError` for times in blocks or after a
    session change."""
    out = []
    for window in (one for one in windows if one.upgrade is None):
        length = window.for_ or Span(seconds=0.0)
        if window.at.session is not None or window.at.span.seconds is None or length.seconds is None:
            raise InputError(f"{window.fault} at {window.at} is no window of a search; those have seconds after t0")
        out.append(Placed(window.fault, window.at.span.seconds, length.seconds))
    return tuple(out)
