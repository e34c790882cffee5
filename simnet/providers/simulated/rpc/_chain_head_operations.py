"""Operations of ``chainHead_v1``: body, call and storage. Each answers with an id and sends its events at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from simnet.codec import blake2_256
from simnet.errors import HostError, RuntimeTrap
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.rpc._chain_head import Follow, follower
from simnet.providers.simulated.rpc._childstate import child
from simnet.providers.simulated.rpc._errors import RefusedError
from simnet.providers.simulated.rpc._limits import Room
from simnet.providers.simulated.rpc._node import NodeRpc, method
from simnet.providers.simulated.rpc._parameters import Hash, HexBytes, Query, StorageQuery, Text
from simnet.providers.simulated.rpc._values import as_hex

_WITHOUT_RUNTIME, _INVALID_CONTINUE = -32802, -32803
"""sc-rpc-spec-v2 chain_head/error.rs."""

_LIMIT_REACHED: dict[str, Any] = {"result": "limitReached"}
"""Also what an operation of a subscription that is gone gets."""

_ITEMS = 64
"""Items in one event."""

_Get = Callable[[bytes], bytes | None]
_Below = Callable[[bytes], list[tuple[bytes, bytes]]]


@method("chainHead_v1_body")
def body(rpc: NodeRpc, follow_subscription: Text, hash_: Hash) -> dict[str, Any]:
    one = follower(rpc, follow_subscription)
    if one is None:
        return _LIMIT_REACHED
    return _done(one, "operationBodyDone", value=[as_hex(extrinsic) for extrinsic in one.pinned(hash_).extrinsics])


@method("chainHead_v1_call")
def call(
    rpc: NodeRpc, follow_subscription: Text, hash_: Hash, function: Text, call_parameters: HexBytes
) -> dict[str, Any]:
    one = follower(rpc, follow_subscription)
    if one is None:
        return _LIMIT_REACHED
    if not one.with_runtime:
        raise RefusedError(_WITHOUT_RUNTIME, "The runtime updates flag must be set")
    block = one.pinned(hash_)
    try:
        output = block.state.call(block.runtime, function, call_parameters)
    except (RuntimeTrap, HostError) as error:
        return _done(one, "operationError", error=str(error))
    return _done(one, "operationCallDone", output=as_hex(output))


@method("chainHead_v1_storage")
def storage(
    rpc: NodeRpc, follow_subscription: Text, hash_: Hash, items: list[Query], child_trie: HexBytes | None
) -> dict[str, Any]:
    one = follower(rpc, follow_subscription)
    if one is None:
        return _LIMIT_REACHED
    get, below = _readers(one.pinned(hash_), child_trie)
    found: list[dict[str, str]] = []
    room = Room()
    for item in items:
        answered = _look_up(item, get, below, room)
        if answered is None:
            return _done(one, "operationError", error=f"simulated nodes do not offer {item.type}")
        found += answered
    number = rpc.number()
    for start in range(0, len(found), _ITEMS):
        one.tell("operationStorageItems", operationId=number, items=found[start : start + _ITEMS])
    one.tell("operationStorageDone", operationId=number)
    return {"result": "started", "operationId": number, "discardedItems": 0}


@method("chainHead_v1_continue")
def continue_(rpc: NodeRpc, follow_subscription: Text, operation_id: Text) -> None:
    """No operation waits here: each sends all that it has at once."""
    if follower(rpc, follow_subscription) is not None:
        raise RefusedError(
            _INVALID_CONTINUE, f"Wait for continue event was not generated for the subscription: {operation_id}"
        )


@method("chainHead_v1_stopOperation")
def stop_operation(_: NodeRpc, follow_subscription: Text, operation_id: Text) -> None:
    """Operations end before anyone can stop them."""


def _readers(block: ExecutedBlock, trie: bytes | None) -> tuple[_Get, _Below]:
    state = block.state
    if trie is None:
        return state.get, state.items
    name = child(trie)
    get = partial(state.child_get, name)
    return get, lambda prefix: [(key, get(key) or b"") for key in state.child_keys(name, prefix)]


def _look_up(item: StorageQuery, get: _Get, below: _Below, room: Room) -> list[dict[str, str]] | None:
    """The item's results; None for a kind that needs more than keys and values."""
    key, kind = item.key, item.type
    if kind in ("value", "hash"):
        value = get(key)
        pairs = [] if value is None else [(key, value)]
    elif kind in ("descendantsValues", "descendantsHashes"):
        pairs = below(key)
    else:
        return None
    if kind in ("hash", "descendantsHashes"):
        return [{"key": room.take(as_hex(one)), "hash": as_hex(blake2_256(value))} for one, value in pairs]
    return [{"key": as_hex(one), "value": room.take(as_hex(value))} for one, value in pairs]


def _done(one: Follow, event: str, **what: Any) -> dict[str, Any]:
    number = one.rpc.number()
    one.tell(event, operationId=number, **what)
    return {"result": "started", "operationId": number}
