"""Two runtimes compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from simnet.chain.changes import Difference, How, metadata_changes
from simnet.codec import blake2_64
from simnet.errors import InputError
from simnet.runtime.diff._breakages import Breakage, breakages
from simnet.runtime.diff._host_needs import HostNeed, host_needs
from simnet.runtime.diff._proposal import Authorization, Proposal, authorization_of, proposal_of
from simnet.runtime.diff._sources import CodeSource
from simnet.runtime.diff._subjects import ReadRuntime, Subject, read_runtime
from simnet.runtime.host import Host


@dataclass(frozen=True, kw_only=True)
class RuntimeDiff:
    """What differs between two runtimes, and what follows of it."""

    old: Subject
    """The runtime that is there."""
    new: Subject
    """The one that is to come."""
    breakages: tuple[Breakage, ...]
    """Whom that breaks, what breaks first."""
    changes: tuple[Difference, ...]
    """All that differs: the extrinsic, pallets by name, runtime APIs."""
    host_functions: tuple[HostNeed, ...]
    """Host functions that either needs, first those that only the new one does."""
    proposal: Proposal
    """What authorizes the new one."""
    authorized: Authorization
    """Whether the chain has authorized it, where the old one is a chain's."""
    not_compared: tuple[str, ...]
    """What could not be compared, and why."""


def diff_of(old: CodeSource, new: CodeSource) -> RuntimeDiff:
    """Has both runtimes tell of themselves and compares that; the same bytes give the same diff. A code that this
    machine has not met is compiled first, which takes seconds.

    Raises :class:`InputError` for code that is no runtime, or tells of itself what makes no sense.
    """
    host = Host()
    before, after = read_runtime(old, host), read_runtime(new, host)
    try:
        return _compared(old, before, after)
    except (KeyError, IndexError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        told = f"{type(error).__name__} {error}"
        raise InputError(f"the metadata of {old.name} or {new.name} contradicts itself: {told}") from error


def _compared(source: CodeSource, old: ReadRuntime, new: ReadRuntime) -> RuntimeDiff:
    changes = (*metadata_changes(old.metadata, new.metadata), *_apis(old, new))
    needs = host_needs(old.imports, new.imports)
    return RuntimeDiff(
        old=old.subject,
        new=new.subject,
        breakages=breakages(old, new, changes, needs),
        changes=changes,
        host_functions=needs,
        proposal=proposal_of(old, new.subject.code_hash),
        authorized=authorization_of(source, old.metadata, new.subject.code_hash),
        not_compared=tuple(_not_compared(old, new)),
    )


def _apis(old: ReadRuntime, new: ReadRuntime) -> Iterator[Difference]:
    """Runtime APIs by their versions; those whose name neither metadata tells go by the hash of it."""
    names = {blake2_64(name.encode()): name for one in (old, new) for name in _api_names(one)}
    for api in sorted(old.apis.keys() | new.apis.keys(), key=lambda one: names.get(one, one.hex())):
        was, is_ = _version(old.apis, api), _version(new.apis, api)
        if was != is_:
            how: How = "added" if was is None else "removed" if is_ is None else "changed"
            yield Difference(kind="api", name=names.get(api, f"0x{api.hex()}"), how=how, old=was, new=is_)


def _version(apis: Mapping[bytes, int], api: bytes) -> str | None:
    return f"version {apis[api]}" if api in apis else None


def _api_names(one: ReadRuntime) -> set[str]:
    return {function.partition("_")[0] for function in one.metadata.apis or {}}


def _not_compared(old: ReadRuntime, new: ReadRuntime) -> Iterator[str]:
    for one in (old, new):
        if one.metadata.apis is None:
            told = "has metadata of version 14 alone, which does not tell functions of runtime APIs"
            yield f"{one.subject.source} {told}"
