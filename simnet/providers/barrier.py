"""The barrier t0: channels open, parachains included, finality advancing. Schedules and liveness count from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from simnet.chain.rpc import Rpc
from simnet.chain.runtime_types import metadata_at
from simnet.chain.seat_reader import SeatReader
from simnet.codec import storage_prefix
from simnet.errors import DeadlineError, RpcError
from simnet.journal import Evidence, Head
from simnet.journal.records import Barrier
from simnet.network.topology import RELAY
from simnet.providers.network import Network
from simnet.providers.timed_network import phase
from simnet.providers.unincluded import included, unregistered, why_unincluded

READ_WITHIN = 120.0
"""Seconds within which a block that was read with what a later run asks for is final, on chains that go on."""

CHANNEL_POLL = 1.0
"""Seconds between looks at what nodes are asked for."""

CHANNELS_AT_ONCE = 500
"""Channels asked for in one extrinsic: on Rococo and Westend one of 992 fitted into a block, one of 2,450 did not."""

_KEYS_AT_ONCE = 1000
"""Keys that a node gives in one answer (sc-rpc, STORAGE_KEYS_PAGED_MAX_COUNT)."""


def reach_barrier(network: Network, deadline: float) -> list[str]:
    """Opens the HRMP channels and waits until the network is in its stride; ``deadline`` in seconds since the run
    began.

    Gives the ids of parachains that are not registered on the relay chain: a later step may do that, and the barrier
    does not wait for them. Raises :class:`~simnet.errors.DeadlineError` that says which part was not reached, and why
    where that can be told.
    """

    until = partial(_until, network, deadline)
    until("first block", lambda e: _rose(e.best, network.running(RELAY)), "the relay chain's first block")
    if network.topology.channels:
        with phase(network.journal, "channels asked"):
            _open_channels(network, deadline)
    until("first finalized", lambda e: _rose(e.finalized, network.running(RELAY)), "the first finalized block")
    absent = unregistered(network)
    _until_included(network, deadline, "first inclusion", absent)
    if network.topology.channels:
        with phase(network.journal, "channels open"):
            _await_channels(network, deadline)
    since = _tip_height(network.evidence)
    network.messenger.prepare()
    until("in stride", lambda e: _tip_height(e) > since, "finality to advance")
    _read_seats(network, deadline)
    network.marks.clear()  # what was done to it so far is how it is launched
    network.journal.append(Barrier(unregistered=absent))
    return absent


def return_to_barrier(network: Network, deadline: float) -> None:
    """The barrier of a later run on a network that reached it before and has no fault now.

    Every running node of the relay chain finalizes anew, a candidate of every parachain is included anew, and of each
    chain a block is final that was read with all that this run asks for, so that its checks know how it was before.
    Raises as :func:`reach_barrier` does.
    """
    start = network.now()
    finalized = {node: heads[-1].height for node, heads in network.evidence.finalized.items() if heads}

    def in_stride(evidence: Evidence) -> bool:
        running = network.running(RELAY)
        return all(evidence.finalized[n] and evidence.finalized[n][-1].height > finalized.get(n, 0) for n in running)

    _until(network, deadline, "in stride again", in_stride, "finality to advance on every node")
    absent = unregistered(network)
    _until_included(network, deadline, "inclusion again", absent, since=start)
    _until_read(network, deadline, absent)
    _read_seats(network, deadline)
    network.journal.append(Barrier(unregistered=absent))


def _read_seats(network: Network, deadline: float) -> None:
    """Journals who has the seats at the newest finalized block; the recorder journals each set that begins above it."""
    reader = SeatReader(network.topology)
    why = "no node of the relay chain runs"
    while True:
        heads = {node: network.evidence.finalized[node][-1] for node in network.running(RELAY)}
        for node, head in sorted(heads.items(), key=lambda one: -one[1].height):
            try:
                rpc = network.rpc(node)
                seats = reader.read(rpc, metadata_at(rpc, head.hash), head.hash)
            except RpcError as error:
                why = str(error)
                continue
            network.journal.append(seats, chain=RELAY, height=head.height, hash=head.hash)
            return
        if network.now() > deadline:
            raise DeadlineError(f"no node says who has the seats of the relay chain: {why}; {network.snapshot()}")
        network.wait(CHANNEL_POLL)


def _until(network: Network, deadline: float, name: str, state: Callable[[Evidence], bool], what: str) -> None:
    with phase(network.journal, name):
        network.wait_until(state, within=max(1.0, deadline - network.now()), what=what)


def _until_included(network: Network, deadline: float, name: str, absent: list[str], since: float = 0.0) -> None:
    """Waits for a candidate of every parachain that is registered; says of those that got none in why not."""
    wanted = [chain.id for chain in network.topology.parachains if chain.id not in absent]
    if not wanted:
        return

    def missing(evidence: Evidence) -> list[str]:
        found = included(evidence, since)
        return [para for para in wanted if para not in found]

    try:
        what = "a candidate of every parachain to be included"
        _until(network, deadline, name, lambda evidence: not missing(evidence), what)
    except DeadlineError as error:
        raise DeadlineError(f"{why_unincluded(network, missing(network.evidence), since)}; {error}") from error


def _until_read(network: Network, deadline: float, absent: list[str]) -> None:
    """Waits for what is asked of chains to be known of their highest finalized blocks, where something is. Where it is
    not to be had, checks say so."""

    def unread(evidence: Evidence) -> list[str]:
        return [
            chain
            for chain, asks in list(evidence.asked.items())
            if asks and chain not in absent
            if (tip := evidence.tip(chain)) is None or not all(evidence.answered(ask, tip.hash) for ask in asks)
        ]

    if unread(network.evidence):
        within = min(deadline, network.now() + READ_WITHIN)
        what = "a block to be final that was read with what this run asks for"
        with suppress(DeadlineError):
            _until(network, within, "values asked for", lambda evidence: not unread(evidence), what)


def _tip_height(evidence: Evidence) -> int:
    tip = evidence.tip(RELAY)
    return tip.height if tip else 0


def _rose(heads: Mapping[str, Sequence[Head]], nodes: list[str]) -> bool:
    return bool(nodes) and all(heads[node] and heads[node][-1].height > 0 for node in nodes)


def _open_channels(network: Network, deadline: float) -> None:
    """Asks for the channels, as many at once as a block takes; the runtime opens them at the next session change
    (polkadot-runtime-parachains hrmp.rs, process_hrmp_open_channel_requests)."""
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
    for start in range(0, len(calls), CHANNELS_AT_ONCE):
        within = max(1.0, deadline - network.now())
        some = calls[start : start + CHANNELS_AT_ONCE]
        network.messenger.submit_calls(some, chain=RELAY, sudo_=True, within=within)


def _await_channels(network: Network, deadline: float) -> None:
    """Asks a validator until all channels are there; the runtime opens them when a session changes."""
    prefix = "0x" + storage_prefix("Hrmp", "HrmpChannels").hex()
    wanted = len(network.topology.channels)
    found = 0
    while found < wanted:
        if network.now() > deadline:
            raise DeadlineError(f"{found} of {wanted} HRMP channels are open; {network.snapshot()}")
        network.wait(CHANNEL_POLL)
        try:
            found = _count_keys(network.rpc(network.running(RELAY)[0]), prefix)
        except RpcError:
            continue


def _count_keys(rpc: Rpc, prefix: str) -> int:
    count, last = 0, None
    while True:
        page = rpc.call("state_getKeysPaged", [prefix, _KEYS_AT_ONCE, last])
        count += len(page)
        if len(page) < _KEYS_AT_ONCE:
            return count
        last = page[-1]
