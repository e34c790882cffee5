"""Which faults held a message up on its way: what a deadline that starts anew with healing may start anew with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from simnet.checks.relay import inclusion_times
from simnet.faults import KINDS, Fault, effective, fault_from
from simnet.journal import Evidence, MessageTrace
from simnet.network.topology import RELAY, Topology

HELD_UP = 30.0
"""Seconds without a candidate of a parachain included that count as standing: five relay slots. In an hour without a
fault a simulated Rococo had two of 24 s, a Westend one of 18 s."""


@dataclass(frozen=True)
class FaultPeriod:
    """A time in which a fault had one value, and the chains whose nodes or links it acted on."""

    name: str
    start: float
    end: float
    chains: frozenset[str]

    def overlaps(self, start: float, end: float) -> bool:
        return self.start < end and self.end > start


class RouteFaults:
    """Faults of a run that were healed, and when each parachain stood.

    A message's way are the relay chain, its recipient, what lies between, and its sender from the block on that sent
    it: until then it is not under way, and that nobody takes it excuses nothing. A fault held it up if it acted on a
    chain of that way while candidates that the message needs were not included: on the relay chain those of its
    parachains, which may stand for the fault of their own nodes instead, and then it was that one.
    """

    def __init__(self, evidence: Evidence) -> None:
        self._periods = list(_periods(evidence, evidence.network.topology))
        self._standstills: dict[str, list[tuple[float, float]]] = {}
        included = inclusion_times(evidence)
        for chain in evidence.chains():
            times = [0.0, *included.get(chain, ()), evidence.now]
            self._standstills[chain] = [(one, two) for one, two in pairwise(times) if two - one >= HELD_UP]

    def healed(self, trace: MessageTrace) -> FaultPeriod | None:
        """Of the faults that held up a message which has ended the one that was healed last."""
        return max(
            (period for period in self._periods if self._held_up(period, trace)),
            key=lambda period: period.end,
            default=None,
        )

    def kept(self, trace: MessageTrace) -> FaultPeriod | None:
        """A fault of the sender's own nodes that lasted while the message was asked for and not sent yet."""
        sent = trace.sent if trace.sent is not None else trace.asked
        own = (period for period in self._periods if trace.sender in period.chains and trace.sender != RELAY)
        return next((period for period in own if period.overlaps(trace.asked, sent)), None)

    def _held_up(self, period: FaultPeriod, trace: MessageTrace) -> bool:
        end = trace.terminals[0].t
        paras = [chain for chain in trace.way if chain != RELAY]
        since = {**dict.fromkeys(trace.way, trace.asked), trace.sender: trace.sent}
        on_relay = RELAY in period.chains and any(
            self._stood(para, period, trace.asked, end, self._others(para, period)) for para in paras
        )
        return on_relay or any(
            self._stood(para, period, start, end)
            for para in paras
            if para in period.chains and (start := since[para]) is not None
        )

    def _others(self, para: str, but: FaultPeriod) -> list[FaultPeriod]:
        return [period for period in self._periods if para in period.chains and period is not but]

    def _stood(
        self, para: str, period: FaultPeriod, start: float, end: float, without: Iterable[FaultPeriod] = ()
    ) -> bool:
        """Whether the fault lasted at some time between at which a parachain stood, for longer than other faults
        explain."""
        return any(
            period.overlaps(max(one, start), min(two, end)) and two - one - _covered(one, two, without) >= HELD_UP
            for one, two in self._standstills.get(para, ())
            if one < end and two > start
        )


def _covered(start: float, end: float, periods: Iterable[FaultPeriod]) -> float:
    """Seconds between that lie in any of the spans."""
    covered, at = 0.0, start
    for period in sorted(periods, key=lambda one: one.start):
        begin = max(at, period.start)
        if period.end > begin and begin < end:
            covered += min(end, period.end) - begin
            at = min(end, period.end)
    return covered


def _periods(evidence: Evidence, topology: Topology) -> Iterable[FaultPeriod]:
    """Every value that a fault had, from its applying or change to the next change or the end of its healing."""
    for window in evidence.windows.values():
        if window.heal_end is not None:
            for value, end in window.spans():
                chains = _chains(value.fault, value.nodes, topology)
                yield FaultPeriod(window.name, value.start, window.heal_end if end is None else end, chains)


def _chains(data: Mapping[str, object], nodes: Iterable[str], topology: Topology) -> frozenset[str]:
    """Chains whose nodes, or links to the relay chain or among each other, a fault acts on.

    A link between nodes of two parachains is on no message's way.
    """
    chain = {node.name: node.chain for node in topology.nodes}
    if data["kind"] not in KINDS:
        return frozenset(chain[name] for name in nodes)
    fault = fault_from(data)
    if fault.instant:
        return frozenset(chain[name] for name in fault.affected(topology))
    return frozenset(_touched(fault, topology, chain))


def _touched(fault: Fault, topology: Topology, chain: dict[str, str]) -> Iterable[str]:
    asked = effective(topology, [fault])
    yield from (chain[name] for name, process in asked.nodes.items() if process != "running")
    yield from (chain[name] for name in asked.acts)
    for source, target in asked.links:
        one, two = chain[source], chain[target]
        if one == two or RELAY in (one, two):
            yield two if one == RELAY else one
