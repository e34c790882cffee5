"""Storage items by the names and keys that people write: ``System.Account`` of ``//Alice``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simnet.chain import _type_registry as registry
from simnet.chain.metadata import Metadata
from simnet.chain.typed_values import TypedValues, typed_values
from simnet.chain.writing import Writing
from simnet.errors import InputError

_HASHED = (16, 32, 16, 16, 32, 8, 0)
"""Bytes of the hash that each of frame_metadata::StorageHasher puts before or in the place of a key."""

_KEEPS = frozenset({2, 5, 6})
"""Those that keep the key after its hash: Blake2_128Concat, Twox64Concat, Identity."""


class HashedKey(str):
    """The hash of a map's key (0x hex) where the runtime keeps nothing else of it: which key it is cannot be told."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<hash {self!s}>"


@dataclass(frozen=True)
class StoragePlace:
    """A storage item of one runtime. ``keys`` are the types of a map's key parts, none of a plain value's."""

    metadata: Metadata
    pallet: str
    item: str
    keys: tuple[int, ...]
    hashers: tuple[int, ...]
    values: TypedValues
    """Encodes its keys."""

    @property
    def name(self) -> str:
        """``Pallet.Item``."""
        return f"{self.pallet}.{self.item}"

    def encoded(self, keys: Sequence[Any], *, partly: bool = False) -> tuple[bytes, ...]:
        """Key parts, encoded by their types and not hashed. All have to be given, or ``partly`` fewer, the first ones.

        Raises :class:`InputError` for another number of them and for one that is not of its type.
        """
        if len(keys) > len(self.keys) or (len(keys) < len(self.keys) and not partly):
            raise InputError(f"{self.name} {self.takes}, given were {len(keys)}{self._other_way(len(keys))}")
        parts = enumerate(zip(self.keys, keys, strict=False), start=1)
        return tuple(self.values.encode(kind, key, f"key {at} of {self.name}") for at, (kind, key) in parts)

    @property
    def takes(self) -> str:
        """What its entries' keys are, in words that go on from its name."""
        if not self.keys:
            return "is no map and takes no keys"
        types = ", ".join(map(self.values.type_name, self.keys))
        return f"takes {len(self.keys)} key{'s' if len(self.keys) > 1 else ''} ({types})"

    def _other_way(self, given: int) -> str:
        return "; entries() gives all that begin with these" if given < len(self.keys) else ""

    def storage_key(self, keys: Sequence[Any], *, partly: bool = False) -> bytes:
        """The storage key of an entry, or ``partly`` the prefix of all that share the first key parts."""
        return self.metadata.storage_key(self.pallet, self.item, *self.encoded(keys, partly=partly))

    def keys_of(self, storage_key: bytes) -> tuple[Any, ...]:
        """The key parts of an entry; DecodeError for what is no key of this map."""
        found: list[Any] = []
        offset = len(self.metadata.storage_key(self.pallet, self.item))
        for hasher, kind in zip(self.hashers, self.keys, strict=True):
            begin, offset = offset, offset + _HASHED[hasher]
            if hasher in _KEEPS:
                key, offset = self.values.decode_part(kind, storage_key, offset, f"a key of {self.name}")
                found.append(key)
            else:
                found.append(HashedKey("0x" + storage_key[begin:offset].hex()))
        return tuple(found)


def storage_place(metadata: Metadata, name: str, writing: Writing | None = None) -> StoragePlace:
    """The storage item ``Pallet.Item`` of a runtime; ``writing`` says how its keys may be written besides.

    NotInRuntimeError, with what was probably meant, where it has none; InputError for what is not written so.
    """
    pallet, dot, item = name.partition(".")
    if not (pallet and dot and item):
        raise InputError(f"{name!r} names no storage item; write Pallet.Item, for example System.Account")
    found = metadata.storage_item(pallet, item)
    return StoragePlace(metadata, pallet, item, _parts(metadata, found), found.hashers, typed_values(metadata, writing))


def _parts(metadata: Metadata, item: registry.StorageItem) -> tuple[int, ...]:
    """Types of a map's key parts: with several hashers the key is a tuple, one part for each."""
    if item.key is None:
        return ()
    definition = metadata.types[item.key]
    if len(item.hashers) > 1 and isinstance(definition, registry.TupleOf):
        return definition.items
    return (item.key,)
