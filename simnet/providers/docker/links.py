"""Links between sandboxes from the host's side: setting them, reading them back, measuring them."""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, field, replace
from functools import partial
from math import isclose
from typing import TypeVar

from simnet.errors import FaultError
from simnet.faults import CLEAR, LinkState, Pair
from simnet.providers.docker.engine import in_parallel
from simnet.providers.docker.link_agent import LinkAgent, Tables
from simnet.providers.docker.sandbox.shaper import backlog_limit
from simnet.providers.readings import Probes

_Answer = TypeVar("_Answer")
_PATIENCE = 0.5
"""Seconds that a measurement waits for echoes beyond what the links' own delays explain."""
_LONGEST_PATIENCE = 30.0
_AT_ONCE = 256
"""Agents that are asked together: a measurement takes each of them seconds, in which it does little."""


@dataclass(frozen=True)
class EchoMeasurement(Probes):
    """What probes saw whose echoes the source awaited: the echoes' round-trip times in seconds, and how many of those
    that ``arrived`` came after a later one."""

    rtts: tuple[float, ...]
    reordered: int


@dataclass
class LinkControl:
    """All links of a network. ``agents`` and ``addresses`` (IPv4) have every node by name.

    A cut is made where packets enter the target; delay, loss and rate there too, or where packets leave the source when
    the source's kernel has netem. Not for use from two threads at once.
    """

    agents: Mapping[str, LinkAgent]
    addresses: Mapping[str, str]
    _applied: dict[str, Tables] = field(init=False, default_factory=dict)
    _links: Mapping[Pair, LinkState] = field(init=False, default_factory=dict)
    _generation: int = field(init=False, default=0)

    def apply(self, links: Mapping[Pair, LinkState]) -> None:
        """Makes every link as ``links`` says, those that it does not name clear, and reads back what changed.

        Agents whose tables stay as they are known to be are not contacted. Raises :class:`FaultError` that names the
        link, what was asked and what was seen.
        """
        wanted = self._tables(links)
        changed = {name: tables for name, tables in wanted.items() if self._applied.get(name) != tables}
        generation = self._generation = max(self._generation + 1, time.time_ns())
        for name in changed:
            self._applied.pop(name, None)
        seen = self._each(changed, lambda name: self.agents[name].apply(generation, changed[name]))
        wrong = [line for name in changed for line in self._differences(name, changed[name], seen[name])]
        if wrong:
            raise FaultError(
                "links are not as they were asked to be: " + "; ".join(wrong) + ". Something else changes the"
                " sandbox's packet filter or queueing, or its kernel took a rule without keeping it: see"
                " `docker logs` of the sandbox"
            )
        self._applied |= changed
        self._links = links

    def measure(self, pairs: Iterable[Pair], count: int = 20, interval: float = 0.05) -> dict[Pair, EchoMeasurement]:
        """Sends ``count`` probes over each link, one every ``interval`` seconds, all links at once."""
        series = {pair: secrets.randbits(62) for pair in pairs}
        echoes = self._each(
            dict.fromkeys(source for source, _ in series),
            lambda name: self.agents[name].probe(
                {self.addresses[target]: number for (source, target), number in series.items() if source == name},
                count=count,
                interval=interval,
                patience=max(self._patience(pair) for pair in series if pair[0] == name),
            ),
        )
        arrivals = self._each(
            dict.fromkeys(target for _, target in series),
            lambda name: self.agents[name].arrived([number for (_, to), number in series.items() if to == name]),
        )
        measured = {}
        for (source, target), number in series.items():
            rtts, (arrived, late) = echoes[source][self.addresses[target]], arrivals[target][number]
            median = statistics.median(rtts) if rtts else None
            measured[source, target] = EchoMeasurement(count, arrived, median, tuple(rtts), late)
        return measured

    def _tables(self, links: Mapping[Pair, LinkState]) -> dict[str, Tables]:
        """What each agent has to hold so that the links are as asked."""
        out = {name: Tables({}, {}) for name in self.agents}
        for (source, target), state in links.items():
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
        for one, other, link in (
            (asked.ingress, seen.ingress, f"{{}} -> {name}"),
            (asked.egress, seen.egress, f"{name} -> {{}}"),
        ):
            for address in sorted({*one, *other}):
                wanted, found = one.get(address, CLEAR), other.get(address, CLEAR)
                if not same_link(wanted, found):
                    end = names.get(address, address)
                    lines.append(f"{link.format(end)}: asked {wanted}, read back {found}")
        return lines

    def _patience(self, pair: Pair) -> float:
        """Seconds that an echo may take over what was last applied: both ways, and a full queue before each."""
        waits = [
            state.delay + state.jitter + (0 if state.rate is None else 8 * backlog_limit(state.rate) / state.rate)
            for state in (self._links.get(pair, CLEAR), self._links.get(pair[::-1], CLEAR))
        ]
        return min(_LONGEST_PATIENCE, _PATIENCE + sum(waits))

    def _each(self, names: Iterable[str], ask: Callable[[str], _Answer]) -> dict[str, _Answer]:
        """Asks several agents at once; raises the first :class:`FaultError` with the node's name before it."""

        def named(name: str) -> _Answer:
            try:
                return ask(name)
            except FaultError as error:
                raise FaultError(f"sandbox of {name}: {error}") from error

        asked = list(names)
        return dict(zip(asked, in_parallel((partial(named, name) for name in asked), most=_AT_ONCE), strict=True))


def same_link(asked: LinkState, seen: LinkState) -> bool:
    """Whether what was read back is what was asked, save for the digits that ``tc`` does not print."""
    pairs = zip(astuple(asked), astuple(seen), strict=True)
    return all(isclose(one or 0, other or 0, rel_tol=1e-4, abs_tol=1e-6) for one, other in pairs)
