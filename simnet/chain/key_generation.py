"""Session keys of nodes: having one make them, and what they are."""

from __future__ import annotations

from dataclasses import dataclass

from simnet.chain.rpc import Rpc
from simnet.codec import DecodeError, read_bytes, read_compact, vec_bytes
from simnet.errors import RpcError

_UNKNOWN_METHOD = "Method not found"


@dataclass(frozen=True)
class GeneratedKeys:
    """Keys that a node made, all in one as ``Session.set_keys`` takes them, and the proof that it asks for, empty for
    runtimes that ask for none; 0x hex."""

    keys: str
    proof: str


def generate_keys(rpc: Rpc, owner: bytes) -> GeneratedKeys:
    """Has a node make session keys, with the proof for the account that is to set them. Raises :class:`RpcError`."""
    try:
        made = rpc.call("author_rotateKeysWithOwner", ["0x" + owner.hex()])
    except RpcError as error:
        if _UNKNOWN_METHOD not in str(error):
            raise
        return GeneratedKeys(rpc.call("author_rotateKeys"), "0x")  # a node of before the proof
    return GeneratedKeys(made["keys"], made["proof"] or "0x")


def decode_session_keys(keys: bytes, api: bytes) -> dict[str, bytes]:
    """Public keys by type from what ``SessionKeys_decode_session_keys`` answers about ``keys``; raises
    :class:`DecodeError` where the runtime says that they are none of its."""
    if api[:1] != b"\x01":
        raise DecodeError(f"0x{keys.hex()[:16]}… are no session keys of this runtime", 0)
    count, offset = read_compact(api, 1)
    found = {}
    for _ in range(count):
        public, offset = read_bytes(api, offset)
        found[api[offset : offset + 4].decode()] = public
        offset += 4
    return found


def session_keys(rpc: Rpc, keys: str) -> dict[str, str]:
    """Public keys (0x hex) by type of session keys that are all in one, as a node's runtime reads them."""
    raw = bytes.fromhex(keys[2:])
    answer = rpc.call("state_call", ["SessionKeys_decode_session_keys", "0x" + vec_bytes(raw).hex()])
    return {kind: "0x" + one.hex() for kind, one in decode_session_keys(raw, bytes.fromhex(answer[2:])).items()}
