"""What native.wasm offers besides and only tests ask it."""

from __future__ import annotations

from simnet.runtime.host import Execution, Host, VrfClaim
from simnet.runtime.host._native import decode_list


def recorded_nodes(execution: Execution) -> list[bytes]:
    """The trie nodes that an execution recorded, sorted: a plain StorageProof."""
    return decode_list(execution._native.span("execution_nodes", execution._handle))


def collect(host: Host) -> None:
    """Has the trie nodes given back that no state needs any more, which happens by itself now and then."""
    host._native.release_dropped()
    host._native.number("collect")


def is_claim(host: Host, public: bytes, claim: VrfClaim, randomness: bytes, slot: int, epoch: int) -> bool:
    """Whether a claim is by the owner of the public key, as nodes verify it."""
    pointers = host._native.pointers(public, claim.pre_output + claim.proof, randomness)
    return host._native.number("babe_verify", *pointers, slot, epoch) == 1
