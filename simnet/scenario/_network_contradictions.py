"""What cannot be in a network that reads well: names or keys used twice, channels between unknown chains, links of no
node."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simnet.errors import InputError
from simnet.fields import KeyPath
from simnet.network.topology import RELAY
from simnet.runtime.genesis_patch import channel_problems, configured
from simnet.scenario._contradictions import Contradiction, in_fault, no_secret
from simnet.scenario._node_rules import misused_keys, unable_to_warp
from simnet.scenario.network_spec import NetworkSpec, NodeSpec, ParachainSpec, RelaySpec, unopenable


def in_network(network: NetworkSpec) -> list[Contradiction]:
    """Everything that :meth:`NetworkSpec.topology` would refuse, each at its place in the file."""
    ids = [(("parachains", index, "id"), para.id) for index, para in enumerate(network.parachains)]
    out = [*_used_twice(ids, "two parachains have the id")]
    if not out:  # parachains of one id would also share the names of their collators
        out += _used_twice(_names(network), "two nodes are named")
    if not out:  # nodes of one name share its account
        groups = list(network.groups())
        count = sum(len(nodes) for _, nodes in groups)
        for place, nodes in groups:
            problems = (*misused_keys(nodes), *unable_to_warp(nodes, count))
            out += [((*place, index, key), problem) for index, key, problem in problems]
    if isinstance(network.channels, tuple):
        for index, channel in enumerate(network.channels):
            out += [(("channels", index, *key), problem) for key, problem in unopenable(channel, network.parachains)]
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
    for (place, listed), (_, nodes) in zip(_lists(network), network.groups(), strict=True):
        for index, node in enumerate(nodes):
            yield (place if isinstance(listed, int) else (*place, index, "name")), node.name


def _lists(network: NetworkSpec) -> Iterator[tuple[KeyPath, int | tuple[NodeSpec, ...]]]:
    """The lists of nodes, or how many there are, as the file has them; in the order of :meth:`NetworkSpec.groups`."""
    yield ("relay", "validators"), network.relay.validators
    yield ("relay", "nodes"), network.relay.nodes
    for index, para in enumerate(network.parachains):
        yield ("parachains", index, "collators"), para.collators


def _no_secrets(network: NetworkSpec) -> Iterator[Contradiction]:
    """Accounts and sudo keys that are no secret URIs."""
    yield from no_secret(("relay", "sudo"), network.relay.sudo)
    for index, para in enumerate(network.parachains):
        yield from no_secret(("parachains", index, "sudo"), para.sudo)
    for place, nodes in _lists(network):
        for index, node in enumerate(nodes if isinstance(nodes, tuple) else ()):
            yield from no_secret((*place, index, "account"), node.account)


def _used_twice(things: Iterable[tuple[KeyPath, object]], problem: str) -> Iterator[Contradiction]:
    seen = set()
    for place, thing in things:
        if thing in seen:
            yield place, f"{problem} {thing!r}"
        seen.add(thing)
