"""``author_*``: submitting extrinsics, the pool, the keys of the node; and the next nonce of an account."""

from __future__ import annotations

from simnet.codec import blake2_256, u32
from simnet.providers.simulated.rpc._errors import RefusedError
from simnet.providers.simulated.rpc._keystore_calls import has_all, insert, rotate
from simnet.providers.simulated.rpc._node import NodeRpc, method
from simnet.providers.simulated.rpc._parameters import Account, ExtrinsicOrHash, HexBytes, Text
from simnet.providers.simulated.rpc._pool import pending, still_valid, submit
from simnet.providers.simulated.rpc._values import as_hex

_OTHER = 1040
"""sc-rpc-api author/error.rs."""


@method("author_submitExtrinsic")
def submit_extrinsic(rpc: NodeRpc, extrinsic: HexBytes) -> str:
    """Validates it at the best block, takes it into the pool and gossips it; its hash."""
    return as_hex(blake2_256(submit(rpc, extrinsic)[0]))


@method("author_pendingExtrinsics")
def pending_extrinsics(rpc: NodeRpc) -> list[str]:
    return [as_hex(extrinsic) for extrinsic in pending(rpc)]


@method("author_removeExtrinsic")
def remove_extrinsic(rpc: NodeRpc, bytes_or_hash: list[ExtrinsicOrHash]) -> list[str]:
    """Takes extrinsics out of this node's pool, each given as ``{"hash": …}`` or ``{"extrinsic": …}``."""
    return [as_hex(hash_) for hash_ in bytes_or_hash if rpc.node.pool.pop(hash_, None) is not None]


@method("author_hasKey")
def has_key(rpc: NodeRpc, public_key: HexBytes, key_type: Text) -> bool:
    return rpc.simulation.keys.lists(rpc.node.index, _kind(key_type), public_key)


@method("author_hasSessionKeys")
def has_session_keys(rpc: NodeRpc, session_keys: HexBytes) -> bool:
    """Whether the node has the secrets of all these public keys, as the runtime reads them."""
    return has_all(rpc, session_keys)


@method("author_insertKey")
def insert_key(rpc: NodeRpc, key_type: Text, suri: Text, public: HexBytes) -> None:
    """Puts a key into the node's keystore under that type and public half. As on real nodes nobody looks whether the
    secret URI gives it; where it does not, the key signs nothing."""
    insert(rpc, _kind(key_type), suri, public)


@method("author_rotateKeys")
def rotate_keys(rpc: NodeRpc) -> str:
    """Makes session keys in the node's keystore; all their public halves, as ``Session.set_keys`` takes them."""
    return as_hex(rotate(rpc, b"").keys)


@method("author_rotateKeysWithOwner")
def rotate_keys_with_owner(rpc: NodeRpc, owner: HexBytes) -> dict[str, str | None]:
    """The same, with the proof that ``Session.set_keys`` asks of the account ``owner`` (SCALE, 0x hex); None for a
    runtime that asks for none."""
    made = rotate(rpc, owner)
    return {"keys": as_hex(made.keys), "proof": None if made.proof is None else as_hex(made.proof)}


def _kind(text: str) -> str:
    if len(text) != 4:
        raise RefusedError(_OTHER, "Invalid key type ID format (should be of length four)")
    return text


@method("system_accountNextIndex", "account_nextIndex")
def account_next_index(rpc: NodeRpc, account: Account) -> int:
    """The account's next nonce, extrinsics of this node's pool counted."""
    best = rpc.node.own.best
    nonce = int.from_bytes(best.state.call(best.runtime, "AccountNonceApi_account_nonce", account), "little")
    own = [extrinsic for extrinsic in pending(rpc) if account in extrinsic]
    provided = {tag for one in still_valid(rpc, own) for tag in one.provides}
    while account + u32(nonce) in provided:
        nonce += 1
    return nonce
