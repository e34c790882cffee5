"""The lock of Python packages: what it pins, and whether it is in step with ``pyproject.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements-lock.txt"

_LINE = re.compile(r"(?P<name>[\w.-]+)==(?P<version>\S+)(?: ; (?P<marker>[^\\]+?))? \\")
_HASH = re.compile(r"    --hash=sha256:(?P<digest>[0-9a-f]{64})(?: \\)?")


@dataclass(frozen=True)
class LockedPackage:
    """One version of a package and the digests of all its files. ``marker``: where it is installed, empty for all."""

    name: str
    version: str
    marker: str
    digests: tuple[str, ...]


def locked(path: Path = LOCK) -> list[LockedPackage]:
    """What a lock pins; raises :class:`ValueError` for a line that pins nothing, and for a package without a digest."""
    found: list[tuple[re.Match[str], list[str]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        package, digest = _LINE.fullmatch(line), _HASH.fullmatch(line)
        if package is not None:
            found.append((package, []))
        elif digest is not None and found:
            found[-1][1].append(digest["digest"])
        elif line and not line.startswith("#"):
            raise ValueError(f"{path.name} has a line that pins nothing: {line!r}")
    packages = [
        LockedPackage(canonicalize_name(one["name"]), one["version"], one["marker"] or "", tuple(digests))
        for one, digests in found
    ]
    for one in packages:
        if not one.digests:
            raise ValueError(f"{path.name} has no digest of {one.name}")
    return packages


def direct(project: Path = ROOT / "pyproject.toml") -> list[Requirement]:
    """What users and developers of simnet need, as its project says: what it is built by, what it runs with, extras."""
    data = tomllib.loads(project.read_text(encoding="utf-8"))
    extras = data["project"]["optional-dependencies"].values()
    texts = [*data["build-system"]["requires"], *data["project"]["dependencies"], *chain.from_iterable(extras)]
    return [Requirement(text) for text in texts]


def unbounded(requirements: list[Requirement]) -> list[str]:
    """Those without a least version, or without one from which on nobody has tried simnet with them."""
    return [str(one) for one in requirements if not {">=", "<"} <= {bound.operator for bound in one.specifier}]


def unlocked(requirements: list[Requirement], packages: list[LockedPackage]) -> list[str]:
    """Requirements that a lock does not meet: it has no version of them, or one out of their bounds."""
    out = []
    for one in requirements:
        versions = [each.version for each in packages if each.name == canonicalize_name(one.name)]
        if not versions:
            out.append(f"the lock has no {one.name}; `make lock` makes it anew")
        out += [
            f"the lock has {one.name} {version}, and {one} is wanted; `make lock` makes it anew"
            for version in versions
            if not one.specifier.contains(version)
        ]
    return out
