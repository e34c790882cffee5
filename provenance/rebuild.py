"""Builds the WASM that simnet ships again, from its locks, and compares: ``python -m provenance.rebuild [NAME...]``.

Without names all of it, which takes hours: native some minutes, penpal a quarter of an hour, westend an hour of CPU.
Exit code 0: the same to the last byte. 1: it differs, and each section that does is named. 3: a build failed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from provenance.sections import differences

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Artefact:
    """Something shipped: where it lies, and the command that builds it into the folder that is its last argument."""

    name: str
    shipped: Path
    build: tuple[str, ...]


def artefacts() -> dict[str, Artefact]:
    """All that is shipped as WASM, as the ``SHA256SUMS`` beside it name it, the quickest first."""
    host, bundled = ROOT / "simnet/runtime/host", ROOT / "simnet/runtime/bundled"
    native = Artefact("native", host / "native.wasm", (str(ROOT / "native/build.sh"),))
    files = [bundled / line.split()[1] for line in (bundled / "SHA256SUMS").read_text().splitlines()]
    names = sorted((file.name.partition(".")[0], file) for file in files)
    runtimes = [Artefact(name, file, (str(ROOT / "runtimes/build.sh"), name)) for name, file in names]
    return {one.name: one for one in (native, *sorted(runtimes, key=lambda one: one.name != "penpal"))}


def compared(shipped: bytes, built: bytes) -> list[str]:
    """What differs, a line each; none when the bytes are the same."""
    if shipped == built:
        return []
    return differences(shipped, built) or ["the same code to the last byte, compressed by another version of zstd"]


def rebuilt(artefact: Artefact) -> list[str]:
    """Builds it in a folder of its own and says what differs from what is shipped."""
    with tempfile.TemporaryDirectory(prefix="simnet-rebuild-") as folder:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # this Python has zstandard
        subprocess.run([*artefact.build, folder], check=True, env={**os.environ, "PATH": path})
        built = (Path(folder) / artefact.shipped.name).read_bytes()
    digest = hashlib.sha256(built).hexdigest()
    lines = compared(artefact.shipped.read_bytes(), built)
    print(f"{artefact.name}: {'differs from' if lines else 'the same as'} what is shipped; built {digest}")
    for line in lines:
        print(f"  {line}")
    return lines


def main(names: list[str]) -> int:
    known = artefacts()
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"nothing shipped is called {', '.join(unknown)}; known are {', '.join(known)}", file=sys.stderr)
        return 2
    try:
        return int(any([rebuilt(known[name]) for name in names or known]))  # noqa: C419 - all are built
    except subprocess.CalledProcessError as error:
        print(f"the build failed: {error}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
