"""Operations of ``chainHead_v1``: body, call and storage. Each answers with an id and sends its events at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypedDict

from simnet.codec import blake2_256
from simnet.errors import HostError, RuntimeTrap
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.rpc._childstate import child
from simnet.providers.simulated.rpc._errors import InvalidParamsError
from simnet.providers.simulated.rpc._node import Subscription
from simnet.providers.simulated.rpc._values import as_hex, unhex

INVALID_BLOCK, WITHOUT_RUNTIME, INVALID_CONTINUE = -32801, -32802, -32803
"""sc-rpc-spec-v2 chain_head/error.rs."""

LIMIT_REACHED: dict[str, Any] = {"result": "limitReached"}
"""Also what an operation of a subscription that is gone gets."""

_ITEMS = 64
"""Items in one event."""

_Get = Callable[[bytes], bytes | None]
_Below = Callable[[bytes], Iterator[tuple[bytes, bytes]]]


class StorageQuery(TypedDict):
    """One question of ``chainHead_v1_storage``: a key (0x hex), and what of it."""

    key: str
    type: str


def body(follower: Subscription, block: ExecutedBlock) -> dict[str, Any]:
    return _done(follower, "operationBodyDone", value=[as_hex(one) for one in block.extrinsics])


def call(follower: Subscription, block: ExecutedBlock, function: str, data: bytes) -> dict[str, Any]:
    try:
        output = block.state.call(block.runtime, function, data)
    except (RuntimeTrap, HostError) as error:
        return _done(follower, "operationError", error=str(error))
    return _done(follower, "operationCallDone", output=as_hex(output))


def storage(
    follower: Subscription, block: ExecutedBlock, items: list[StorageQuery], trie: str | None
) -> dict[str, Any]:
    get, below = _readers(block, trie)
    found: list[dict[str, str]] = []
    for item in items:
        answered = _look_up(item, get, below)
        if answered is None:
            return _done(follower, "operationError", error=f"simulated nodes do not offer {item['type']}")
        found += answered
    number = follower.rpc.number()
    for start in range(0, len(found), _ITEMS):
        page = found[start : start + _ITEMS]
        follower.send({"event": "operationStorageItems", "operationId": number, "items": page})
    follower.send({"event": "operationStorageDone", "operationId": number})
    return {"result": "started", "operationId": number, "discardedItems": 0}


def _readers(block: ExecutedBlock, trie: str | None) -> tuple[_Get, _Below]:
    state = block.state
    if trie is None:
        return state.get, lambda prefix: iter(state.items(prefix))
    name = child(trie)

    def get(key: bytes) -> bytes | None:
        return state.child_get(name, key)

    def below(prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        for key in state.child_keys(name, prefix):
            yield key, get(key) or b""

    return get, below


def _look_up(item: StorageQuery, get: _Get, below: _Below) -> list[dict[str, str]] | None:
    """The item's results; None for a kind that needs more than keys and values."""
    try:
        key, kind = unhex(item["key"]), item["type"]
    except (KeyError, TypeError):
        raise InvalidParamsError("an item has `key` and `type`") from None
    pairs: Iterator[tuple[bytes, bytes]]
    if kind in ("value", "hash"):
        value = get(key)
        pairs = iter([] if value is None else [(key, value)])
    elif kind in ("descendantsValues", "descendantsHashes"):
        pairs = below(key)
    else:
        return None
    if kind in ("hash", "descendantsHashes"):
        return [{"key": as_hex(one), "hash": as_hex(blake2_256(value))} for one, value in pairs]
    return [{"key": as_hex(one), "value": as_hex(value)} for one, value in pairs]


def _done(follower: Subscription, event: str, **what: Any) -> dict[str, Any]:
    number = follower.rpc.number()
    follower.send({"event": event, "operationId": number, **what})
    return {"result": "started", "operationId": number}
