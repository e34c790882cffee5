"""A chain at one block: storage, constants and runtime APIs by their names, as values for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from simnet.chain.api_calls import api_call
from simnet.chain.metadata import Event, Metadata
from simnet.chain.rpc import Rpc
from simnet.chain.storage import entries_under, key_of
from simnet.chain.storage_places import storage_place
from simnet.chain.writing import Writing
from simnet.errors import InputError
from simnet.journal import as_structs

MOST_ENTRIES = 100_000
"""Entries of a map that are read at a time."""


@dataclass(frozen=True)
class StorageEntry:
    """An entry of a storage map."""

    keys: tuple[Any, ...]
    """Its key parts: as many as the map has hashers. One that the runtime keeps only the hash of is a
    :class:`HashedKey`."""
    value: Any
    """What is stored there, decoded."""
    storage_key: str
    """The whole key, 0x hex."""

    @property
    def key(self) -> Any:
        """Its key, where the map has one key part; InputError where it has several."""
        if len(self.keys) != 1:
            raise InputError(f"the map has {len(self.keys)} key parts; take them from keys")
        return self.keys[0]


class ChainState:
    """A chain at one block, as one of its nodes has it; whatever is asked is of that block.

    Values are plain: numbers, text, ``0x`` hex for bytes, hashes and accounts, lists, ``"Variant"`` or
    ``{"Variant": value}``, None. Structs and variants with a value are :class:`~simnet.journal.Struct`: read-only
    mappings whose fields are attributes too. What is given, keys and arguments, takes any natural form: accounts as
    ``//Alice``, a node's name, SS58 or ``0x`` hex, amounts as ``1.5 WND``, structs as mappings, numbers as digits.

    A node may have dropped the state of old blocks, which raises :class:`~simnet.errors.RpcError`.
    """

    def __init__(
        self,
        rpc: Rpc,
        metadata: Metadata,
        height: int,
        hash_: str,
        told: Callable[[str, Any], None] = lambda *_: None,
        writing: Writing | None = None,
    ) -> None:
        self.height = height
        """Number of the block."""
        self.hash = hash_
        """Hash of the block, 0x hex."""
        self._rpc = rpc
        self._metadata = metadata
        self._told = told
        self._writing = writing

    def query(self, item: str, *keys: Any) -> Any:
        """The value of a storage item, ``Pallet.Item``, of a map with all of its keys:
        ``query("System.Account", "//Alice").data.free``.

        Where nothing is stored it is the item's default, or None where it is optional. Raises
        :class:`~simnet.errors.SimnetError` that says what was probably meant for a name that the runtime does not have,
        and :class:`~simnet.errors.InputError` for other keys than the item takes.
        """
        place = storage_place(self._metadata, item, self._writing)
        answer = self._rpc.call("state_getStorage", ["0x" + place.storage_key(keys).hex(), self.hash])
        data = None if answer is None else bytes.fromhex(answer[2:])
        value = as_structs(self._metadata.decode_storage(place.pallet, place.item, data))
        self._told(f"{_asked(item, keys)} in block {self.height}", value)
        return value

    def entries(self, item: str, *first_keys: Any) -> list[StorageEntry]:
        """All entries of a storage map, or of a map with several key parts those that begin with these; in the order of
        their hashed keys.

        Raises as :meth:`query`, and :class:`~simnet.errors.InputError` where there are more than 100 000.
        """
        place = storage_place(self._metadata, item, self._writing)
        if not place.keys:
            raise InputError(f"{item} is no map and has no entries; query gives its value")
        prefix = place.storage_key(first_keys, partly=True)
        found = entries_under(self._rpc, "0x" + prefix.hex(), self.hash, MOST_ENTRIES)
        if found is None:
            raise InputError(f"{_asked(item, first_keys)} has more than {MOST_ENTRIES} entries; give more of its keys")
        entries = [
            StorageEntry(
                place.keys_of(key),
                as_structs(self._metadata.decode_storage(place.pallet, place.item, value)),
                "0x" + key.hex(),
            )
            for key, value in found.items()
        ]
        self._told(f"the number of entries of {_asked(item, first_keys)} in block {self.height}", len(entries))
        return entries

    def constant(self, name: str) -> Any:
        """A constant, ``Pallet.Name``, as ``Balances.ExistentialDeposit``; raises as :meth:`query` for an unknown
        one."""
        pallet, dot, constant = name.partition(".")
        if not (pallet and dot and constant):
            raise InputError(f"{name!r} names no constant; write Pallet.Name, for example Balances.ExistentialDeposit")
        return as_structs(self._metadata.constant(pallet, constant))

    def api(self, name: str, /, *args: Any, **named: Any) -> Any:
        """What a function of a runtime API answers: ``api("Core.version")``, or with the function as an argument of its
        own, ``api("Core", "version")``; its arguments in their order, or by name.

        Raises as :meth:`query` for names and arguments, and for a runtime whose metadata does not tell its APIs
        (version 14); :class:`~simnet.errors.RpcError` when the function trapped, with what the runtime said.
        """
        call = api_call(self._metadata, name, args, named, self._writing)
        answer = self._rpc.call("state_call", [call.exported, "0x" + call.arguments.hex(), self.hash])
        value = call.answer(bytes.fromhex(answer[2:]))
        self._told(f"the answer of {call.name} at block {self.height}", value)
        return value


def deposited(rpc: Rpc, made_by: Metadata, hash_: str) -> Sequence[Event]:
    """All events of a block; ``made_by`` is the runtime that made it, which its parent's state has."""
    raw = rpc.call("state_getStorage", [key_of(made_by, "System", "Events"), hash_])
    return made_by.decode_events(bytes.fromhex(raw[2:])) if raw else []


def _asked(item: str, keys: Sequence[Any]) -> str:
    return f"{item}({', '.join(_texts(keys))})" if keys else item


def _texts(keys: Sequence[Any]) -> Iterator[str]:
    for key in keys:
        yield key if isinstance(key, str) else repr(key)
