"""What differs between two runtimes' metadata: pallets with what they have, runtime APIs, and signed extrinsics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from simnet.chain import _type_registry as registry
from simnet.chain.changes._difference import Difference, Effect, How, RuntimePart
from simnet.chain.changes._type_changes import TypeChanges, TypeDifference
from simnet.chain.metadata import Metadata
from simnet.codec import DecodeError

_LONGEST = 100
"""Letters of a value; what is longer is shortened."""

# frame_metadata::StorageHasher, in order
_HASHERS = ("Blake2_128", "Blake2_256", "Blake2_128Concat", "Twox128", "Twox256", "Twox64Concat", "Identity")

_TOLD_ELSEWHERE = ("System", "Version")
"""The constant with the runtime's version, of which each number is told by itself."""


def metadata_changes(old: Metadata, new: Metadata) -> tuple[Difference, ...]:
    """All differences: of the extrinsic, then pallet by pallet, in the order of their names, then of runtime APIs."""
    return tuple(_MetadataChanges(old, new).all())


class _MetadataChanges:
    def __init__(self, old: Metadata, new: Metadata) -> None:
        self._old, self._new = old, new
        self._types = TypeChanges(old, new)

    def all(self) -> Iterator[Difference]:
        yield from self._extrinsic()
        yield from self._extensions()
        places = {pallet.index: pallet.name for pallet in self._old.pallets.values()}
        for name in sorted(self._old.pallets.keys() | self._new.pallets.keys()):
            one, two = self._old.pallets.get(name), self._new.pallets.get(name)
            if one is None and two is not None:
                holds = _holds(self._new, two)
                yield _change("pallet", name, "added", None, f"index {two.index}", holds, reuses=places.get(two.index))
            elif two is None and one is not None:
                yield _change("pallet", name, "removed", f"index {one.index}", None, _holds(self._old, one))
            elif one is not None and two is not None:
                yield from self._pallet(one, two)
        yield from self._functions()

    # Signed extrinsics ---------------------------------------------------------------------------------------------

    def _extrinsic(self) -> Iterator[Difference]:
        one, two = self._old.extrinsic, self._new.extrinsic
        if one.version != two.version:
            yield _change("extrinsic", "version", "changed", str(one.version), str(two.version), effects=("changed",))
        sides = ("address", one.address, two.address), ("signature", one.signature, two.signature)
        for name, before, after in sides:
            if before is not None and after is not None:
                yield from self._of_types("extrinsic", name, before, after)

    def _extensions(self) -> Iterator[Difference]:
        before, after = self._old.extrinsic.extensions, self._new.extrinsic.extensions
        stay = [one.name for one in before if one.name in {two.name for two in after}]
        for at, one in enumerate(before):
            if one.name not in stay:
                yield _change("extension", one.name, "removed", f"place {at}", None, effects=self._encoded(one, None))
        rank = 0
        for at, two in enumerate(after):
            if two.name not in stay:
                yield _change("extension", two.name, "added", None, f"place {at}", effects=self._encoded(None, two))
                continue
            place, one = next((place, one) for place, one in enumerate(before) if one.name == two.name)
            found = (*self._types.between(one.extra, two.extra), *self._types.between(one.implicit, two.implicit))
            if stay[rank] != two.name:
                effects = self._encoded(one, two)
                yield _change("extension", two.name, "moved", f"place {place}", f"place {at}", map(str, found), effects)
            elif found:
                yield self._differing("extension", two.name, None, None, found)
            rank += 1

    def _encoded(
        self, old: registry.SignedExtension | None, new: registry.SignedExtension | None
    ) -> tuple[Effect, ...]:
        """What it does to a signed extrinsic that an extension comes, goes or moves: nothing if it encodes to nothing
        there."""
        was = old is not None and (self._types.encodes(old.extra) or self._types.encodes(old.implicit))
        is_ = new is not None and (self._types.encodes_now(new.extra) or self._types.encodes_now(new.implicit))
        return ("changed",) if was or is_ else ()

    # Pallets -------------------------------------------------------------------------------------------------------

    def _pallet(self, one: registry.Pallet, two: registry.Pallet) -> Iterator[Difference]:
        if one.index != two.index:
            places = f"index {one.index}", f"index {two.index}"
            yield _change("pallet", one.name, "moved", *places, effects=("changed",))
        if one.storage_prefix != two.storage_prefix:
            places = f"storage under {one.storage_prefix}", f"storage under {two.storage_prefix}"
            yield _change("pallet", one.name, "changed", *places, effects=("changed",))
        yield from self._variants("call", one.name, one.calls, two.calls)
        yield from self._variants("event", one.name, one.event, two.event)
        yield from self._variants("error", one.name, one.error, two.error)
        yield from self._constants(one, two)
        yield from self._storage(one, two)

    def _variants(self, kind: RuntimePart, pallet: str, old: int | None, new: int | None) -> Iterator[Difference]:
        """Of the enum of a pallet's calls, events or errors, variant by variant."""
        before, after = registry.variants(self._old.types, old), registry.variants(self._new.types, new)
        named = {one.name: one for one in after}
        had = {one.name: one for one in before}
        for one in before:
            name, two = f"{pallet}.{one.name}", named.get(one.name)
            if two is None:
                yield _change(kind, name, "removed", f"index {one.index}", None)
                continue
            found = self._types.of_fields(one.fields, two.fields, one.name)
            if one.index != two.index:
                moved = f"index {one.index}", f"index {two.index}"
                yield _change(kind, name, "moved", *moved, map(str, found), _effects(found, "changed"))
            elif found:
                yield self._differing(kind, name, None, None, found)
        places = {one.index: one.name for one in before}
        for two in after:
            if two.name not in had:
                reuses = places.get(two.index)
                yield _change(kind, f"{pallet}.{two.name}", "added", None, f"index {two.index}", reuses=reuses)

    def _constants(self, one: registry.Pallet, two: registry.Pallet) -> Iterator[Difference]:
        for name in _names(one.constants, two.constants):
            if (one.name, name) == _TOLD_ELSEWHERE:
                continue
            full = f"{one.name}.{name}"
            before, after = one.constants.get(name), two.constants.get(name)
            values = _value(self._old, one, name), _value(self._new, two, name)
            if before is None or after is None:
                yield _change("constant", full, "added" if before is None else "removed", *values)
                continue
            found = self._types.between(before.type_id, after.type_id)
            if found or before.value != after.value:
                yield self._differing("constant", full, *values, found)

    def _storage(self, one: registry.Pallet, two: registry.Pallet) -> Iterator[Difference]:
        for name in _names(one.storage, two.storage):
            full = f"{one.name}.{name}"
            before, after = one.storage.get(name), two.storage.get(name)
            kept = _kept(self._old, before), _kept(self._new, after)
            if before is None or after is None:
                yield _change("storage", full, "added" if before is None else "removed", *kept)
                continue
            keys = self._types.between(before.key, after.key)
            found = (*keys, *self._types.between(before.value, after.value))
            why = [*_keyed(before, after), *map(str, found)]
            effects = _effects(found, "changed" if before.hashers != after.hashers else None)
            if before.optional != after.optional:
                why.append("what is not stored is " + ("nothing, was the default" if after.optional else "the default"))
            elif not found and not after.optional and before.default != after.default:
                why.append(
                    f"the default is 0x{_shortened(after.default.hex())}, was 0x{_shortened(before.default.hex())}"
                )
            if why:
                yield _change("storage", full, "changed", *kept, why, effects)

    # Runtime APIs --------------------------------------------------------------------------------------------------

    def _functions(self) -> Iterator[Difference]:
        """Of functions that both can tell of; metadata of version 14 tells of none."""
        if self._old.apis is None or self._new.apis is None:
            return
        for name in _names(self._old.apis, self._new.apis):
            one, two = self._old.apis.get(name), self._new.apis.get(name)
            if one is None or two is None:
                yield _change("function", name, "added" if one is None else "removed", None, None)
                continue
            took, takes = (tuple(registry.Field(*argument) for argument in side.arguments) for side in (one, two))
            found = (*self._types.of_fields(took, takes, name), *self._types.between(one.answer, two.answer))
            if found:
                yield self._differing("function", name, None, None, tuple(dict.fromkeys(found)))

    # Words ---------------------------------------------------------------------------------------------------------

    def _of_types(self, kind: RuntimePart, name: str, old: int, new: int) -> Iterator[Difference]:
        found = self._types.between(old, new)
        if found:
            told = registry.type_name(self._old.types, old), registry.type_name(self._new.types, new)
            yield self._differing(kind, name, *told, found)

    @staticmethod
    def _differing(
        kind: RuntimePart, name: str, old: str | None, new: str | None, found: Sequence[TypeDifference]
    ) -> Difference:
        return _change(kind, name, "changed", old, new, map(str, found), _effects(found, None))


def _change(
    kind: RuntimePart,
    name: str,
    how: How,
    old: str | None,
    new: str | None,
    why: Iterable[str] = (),
    effects: tuple[Effect, ...] = (),
    reuses: str | None = None,
) -> Difference:
    return Difference(kind=kind, name=name, how=how, old=old, new=new, why=tuple(why), reuses=reuses, effects=effects)


def _effects(found: Iterable[TypeDifference], also: Effect | None) -> tuple[Effect, ...]:
    return tuple(sorted({one.effect for one in found} | ({also} if also is not None else set())))


def _names(old: Iterable[str], new: Iterable[str]) -> list[str]:
    """All, first those of the old runtime in its order."""
    return list(dict.fromkeys((*old, *new)))


def _holds(metadata: Metadata, pallet: registry.Pallet) -> Iterator[str]:
    """What a pallet has, in words, a line of each kind."""
    enums = ("calls", pallet.calls), ("events", pallet.event), ("errors", pallet.error)
    told = [(what, [one.name for one in registry.variants(metadata.types, number)]) for what, number in enums]
    told += [("storage", list(pallet.storage)), ("constants", list(pallet.constants))]
    yield from (f"{what}: {', '.join(names)}" for what, names in told if names)


def _value(metadata: Metadata, pallet: registry.Pallet, name: str) -> str | None:
    constant = pallet.constants.get(name)
    if constant is None:
        return None
    try:
        return _shortened(str(metadata.constant(pallet.name, name)))
    except DecodeError:
        return _shortened(f"0x{constant.value.hex()}")


def _kept(metadata: Metadata, item: registry.StorageItem | None) -> str | None:
    """How an item is kept, as ``Twox64Concat(u32) to Option<Head>``."""
    if item is None:
        return None
    value = registry.type_name(metadata.types, item.value)
    told = f"Option<{value}>" if item.optional else value
    if item.key is None:
        return told
    hashers = ", ".join(map(_hasher, item.hashers))
    return f"{hashers} of {registry.type_name(metadata.types, item.key)} to {told}"


def _keyed(old: registry.StorageItem, new: registry.StorageItem) -> Iterator[str]:
    if old.hashers != new.hashers:
        told = [", ".join(map(_hasher, one.hashers)) or "nothing" for one in (new, old)]
        yield f"keys are hashed by {told[0]}, were by {told[1]}"


def _hasher(number: int) -> str:
    return _HASHERS[number] if number < len(_HASHERS) else f"hasher {number}"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
