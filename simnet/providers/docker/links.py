"""Links between sandboxes from the host's side: setting them, reading them back, measuring them."""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from math import isclose
from typing import TypeVar

from simnet.errors import FaultError
from simnet.faults import CLEAR, LinkState, Pair
from simnet.providers.docker.link_agent import (
    CONTROL_PORT,
    PROBE_PORT,
    TOKEN_ENV,
    AgentTable,
    LinkAgent,
    Series,
    Tables,
    sandbox_options,
)

__all__ = [
    "CONTROL_PORT", "PROBE_PORT", "TOKEN_ENV", "EchoMeasurement", "LinkAgent", "LinkControl", "same_link",
    "sandbox_options",
]  # fmt: skip


_Answer = TypeVar("_Answer")
_PATIENCE = 0.5
"""Seconds that a measurement waits for echoes beyond what the links' own delays explain."""
_LONGEST_PATIENCE = 30.0
_NOTHING = Tables({}, {})


@dataclass(frozen=True)
class EchoMeasurement:
    """What probes saw of one directed link. Round-trip times in seconds, None when no echo came back.

    ``arrived`` is what the target counted, ``echoed`` what came back to the source, ``reordered`` what arrived after a
    later probe.
    """

    sent: int
    arrived: int
    echoed: int
    rtt_min: float | None
    rtt_median: float | None
    rtt_max: float | None
    reordered: int = 0

    @property
    def loss_out(self) -> float:
        """Share lost from source to target."""
        return 1 - self.arrived / self.sent

    @property
    def loss_round(self) -> float:
        """Share lost on the way there or back."""
        return 1 - self.echoed / self.sent


@dataclass
class LinkControl:
    """All links of a network. ``agents`` and ``addresses`` (IPv4) have every node by name.

    A cut is made where packets enter the target; delay, loss and rate there too, or where packets leave the source when
    the source's kernel has netem. Not for use from two threads at once.
    """

    agents: Mapping[str, LinkAgent]
    addresses: Mapping[str, str]
    _applied: dict[str, Tables] = field(init=False, default_factory=dict)
    _generation: int = field(init=False, default=0)

    def apply(self, links: Mapping[Pair, LinkState]) -> None:
        """Makes every link as ``links`` says, those that it does not name clear, and reads back what changed.

        Agents whose tables stay as they are known to be are not contacted. Raises :class:`FaultError` that names the
        link, what was asked and what was seen.
        """
        wanted = self._tables(links)
        changed = {name: tables for name, tables in wanted.items() if self._applied.get(name) != tables}
        self._generation = max(self._generation + 1, time.time_ns())
        for name in changed:
            self._applied.pop(name, None)
        generation = self._generation
        seen = self._each(changed, lambda name: self.agents[name].apply(generation, changed[name]))
        wrong = [line for name in changed for line in self._differences(name, changed[name], seen[name])]
        if wrong:
            raise FaultError(
                "links are not as they were asked to be: " + "; ".join(wrong) + ". Something else changes the"
                " sandbox's packet filter or queueing, or its kernel took a rule without keeping it: see"
                " `docker logs` of the sandbox"
            )
        self._applied |= changed

    def read_back(self) -> dict[Pair, LinkState]:
        """Every directed link as kernels and shapers have it now."""
        seen = self._each(self.agents, lambda name: self.agents[name].read())
        links: dict[Pair, LinkState] = {}
        for source, target in self._pairs():
            incoming = seen[target].ingress.get(self.addresses[source], CLEAR)
            outgoing = seen[source].egress.get(self.addresses[target], CLEAR)
            links[source, target] = replace(incoming if outgoing.clear else outgoing, cut=incoming.cut)
        return links

    def measure(self, pairs: Iterable[Pair], count: int = 20, interval: float = 0.05) -> dict[Pair, EchoMeasurement]:
        """Sends ``count`` probes over each link, one every ``interval`` seconds, all links at once."""
        series = {pair: secrets.randbits(62) for pair in pairs}
        for source, target in series:
            self._check(source)
            self._check(target)
        by_source = _grouped(series, lambda pair: pair[0])
        by_target = _grouped(series, lambda pair: pair[1])
        echoes = self._each(
            by_source,
            lambda name: self.agents[name].probe(
                {self.addresses[target]: series[name, target] for _, target in by_source[name]},
                count=count,
                interval=interval,
                patience=max(self._patience(pair) for pair in by_source[name]),
            ),
        )
        counted = self._each(
            by_target, lambda name: self.agents[name].arrived([series[pair] for pair in by_target[name]])
        )
        arrivals = {pair: seen for name in by_target for pair, seen in zip(by_target[name], counted[name], strict=True)}
        return {
            (source, target): _measured(count, echoes[source][self.addresses[target]], arrivals[source, target])
            for source, target in series
        }

    def close(self) -> None:
        """Closes the control connections; what is applied stays."""
        for agent in self.agents.values():
            agent.close()

    def _pairs(self) -> list[Pair]:
        return [(source, target) for source in self.agents for target in self.agents if source != target]

    def _check(self, name: str) -> None:
        if name not in self.agents or name not in self.addresses:
            raise FaultError(f"node {name!r} has no sandbox; there are {', '.join(self.agents)}")

    def _tables(self, links: Mapping[Pair, LinkState]) -> dict[str, Tables]:
        """What each agent has to hold so that the links are as asked."""
        out = {name: Tables({}, {}) for name in self.agents}
        for (source, target), state in links.items():
            self._check(source)
            self._check(target)
            incoming, outgoing = state, CLEAR
            if self.agents[source].mode == "netem":
                incoming, outgoing = LinkState(cut=state.cut), replace(state, cut=False)
            if not incoming.clear:
                out[target].ingress[self.addresses[source]] = incoming
            if not outgoing.clear:
                out[source].egress[self.addresses[target]] = outgoing
        return out

    def _differences(self, name: str, asked: Tables, seen: Tables) -> list[str]:
        names = {address: node for node, address in self.addresses.items()}
        lines = []
        for address in sorted({*asked.ingress, *seen.ingress}):
            link = f"{names.get(address, address)} -> {name}"
            lines += _difference(link, address, asked.ingress, seen.ingress)
        for address in sorted({*asked.egress, *seen.egress}):
            link = f"{name} -> {names.get(address, address)}"
            lines += _difference(link, address, asked.egress, seen.egress)
        return lines

    def _patience(self, pair: Pair) -> float:
        """Seconds that an echo may take over what was last applied: both ways, and a full queue before each."""
        source, target = pair
        waits = [
            state.delay + state.jitter + (0 if state.rate is None else max(0.3, 8 * 2**18 / state.rate))
            for here, there in (pair, (target, source))
            for state in (
                self._applied.get(there, _NOTHING).ingress.get(self.addresses[here], CLEAR),
                self._applied.get(here, _NOTHING).egress.get(self.addresses[there], CLEAR),
            )
        ]
        return min(_LONGEST_PATIENCE, _PATIENCE + sum(waits))

    def _each(self, names: Iterable[str], ask: Callable[[str], _Answer]) -> dict[str, _Answer]:
        """Asks several agents at once; raises the first :class:`FaultError` with the node's name before it."""
        asked = list(names)
        if not asked:
            return {}

        def named(name: str) -> _Answer:
            try:
                return ask(name)
            except FaultError as error:
                raise FaultError(f"sandbox of {name}: {error}") from error

        with ThreadPoolExecutor(max_workers=len(asked)) as pool:
            return dict(zip(asked, pool.map(named, asked), strict=True))


def same_link(asked: LinkState, seen: LinkState) -> bool:
    """Whether what was read back is what was asked, save for the digits that ``tc`` does not print."""
    return asked.cut == seen.cut and all(
        isclose(one, other, rel_tol=1e-4, abs_tol=1e-6)
        for one, other in (
            (asked.delay, seen.delay),
            (asked.jitter, seen.jitter),
            (asked.loss, seen.loss),
            (asked.reorder, seen.reorder),
            (asked.rate or 0.0, seen.rate or 0.0),
        )
    )


def _difference(link: str, address: str, asked: AgentTable, seen: AgentTable) -> list[str]:
    one, other = asked.get(address, CLEAR), seen.get(address, CLEAR)
    return [] if same_link(one, other) else [f"{link}: asked {one}, read back {other}"]


def _grouped(pairs: Iterable[Pair], key: Callable[[Pair], str]) -> dict[str, list[Pair]]:
    out: dict[str, list[Pair]] = {}
    for pair in pairs:
        out.setdefault(key(pair), []).append(pair)
    return out


def _measured(count: int, rtts: list[float], series: Series) -> EchoMeasurement:
    return EchoMeasurement(
        sent=count,
        arrived=series.arrived,
        echoed=len(rtts),
        rtt_min=min(rtts, default=None),
        rtt_median=statistics.median(rtts) if rtts else None,
        rtt_max=max(rtts, default=None),
        reordered=series.late,
    )
