"""The barrier t0: channels open, parachains included, finality advancing. Schedules and liveness count from it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from simnet.chain.scale import storage_prefix
from simnet.errors import DeadlineError, RpcError
from simnet.journal import Evidence, Kind
from simnet.network.topology import RELAY
from simnet.providers.network import Network

CHANNEL_POLL = 1.0
"""Seconds between looks at the channels."""


def reach_barrier(network: Network, deadline: float) -> None:
    """Opens the HRMP channels and waits until the network is in its stride; ``deadline`` in seconds since the run
    began.

    Raises :class:`~simnet.errors.DeadlineError` that says which part was not reached.
    """

    until = partial(_until, network, deadline)
    until("first block", lambda e: _rose(e, network.running(RELAY), finalized=False), "the relay chain's first block")
    if network.topology.channels:
        start = network.now()
        _open_channels(network, deadline)
        network.journal.append(Kind.PHASE, name="channels asked", start=round(start, 6), end=round(network.now(), 6))
    until("first finalized", lambda e: _rose(e, network.running(RELAY), finalized=True), "the first finalized block")
    if network.topology.parachains:
        until("first inclusion", lambda e: _all_included(e, network), "a candidate of every parachain to be included")
    if network.topology.channels:
        start = network.now()
        _await_channels(network, deadline)
        network.journal.append(Kind.PHASE, name="channels open", start=round(start, 6), end=round(network.now(), 6))
    since = _tip_height(network.evidence)
    network.messenger.prepare()
    until("in stride", lambda e: _tip_height(e) > since, "finality to advance")
    network.marks.clear()  # what was done to it so far is how it is launched
    network.journal.append(Kind.BARRIER)


def return_to_barrier(network: Network, deadline: float) -> None:
    """The barrier of a later run on a network that reached it before and has no fault now.

    Every running node of the relay chain finalizes anew, and a candidate of every parachain is included anew. Raises as
    :func:`reach_barrier` does.
    """
    start = network.now()
    finalized = {node: heads[-1].height for node, heads in network.evidence.finalized.items() if heads}

    def in_stride(evidence: Evidence) -> bool:
        running = network.running(RELAY)
        return all(evidence.finalized[n] and evidence.finalized[n][-1].height > finalized.get(n, 0) for n in running)

    _until(network, deadline, "in stride again", in_stride, "finality to advance on every node")
    if network.topology.parachains:
        anew = partial(_all_included, network=network, since=start)
        _until(network, deadline, "inclusion again", anew, "a candidate of every parachain to be included anew")
    network.journal.append(Kind.BARRIER)


def _until(network: Network, deadline: float, name: str, state: Callable[[Evidence], bool], what: str) -> None:
    start = network.now()
    network.wait_until(state, within=max(1.0, deadline - start), what=what)
    network.journal.append(Kind.PHASE, name=name, start=round(start, 6), end=round(network.now(), 6))


def _tip_height(evidence: Evidence) -> int:
    tip = evidence.tip(RELAY)
    return tip.height if tip else 0


def _rose(evidence: Evidence, nodes: list[str], *, finalized: bool) -> bool:
    heads = evidence.finalized if finalized else evidence.best
    return bool(nodes) and all(heads[node] and heads[node][-1].height > 0 for node in nodes)


def _all_included(evidence: Evidence, network: Network, since: float = 0.0) -> bool:
    events = evidence.all_events("ParaInclusion", "CandidateIncluded")
    included = {str(record.data["fields"].get("para_id")) for record in events if record.t >= since}
    return {chain.id for chain in network.topology.parachains} <= included


def _open_channels(network: Network, deadline: float) -> None:
    """Asks for all channels at once; the runtime opens them at the next session change (protocol-facts section 5)."""
    calls = [
        (
            "Hrmp.force_open_hrmp_channel",
            {
                "sender": int(channel.sender),
                "recipient": int(channel.recipient),
                "max_capacity": channel.max_capacity,
                "max_message_size": channel.max_message_size,
            },
        )
        for channel in network.topology.channels
    ]
    within = max(1.0, deadline - network.now())
    network.messenger.submit_calls(calls, chain=RELAY, sudo_=True, within=within)


def _await_channels(network: Network, deadline: float) -> None:
    """Asks a validator until all channels are there; the runtime opens them when a session changes."""
    prefix = "0x" + storage_prefix("Hrmp", "HrmpChannels").hex()
    wanted = len(network.topology.channels)
    found: list[str] = []
    while len(found) < wanted:
        if network.now() > deadline:
            raise DeadlineError(f"{len(found)} of {wanted} HRMP channels are open; {network.snapshot()}")
        network.wait(CHANNEL_POLL)
        try:
            found = network.rpc(network.running(RELAY)[0]).call("state_getKeysPaged", [prefix, 1000])
        except RpcError:
            continue
