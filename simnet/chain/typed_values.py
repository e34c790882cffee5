"""Values of a runtime's types in both directions: from what people write to bytes, and from bytes to plain values.

One pair of compilers serves all who ask the same runtime. :mod:`simnet.chain._encoders` lists what people may write,
:mod:`simnet.chain._decoders` what comes out; structs come as :class:`~simnet.journal.Struct`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from simnet.chain import _type_registry as registry
from simnet.chain._closures import part, whole
from simnet.chain._decoders import Decoders
from simnet.chain._encoding import EncodeError, inside, record
from simnet.chain.calls import encoders_of
from simnet.chain.metadata import Metadata
from simnet.chain.writing import Writing
from simnet.errors import InputError
from simnet.journal import as_structs


class TypedValues:
    """Encoders and decoders of one runtime, each compiled when it is first needed; :func:`typed_values` gives them."""

    def __init__(self, metadata: Metadata, writing: Writing | None = None) -> None:
        self._types = metadata.types
        self._encoders = encoders_of(metadata, writing)
        self._decoders = Decoders(metadata.types)

    def type_name(self, type_id: int) -> str:
        """A type as Rust writes it, for messages."""
        return registry.type_name(self._types, type_id)

    def encode(self, type_id: int, value: Any, what: str) -> bytes:
        """A value's bytes; InputError that leads from ``what`` to the part that is wrong."""
        try:
            return inside(what, self._encoders.of(type_id), value)
        except RecursionError:
            raise EncodeError("it is nested too deep to encode", (what,)) from None

    def decode(self, type_id: int, data: bytes, what: str) -> Any:
        """The value that all of the data is; DecodeError with ``what`` in its path for other data."""
        return as_structs(whole(self._decoders.of(type_id), data, what))

    def decode_part(self, type_id: int, data: bytes, offset: int, what: str) -> tuple[Any, int]:
        """The value at an offset, and the offset after it."""
        value, end = part(self._decoders.of(type_id), data, offset, what)
        return as_structs(value), end

    def plain(self, type_id: int, value: Any, what: str) -> Any:
        """A value in any of its forms as the one that decoders give; InputError for none of that type."""
        return self.decode(type_id, self.encode(type_id, value, what), what)

    def arguments(
        self, fields: Sequence[tuple[str, int]], given: Sequence[Any], named: Mapping[str, Any], what: str
    ) -> bytes:
        """Arguments one after the other, given in their order or by their names, not both."""
        if given and named:
            raise InputError(f"{what} is given some arguments by their order and some by name; write either")
        if not named and len(given) != len(fields):
            listed = ", ".join(f"{name}: {self.type_name(kind)}" for name, kind in fields) or "none"
            raise InputError(f"{what} takes {len(fields)} arguments ({listed}), given were {len(given)}")
        encoders = [(name, self._encoders.of(kind)) for name, kind in fields]
        values: Mapping[str, Any] | list[Any] = named or list(given)
        return inside(what, record(encoders, "it", "argument"), values)


@lru_cache(maxsize=16)
def typed_values(metadata: Metadata, writing: Writing | None = None) -> TypedValues:
    """Those of a runtime's metadata, which take what ``writing`` says besides."""
    return TypedValues(metadata, writing)
