"""Entries of a chain's storage as people write them, and what they are in its state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from simnet.chain._encoding import EncodeError, inside, octets
from simnet.chain.calls import Calls
from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.chain.storage_places import storage_place
from simnet.errors import InputError

_LONGEST = 400
"""Characters of a text that are told."""


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
        return f"{self.item or self.key}{keys} {'removed' if self.value is None else f'set to {_plain(self.value)}'}"


def encoded(metadata: Metadata, calls: Calls, entry: StorageWrite) -> tuple[bytes, bytes | None]:
    """Key and value of an entry in the state, no value for one that is removed.

    Raises :class:`EncodeError` whose path leads from the entry to what is wrong: ``item``, ``keys`` or ``value``.
    """
    if entry.item is None:
        key = inside("key", lambda value: octets(value, "0x hex"), entry.key)
        return key, None if entry.value is None else inside("value", calls.raw, entry.value)
    try:
        place = storage_place(metadata, entry.item)
    except (InputError, NotInRuntimeError) as error:
        raise EncodeError(str(error), ("item",)) from None
    if len(entry.keys) != len(place.keys):
        raise EncodeError(f"{place.name} {place.takes}, given were {len(entry.keys)}", ("keys",))
    keys = [
        inside("keys", partial(inside, f"[{at}]", calls.encoder(part)), given)
        for at, (part, given) in enumerate(zip(place.keys, entry.keys, strict=True))
    ]
    kind = metadata.storage_item(place.pallet, place.item).value
    value = None if entry.value is None else inside("value", calls.encoder(kind), entry.value)
    return metadata.storage_key(place.pallet, place.item, *keys), value


def written_in(call: str, args: Any, *, root: bool) -> Iterator[StorageWrite]:
    """What a call writes or removes of the state by its key, itself or by calls in its arguments that are written by
    name. ``root`` says that it has root's origin; without it, what it hands to Sudo has.

    Arguments are as people write them, in a mapping or in their order.
    """
    pallet, _, function = call.partition(".")
    values = list(args.values()) if isinstance(args, Mapping) else args if isinstance(args, list | tuple) else []
    if root and pallet == "System" and function in _WRITING and values:
        for one in values[0] if isinstance(values[0], list | tuple) else [values[0]]:
            key, value = one if isinstance(one, list | tuple) and len(one) == 2 else (one, None)
            yield StorageWrite(key=str(_plain(key)), value=_plain(value))
        return
    for value in values:
        yield from _below(value, root=root or pallet == "Sudo")


def _below(value: Any, *, root: bool) -> Iterator[StorageWrite]:
    """The same of calls anywhere in an argument: ``{System: {set_storage: ...}}``."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            for function, args in inner.items() if isinstance(inner, Mapping) else ():
                yield from written_in(f"{name}.{function}", args, root=root)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _below(one, root=root)


_WRITING = ("set_storage", "kill_storage", "kill_prefix")
"""Functions of frame-system 49 whose first argument has the keys."""


def _plain(value: Any) -> Any:
    """What JSON can hold: bytes as 0x hex, long texts by their beginning."""
    if isinstance(value, bytes):
        value = "0x" + value.hex()
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{value[:_LONGEST]}… ({len(value)} characters)"
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
