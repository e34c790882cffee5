"""Where two types differ, of two registries: by what they encode to, whatever their numbers and modules are.

Structs and tuples are products of their parts, of which those that encode to nothing are none; what only wraps one part
is that part. An enum is its variants by their bytes. The runtime's own call, event and error are taken for the same,
since each of their variants is compared by itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from simnet.chain import _type_registry as registry
from simnet.chain.changes._difference import Effect
from simnet.chain.metadata import Metadata

_Pair = tuple[int, int]
_Fields = tuple[registry.Field, ...]

_DEEPEST = 64
"""Wrappers around one part that are taken off; a registry in which one wraps itself ends there."""


@dataclass(frozen=True, slots=True)
class TypeDifference:
    """Where two types part: the type that does, in words what differs, and what that does to what is encoded."""

    type_name: str
    what: str
    effect: Effect

    def __str__(self) -> str:
        return f"{self.type_name}: {self.what}"


@dataclass(slots=True)
class _Step:
    """What a pair of types shows by itself, and the pairs that it is made of."""

    found: list[TypeDifference] = field(default_factory=list)
    parts: list[_Pair] = field(default_factory=list)


class _Side:
    """The types of one runtime."""

    def __init__(self, metadata: Metadata) -> None:
        self.types = metadata.types
        pallets = metadata.pallets.values()
        of_pallets = [
            {pallet.calls for pallet in pallets},
            {one.event for one in pallets},
            {one.error for one in pallets},
        ]
        self._outer = {
            number: at
            for number, definition in metadata.types.items()
            for at, inner in enumerate(of_pallets)
            if isinstance(definition, registry.Enumeration) and _joins(definition, inner)
        }

    def outer(self, type_id: int) -> int | None:
        """Which of the enums it is that join those of all pallets; None of other types."""
        return self._outer.get(type_id)

    def name(self, type_id: int) -> str:
        return registry.type_name(self.types, type_id)

    def path(self, type_id: int) -> str | None:
        """The name that a struct or an enum has itself."""
        definition = self.types[type_id]
        named = isinstance(definition, registry.Composite | registry.Enumeration) and definition.path
        return named[-1] if named else None

    def bare(self, type_id: int) -> int:
        """The type without what wraps it alone."""
        for _ in range(_DEEPEST):
            parts = self.product(type_id)
            if parts is None or len(parts) != 1:
                break
            type_id = parts[0].type_id
        return type_id

    def product(self, type_id: int) -> _Fields | None:
        """The parts of a struct or tuple; None of other types."""
        match self.types[type_id]:
            case registry.Composite(fields=fields):
                return self.filled(fields)
            case registry.TupleOf(items):
                return self.filled(tuple(registry.Field(None, item) for item in items))
            case registry.Array(length=0):
                return ()
        return None

    def filled(self, fields: _Fields) -> _Fields:
        """Those that encode to something."""
        return tuple(one for one in fields if not self.is_empty(one.type_id))

    def is_empty(self, type_id: int, depth: int = 0) -> bool:
        """Whether a type encodes to nothing."""
        match self.types[type_id]:
            case registry.Composite(fields=fields) if depth < _DEEPEST:
                return all(self.is_empty(one.type_id, depth + 1) for one in fields)
            case registry.TupleOf(items) if depth < _DEEPEST:
                return all(self.is_empty(one, depth + 1) for one in items)
            case registry.Array(length=0):
                return True
            case registry.CompactOf(item) if depth < _DEEPEST:
                return self.is_empty(item, depth + 1)
        return False


def _joins(outer: registry.Enumeration, inner: set[int | None]) -> bool:
    """Whether each variant of an enum holds the enum of a pallet and nothing else."""
    return bool(outer.variants) and all(
        len(one.fields) == 1 and one.fields[0].type_id in inner for one in outer.variants
    )


class TypeChanges:
    """Compares types of one runtime with those of another."""

    def __init__(self, old: Metadata, new: Metadata) -> None:
        self._old, self._new = _Side(old), _Side(new)
        self._steps: dict[_Pair, _Step] = {}
        self._between: dict[_Pair, tuple[TypeDifference, ...]] = {}

    def between(self, old: int | None, new: int | None) -> tuple[TypeDifference, ...]:
        """All differences of two types and of what they are made of, each once; none where they encode alike under the
        same names. Types may contain themselves. What is on one side alone is told as such."""
        if old is None or new is None:
            one_side = TypeDifference("", "it came" if old is None else "it went", "changed")
            return () if old is new else (one_side,)
        if (old, new) not in self._between:
            self._between[old, new] = tuple(dict.fromkeys(self._walk((old, new))))
        return self._between[old, new]

    def encodes(self, old: int) -> bool:
        """Whether a type of the old runtime encodes to anything."""
        return not self._old.is_empty(old)

    def encodes_now(self, new: int) -> bool:
        """Whether a type of the new runtime encodes to anything."""
        return not self._new.is_empty(new)

    def of_fields(self, old: _Fields, new: _Fields, name: str) -> tuple[TypeDifference, ...]:
        """The same of fields that stand one after another, as those of a call."""
        step = _Step()
        self._fields(step, name, old, new)
        of_parts = (one for pair in step.parts for one in self.between(*pair))
        return tuple(dict.fromkeys((*step.found, *of_parts)))

    def _walk(self, pair: _Pair) -> Iterator[TypeDifference]:
        seen, waiting = {pair}, deque([pair])
        while waiting:
            step = self._step(waiting.popleft())
            yield from step.found
            for part in step.parts:
                if part not in seen:
                    seen.add(part)
                    waiting.append(part)

    def _step(self, pair: _Pair) -> _Step:
        if pair not in self._steps:
            self._steps[pair] = step = _Step()
            self._compare(step, *pair)
        return self._steps[pair]

    def _compare(self, step: _Step, old: int, new: int) -> None:
        names = self._old.path(old), self._new.path(new)
        bare = self._old.bare(old), self._new.bare(new)
        joined = self._old.outer(bare[0])
        if joined is not None and joined == self._new.outer(bare[1]):
            return
        if None not in names and names[0] != names[1]:
            step.found.append(TypeDifference(names[0] or "", f"it is {names[1]} now", "renamed"))
        one, two = self._old.types[bare[0]], self._new.types[bare[1]]
        match one, two:
            case registry.Enumeration(variants=before), registry.Enumeration(variants=after):
                self._variants(step, self._old.name(bare[0]), before, after)
            case (registry.Sequence(item), registry.Sequence(other)) | (
                registry.CompactOf(item),
                registry.CompactOf(other),
            ):
                step.parts.append((item, other))
            case registry.Array(length, item), registry.Array(size, other) if length == size:
                step.parts.append((item, other))
            case registry.Primitive(), registry.Primitive() if one == two:
                pass
            case registry.BitSequence(), registry.BitSequence() if self._layouts(one, two):
                pass
            case _:
                was, is_ = self._old.product(bare[0]), self._new.product(bare[1])
                if was is None or is_ is None:
                    told = f"it is {self._new.name(new)} now"
                    step.found.append(TypeDifference(self._old.name(old), told, "changed"))
                else:
                    self._fields(step, self._old.name(old), was, is_)

    def _layouts(self, old: registry.BitSequence, new: registry.BitSequence) -> bool:
        before = registry.bit_layout(self._old.types, old.store, old.order)
        return before == registry.bit_layout(self._new.types, new.store, new.order)

    def _variants(
        self, step: _Step, name: str, old: tuple[registry.Variant, ...], new: tuple[registry.Variant, ...]
    ) -> None:
        before, after = by_index(old), by_index(new)
        for index in sorted(before.keys() | after.keys()):
            one, two = before.get(index), after.get(index)
            if two is None:
                went = f"{before[index].name} ({index}) went"
                step.found.append(TypeDifference(name, went, "narrowed"))
            elif one is None:
                step.found.append(TypeDifference(name, f"{two.name} ({index}) came", "widened"))
            elif one.name != two.name:
                step.found.append(TypeDifference(name, f"{index} is {two.name}, was {one.name}", "changed"))
            else:
                self._fields(step, f"{name}.{one.name}", one.fields, two.fields)

    def _fields(self, step: _Step, name: str, old: _Fields, new: _Fields) -> None:
        before, after = self._old.filled(old), self._new.filled(new)
        had, has = [one.name for one in before], [one.name for one in after]
        if len(before) != len(after) or (had != has and set(had) == set(has)):
            step.found.append(TypeDifference(name, self._otherwise(before, after), "changed"))
            return
        for at, (one, two) in enumerate(zip(before, after, strict=True)):
            if one.name != two.name:
                what = f"{two.name or at} was {one.name or at}"
                step.found.append(TypeDifference(name, what, "renamed"))
            step.parts.append((one.type_id, two.type_id))

    def _otherwise(self, old: _Fields, new: _Fields) -> str:
        """How fields differ that are more, fewer or in another order: what came and went where all have names."""
        had, has = {one.name for one in old}, {one.name for one in new}
        if None in had | has or had == has:
            return f"({_told(self._new, new)}), was ({_told(self._old, old)})"
        came = _told(self._new, tuple(one for one in new if one.name not in had))
        went = _told(self._old, tuple(one for one in old if one.name not in has))
        return ", ".join(f"{told} {how}" for told, how in ((came, "came"), (went, "went")) if told)


def by_index(variants: tuple[registry.Variant, ...]) -> Mapping[int, registry.Variant]:
    """Variants by the byte that selects them."""
    return {one.index: one for one in variants}


def _told(side: _Side, fields: _Fields) -> str:
    kinds = ((one.name, side.name(one.type_id)) for one in fields)
    return ", ".join(f"{name}: {kind}" if name else kind for name, kind in kinds)
