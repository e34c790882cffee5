"""What is wrong with what a check asks to be read, by the runtime that is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from simnet.chain.api_calls import api_function
from simnet.chain.calls import EncodeError
from simnet.chain.decoded_shapes import ValueShape, shape_of
from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.chain.storage_places import StoragePlace, storage_place
from simnet.chain.typed_values import TypedValues, typed_values
from simnet.chain.writing import Writing
from simnet.errors import InputError
from simnet.journal.records import AskedKind


@dataclass(frozen=True)
class AskedOf:
    """A runtime that is asked. Everything raises :class:`EncodeError`, whose path leads to what is wrong: ``name``,
    ``args`` for their number, or a place among them."""

    metadata: Metadata
    writing: Writing

    @property
    def values(self) -> TypedValues:
        """What encodes values of the runtime's types."""
        return typed_values(self.metadata, self.writing)

    def encode(self, type_id: int, value: Any) -> bytes:
        """A value of one of the runtime's types."""
        try:
            return self.values.encode(type_id, value, "")
        except EncodeError as error:
            raise EncodeError(error.reason, error.path[1:], key=error.key) from None

    def shape(self, what: AskedKind, name: str) -> ValueShape:
        """The shape of what is read of a storage item or a function."""
        if what == "storage":
            place = self._place(name)
            item = self.metadata.storage_item(place.pallet, place.item)
            shape = shape_of(self.metadata, item.value)
            return replace(shape, optional=True) if item.optional else shape
        return shape_of(self.metadata, self._function(name)[1])

    def check(self, what: AskedKind, name: str, args: Sequence[Any]) -> None:
        """Raises for keys or arguments that the storage item or the function does not take."""
        if what == "storage":
            place = self._place(name)
            types = place.keys
            if len(args) != len(types):
                raise EncodeError(f"{place.name} {place.takes}, given were {len(args)}", ("args",))
        else:
            types, _ = self._function(name)
            if len(args) != len(types):
                told = ", ".join(map(self.values.type_name, types))
                takes = f"takes {len(types)} argument(s) ({told})" if types else "takes no argument"
                raise EncodeError(f"{name} {takes}, given were {len(args)}", ("args",))
        for at, (type_id, value) in enumerate(zip(types, args, strict=True)):
            self.values.encode(type_id, value, f"[{at}]")

    def _place(self, name: str) -> StoragePlace:
        try:
            return storage_place(self.metadata, name, self.writing)
        except (InputError, NotInRuntimeError) as error:
            raise EncodeError(str(error), ("name",)) from None

    def _function(self, name: str) -> tuple[tuple[int, ...], int]:
        """Types of a function's arguments, and of its answer."""
        api, dot, function = name.partition(".")
        try:
            if not dot or not function:
                raise InputError(f"{name!r} names no function; write for example AccountNonceApi.account_nonce")
            found = api_function(self.metadata, api, function)
        except (InputError, NotInRuntimeError) as error:
            raise EncodeError(str(error), ("name",)) from None
        return tuple(kind for _, kind in found.arguments), found.answer
