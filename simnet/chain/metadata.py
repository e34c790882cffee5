"""What a runtime says about itself, and decoders made from it: events, storage, constants and dispatch errors.

Plain values come out, as :mod:`simnet.chain._decoders` lists them, fast enough to read every event of every block.
:mod:`simnet.chain.calls` makes encoders from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from simnet.chain import _type_registry as registry
from simnet.chain._closures import FAULTS, Decoder, located, part, whole
from simnet.chain._decoders import Decoders
from simnet.chain._dispatch_errors import DispatchErrors
from simnet.chain._registry_reader import parse_registry
from simnet.codec import (
    DecodeError,
    blake2_128,
    blake2_256,
    map_key,
    read_compact,
    twox_64,
    twox_128,
    twox_256,
)
from simnet.errors import InputError, SimnetError
from simnet.network.topology import nearest

_T = TypeVar("_T")

# frame_metadata::StorageHasher, in order
_HASHERS: tuple[Callable[[bytes], bytes], ...] = (
    blake2_128,
    blake2_256,
    lambda key: blake2_128(key) + key,
    twox_128,
    twox_256,
    lambda key: twox_64(key) + key,
    lambda key: key,
)
_KEYS = 4096
"""Storage keys that are kept at most; those that are asked for at every block are few."""

# frame_system::Phase; the first is followed by the extrinsic's index, a u32
_APPLY = 0
_PHASES = {1: "finalization", 2: "initialization"}


class NotInRuntimeError(SimnetError, LookupError):
    """The runtime has no such pallet, storage item, constant, event, API or type. The message says what was probably
    meant."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event that a block deposited.

    ``phase`` is ``apply``, ``initialization`` or ``finalization``; ``extrinsic`` is the index in the block of the
    extrinsic that was applied, None in the other phases. ``fields`` has named fields by name, unnamed ones as ``"0"``,
    ``"1"``…
    """

    phase: str
    extrinsic: int | None
    pallet: str
    name: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ModuleError:
    """An error of a pallet, with the data that it carries and its documentation in one line."""

    pallet: str
    name: str
    fields: dict[str, Any]
    docs: str


class AnyEvent(Protocol):
    """What an event is looked at for."""

    @property
    def pallet(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def fields(self) -> Mapping[str, Any]: ...


class Metadata:
    """One runtime version's metadata with its decoders, which are compiled as they are needed."""

    def __init__(self, described: registry.Registry) -> None:
        self.types = described.types
        """The runtime's types by number."""
        self.pallets = described.pallets
        """The runtime's pallets by name."""
        self.extrinsic = described.extrinsic
        """The extrinsic format and its signed extensions."""
        self.apis = described.apis
        """Functions of runtime APIs by their names; None where the metadata does not tell (14)."""
        self._decoders = Decoders(described.types)
        self.failures = DispatchErrors(described.types, described.pallets)
        """Which events may tell of a failed call."""
        self._by_index = {pallet.index: pallet for pallet in described.pallets.values()}
        self._events: dict[tuple[int, int], tuple[str, str, Decoder]] = {}
        self._topics: Decoder | None = None
        self._keys: dict[tuple[str | bytes, ...], bytes] = {}

    @classmethod
    def parse(cls, raw: bytes) -> Metadata:
        """From the bytes of ``state_getMetadata`` or ``Metadata_metadata``, version 14 or 15; else DecodeError.

        Equal bytes give the same object, with what it compiled: chains share runtimes.
        """
        return _parsed(raw)

    def decode_events(self, data: bytes) -> list[Event]:
        """The events in the bytes of ``System.Events``, in the order of their depositing; DecodeError on others."""
        count, offset = read_compact(data, 0)
        events: list[Event] = []
        for at in range(count):
            event, offset = part(self._event, data, offset, f"event {at}")
            events.append(event)
        if offset != len(data):
            raise DecodeError(f"{len(data) - offset} bytes are left over after {count} events", offset)
        return events

    def storage_key(self, pallet: str, item: str, *keys: bytes) -> bytes:
        """The key of a storage item; ``keys`` are a map's key parts, encoded but not hashed.

        Fewer parts than the map has give the prefix of all entries that share them. NotInRuntimeError, or InputError
        for too many parts.
        """
        asked: tuple[str | bytes, ...] = (pallet, item, *keys)
        known = self._keys.get(asked)
        if known is None:
            if len(self._keys) >= _KEYS:
                self._keys.clear()
            known = self._keys[asked] = self._storage_key(pallet, item, keys)
        return known

    def _storage_key(self, pallet: str, item: str, keys: tuple[bytes, ...]) -> bytes:
        found = self.storage_item(pallet, item)
        if len(keys) > len(found.hashers):
            raise InputError(f"{pallet}.{item} has {len(found.hashers)} key parts, given were {len(keys)}")
        hashed = (_HASHERS[hasher](key) for hasher, key in zip(found.hashers, keys, strict=False))
        return map_key(self.pallets[pallet].storage_prefix, item, *hashed)

    def decode_storage(self, pallet: str, item: str, data: bytes | None, decoders: Decoders | None = None) -> Any:
        """The value of a storage item; for no data (None) its default, or None where it is optional."""
        found = self.storage_item(pallet, item)
        if data is None and found.optional:
            return None
        decode = (decoders or self._decoders).of(found.value)
        return whole(decode, found.default if data is None else data, f"{pallet}.{item}")

    def decode(self, type_id: int, data: bytes, what: str) -> Any:
        """A value of one of the runtime's types, all of its bytes; DecodeError, which calls it ``what``."""
        return whole(self._decoders.of(type_id), data, what)

    def constant(self, pallet: str, name: str) -> Any:
        """A constant of a pallet, such as ``Babe.EpochDuration``."""
        found = _pick(self._pallet(pallet).constants, f"{pallet}.{name}", "constant")
        return whole(self._decoders.of(found.type_id), found.value, f"{pallet}.{name}")

    def dispatch_error(self, events: Iterable[AnyEvent]) -> str | None:
        """Why an extrinsic of these events, or a call inside it, failed: what the first says that tells of a failure,
        by whatever wrapped the call. None when all of it succeeded."""
        for event in events:
            error = self.failures.found(event.pallet, event.name, event.fields)
            if error is not None:
                return self.describe_dispatch_error(error)
        return None

    def describe_dispatch_error(self, value: Any) -> str:
        """A decoded ``DispatchError`` for people: ``Sudo.RequireSudo: …``, ``Token.Frozen``, ``BadOrigin``.

        An error that carries data is told with it, as that of an XCM which failed at an instruction.
        """
        if not isinstance(value, dict):
            return str(value)
        ((kind, detail),) = value.items()
        if kind != "Module":
            return f"{kind}.{detail}"
        found = self.module_error(value)
        if found is None:
            return f"Module {detail['index']}, error {detail['error']} (unknown to this runtime)"
        told = ", ".join(f"{key} {one}" for key, one in found.fields.items())
        docs = f": {found.docs}" if found.docs else ""
        return f"{found.pallet}.{found.name}{f' ({told})' if told else ''}{docs}"

    def module_error(self, value: Any) -> ModuleError | None:
        """The error of a pallet in a decoded ``DispatchError``; None for another one, and one that nobody knows."""
        detail = value.get("Module") if isinstance(value, dict) else None
        if detail is None:
            return None
        raw = bytes.fromhex(
            detail["error"][2:]
        )  # the error's index and what fits of its fields (sp_runtime ModuleError)
        pallet = self._by_index.get(detail["index"])
        error = None if pallet is None else self._variants(pallet.error).get(raw[0])
        if pallet is None or error is None:
            return None
        try:
            data = self._decoders.fields(error.fields)(raw, 1)[0]
        except FAULTS:
            data = {}
        return ModuleError(pallet.name, error.name, data, error.docs)

    def _event(self, data: bytes, offset: int) -> tuple[Event, int]:
        kind = data[offset]
        if kind == _APPLY:
            phase, extrinsic, offset = "apply", int.from_bytes(data[offset + 1 : offset + 5], "little"), offset + 5
        elif kind in _PHASES:
            phase, extrinsic, offset = _PHASES[kind], None, offset + 1
        else:
            raise DecodeError(f"no phase has the index {kind}", offset)
        index = data[offset], data[offset + 1]
        found = self._events.get(index)
        if found is None:
            found = self._events[index] = self._compile_event(index, offset)
        pallet, name, fields = found
        try:
            values, offset = fields(data, offset + 2)
        except FAULTS as fault:
            raise located(fault, f"{pallet}.{name}", offset + 2) from None
        if self._topics is None:
            self._topics = self._compile_topics()
        return Event(phase, extrinsic, pallet, name, values), self._topics(data, offset)[1]

    def _compile_event(self, index: tuple[int, int], offset: int) -> tuple[str, str, Decoder]:
        pallet = self._by_index.get(index[0])
        if pallet is None or pallet.event is None:
            raise DecodeError(f"no pallet with events has the index {index[0]}", offset)
        variant = self._variants(pallet.event).get(index[1])
        if variant is None:
            raise DecodeError(f"no event of {pallet.name} has the index {index[1]}", offset + 1)
        return pallet.name, variant.name, self._decoders.fields(variant.fields)

    def _compile_topics(self) -> Decoder:
        """The decoder of ``EventRecord.topics``, which follow each event."""
        records = self.types[self.storage_item("System", "Events").value]
        record = self.types[records.item] if isinstance(records, registry.Sequence) else None
        if not isinstance(record, registry.Composite) or [f.name for f in record.fields] != [
            "phase",
            "event",
            "topics",
        ]:
            raise DecodeError("System.Events is no vector of phase, event and topics", 0)
        return self._decoders.of(record.fields[2].type_id)

    def _variants(self, type_id: int | None) -> dict[int, registry.Variant]:
        return {variant.index: variant for variant in registry.variants(self.types, type_id)}

    def _pallet(self, name: str) -> registry.Pallet:
        return _pick(self.pallets, name, "pallet")

    def storage_item(self, pallet: str, item: str) -> registry.StorageItem:
        """How a storage item is kept; NotInRuntimeError where the runtime has none."""
        return _pick(self._pallet(pallet).storage, f"{pallet}.{item}", "storage item")


@lru_cache(maxsize=128)
def _parsed(raw: bytes) -> Metadata:
    return Metadata(parse_registry(raw))


def _pick(known: Mapping[str, _T], name: str, what: str) -> _T:
    try:
        return known[name.rpartition(".")[2]]
    except KeyError:
        hint = nearest(name.rpartition(".")[2], known) or "; there are none"
        raise NotInRuntimeError(f"the runtime has no {what} {name}{hint}") from None
