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
    start = network.now()
    evidence = network.evidence
    nodes = network.topology.select(wait.nodes)
    final = {node: _height(evidence, node, finalized=True) for node in nodes}
    best = {node: _height(evidence, node, finalized=False) for node in nodes}

    def live(chain: str | None = None) -> list[str]:
        chains = [chain] if chain else [RELAY, *(para.id for para in network.topology.parachains)]
        running = {name for one in chains for name in network.running(one)}
        return [node for node in nodes if node in running]

    def ready(now: Evidence) -> bool:
        seen = {record.observer for record in now.of(NodeReady)}
        return bool(live()) and all(node in seen for node in live())

    def producing(now: Evidence) -> bool:
        return bool(live(RELAY)) and all(_height(now, n, finalized=False) > best[n] for n in live(RELAY))

    def finalizing(now: Evidence) -> bool:
        return bool(live(RELAY)) and all(_height(now, n, finalized=True) >= final[n] + ADVANCE for n in live(RELAY))

    def stalled(now: Evidence) -> bool:
        last = max((now.finalized[n][-1].t for n in live(RELAY) if now.finalized[n]), default=start)
        imported = any(now.best[n] and now.best[n][-1].t > last for n in live(RELAY))
        return imported and network.now() - max(last, start) >= STALL

    def all_included(now: Evidence) -> bool:
        return {para.id for para in network.topology.parachains} <= set(included(now, start))

    def one_chain(now: Evidence) -> bool:
        return bool(live(RELAY)) and agree(now, RELAY, live(RELAY), network.now())

    def in_sync(now: Evidence) -> bool:
        syncing = {record.observer: record.data.syncing for record in now.of(PeerCount)}
        top = max((_height(now, n, finalized=False) for n in live(RELAY)), default=0)
        return bool(live()) and all(
            syncing.get(n) is False and (n not in live(RELAY) or _height(now, n, finalized=False) >= top - TOLERANCE)
            for n in live()
        )

    mail = _Mail(wait.messages)

    def ended(now: Evidence) -> bool:
        traces = mail(now)
        if network.messenger.promised(wait.messages):
            return False
        return bool(traces) and all(trace.terminals or trace.refused for trace in traces)

    def delivered(now: Evidence) -> bool:
        traces = mail(now)
        failed = [trace for trace in traces if trace.failure is not None]
        if failed:
            raise MessageError(_cannot_arrive(traces, failed))
        if network.messenger.promised(wait.messages):
            return False
        return bool(traces) and all(trace.terminals for trace in traces)

    return {
        "ready": ready,
        "in_sync": in_sync,
        "producing": producing,
        "finalizing": finalizing,
        "stalled": stalled,
        "parachains_included": all_included,
        "one_chain": one_chain,
        "delivered": delivered,
        "ended": ended,
    }[wait.state or "ready"]


class _Mail:
    """Messages of some labels, or all. They are traced anew when a block became final or its contents were read, which
    is seldom beside how often a wait asks."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        self._labels = labels
        self._of: tuple[object, ...] = ()
        self._traces: list[MessageTrace] = []

    def __call__(self, evidence: Evidence) -> list[MessageTrace]:
        tips = tuple(evidence.tip(chain) for chain in evidence.chains())
        of = (tips, len(evidence.of(ContentsRead)), len(evidence.message_log.asked))
        if of != self._of:
            self._of = of
            self._traces = [one for one in evidence.messages() if not self._labels or one.label in self._labels]
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
