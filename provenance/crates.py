"""The locks of what is built with cargo: ``crates.lock`` is a ``Cargo.lock`` that names no registry.

A crate is pinned by name, version and checksum, and by what it depends on. The registry is the one that cargo uses
where it is built: cargo itself says what that is called, and refuses a crate whose content has another checksum.

    python -m provenance.crates keep native        writes native/crates.lock from native/Cargo.lock
    python -m provenance.crates lay native         writes native/Cargo.lock from native/crates.lock
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

_PACKAGE = re.compile(r'\[\[package\]\]\nname = "(?P<name>[^"]+)"\nversion = "(?P<version>[^"]+)"\n')
_SOURCE = re.compile(r'^source = "(?P<source>[^"]+)"\n', flags=re.MULTILINE)
_CHECKSUM = re.compile(r'(?P<before>^version = "[^"]+"\n)(?=checksum = )', flags=re.MULTILINE)


def without_source(lock: str) -> str:
    """A ``Cargo.lock`` without the registry's name; raises :class:`ValueError` for crates from more than one place, or
    from one that has no checksums, such as a git repository."""
    sources = sorted(set(_SOURCE.findall(lock)))
    if len(sources) != 1 or len(_SOURCE.findall(lock)) != lock.count("\nchecksum = "):
        raise ValueError(f"a lock is kept of crates from one registry, each with its checksum; this one has {sources}")
    return _SOURCE.sub("", lock)


def with_source(lock: str, source: str) -> str:
    """The ``Cargo.lock`` of a kept one, with every crate that has a checksum from ``source``."""
    return _CHECKSUM.sub(lambda found: f'{found["before"]}source = "{source}"\n', lock)


def source_here(lock: str) -> str:
    """What cargo calls the registry that it uses here, found by having it lock one crate of the kept lock."""
    name, version = _a_crate(lock)
    with tempfile.TemporaryDirectory(prefix="simnet-crates-") as folder:
        manifest = Path(folder) / "Cargo.toml"
        manifest.write_text(
            f'[package]\nname = "asking"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n{name} = "={version}"\n'
        )
        (Path(folder) / "src").mkdir()
        (Path(folder) / "src" / "lib.rs").touch()
        subprocess.run(["cargo", "generate-lockfile", "--quiet", "--manifest-path", str(manifest)], check=True)
        found = _SOURCE.search((Path(folder) / "Cargo.lock").read_text(encoding="utf-8"))
    assert found is not None
    return found["source"]


def _a_crate(lock: str) -> tuple[str, str]:
    """A crate without dependencies, so that asking for it asks for nothing else."""
    for block in lock.split("\n\n"):
        found = _PACKAGE.match(block + "\n")
        if found is not None and "checksum = " in block and "dependencies = " not in block:
            return found["name"], found["version"]
    raise ValueError("this lock has no crate of a registry without dependencies")


def main(arguments: list[str]) -> None:
    verb, folder = arguments
    cargos, kept = Path(folder) / "Cargo.lock", Path(folder) / "crates.lock"
    if verb == "keep":
        kept.write_text(without_source(cargos.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        lock = kept.read_text(encoding="utf-8")
        cargos.write_text(with_source(lock, source_here(lock)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
