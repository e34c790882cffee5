"""``author_*``: submitting extrinsics, the pool, the keys of the node; and the next nonce of an account."""

from __future__ import annotations

from substrateinterface.utils.ss58 import ss58_decode

from simnet.codec import blake2_256, read_bytes, read_compact, u32, vec_bytes
from simnet.network.accounts import keys
from simnet.providers.simulated.rpc._errors import InvalidParamsError, RefusedError
from simnet.providers.simulated.rpc._node import NodeRpc, method
from simnet.providers.simulated.rpc._pool import pending, still_valid, submit
from simnet.providers.simulated.rpc._values import as_hex, unhex

_OTHER = 1040
"""sc-rpc-api author/error.rs."""

_SCHEMES = {"gran": "ed25519", "beef": "ecdsa"}
"""Session keys that are not sr25519, by key type."""

_KEY_TYPES = {"validator": ("gran", "babe", "para", "asgn", "audi", "beef"), "collator": ("aura",), "full": ()}
"""Keys in a node's keystore by its role."""


@method("author_submitExtrinsic")
def submit_extrinsic(rpc: NodeRpc, text: str) -> str:
    """Validates it at the best block, takes it into the pool and gossips it; its hash."""
    return as_hex(blake2_256(submit(rpc, text)[0]))


@method("author_pendingExtrinsics")
def pending_extrinsics(rpc: NodeRpc) -> list[str]:
    return [as_hex(extrinsic) for extrinsic in pending(rpc)]


@method("author_removeExtrinsic")
def remove_extrinsic(rpc: NodeRpc, which: list[dict[str, str]]) -> list[str]:
    """Takes extrinsics out of this node's pool, each given as ``{"hash": …}`` or ``{"extrinsic": …}``."""
    hashes = [unhex(one["hash"]) if "hash" in one else blake2_256(unhex(one.get("extrinsic", ""))) for one in which]
    return [as_hex(hash_) for hash_ in hashes if rpc.node.pool.pop(hash_, None) is not None]


@method("author_hasKey")
def has_key(rpc: NodeRpc, public: str, kind: str) -> bool:
    if len(kind) != 4:
        raise RefusedError(_OTHER, "Invalid key type ID format (should be of length four)")
    return _has(rpc, unhex(public), kind)


@method("author_hasSessionKeys")
def has_session_keys(rpc: NodeRpc, text: str) -> bool:
    """Whether the node has the secrets of all these public keys, as the runtime reads them."""
    best = rpc.node.own.best
    raw = best.state.call(best.runtime, "SessionKeys_decode_session_keys", vec_bytes(unhex(text)))
    if raw[:1] != b"\x01":
        raise RefusedError(_OTHER, "Session keys are not encoded correctly")
    count, offset = read_compact(raw, 1)
    found = []
    for _ in range(count):
        public, offset = read_bytes(raw, offset)
        found.append(_has(rpc, public, raw[offset : offset + 4].decode()))
        offset += 4
    return all(found)


def _has(rpc: NodeRpc, public: bytes, kind: str) -> bool:
    spec = rpc.node.spec
    return kind in _KEY_TYPES[spec.role] and getattr(keys(spec.account), _SCHEMES.get(kind, "sr25519")) == public


@method("system_accountNextIndex", "account_nextIndex")
def account_next_index(rpc: NodeRpc, address: str) -> int:
    """The account's next nonce, extrinsics of this node's pool counted."""
    try:
        key = unhex(ss58_decode(address))
    except ValueError as error:
        raise InvalidParamsError(str(error)) from error
    best = rpc.node.own.best
    nonce = int.from_bytes(best.state.call(best.runtime, "AccountNonceApi_account_nonce", key), "little")
    own = [extrinsic for extrinsic in pending(rpc) if key in extrinsic]
    provided = {tag for one in still_valid(rpc, own) for tag in one.provides}
    while key + u32(nonce) in provided:
        nonce += 1
    return nonce
