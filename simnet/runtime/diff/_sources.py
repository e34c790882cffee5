"""Where the code of a runtime to compare comes from: a bundled one, a file, a running chain."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from simnet.chain.code_history import CODE_KEY
from simnet.chain.rpc import Rpc, WebSocketRpc
from simnet.codec import storage_prefix
from simnet.errors import InputError, RpcError
from simnet.network.known_tokens import AGAIN
from simnet.network.topology import Chain, nearest
from simnet.regular_files import RUNTIME, read_regular
from simnet.runtime.bundled import digests, runtime_code

_SOCKETS = ("ws://", "wss://")
_CODE_TIMEOUT = 60.0
"""Seconds that an endpoint may take for a code of some megabytes."""


@dataclass(frozen=True)
class CodeSource:
    """A runtime's code as it is stored, compressed or not, and what it is called. Of a chain: the block in whose state
    it was, by hash, and what that state has under ``System.AuthorizedUpgrade``, None for nothing."""

    name: str
    code: bytes
    block: str | None = None
    authorized: bytes | None = None


def code_source(source: str) -> CodeSource:
    """The code that a name, a ``.wasm`` file or an endpoint (``ws://``, ``wss://``: its best block) stands for.

    Raises :class:`InputError` for an unknown name, a file that cannot be read, and an endpoint that does not answer.
    """
    if source.startswith(_SOCKETS):
        return _of_chain(source)
    if "://" in source:
        raise InputError(
            f"{source} is no endpoint that simnet asks: give the one for WebSockets, as ws://127.0.0.1:9944"
        )
    if source.removesuffix(AGAIN) in digests():
        return CodeSource(f"bundled {source}", runtime_code(Chain(id="old or new", runtime=source)))
    if not source:
        raise InputError("an empty text is no bundled runtime, file or endpoint")
    path = Path(source)
    if not path.exists():
        if path.suffix == ".wasm" or path.name != source:
            raise InputError(f"there is no file {source}")
        raise InputError(
            f"{source!r} is no bundled runtime, file or endpoint{nearest(source, digests())}; a file ends in .wasm"
        )
    return CodeSource(source, _read(path))


def _read(path: Path) -> bytes:
    try:
        return read_regular(path, RUNTIME)
    except OSError as error:
        raise InputError(f"the runtime {path} cannot be read: {error.strerror}") from error


def _of_chain(url: str) -> CodeSource:
    try:
        with closing(WebSocketRpc(url)) as rpc:
            best: str = rpc.call("chain_getBlockHash")
            code, authorized = _stored(rpc, CODE_KEY, best), _stored(rpc, _AUTHORIZED, best)
    except (RpcError, ValueError) as error:  # of an address that is none, by the library of WebSockets
        raise InputError(f"the code of {url} cannot be read: {error}") from error
    if code is None:
        raise InputError(f"the best block of {url} has no code in its state; is this a Substrate chain?")
    return CodeSource(url, code, best, authorized)


_AUTHORIZED = "0x" + storage_prefix("System", "AuthorizedUpgrade").hex()


def _stored(rpc: Rpc, key: str, at: str) -> bytes | None:
    """What a block's state has under a key; raises :class:`RpcError` for an answer that is no bytes."""
    answer = rpc.call("state_getStorage", [key, at], _CODE_TIMEOUT)
    if answer is None:
        return None
    try:
        return bytes.fromhex(answer.removeprefix("0x"))
    except (AttributeError, ValueError):
        raise RpcError(f"state_getStorage of {key} answers no bytes, but {str(answer)[:40]!r}") from None
