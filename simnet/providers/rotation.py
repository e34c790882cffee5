"""New session keys for a validator or collator, as operators set them: a node makes them, the account signs."""

from __future__ import annotations

from simnet.chain.authorities import authorities_of
from simnet.chain.key_generation import generate_keys, session_keys
from simnet.chain.rpc import Rpc
from simnet.chain.runtime_types import metadata_at
from simnet.chain.signing_scheme import account_format
from simnet.errors import FaultError, InputError, RpcError
from simnet.network.session_keys import seals_with
from simnet.network.topology import RELAY, Node, Topology
from simnet.providers.messenger import Messenger
from simnet.providers.submitter import SubmittingNetwork

SET_KEYS = "Session.set_keys"


def account_of(node: Node) -> str:
    """Secret URI of the account that sets a node's session keys: a validator's stash, a collator's own."""
    return f"{node.account}//stash" if node.chain == RELAY else node.account


def rotating(topology: Topology, node: str, owner: str | None) -> tuple[Node, Node]:
    """The node that makes keys and the one whose account sets them; raises :class:`InputError` where that cannot be."""
    names = [one.name for one in topology.nodes]
    for name in (node, owner or node):
        if name not in names and name in topology.selectors():
            raise InputError(f"{name!r} stands for several nodes; keys are made and set for one, given by its name")
    making, setting = topology.node(node), topology.node(owner or node)
    for one in (making, setting):
        if one.role == "full":
            raise InputError(f"{one.name} is a full node, which has no session keys; name a validator or collator")
    if making.chain != setting.chain:
        raise InputError(f"{making.name} and {setting.name} are nodes of two chains; keys are set on one")
    return making, setting


def rotate_keys(messenger: Messenger, node: str, owner: str | None, *, in_force: bool, within: float) -> None:
    """See :meth:`simnet.providers.network.Network.rotate_keys`."""
    network = messenger.network
    making, setting = rotating(network.topology, node, owner)
    if making.name not in network.running(making.chain):
        raise FaultError(f"{making.name} does not run, so that it makes no keys; start it, or heal what stopped it")
    network.marks.append(f"session keys of {making.name}")
    rpc = network.wait_until(lambda _: _answering(network, making.name), within=within, what=f"{making.name} to answer")
    account = account_format(metadata_at(rpc)).of(account_of(setting))
    made = generate_keys(rpc, account)
    call = SET_KEYS, {"keys": made.keys, "proof": made.proof}
    messenger.submit_calls([call], chain=setting.chain, signer=account_of(setting), within=within)
    if in_force:
        key = session_keys(rpc, made.keys)[seals_with(setting.chain)]
        network.wait_until(
            lambda _: _is_authority(network, setting.chain, key),
            within=within,
            what=f"the new keys of {setting.name} to be in force (whose account must have a place in the set)",
        )


def _answering(network: SubmittingNetwork, node: str) -> Rpc | None:
    """A node's RPC; None while it does not answer, as right after a start or after attaching."""
    try:
        return network.rpc(node)
    except RpcError:
        return None


def _is_authority(network: SubmittingNetwork, chain: str, key: str) -> bool:
    """Whether the key is among the authorities of a best block: that of the node which has finalized most, of those
    that answer."""
    final = network.evidence.finalized
    heights = {node: final[node][-1].height if final[node] else 0 for node in network.running(chain)}
    for node in sorted(heights, key=lambda one: -heights[one]):
        try:
            rpc = network.rpc(node)
            return key in authorities_of(chain).now(rpc, metadata_at(rpc))
        except RpcError:
            continue
    return False
