"""New session keys for a validator or collator, as operators set them: a node makes them, the account signs."""

from __future__ import annotations

from simnet.chain.authorities import authorities_of
from simnet.chain.runtime_types import metadata_at
from simnet.chain.session_keys import generate_keys, session_keys
from simnet.errors import InputError, RpcError
from simnet.network.accounts import keys, stash
from simnet.network.session_keys import seals_with
from simnet.network.topology import RELAY, Node, Topology
from simnet.providers.messenger import Messenger, MessengerNetwork

SET_KEYS = "Session.set_keys"


def account_of(node: Node) -> str:
    """Secret URI of the account that sets a node's session keys: a validator's stash, a collator's own."""
    return f"{node.account}//stash" if node.chain == RELAY else node.account


def rotating(topology: Topology, node: str, owner: str | None) -> tuple[Node, Node]:
    """The node that makes keys and the one whose account sets them; raises :class:`InputError` where that cannot be."""
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
    network.marks.append(f"session keys of {making.name}")
    public = stash(setting.account).sr25519 if setting.chain == RELAY else keys(setting.account).sr25519
    rpc = network.rpc(making.name)
    made = generate_keys(rpc, public)
    call = SET_KEYS, {"keys": made.keys, "proof": made.proof}
    messenger.submit_calls([call], chain=setting.chain, signer=account_of(setting), within=within)
    if in_force:
        key = session_keys(rpc, made.keys)[seals_with(setting.chain)]
        network.wait_until(
            lambda _: _is_authority(network, setting.chain, key),
            within=within,
            what=f"the new keys of {setting.name} to be in force",
        )


def _is_authority(network: MessengerNetwork, chain: str, key: str) -> bool:
    """Whether a node of the chain that answers has the key among the authorities of its best block."""
    for node in network.running(chain):
        try:
            rpc = network.rpc(node)
            return key in authorities_of(chain).now(rpc, metadata_at(rpc))
        except RpcError:
            continue
    return False
