"""A runtime's version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simnet.codec import DecodeError, read_bytes, read_compact, take
from simnet.errors import printable


@dataclass(frozen=True)
class RuntimeVersion:
    """sp-version's RuntimeVersion. ``apis``: version of each runtime API by the Blake2-64 of its name."""

    spec_name: str
    impl_name: str
    spec_version: int
    impl_version: int
    authoring_version: int
    transaction_version: int
    state_version: int
    apis: Mapping[bytes, int]

    @property
    def trie_layout(self) -> int:
        """Layout of the state's trie, 0 or 1."""
        return min(self.state_version, _LATEST_LAYOUT)

    def __str__(self) -> str:
        """The name as it may be printed: what a runtime calls itself is no more than a claim."""
        return f"{printable(self.spec_name)}-{self.spec_version}"


_LATEST_LAYOUT = 1
"""Of tries, which higher state versions have too (sp-version 47, RuntimeVersion::state_version)."""


def _read_text(encoded: bytes, offset: int) -> tuple[str, int]:
    raw, end = read_bytes(encoded, offset)
    try:
        return raw.decode(), end
    except UnicodeDecodeError:
        raise DecodeError("a name is not UTF-8", offset) from None


def decode_version(encoded: bytes) -> RuntimeVersion:
    """Decodes what ``Core_version`` returns; fields that old runtimes lack are 1 and 0, as in sp-version.

    Raises :class:`DecodeError` for what is no version.
    """
    spec_name, offset = _read_text(encoded, 0)
    impl_name, offset = _read_text(encoded, offset)
    numbers, offset = take(encoded, offset, 12)
    authoring, spec, impl = (int.from_bytes(numbers[i : i + 4], "little") for i in (0, 4, 8))
    count, offset = read_compact(encoded, offset)
    apis: dict[bytes, int] = {}
    for _ in range(count):
        api, offset = take(encoded, offset, 12)
        apis[api[:8]] = int.from_bytes(api[8:], "little")
    rest = encoded[offset:]
    return RuntimeVersion(
        spec_name=spec_name,
        impl_name=impl_name,
        spec_version=spec,
        impl_version=impl,
        authoring_version=authoring,
        transaction_version=int.from_bytes(rest[:4], "little") if len(rest) >= 4 else 1,
        state_version=rest[4] if len(rest) > 4 else 0,
        apis=apis,
    )
