"""Whom an upgrade breaks, from what differs between the two runtimes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from simnet.chain.changes import Difference, How, RuntimePart
from simnet.chain.metadata import NotInRuntimeError
from simnet.errors import printable
from simnet.runtime.diff._host_needs import HostNeed
from simnet.runtime.diff._subjects import ReadRuntime, Subject

Whom = Literal[
    "the upgrade", "nodes", "offline signers", "other chains' Transact", "indexers", "light tools", "callers of APIs"
]
"""Who has to do something: the one who brings the code in, or those who rest on what the old runtime had."""

Weight = Literal["breaks", "unknown", "mind"]
"""``breaks``: what worked before does not. ``unknown``: nothing tells whether it works. ``mind``: it works, and
something is other than before."""

PARACHAIN = "ParachainSystem"
"""The pallet that runtimes of parachains have, and those of relay chains not (cumulus-pallet-parachain-system)."""

_MIB = 1 << 20
_MOST_CODE, _MOST_CODE_BEFORE = 5 * _MIB, 3 * _MIB
"""Bytes of validation code that a relay chain takes at most, whatever its configuration says: MAX_CODE_SIZE of
polkadot-primitives 26 (v9), and until polkadot-primitives 19 (v8)."""

_LOST = frozenset({"narrowed", "changed"})
"""What who writes with the old types meets."""

_UNREAD = frozenset({"renamed", "widened", "changed"})
"""What who reads with the old types meets."""


_READ: tuple[tuple[RuntimePart, str], ...] = (("event", "events"), ("storage", "storage"), ("error", "errors"))
"""What indexers read, and what it is called where a pallet's change says what it had."""


@dataclass(frozen=True, kw_only=True)
class Breakage:
    """Something that an upgrade breaks or changes for somebody."""

    whom: Whom
    """Who meets it."""
    weight: Weight
    """How it meets them."""
    what: str
    """What it is, and why."""
    names: tuple[str, ...] = ()
    """What of the runtime it is about: calls, events, storage items, host functions."""


def breakages(
    old: ReadRuntime, new: ReadRuntime, changes: Sequence[Difference], needs: Iterable[HostNeed]
) -> tuple[Breakage, ...]:
    """All, the upgrade itself first, and of each of those concerned what breaks before what is to be minded."""
    found = (
        *_versions(old, new),
        *_size(new, old),
        *_nodes(new, needs),
        *_signers(old.subject, new.subject, changes),
        *_transact(changes),
        *_indexers(changes),
        *_tools(changes),
        *_callers(changes),
    )
    order: tuple[Weight, ...] = ("breaks", "unknown", "mind")
    return tuple(sorted(found, key=lambda one: order.index(one.weight)))


def _versions(old: ReadRuntime, new: ReadRuntime) -> Iterator[Breakage]:
    """Whether the chain takes the code, by the version in its section (frame-system 49 can_set_code), and whether
    migrations run, by its Core_version (frame-executive 49 runtime_upgraded)."""
    was, is_, carried = old.subject, new.subject, new.carried
    if was.code_hash == is_.code_hash:
        yield Breakage(whom="the upgrade", weight="mind", what="both are the same code")
        return
    anyway = "`authorize_upgrade_without_checks` brings it in all the same"
    stands = is_.spec_name == was.spec_name and is_.spec_version <= was.spec_version
    lasting = ", and then no migration runs" if stands else ""
    if carried is None:
        yield _upgrade(f"the code carries no version, so that the chain refuses it; {anyway}{lasting}")
    elif carried.spec_name != was.spec_name:
        told = f"{printable(carried.spec_name)}, and the chain has {printable(was.spec_name)}"
        yield _upgrade(f"it is {told}: the chain refuses it; {anyway}{lasting}")
    elif carried.spec_version <= was.spec_version:
        told = f"spec_version {carried.spec_version} is not higher than {was.spec_version}"
        yield _upgrade(f"{told}: the chain refuses it; {anyway}{lasting}")
    elif lasting:
        told = f"its Core_version says spec_version {is_.spec_version}, and the old one's {was.spec_version}"
        yield _upgrade(f"no migration runs: {told}")
    if carried is not None and (carried.spec_name, carried.spec_version) != (is_.spec_name, is_.spec_version):
        told = f"{printable(carried.spec_name)} {carried.spec_version}, and its Core_version {is_.spec_version}"
        yield _upgrade(f"its section, by which chains and nodes go, says {told} of {printable(is_.spec_name)}")
    if is_.transaction_version < was.transaction_version:
        fell = f"transaction_version fell from {was.transaction_version} to {is_.transaction_version}; it never should"
        yield _upgrade(fell)
    if is_.state_version != was.state_version:
        moved = f"state_version is {is_.state_version}, was {was.state_version}"
        weight: Weight = "breaks" if is_.state_version < was.state_version else "mind"
        told = f"{moved}: entries are laid out otherwise from when each is next written"
        yield Breakage(whom="the upgrade", weight=weight, what=told)


def _upgrade(what: str) -> Breakage:
    return Breakage(whom="the upgrade", weight="breaks", what=what)


def _size(new: ReadRuntime, old: ReadRuntime) -> Iterator[Breakage]:
    size = new.subject.size
    longest = _longest(old)
    if longest is not None and size > longest:
        yield _upgrade(
            f"the code has {size:,} bytes, and a block of the old runtime takes {longest:,} of such extrinsics"
        )
    if PARACHAIN not in old.metadata.pallets:
        return
    if size > _MOST_CODE:
        yield _upgrade(f"the code has {size:,} bytes, and relay chains take {_MOST_CODE:,} at most; compress it")
    elif size > _MOST_CODE_BEFORE:
        told = (
            f"the code has {size:,} bytes: ask the relay chain for its max_code_size, which was {_MOST_CODE_BEFORE:,}"
        )
        yield Breakage(whom="the upgrade", weight="unknown", what=f"{told} at most until 2025")


def _longest(old: ReadRuntime) -> int | None:
    """Bytes of operational extrinsics, as the one that applies an upgrade is, that a block takes; None where the
    runtime does not tell."""
    with suppress(NotInRuntimeError, LookupError, TypeError):
        return int(old.metadata.constant("System", "BlockLength")["max"]["operational"])
    return None


def _nodes(new: ReadRuntime, needs: Iterable[HostNeed]) -> Iterator[Breakage]:
    wanted = [one for one in needs if one.how != "removed"]
    unknown = tuple(one.function for one in wanted if one.since is None)
    if unknown:
        told = "no published crate that was looked at declares it, and a node that lacks it traps when it is called"
        yield Breakage(
            whom="nodes", weight="unknown", what=f"it needs host functions that are unknown: {told}", names=unknown
        )
    for until in dict.fromkeys(one.until for one in wanted if one.until is not None):
        gone = tuple(one.function for one in wanted if one.until == until)
        yield Breakage(
            whom="nodes", weight="breaks", what=f"the last release with these host functions is {until}", names=gone
        )
    if PARACHAIN not in new.metadata.pallets:
        foreign = tuple(one.function for one in wanted if one.offered_by not in (None, "all nodes"))
        if foreign:
            told = "nodes of relay chains do not offer these host functions"
            yield Breakage(whom="nodes", weight="breaks", what=told, names=foreign)
    for since in dict.fromkeys(one.since for one in wanted if one.how == "added" and one.since is not None):
        newly = tuple(one.function for one in wanted if one.how == "added" and one.since == since)
        told = f"it needs host functions that the old runtime did not, which nodes have from {since} on"
        yield Breakage(whom="nodes", weight="mind", what=told.replace(" or earlier on", " on or longer"), names=newly)


def broken_calls(changes: Iterable[Difference]) -> list[str]:
    """Existing calls that, encoded by the old runtime, are refused or mean another thing though they still exist."""
    of_pallets = [f"{one.name}.*" for one in changes if one.kind == "pallet" and one.how == "moved"]
    return of_pallets + [
        one.name
        for one in changes
        if one.kind == "call" and (one.how == "moved" or (one.how == "changed" and _LOST & set(one.effects)))
    ]


def _reused(changes: Sequence[Difference]) -> list[str]:
    """Calls and pallets that came to the index of another one."""
    return [one.name for one in changes if one.kind in ("call", "pallet") and one.how == "added" and one.reuses]


def _signers(old: Subject, new: Subject, changes: Sequence[Difference]) -> Iterator[Breakage]:
    """By what sp-version 47 says of ``transaction_version``: it must change when an existing call is changed or moves,
    or its index is reused, and need not when calls come or go."""
    laid_out = [one for one in changes if one.kind in ("extension", "extrinsic")]
    otherwise = tuple(one.name for one in laid_out if _LOST & set(one.effects))
    if otherwise:
        told = "signed extrinsics have other bytes: what signs by the old layout is refused"
        yield Breakage(whom="offline signers", weight="breaks", what=told, names=otherwise)
    alike = tuple(one.name for one in laid_out if one.name not in otherwise)
    if alike:
        told = "signed extrinsics keep their bytes, and who knows extensions by name meets others"
        yield Breakage(whom="offline signers", weight="mind", what=told, names=alike)
    broken = tuple(dict.fromkeys((*broken_calls(changes), *_reused(changes))))
    stands = new.transaction_version == old.transaction_version
    numbers = f"transaction_version is {new.transaction_version}, was {old.transaction_version}"
    if stands and (broken or otherwise):
        told = f"transaction_version should have moved and stands at {new.transaction_version}"
        why = "who has the old metadata is not told, and signs something else"
        yield Breakage(whom="offline signers", weight="breaks", what=f"{told}: {why}", names=(*broken, *otherwise))
    elif broken:
        told = f"{numbers}: calls are encoded otherwise, so they need the new metadata"
        yield Breakage(whom="offline signers", weight="breaks", what=told, names=broken)
    elif not stands:
        told = f"{numbers}: they must sign for it, though no call that was there is encoded otherwise"
        yield Breakage(whom="offline signers", weight="mind", what=told)
    if old.spec_version != new.spec_version:
        told = f"spec_version {new.spec_version} is signed as well: what was signed for {old.spec_version} is refused"
        yield Breakage(whom="offline signers", weight="mind", what=told)


def _transact(changes: Sequence[Difference]) -> Iterator[Breakage]:
    broken = tuple(dict.fromkeys((*broken_calls(changes), *_reused(changes))))
    if broken:
        told = "encoded calls that they send mean another thing, or are refused"
        yield Breakage(whom="other chains' Transact", weight="breaks", what=told, names=broken)
    gone = (*_with(changes, "calls"), *_named(changes, "call", "removed"))
    if gone:
        yield Breakage(whom="other chains' Transact", weight="breaks", what="gone: calls", names=gone)


def _indexers(changes: Sequence[Difference]) -> Iterator[Breakage]:
    moved = tuple(f"{one.name}.*" for one in changes if one.kind == "pallet" and one.how == "moved")
    if moved:
        told = "the pallets have other indices, as their events, errors and calls begin"
        yield Breakage(whom="indexers", weight="breaks", what=told, names=moved)
    for kind, what in _READ:
        gone = (*_with(changes, what), *_named(changes, kind, "removed"))
        if gone:
            yield Breakage(whom="indexers", weight="breaks", what=f"gone: {what}", names=gone)
        other = [one for one in changes if one.kind == kind and one.how in ("moved", "changed")]
        unread = tuple(one.name for one in other if one.how == "moved" or _UNREAD & set(one.effects))
        if unread:
            told = f"the old metadata reads them wrong or not at all: {what}"
            yield Breakage(whom="indexers", weight="breaks", what=told, names=unread)
        alike = tuple(one.name for one in other if one.name not in unread)
        if alike:
            told = f"other {what}, of which the old metadata reads what comes"
            yield Breakage(whom="indexers", weight="mind", what=told, names=alike)
    came = _named(changes, "event", "added")
    if came:
        told = "new events: the old metadata reads neither them nor what follows them in a block"
        yield Breakage(whom="indexers", weight="mind", what=told, names=came)


def _tools(changes: Sequence[Difference]) -> Iterator[Breakage]:
    constants = [one for one in changes if one.kind == "constant"]
    gone = (*_with(changes, "constants"), *_named(changes, "constant", "removed"))
    if gone:
        yield Breakage(whom="light tools", weight="breaks", what="gone: constants", names=gone)
    retyped = tuple(one.name for one in constants if one.how == "changed" and one.effects)
    if retyped:
        yield Breakage(whom="light tools", weight="breaks", what="constants of another type", names=retyped)
    valued = tuple(one.name for one in constants if one.how == "changed" and not one.effects)
    if valued:
        told = "constants of another value: who has the old one built in reckons wrong"
        yield Breakage(whom="light tools", weight="mind", what=told, names=valued)


def _callers(changes: Sequence[Difference]) -> Iterator[Breakage]:
    gone = (*_named(changes, "api", "removed"), *_named(changes, "function", "removed"))
    if gone:
        yield Breakage(whom="callers of APIs", weight="breaks", what="gone: runtime APIs", names=gone)
    other = tuple(one.name for one in changes if one.kind == "function" and one.how == "changed")
    if other:
        told = "functions of runtime APIs that take or answer other types"
        yield Breakage(whom="callers of APIs", weight="breaks", what=told, names=other)
    versions = tuple(f"{one.name} {one.new}" for one in changes if one.kind == "api" and one.how == "changed")
    if versions:
        yield Breakage(whom="callers of APIs", weight="mind", what="runtime APIs of another version", names=versions)


def _named(changes: Iterable[Difference], kind: RuntimePart, how: How) -> tuple[str, ...]:
    return tuple(one.name for one in changes if one.kind == kind and one.how == how)


def _with(changes: Iterable[Difference], what: str) -> tuple[str, ...]:
    """Pallets that are gone and had any of these, each for all that it had."""
    gone = (one for one in changes if one.kind == "pallet" and one.how == "removed")
    return tuple(f"{one.name}.*" for one in gone if any(line.startswith(f"{what}: ") for line in one.why))
