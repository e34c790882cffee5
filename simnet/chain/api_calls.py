"""Functions of runtime APIs by the names and arguments that people write: ``DryRunApi.dry_run_call``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simnet.chain._type_registry import ApiFunction
from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.chain.typed_values import typed_values
from simnet.chain.writing import Writing
from simnet.errors import InputError
from simnet.network.topology import nearest


@dataclass(frozen=True)
class ApiCall:
    """A function of a runtime API with its arguments, to be asked of any block that has this runtime."""

    metadata: Metadata
    api: str
    function: str
    arguments: bytes
    """Encoded, one after the other."""

    @property
    def name(self) -> str:
        """``Api.function``."""
        return f"{self.api}.{self.function}"

    @property
    def exported(self) -> str:
        """The name by which ``state_call`` takes it."""
        return f"{self.api}_{self.function}"

    def answer(self, data: bytes) -> Any:
        """What it answered; DecodeError for other bytes."""
        known = self.metadata.apis or {}
        return typed_values(self.metadata).decode(known[self.exported].answer, data, self.name)


def api_call(
    metadata: Metadata,
    name: str,
    args: Sequence[Any] = (),
    named: Mapping[str, Any] | None = None,
    writing: Writing | None = None,
) -> ApiCall:
    """A call of ``Api.function``, or of ``Api`` with the function as the first argument.

    Raises NotInRuntimeError, with what was probably meant, where the runtime has no such function or its metadata does
    not tell (version 14), and :class:`InputError` that names the argument which is wrong.
    """
    api, dot, function = name.partition(".")
    if not dot:
        if not args or not isinstance(args[0], str):
            raise InputError(f"{name!r} names no function of an API; write for example Core.version")
        function, args = args[0], args[1:]
    found = api_function(metadata, api, function)
    encoded = typed_values(metadata, writing).arguments(found.arguments, args, named or {}, f"{api}.{function}")
    return ApiCall(metadata, api, function, encoded)


def api_function(metadata: Metadata, api: str, function: str) -> ApiFunction:
    """The types of a function's arguments and answer; NotInRuntimeError, with what was probably meant, where the
    runtime has no such function or its metadata does not tell (version 14)."""
    if metadata.apis is None:
        raise NotInRuntimeError(
            f"the runtime's metadata does not tell its APIs (version 14), so that {api}.{function} cannot be encoded;"
            " ask state_call of a node, network.rpc(node)"
        )
    by_api: dict[str, list[str]] = {}
    for exported in metadata.apis:
        owner, _, inner = exported.partition("_")
        by_api.setdefault(owner, []).append(inner)
    if api not in by_api:
        raise NotInRuntimeError(f"the runtime has no API {api!r}{nearest(api, by_api)}")
    if function not in by_api[api]:
        raise NotInRuntimeError(f"the API {api} has no function {function!r}{nearest(function, by_api[api])}")
    return metadata.apis[f"{api}_{function}"]
