"""The bundled WASM runtimes; `runtimes/` in the project's root says how they are built, and under which licences."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from simnet.errors import InputError
from simnet.network.known_tokens import AGAIN
from simnet.network.topology import Chain, Topology, nearest
from simnet.regular_files import RUNTIME, read_regular

_FOLDER = Path(__file__).parent
_SUFFIX = ".compact.compressed.wasm"

_SECTION = b"\0\6\5again"
"""Of a kind that nobody reads: its kind, its size, its name with its size."""

_FRAME = (
    bytes.fromhex("28b52ffd20") + bytes([len(_SECTION)]) + (len(_SECTION) << 3 | 1).to_bytes(3, "little") + _SECTION
)
"""The section as a Zstandard frame of its own, uncompressed (RFC 8878): decompressed, it stands behind the code."""


@cache
def digests() -> dict[str, str]:
    """SHA-256 of each bundled runtime by its short name, as recorded when it was built."""
    lines = (_FOLDER / "SHA256SUMS").read_text().split("\n")
    pairs = [line.split() for line in lines if line.strip()]
    return {name.removesuffix(_SUFFIX): digest for digest, name in pairs}


def runtime_code(chain: Chain) -> bytes:
    """The WASM (compressed as nodes take it) of a chain's runtime.

    ``NAME-again`` is the bundled NAME with another hash. Raises :class:`InputError` for an unknown name, a missing
    file, or a bundled file whose digest is wrong.
    """
    if chain.runtime_file is not None:
        path = Path(chain.runtime_file)
        try:
            return read_regular(path, RUNTIME)
        except OSError as error:
            raise InputError(f"chain {chain.id}: the runtime {path} cannot be read: {error.strerror}") from error
    named = chain.runtime or ""
    name = named.removesuffix(AGAIN)
    if name not in digests():
        raise InputError(f"chain {chain.id}: no bundled runtime {named!r}{nearest(named, digests())}")
    code = (_FOLDER / f"{name}{_SUFFIX}").read_bytes()
    if hashlib.sha256(code).hexdigest() != digests()[name]:
        raise InputError(
            f"the bundled runtime {name} is damaged: its SHA-256 is not the recorded one; install simnet again"
        )
    return code if name == named else code + _FRAME


def runtime_digests(topology: Topology) -> dict[str, str]:
    """SHA-256 of each chain's runtime by chain id, for chains that have one of their own and not a chain spec's."""
    chains = [chain for chain in (topology.relay, *topology.parachains) if chain.spec_file is None]
    return {chain.id: hashlib.sha256(runtime_code(chain)).hexdigest() for chain in chains}
