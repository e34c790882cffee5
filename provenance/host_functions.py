"""Since which node release each host function exists, read in the sources of published crates.

    python -m provenance.host_functions        writes simnet/runtime/diff/host_functions.csv and its SHA256SUMS

A release of the node is a version of ``polkadot-cli``. Its manifest names ``polkadot-node-primitives``, whose
``NODE_VERSION`` is what `polkadot --version` says, and ``sp-io``, which declares the host functions, or ``sp-runtime``,
whose manifest does. Of ranges the lowest version is taken, which came out with the release. Versions of ``sp-io`` from
before ``polkadot-cli`` was published tell which function came when, and of no release. The size of a proof is declared
by a crate of its own and offered by nodes of parachains; that crate is of the release whose ``sp-io`` takes the same
``sp-runtime-interface``.

Crates come through cargo, which downloads each once and compares its checksum. Functions that only a feature of the
crate brings are left out: nodes are published without them.
"""

from __future__ import annotations

import csv
import hashlib
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from functools import cache
from pathlib import Path

TABLE = Path(__file__).parents[1] / "simnet/runtime/diff/host_functions.csv"

EARLIER = ("2.0.0", "3.0.0", "4.0.0", "5.0.0", "6.0.0", "7.0.0", "23.0.0")
"""Versions of ``sp-io`` without a published node, the oldest first."""

RELEASES = (
    *("4.0.0", "5.0.0", "6.0.0", "7.0.0", "8.0.0", "9.0.0", "10.0.0", "11.0.0", "12.0.0", "13.0.0", "14.0.0", "17.0.0"),
    *("19.0.0", "21.0.0", "23.0.0", "25.0.0", "26.0.0", "28.0.0", "31.0.0", "32.0.0", "36.0.0", "39.0.0", "41.0.0"),
)
"""Versions of ``polkadot-cli``; of several with one node version the first."""

PROOF_SIZE = "cumulus-primitives-proof-size-hostfunction", "0.1.0"
"""The crate and its first version."""

_TRAIT = re.compile(
    r"^#\[runtime_interface[^\]]*\]\n(?:(?:#\[|//)[^\n]*\n)*(?:pub )?trait (?P<name>\w+) \{\n(?P<body>.*?)^\}",
    re.MULTILINE | re.DOTALL,
)
_FUNCTION = re.compile(r"(?P<marks>(?:^\t(?:#\[|//)[^\n]*\n)*)^\tfn (?P<name>\w+)", re.MULTILINE)
_VERSION = re.compile(r"#\[version\((\d+)")
_NODE = re.compile(r'const NODE_VERSION: &\'static str = "([^"]+)"')


@dataclass(frozen=True)
class Crate:
    """A published version of a crate, where cargo unpacked it; ``sha256`` is that of the file as it was published."""

    name: str
    version: str
    folder: Path
    sha256: str

    def needs(self, *others: str) -> str:
        """The lowest version that it takes of the first of these crates that it names; KeyError if it names none."""
        named = tomllib.loads((self.folder / "Cargo.toml").read_text(encoding="utf-8"))["dependencies"]
        found = named[next((one for one in others if one in named), others[-1])]
        return (found if isinstance(found, str) else str(found["version"])).lstrip("^=~")

    def source(self) -> str:
        return (self.folder / "src/lib.rs").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Release:
    """What declares host functions, and the version of the first node that has it; None where nothing tells of one."""

    interface: Crate
    node: str | None


@dataclass(frozen=True)
class Row:
    """A host function: the crate that declares it from a version on, the node release from which it exists, the last
    one if later ones have it not, and which nodes offer it."""

    function: str
    crate: str
    version: str
    sha256: str
    since: str
    until: str
    offered_by: str


@cache
def crate(name: str, version: str) -> Crate:
    """A crate, through cargo, which keeps it in a folder of its own."""
    subprocess.run(["cargo", "info", "--quiet", f"{name}@{version}"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo")) / "registry"
    [folder] = (home / "src").glob(f"*/{name}-{version}")
    [packed] = (home / "cache").glob(f"*/{name}-{version}.crate")
    return Crate(name, version, folder, hashlib.sha256(packed.read_bytes()).hexdigest())


def functions(source: str) -> list[str]:
    """The host functions that a source declares with ``#[runtime_interface]``, by the names that runtimes import."""
    found = []
    for trait in _TRAIT.finditer(source):
        group = re.sub(r"(?<!^)(?=[A-Z])", "_", trait["name"]).lower()
        for one in _FUNCTION.finditer(trait["body"]):
            if "#[cfg(" not in one["marks"]:
                version = _VERSION.search(one["marks"])
                found.append(f"ext_{group}_{one['name']}_version_{version[1] if version else 1}")
    return found


def release(cli: str) -> Release:
    """What a version of ``polkadot-cli`` is made of."""
    node = crate("polkadot-cli", cli)
    told = _NODE.search(crate("polkadot-node-primitives", node.needs("polkadot-node-primitives")).source())
    if told is None:
        raise ValueError(f"polkadot-cli {cli}: polkadot-node-primitives tells no NODE_VERSION")
    try:
        version = node.needs("sp-io")
    except KeyError:
        version = crate("sp-runtime", node.needs("sp-runtime")).needs("sp-io")
    return Release(crate("sp-io", version), told[1])


def releases() -> list[Release]:
    """All that is looked at, the oldest first."""
    known = sorted(map(release, RELEASES), key=lambda one: [int(part) for part in (one.node or "").split(".")])
    return [*(Release(crate("sp-io", one), None) for one in EARLIER), *known]


def rows(known: Sequence[Release]) -> Iterator[Row]:
    """A row for each function that these declare."""
    have = [(one, set(functions(one.interface.source()))) for one in known]
    oldest = next(one.node for one in known if one.node is not None)
    for name in sorted(set().union(*(found for _, found in have))):
        having = [one for one, found in have if name in found]
        last = having[-1]
        until = "" if last is known[-1] else last.node or f"before {oldest}"
        since = having[0].node or (f"{oldest} or earlier" if last.node else f"before {oldest}")
        yield _row(name, having[0].interface, since, until, "all nodes")


def proof_size(known: Sequence[Release]) -> Iterator[Row]:
    """A row for the function that tells the size of a proof."""
    declared = crate(*PROOF_SIZE)
    wanted = declared.needs("sp-runtime-interface")
    node = next(one.node for one in known if one.node and one.interface.needs("sp-runtime-interface") == wanted)
    for name in functions(declared.source()):
        yield _row(name, declared, node, "", "nodes of parachains")


def _row(name: str, origin: Crate, since: str, until: str, offered_by: str) -> Row:
    return Row(name, origin.name, origin.version, origin.sha256, since, until, offered_by)


def main() -> None:
    known = releases()
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in fields(Row))
        writer.writerows(map(astuple, (*rows(known), *proof_size(known))))
    digest = hashlib.sha256(TABLE.read_bytes()).hexdigest()
    (TABLE.parent / "SHA256SUMS").write_text(f"{digest}  {TABLE.name}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
