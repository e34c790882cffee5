"""A node's keystore as its RPC changes it: keys that its runtime makes, and keys that it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simnet.chain.key_generation import decode_session_keys
from simnet.codec import DecodeError, blake2_64, read_bytes, vec_bytes
from simnet.journal.records import KeysStored
from simnet.network.session_keys import SessionKey, given_key
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.rpc._errors import RefusedError
from simnet.providers.simulated.rpc._node import NodeRpc

_OTHER = 1040
"""sc-rpc-api author/error.rs."""

_SESSION_KEYS = blake2_64(b"SessionKeys")
"""Id of the API whose version 2 takes an owner and proves that it has the keys (sp-session runtime_api.rs)."""


@dataclass(frozen=True)
class Generated:
    """Session keys as ``Session.set_keys`` takes them, and the proof that an account has them, where one is asked
    for."""

    keys: bytes
    proof: bytes | None


def has_all(rpc: NodeRpc, keys: bytes) -> bool:
    """Whether the node has all of these session keys, as the runtime of its best block reads them."""
    held, node = rpc.simulation.keys, rpc.node.index
    return all(held.lists(node, kind, public) for kind, public in _decoded(rpc.node.own.best, keys).items())


def rotate(rpc: NodeRpc, owner: bytes) -> Generated:
    """Has the runtime of the node's best block make session keys in its keystore (sc-rpc author/mod.rs)."""
    best, keyring, index = rpc.node.own.best, rpc.simulation.keys, rpc.node.index
    api, name = "SessionKeys_generate_session_keys", f"keystore of {rpc.node.name} {keyring.changes}"
    proves = best.runtime.version.apis.get(_SESSION_KEYS, 1) > 1
    argument = (vec_bytes(owner) if proves else b"") + b"\0"
    answer, made = rpc.simulation.runtimes.with_keystore(
        keyring.stored(index), rpc.simulation.streams.secret(name), lambda: best.state.call(best.runtime, api, argument)
    )
    keys, end = read_bytes(answer, 0)
    for key in made:
        keyring.put(index, key.kind, key.public, key)
    _tell(rpc, "made", made)
    return Generated(keys, read_bytes(answer, end)[0] if proves else None)


def insert(rpc: NodeRpc, kind: str, uri: str, public: bytes) -> None:
    """Puts a key into the node's keystore."""
    key = given_key(kind, uri, public)
    rpc.simulation.keys.put(rpc.node.index, kind, public, key)
    if key is not None:
        _tell(rpc, "given", [key])


def _tell(rpc: NodeRpc, how: Literal["made", "given"], keys: list[SessionKey]) -> None:
    told = {key.kind: "0x" + key.public.hex() for key in keys}
    rpc.simulation.observer.note(rpc.node, KeysStored(how=how, keys=told), chain=rpc.node.spec.chain)


def _decoded(best: ExecutedBlock, keys: bytes) -> dict[str, bytes]:
    """Public keys by type; raises :class:`RefusedError` for what are no session keys of the runtime."""
    raw = best.state.call(best.runtime, "SessionKeys_decode_session_keys", vec_bytes(keys))
    try:
        return decode_session_keys(keys, raw)
    except DecodeError as error:
        raise RefusedError(_OTHER, "Session keys are not encoded correctly") from error
