"""What cannot be in a network that reads well: names or keys used twice, channels between unknown chains, links of no
node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simnet.errors import InputError
from simnet.fields import KeyPath
from simnet.network.topology import RELAY, nearest
from simnet.runtime.genesis_patch import channel_problems, configured
from simnet.scenario._contradictions import Contradiction, in_fault, no_secret
from simnet.scenario.network_spec import (
    ChainSpec,
    ChannelSpec,
    NetworkSpec,
    NodeSpec,
    ParachainSpec,
    RelaySpec,
    misused_keys,
)


def in_network(network: NetworkSpec) -> list[Contradiction]:
    """Everything that :meth:`NetworkSpec.topology` would refuse, each at its place in the file."""
    ids = [(("parachains", index, "id"), para.id) for index, para in enumerate(network.parachains)]
    out = [*_used_twice(ids, "two parachains have the id")]
    if not out:  # parachains of one id would also share the names of their collators
        out += _used_twice(_names(network), "two nodes are named")
    if not out:  # nodes of one name share its account
        for place, nodes in network.groups():
            out += [((*place, index, key), problem) for index, key, problem in misused_keys(nodes)]
    if isinstance(network.channels, tuple):
        for index, channel in enumerate(network.channels):
            out += _channel(("channels", index), channel, [para.id for para in network.parachains])
    out += _no_secrets(network)
    if out:
        return out
    try:
        topology = network.topology()
    except InputError as error:
        return [(("relay", "validators"), str(error))]
    config = configured(network.relay.genesis)
    for key, problem in channel_problems(topology, config):
        place = ("relay", "genesis", "configuration", "config", key) if key in config else ("channels",)
        out.append((place, problem))
    return out + [
        found for index, link in enumerate(network.links) for found in in_fault(topology, ("links", index), link)
    ]


def implied_names(count: int, parachain: int | None = None) -> list[str]:
    """Names of the nodes that ``validators: 4`` or a parachain's ``collators: 2`` stands for."""
    if parachain is None:
        return [node.name for node in NetworkSpec(relay=RelaySpec(validators=count)).topology().on_chain(RELAY)]
    chain = ParachainSpec(id=parachain, collators=count)
    return [node.name for node in NetworkSpec(parachains=(chain,)).topology().on_chain(str(parachain))]


def _names(network: NetworkSpec) -> Iterator[tuple[KeyPath, str]]:
    yield from _named(("relay", "validators"), network.relay.validators)
    yield from _named(("relay", "nodes"), network.relay.nodes)
    for index, para in enumerate(network.parachains):
        yield from _named(("parachains", index, "collators"), para.collators, para.id)


def _named(
    place: KeyPath, nodes: int | tuple[NodeSpec, ...], parachain: int | None = None
) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(nodes, tuple):
        for index, node in enumerate(nodes):
            yield (*place, index, "name"), node.name
    elif nodes > 0:
        for name in implied_names(nodes, parachain):
            yield place, name


def _no_secrets(network: NetworkSpec) -> Iterator[Contradiction]:
    """Accounts and sudo keys that are no secret URIs."""
    chains: list[tuple[KeyPath, ChainSpec, dict[str, int | tuple[NodeSpec, ...]]]] = [
        (("relay",), network.relay, {"validators": network.relay.validators, "nodes": network.relay.nodes})
    ]
    chains += [(("parachains", i), para, {"collators": para.collators}) for i, para in enumerate(network.parachains)]
    for place, chain, lists in chains:
        yield from no_secret((*place, "sudo"), chain.sudo)
        for key, nodes in lists.items():
            for index, node in enumerate(nodes if isinstance(nodes, tuple) else ()):
                yield from no_secret((*place, key, index, "account"), node.account)


def _used_twice(things: Iterable[tuple[KeyPath, object]], problem: str) -> Iterator[Contradiction]:
    seen = set()
    for place, thing in things:
        if thing in seen:
            yield place, f"{problem} {thing!r}"
        seen.add(thing)


def _channel(place: KeyPath, channel: ChannelSpec, ids: list[int]) -> Iterator[Contradiction]:
    for key, end in (("from", channel.sender), ("to", channel.recipient)):
        if end not in ids:
            known = nearest(str(end), map(str, ids))
            yield (*place, key), f"a channel names parachain {end}, which is not in this network{known}"
    if channel.sender == channel.recipient:
        yield place, f"a channel from {channel.sender} to itself cannot be opened"
