"""Reads what was asked for of a chain's blocks: storage items, and answers of runtime APIs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from simnet.chain.api_calls import api_call
from simnet.chain.code_history import CODE_KEY
from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.chain.rpc import Rpc
from simnet.chain.storage import values_at
from simnet.chain.storage_places import StoragePlace, storage_place
from simnet.chain.writing import Writing
from simnet.codec import DecodeError
from simnet.errors import InputError, RpcError
from simnet.journal import Ask
from simnet.journal.records import ValueRead

_BLOCKS = 256
"""Blocks of which a reader knows the values by heart, so that it tells those alone that are not as in the parent."""


class ValueReader:
    """Reads one chain. What cannot be read of a block that its node has is said in the record."""

    def __init__(self, writing: Writing | None = None) -> None:
        self._writing = writing
        self._told: dict[str, dict[Ask, str]] = {}
        """By block hash: what each ask gave there, as JSON."""

    def read(self, rpc: Rpc, metadata: Metadata, hash_: str, parent: str, asks: Sequence[Ask]) -> list[ValueRead]:
        """A record of each value that is not as it was in the parent, or whose parent was not read with it. RpcError
        where the node does not give the block's state."""
        wanted = [ask for ask in asks if ask.what != "event"]
        if not wanted:
            return []
        found = dict(self._stored(rpc, metadata, hash_, wanted))
        found |= {ask: self._answered(rpc, metadata, hash_, ask) for ask in wanted if ask.what == "api"}
        before = self._told.get(parent, {})
        self._told[hash_] = {ask: json.dumps(record.as_data(), sort_keys=True) for ask, record in found.items()}
        for oldest in list(self._told)[:-_BLOCKS]:
            self._told.pop(oldest, None)
        return [found[ask] for ask in wanted if before.get(ask) != self._told[hash_][ask]]

    def _stored(self, rpc: Rpc, metadata: Metadata, hash_: str, asks: Sequence[Ask]) -> list[tuple[Ask, ValueRead]]:
        """All storage items by one call."""
        out: list[tuple[Ask, ValueRead]] = []
        places: dict[Ask, tuple[StoragePlace, str]] = {}
        for ask in asks:
            if ask.what == "storage":
                try:
                    place = storage_place(metadata, ask.name, self._writing)
                    places[ask] = place, "0x" + place.storage_key(ask.arguments).hex()
                except (InputError, NotInRuntimeError) as error:
                    out.append((ask, _record(ask, None, str(error))))
        values = values_at(rpc, list(dict.fromkeys(key for _, key in places.values())), hash_)
        for ask, (place, key) in places.items():
            try:
                value = metadata.decode_storage(place.pallet, place.item, values.get(key))
                out.append((ask, _record(ask, value)))
            except DecodeError as error:
                out.append((ask, _record(ask, None, str(error))))
        return out

    def _answered(self, rpc: Rpc, metadata: Metadata, hash_: str, ask: Ask) -> ValueRead:
        try:
            call = api_call(metadata, ask.name, ask.arguments, writing=self._writing)
        except (InputError, NotInRuntimeError) as error:
            return _record(ask, None, str(error))
        try:
            raw = rpc.call("state_call", [call.exported, "0x" + call.arguments.hex(), hash_])
        except RpcError as error:
            rpc.call("state_getStorageHash", [CODE_KEY, hash_])  # a node that has the state was refused by the runtime
            return _record(ask, None, str(error))
        try:
            return _record(ask, call.answer(bytes.fromhex(raw[2:])))
        except DecodeError as error:
            return _record(ask, None, str(error))


def _record(ask: Ask, value: Any, why: str | None = None) -> ValueRead:
    return ValueRead(what=ask.what, name=ask.name, args=ask.arguments, value=value, why=why)
