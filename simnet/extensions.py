"""Faults, checks and providers that other distributions bring by entry points.

What simnet has itself stands in plain tables beside it. The others are found when somebody first asks for more than
that, and loaded once. One that cannot be used is an error, since a file that names it would be read wrongly without.
"""

from __future__ import annotations

import functools
import inspect
import keyword
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from pydantic import BaseModel

from simnet.errors import ExtensionError

FAULTS = "simnet.faults"
CHECKS = "simnet.checks"
PROVIDERS = "simnet.providers"
"""Groups of entry points; the name of each is the kind of the fault or check, or the name of the provider."""

_WHAT_TO_IMPORT = (
    "simnet.scenario and what is above it need all faults and checks, so that a module of theirs imports no more than"
    " simnet.faults, simnet.checks and what is below them"
)

_T = TypeVar("_T")


@functools.cache
def _all_entry_points() -> Any:
    """Of every distribution here, read once."""
    return entry_points()


def brought(group: str, taken: Collection[str]) -> dict[str, EntryPoint]:
    """What other distributions bring of a group, by name, nothing of it loaded.

    Raises :class:`ExtensionError` for a name in ``taken``, and for one that two distributions bring.
    """
    out: dict[str, EntryPoint] = {}
    for entry in sorted(_all_entry_points().select(group=group), key=lambda one: one.name):
        if entry.name in taken:
            raise refused(entry, "has a name that is taken in simnet; give it another one")
        if entry.name in out:
            both = f"{distribution(out[entry.name])} and {distribution(entry)}"
            raise ExtensionError(f"{both} bring {group} {entry.name!r} both; uninstall one of them")
        out[entry.name] = entry
    return out


def distribution(entry: EntryPoint) -> str:
    """Name and version of the distribution that brings an entry point."""
    return "an unknown distribution" if entry.dist is None else f"{entry.dist.name} {entry.dist.version}"


def load(entry: EntryPoint) -> Any:
    """What an entry point names; raises :class:`ExtensionError` when it cannot be imported."""
    try:
        return entry.load()
    except Exception as error:
        of_simnet = isinstance(error, ImportError) and str(error.name).startswith("simnet.")
        hint = f" ({_WHAT_TO_IMPORT})" if of_simnet else ""
        raise refused(entry, f"cannot be loaded: {type(error).__name__}: {error}{hint}") from error


def refused(entry: EntryPoint, why: str) -> ExtensionError:
    """The error of an entry point that names what simnet cannot use."""
    return ExtensionError(
        f"{distribution(entry)} brings {entry.group} {entry.name!r} ({entry.value}), which {why}; correct, update or"
        " uninstall that distribution"
    )


class Kinds(Mapping[str, type[_T]]):
    """Frozen dataclasses of one family by their kind: simnet's own first, in their order, then those that are brought,
    by name. Asking for one of simnet's own loads no other."""

    def __init__(self, group: str, base: type, own: Iterable[type[_T]], reserved: Collection[str] = ()) -> None:
        """``base`` is what all derive from; ``reserved`` are names that no other may have, since they stand for
        something else in a scenario file."""
        self.own: dict[str, type[_T]] = {vars(kind)["kind"]: kind for kind in own}
        """Simnet's own."""
        self._group = group
        self._base = base
        self._reserved = {*reserved, *dir(BaseModel)}
        self._loading = False

    @cached_property
    def brought(self) -> dict[str, type[_T]]:
        """Those of other distributions; raises :class:`ExtensionError` when one of them cannot be used."""
        if self._loading:
            raise ExtensionError(f"what is loaded as one of {self._group} asks for all of them: {_WHAT_TO_IMPORT}")
        self._loading = True
        try:
            found = brought(self._group, {*self.own, *self._reserved})
            return {name: self._loaded(entry) for name, entry in found.items()}
        finally:
            self._loading = False

    def _loaded(self, entry: EntryPoint) -> type[_T]:
        kind = load(entry)
        why = _unusable(kind, self._base, entry.name)
        if why is not None:
            raise refused(entry, why)
        usable: type[_T] = kind
        return usable

    def __getitem__(self, kind: str) -> type[_T]:
        return self.own[kind] if kind in self.own else self.brought[kind]

    def __iter__(self) -> Iterator[str]:
        yield from self.own
        yield from self.brought

    def __len__(self) -> int:
        return len(self.own) + len(self.brought)


def _unusable(kind: Any, base: type, name: str) -> str | None:
    """Why what was loaded cannot be one of a family under this name; None if it can."""
    if not (isinstance(kind, type) and issubclass(kind, base)):
        return f"is no {base.__name__}"
    if inspect.isabstract(kind):
        return f"lacks {', '.join(sorted(vars(kind)['__abstractmethods__']))}"
    parameters = vars(kind).get("__dataclass_params__")
    if parameters is None or not parameters.frozen:
        return "is no frozen dataclass; decorate it with @dataclass(frozen=True, kw_only=True)"
    if vars(kind).get("kind") != name:
        return f"has the kind {vars(kind).get('kind')!r}; kind and entry point have one name"
    if not name.isidentifier() or keyword.iskeyword(name):
        return "has a name that is no word of letters, digits and _"
    return None
