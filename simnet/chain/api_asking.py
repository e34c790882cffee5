"""Functions of runtime APIs by what the metadata says: arguments are encoded, answers decoded, by their types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simnet.chain._closures import whole
from simnet.chain._decoders import Decoders
from simnet.chain.client import RuntimeCalls
from simnet.chain.metadata import NotInRuntimeError
from simnet.chain.rpc import Rpc

PROGRAM = "VersionedXcm"
"""A program comes as its value and its bytes, which can be handed on as they are."""

_TIMEOUT = 60.0
"""Seconds that a node under load may take for an answer."""


class ApiCalls:
    """The APIs of one runtime, where its metadata has them (version 15)."""

    def __init__(self, runtime: RuntimeCalls) -> None:
        self._calls = runtime.calls
        self._functions = runtime.types.metadata.apis or {}
        self._decoders = Decoders(runtime.types.metadata.types, whole=frozenset({PROGRAM}))

    def has(self, function: str) -> bool:
        """Whether the runtime has the function, and its metadata tells its types."""
        return function in self._functions

    def arguments(self, function: str) -> tuple[tuple[str, int], ...]:
        """Names and types of a function's arguments; NotInRuntimeError where it has none such."""
        if function not in self._functions:
            raise NotInRuntimeError(f"the runtime's metadata has no function {function}")
        return self._functions[function].arguments

    def ask(self, rpc: Rpc, function: str, values: Sequence[Any]) -> Any:
        """The answer in the form of journals, but that programs come with their bytes. A value that is bytes is encoded
        already. ``values`` beyond the function's arguments are left away, as of APIs that once took fewer.

        Raises :class:`~simnet.errors.RpcError` when the node does not answer or the runtime traps, InputError for
        values of other types, DecodeError for another answer than the metadata tells.
        """
        pairs = zip(self.arguments(function), values, strict=False)
        data = b"".join(
            value if isinstance(value, bytes) else self._calls.encode(type_id, value) for (_, type_id), value in pairs
        )
        answer = bytes.fromhex(rpc.call("state_call", [function, "0x" + data.hex()], timeout=_TIMEOUT)[2:])
        return whole(self._decoders.of(self._functions[function].answer), answer, function)
