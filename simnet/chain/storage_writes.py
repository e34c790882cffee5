"""Entries of a chain's storage as people write them, and what they are in its state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from simnet.chain._encoding import EncodeError, inside, octets
from simnet.chain.calls import Calls
from simnet.chain.metadata import Metadata
from simnet.network.topology import nearest


@dataclass(frozen=True, kw_only=True)
class StorageWrite:
    """One entry that is to be written: of a storage item by its name and the parts of its key, or of a raw key.

    ``value`` None removes it. Values and parts of keys are written as a call's arguments are.
    """

    item: str | None = None
    """``Pallet.Item``; None where ``key`` is given."""
    keys: Sequence[Any] = ()
    """The parts of a map's key; none of a value."""
    key: str | None = None
    """The key in the state, 0x hex; None where ``item`` is given."""
    value: Any

    def as_data(self) -> dict[str, Any]:
        """As the journal has it: a raw key stands in place of the item."""
        return {"item": self.item or self.key, "keys": _plain(list(self.keys)), "value": _plain(self.value)}

    def __str__(self) -> str:
        keys = f"[{', '.join(map(str, self.keys))}]" if self.keys else ""
        return f"{self.item or self.key}{keys} {'removed' if self.value is None else f'set to {self.value}'}"


def encoded(metadata: Metadata, calls: Calls, entry: StorageWrite) -> tuple[bytes, bytes | None]:
    """Key and value of an entry in the state, no value for one that is removed.

    Raises :class:`EncodeError` whose path leads from the entry to what is wrong: ``item``, ``keys`` or ``value``.
    """
    if entry.item is None:
        key = inside("key", lambda value: octets(value, "0x hex"), entry.key)
        return key, None if entry.value is None else inside("value", calls.raw, entry.value)
    pallet, _, name = entry.item.partition(".")
    storage = {one.name: one.storage for one in metadata.pallets.values() if one.storage}
    if pallet not in storage:
        raise EncodeError(f"the runtime has no pallet {pallet!r} with storage{nearest(pallet, storage)}", ("item",))
    if name not in storage[pallet]:
        hint = nearest(name, storage[pallet])
        raise EncodeError(f"the pallet {pallet} has no storage item {name!r}{hint}", ("item",))
    found = storage[pallet][name]
    if len(entry.keys) != len(found.hashers):
        told = f"{entry.item} is no map and takes none" if not found.hashers else _key_of(calls, found.key)
        raise EncodeError(f"expected {len(found.hashers)} parts of a key, not {len(entry.keys)}; {told}", ("keys",))
    parts = [] if found.key is None else calls.parts_of(found.key, len(found.hashers))
    keys = [
        inside("keys", partial(inside, f"[{at}]", calls.encoder(part)), given)
        for at, (part, given) in enumerate(zip(parts, entry.keys, strict=True))
    ]
    value = None if entry.value is None else inside("value", calls.encoder(found.value), entry.value)
    return metadata.storage_key(pallet, name, *keys), value


def _key_of(calls: Calls, key: int | None) -> str:
    return "its key is none" if key is None else f"its key is {calls.name_of(key)}"


def _plain(value: Any) -> Any:
    """What JSON can hold: bytes as 0x hex."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
