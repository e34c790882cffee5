"""The states that a ``wait`` step can wait for, as questions to the evidence."""

from __future__ import annotations

from collections.abc import Callable

from simnet.checks.agreement import TOLERANCE, agree
from simnet.errors import DeadlineError, MessageError
from simnet.journal import Evidence, MessageTrace
from simnet.journal.records import ContentsRead, NodeReady, PeerCount
from simnet.network.topology import RELAY
from simnet.providers.network import Network
from simnet.providers.unincluded import included, why_unincluded
from simnet.scenario.steps import Wait

STALL = 18.0
"""Seconds without a finalized block that count as stalled: three slots, beyond a round's usual 4 to 6 s."""

ADVANCE = 2
"""Blocks that must be finalized anew for ``finalizing``, so that a round left over from before does not count."""


def await_state(wait: Wait, network: Network) -> None:
    """Waits for a state; raises :class:`DeadlineError` with the cause first where that can be told."""
    start = network.now()
    try:
        network.wait_until(reached(wait, network), within=wait.within, what=f"the state {wait.state}")
    except DeadlineError as error:
        found = included(network.evidence, start)
        missing = [para.id for para in network.topology.parachains if para.id not in found]
        if wait.state != "parachains_included" or not missing:
            raise
        raise DeadlineError(f"{why_unincluded(network, missing, start)}; {error}") from error


def reached(wait: Wait, network: Network) -> Callable[[Evidence], bool]:
    """A question that is true once the state has come, counted from now."""
    question: Callable[[Evidence], bool] = getattr(_Asked(wait, network), wait.state or "ready")
    return question


class _Asked:
    """The states that can be waited for, each by its name, of the nodes and messages that a wait names, counted from
    when it began."""

    def __init__(self, wait: Wait, network: Network) -> None:
        self._network = network
        self._labels = wait.messages
        self._read: tuple[object, ...] = ()
        self._traces: list[MessageTrace] = []
        self._start = network.now()
        self._nodes = network.topology.select(wait.nodes)
        self._final = {node: _height(network.evidence, node, finalized=True) for node in self._nodes}
        self._best = {node: _height(network.evidence, node, finalized=False) for node in self._nodes}

    def _live(self, *chains: str) -> list[str]:
        """Those of the nodes that run, of these chains or all."""
        every = (RELAY, *(para.id for para in self._network.topology.parachains))
        running = {name for one in chains or every for name in self._network.running(one)}
        return [node for node in self._nodes if node in running]

    def ready(self, now: Evidence) -> bool:
        seen, live = {record.observer for record in now.of(NodeReady)}, self._live()
        return bool(live) and all(node in seen for node in live)

    def producing(self, now: Evidence) -> bool:
        live = self._live(RELAY)
        return bool(live) and all(_height(now, node, finalized=False) > self._best[node] for node in live)

    def finalizing(self, now: Evidence) -> bool:
        live = self._live(RELAY)
        return bool(live) and all(_height(now, node, finalized=True) >= self._final[node] + ADVANCE for node in live)

    def stalled(self, now: Evidence) -> bool:
        live = self._live(RELAY)
        last = max((now.finalized[node][-1].t for node in live if now.finalized[node]), default=self._start)
        imported = any(now.best[node] and now.best[node][-1].t > last for node in live)
        return imported and self._network.now() - max(last, self._start) >= STALL

    def parachains_included(self, now: Evidence) -> bool:
        return {para.id for para in self._network.topology.parachains} <= set(included(now, self._start))

    def one_chain(self, now: Evidence) -> bool:
        live = self._live(RELAY)
        return bool(live) and agree(now, RELAY, live, self._network.now())

    def in_sync(self, now: Evidence) -> bool:
        syncing = {record.observer: record.data.syncing for record in now.of(PeerCount)}
        live, relay = self._live(), self._live(RELAY)
        top = max((_height(now, node, finalized=False) for node in relay), default=0)
        return bool(live) and all(
            syncing.get(node) is False and (node not in relay or _height(now, node, finalized=False) >= top - TOLERANCE)
            for node in live
        )

    def ended(self, now: Evidence) -> bool:
        return self._all_sent(self._mail(now), lambda trace: bool(trace.terminals or trace.refused))

    def delivered(self, now: Evidence) -> bool:
        traces = self._mail(now)
        failed = [trace for trace in traces if trace.failure is not None]
        if failed:
            raise MessageError(_cannot_arrive(traces, failed))
        return self._all_sent(traces, lambda trace: bool(trace.terminals))

    def _all_sent(self, traces: list[MessageTrace], holds: Callable[[MessageTrace], bool]) -> bool:
        """Whether something holds of all messages, of which none is still to be sent."""
        return bool(traces) and not self._network.messenger.promised(self._labels) and all(map(holds, traces))

    def _mail(self, now: Evidence) -> list[MessageTrace]:
        """The messages. They are traced anew when a block became final or its contents were read, which is seldom
        beside how often a wait asks."""
        tips = tuple(now.tip(chain) for chain in now.chains())
        read = (tips, len(now.of(ContentsRead)), len(now.message_log.asked))
        if read != self._read:
            self._read = read
            self._traces = [one for one in now.messages() if not self._labels or one.label in self._labels]
        return self._traces


def _cannot_arrive(traces: list[MessageTrace], failed: list[MessageTrace]) -> str:
    arrived = sum(bool(trace.terminals) for trace in traces if trace.failure is None)
    why = (failed[0].failure or "").rstrip(".")
    others = f", {len(failed) - 1} more cannot either" if len(failed) > 1 else ""
    return (
        f"{failed[0]} cannot arrive: it {why}. Of {len(traces)} messages {arrived} arrived{others}; wait for the state"
        f" `ended` where that is meant"
    )


def _height(evidence: Evidence, node: str, *, finalized: bool) -> int:
    heads = (evidence.finalized if finalized else evidence.best)[node]
    return heads[-1].height if heads else 0
