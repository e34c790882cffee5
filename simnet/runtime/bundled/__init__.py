"""The bundled WASM runtimes; `runtimes/` in the project's root says how they are built, and under which licences."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from simnet.errors import InputError
from simnet.network.topology import Chain, Topology, nearest
from simnet.regular_files import RUNTIME, read_regular

_FOLDER = Path(__file__).parent
_SUFFIX = ".compact.compressed.wasm"


@cache
def digests() -> dict[str, str]:
    """SHA-256 of each bundled runtime by its short name, as recorded when it was built."""
    lines = (_FOLDER / "SHA256SUMS").read_text().split("\n")
    pairs = [line.split() for line in lines if line.strip()]
    return {name.removesuffix(_SUFFIX): digest for digest, name in pairs}


def runtime_code(chain: Chain) -> bytes:
    """The WASM (compressed as nodes take it) of a chain's runtime.

    Raises :class:`InputError` for an unknown name, a missing file, or a bundled file whose digest is wrong.
    """
    if chain.runtime_file is not None:
        path = Path(chain.runtime_file)
        try:
            return read_regular(path, RUNTIME)
        except OSError as error:
            raise InputError(f"chain {chain.id}: the runtime {path} cannot be read: {error.strerror}") from error
    name = chain.runtime or ""
    if name not in digests():
        raise InputError(f"chain {chain.id}: no bundled runtime {name!r}{nearest(name, digests())}")
    code = (_FOLDER / f"{name}{_SUFFIX}").read_bytes()
    if hashlib.sha256(code).hexdigest() != digests()[name]:
        raise InputError(
            f"the bundled runtime {name} is damaged: its SHA-256 is not the recorded one; install simnet again"
        )
    return code


def runtime_digests(topology: Topology) -> dict[str, str]:
    """SHA-256 of each chain's runtime by chain id, for chains that have one of their own and not a chain spec's."""
    chains = [chain for chain in (topology.relay, *topology.parachains) if chain.spec_file is None]
    return {chain.id: hashlib.sha256(runtime_code(chain)).hexdigest() for chain in chains}
