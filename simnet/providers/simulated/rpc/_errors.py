"""Error answers as a node gives them."""

from __future__ import annotations

from typing import Any

from simnet.errors import RpcError

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
"""JSON-RPC 2.0, section 5.1."""


class RefusedError(RpcError):
    """A JSON-RPC error answer. ``code`` and ``message`` are a node's own (sc-rpc-api), ``data`` what it adds."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(f"{message}: {data}" if data else message)
        self.code = code
        self.message = message
        self.data = data

    def as_json(self) -> dict[str, Any]:
        """The ``error`` member of an answer."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        return error | ({"data": self.data} if self.data is not None else {})


class InvalidParamsError(RefusedError):
    """Parameters that are not what the method takes."""

    def __init__(self, what: str) -> None:
        super().__init__(INVALID_PARAMS, "Invalid params", what)
