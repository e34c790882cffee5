"""Storage items and functions of runtime APIs by their names, with keys and arguments as people write them.

Every name that a runtime lacks raises :class:`~simnet.chain._encoding.EncodeError`, whose path leads to it: ``name``,
or a place among the keys and arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simnet.chain import _type_registry as registry
from simnet.chain._encoders import Encoders
from simnet.chain._encoding import EncodeError
from simnet.chain.calls import encoders_of
from simnet.chain.decoded_shapes import ValueShape, shape_of
from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.chain.writing import Writing
from simnet.journal.records import AskedKind
from simnet.network.topology import nearest


@dataclass(frozen=True)
class ItemPlace:
    """A storage item: its pallet and name, and its key as nodes take it, ``0x`` hex."""

    pallet: str
    item: str
    key: str


def place_of(metadata: Metadata, encoders: Encoders, name: str, keys: Sequence[Any]) -> ItemPlace:
    """Where ``Pallet.Item`` with these keys of a map stands; all of the map's keys have to be given."""
    pallet, item, found = item_of(metadata, name)
    parts = key_types(metadata, found)
    if len(keys) != len(parts):
        texts = ", ".join(registry.type_name(metadata.types, one) for one in parts)
        wanted = f"{len(parts)} key{'s' if len(parts) != 1 else ''} ({texts})" if parts else "no key"
        raise EncodeError(f"{name} takes {wanted}, given {'was' if len(keys) == 1 else 'were'} {len(keys)}", ("keys",))
    encoded = [_within(at, encoders, type_id, key) for at, (type_id, key) in enumerate(zip(parts, keys, strict=True))]
    return ItemPlace(pallet, item, "0x" + metadata.storage_key(pallet, item, *encoded).hex())


class Values:
    """What can be asked of one runtime's state, by names and natural keys."""

    def __init__(self, metadata: Metadata, writing: Writing | None = None) -> None:
        self._metadata = metadata
        self._encoders = encoders_of(metadata, writing)

    def encode(self, type_id: int, value: Any) -> bytes:
        """A value of one of the runtime's types; EncodeError for what is none."""
        try:
            return self._encoders.of(type_id)(value)
        except RecursionError:
            raise EncodeError("it is nested too deep to encode") from None

    def shape(self, what: AskedKind, name: str) -> ValueShape:
        """The shape of what is read of a storage item or a function; EncodeError for an unknown one."""
        if what == "storage":
            item = item_of(self._metadata, name)[2]
            shape = shape_of(self._metadata, item.value)
            return replace(shape, optional=True) if item.optional else shape
        return shape_of(self._metadata, function_of(self._metadata, name)[1].answer)

    def checked(self, what: AskedKind, name: str, args: Sequence[Any]) -> None:
        """EncodeError for keys or arguments that are none of the storage item's or the function's."""
        if what == "storage":
            place_of(self._metadata, self._encoders, name, args)
        else:
            call_of(self._metadata, self._encoders, name, args)


def item_of(metadata: Metadata, name: str) -> tuple[str, str, registry.StorageItem]:
    """``Pallet.Item`` as pallet, item and how it is kept."""
    pallet, item = _two(name, "storage item", "System.Account")
    if pallet not in metadata.pallets:
        raise EncodeError(f"the runtime has no pallet {pallet!r}{nearest(pallet, metadata.pallets)}", ("name",))
    storage = metadata.pallets[pallet].storage
    if item not in storage:
        raise EncodeError(f"the pallet {pallet} has no storage item {item!r}{nearest(item, storage)}", ("name",))
    return pallet, item, storage[item]


def key_types(metadata: Metadata, item: registry.StorageItem) -> tuple[int, ...]:
    """The types of a map's keys, one for each hasher; none of a plain value."""
    if item.key is None:
        return ()
    if len(item.hashers) == 1:
        return (item.key,)
    parts = metadata.types[item.key]
    assert isinstance(parts, registry.TupleOf)
    return parts.items


def call_of(metadata: Metadata, encoders: Encoders, name: str, arguments: Sequence[Any]) -> tuple[str, bytes]:
    """The function ``Api.function`` as nodes call it, and its arguments encoded."""
    function, found = function_of(metadata, name)
    if len(arguments) != len(found.arguments):
        texts = ", ".join(f"{key}: {registry.type_name(metadata.types, kind)}" for key, kind in found.arguments)
        wanted = f"{len(found.arguments)} argument(s) ({texts})" if found.arguments else "no argument"
        raise EncodeError(f"{name} takes {wanted}, given were {len(arguments)}", ("args",))
    pairs = zip(found.arguments, arguments, strict=True)
    return function, b"".join(_within(at, encoders, kind, one) for at, ((_, kind), one) in enumerate(pairs))


def function_of(metadata: Metadata, name: str) -> tuple[str, registry.ApiFunction]:
    """``Api.function`` as nodes call it, and the types of its arguments and its answer."""
    api, function = _two(name, "function of a runtime API", "AccountNonceApi.account_nonce")
    if metadata.apis is None:
        raise NotInRuntimeError("the runtime's metadata (version 14) does not tell its APIs")
    known = {one.partition("_")[0]: None for one in metadata.apis}
    if api not in known:
        raise EncodeError(f"the runtime has no API {api!r}{nearest(api, known)}", ("name",))
    called = f"{api}_{function}"
    if called not in metadata.apis:
        functions = _after(api, metadata.apis)
        raise EncodeError(f"the API {api} has no function {function!r}{nearest(function, functions)}", ("name",))
    return called, metadata.apis[called]


def answer_of(metadata: Metadata, function: str, data: bytes) -> Any:
    """What a function answered, as JSON has it; DecodeError for bytes that are no answer of it."""
    assert metadata.apis is not None
    return metadata.decode(metadata.apis[function].answer, data, function)


def _after(api: str, functions: Iterable[str]) -> list[str]:
    return [one.removeprefix(f"{api}_") for one in functions if one.startswith(f"{api}_")]


def _two(name: str, what: str, example: str) -> tuple[str, str]:
    first, dot, second = name.partition(".")
    if not dot or not first or not second:
        raise EncodeError(f"{name!r} names no {what}; write for example {example}", ("name",))
    return first, second


def _within(at: int, encoders: Encoders, type_id: int, value: Any) -> bytes:
    try:
        return encoders.of(type_id)(value)
    except EncodeError as error:
        raise error.within(f"[{at}]") from None
