"""One of the two runtimes of a diff: what its code says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simnet.chain.metadata import Metadata
from simnet.codec import DecodeError, blake2_256
from simnet.errors import HostError, HostLimitError, InputError, RuntimeTrap
from simnet.runtime.diff._sources import CodeSource
from simnet.runtime.host import Host, RuntimeVersion, embedded_version, wasm_of


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One of the two runtimes."""

    source: str
    """Where its code was: a bundled runtime, a file, an endpoint."""
    block: str | None
    """Hash of the block in whose state the code was; null of what is no endpoint."""
    code_hash: str
    """BLAKE2b-256 of the code as it is stored, 0x hex."""
    size: int
    """Bytes of the code as it is stored."""
    unpacked: int
    """Bytes of its WASM."""
    spec_name: str
    """Name of the runtime, which an upgrade may not change."""
    spec_version: int
    """Version of what it does, which an upgrade must raise."""
    impl_name: str
    """Name of the implementation."""
    impl_version: int
    """Version of the implementation."""
    authoring_version: int
    """Version of what authors of blocks have to know."""
    transaction_version: int
    """Version of what calls and signed extrinsics look like, which is signed with each."""
    state_version: int
    """Version of how the state is laid out."""
    embedded: bool
    """Whether the code carries its version in a section, by which chains decide whether they take it."""


@dataclass(frozen=True)
class ReadRuntime:
    """A runtime that was run to tell of itself. ``carried``: the version in its code's section."""

    subject: Subject
    metadata: Metadata
    apis: Mapping[bytes, int]
    imports: tuple[str, ...]
    carried: RuntimeVersion | None


def read_runtime(source: CodeSource, host: Host) -> ReadRuntime:
    """Has a runtime tell of itself; raises :class:`InputError` for code that is no WASM, or has no version or no
    metadata that can be read."""
    try:
        runtime = host.runtime(source.code)
        version, metadata = runtime.version, runtime.types.metadata
        carried = embedded_version(source.code)
        unpacked = len(wasm_of(source.code))
    except (HostError, HostLimitError, RuntimeTrap, DecodeError) as error:
        raise InputError(f"{source.name} is no runtime that can be compared: {error}") from error
    subject = Subject(
        source=source.name,
        block=source.block,
        code_hash="0x" + blake2_256(source.code).hex(),
        size=len(source.code),
        unpacked=unpacked,
        spec_name=version.spec_name,
        spec_version=version.spec_version,
        impl_name=version.impl_name,
        impl_version=version.impl_version,
        authoring_version=version.authoring_version,
        transaction_version=version.transaction_version,
        state_version=version.state_version,
        embedded=carried is not None,
    )
    return ReadRuntime(subject, metadata, version.apis, runtime.imports, carried)
