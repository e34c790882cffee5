"""Compiled WASM modules, with better builtins: made once, kept on disk for later processes and in memory for this."""

from __future__ import annotations

import hashlib
import os
import threading
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from wasmtime import Config, Engine, Module, WasmtimeError, wat2wasm

from simnet.errors import HostError
from simnet.paths import write_private
from simnet.runtime.host._builtins import fingerprint, with_better_builtins

_STACK = 2 << 20
"""Bytes of stack for WASM: four times wasmtime's default, a quarter of what a Linux thread has."""

_CONFIG = "1"
"""Name of the settings below in the cache; change it with them."""

_DIGEST = 32

_WORTH_KEEPING = 1 << 16
"""Bytes of WASM from which compilation takes longer than a file is worth."""

_forked = False
"""Whether this process came from another by a fork alone."""


def _after_fork() -> None:
    global _forked  # noqa: PLW0603 - it is the process that has changed
    _forked = True


os.register_at_fork(after_in_child=_after_fork)

_lock = threading.Lock()
_loaded: dict[bytes, Module] = {}


@cache
def engine() -> Engine:
    """The engine of this process. NaNs are canonical, so that results never depend on the machine.

    It compiles in the thread that asks: the threads of wasmtime's compiler do not survive a fork, after which whoever
    waits for them waits for ever.
    """
    return Engine(_config(parallel=False))


@cache
def _many_threads() -> Engine:
    """An engine that compiles with all cores, for :func:`engine` to load what it made."""
    return Engine(_config(parallel=True))


def _config(*, parallel: bool) -> Config:
    config = Config()
    config.parallel_compilation = parallel
    config.cranelift_nan_canonicalization = True
    config.cranelift_opt_level = "speed"
    config.max_wasm_stack = _STACK
    config.wasm_multi_memory = True
    config.wasm_wide_arithmetic = True
    config.wasm_relaxed_simd = False
    # The address of a memory never changes: Python reads and writes through it.
    config.memory_reservation = 1 << 32
    config.memory_may_move = False
    return config


def _path(digest: bytes) -> Path:
    """Where a compiled module is kept: under ``$XDG_CACHE_HOME/simnet/modules``, else under ``~/.cache``."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "simnet" / "modules"
    return folder / f"{digest.hex()}-{version('wasmtime')}-{_CONFIG}-{fingerprint()}.cwasm"


def _read(path: Path) -> Module | None:
    """The kept module; None when there is none or it is damaged."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    code = content[_DIGEST:]
    if hashlib.blake2b(code, digest_size=_DIGEST).digest() != content[:_DIGEST]:
        return None
    try:
        return Module.deserialize(engine(), code)
    except WasmtimeError:
        return None


def _keep(path: Path, module: Module) -> None:
    """Writes beside the file and moves it there, so that no one reads half of it. A full or read-only disk is fine."""
    code = bytes(module.serialize())
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, hashlib.blake2b(code, digest_size=_DIGEST).digest(), code)


def _compiled(wasm: bytes) -> Module:
    if _forked or len(wasm) < _WORTH_KEEPING:
        return Module(engine(), wasm)
    return Module.deserialize(engine(), Module(_many_threads(), wasm).serialize())


_MAGIC = b"\0asm"


def module(wasm: bytes) -> Module:
    """The compiled module of WASM code; raises :class:`HostError` for code that is not valid WASM."""
    digest = hashlib.sha256(wasm).digest()
    with _lock:
        if digest in _loaded:
            return _loaded[digest]
        path = _path(digest)
        compiled = _read(path)
        if compiled is None:
            if not wasm.startswith(_MAGIC):
                raise HostError(f"this code is not WASM: it begins with {wasm[:8]!r}, not with {_MAGIC!r}")
            try:
                compiled = _compiled(with_better_builtins(wasm))
            except WasmtimeError as error:
                raise HostError(f"this code is not WASM that simnet can run: {error}") from None
            if len(wasm) >= _WORTH_KEEPING:
                _keep(path, compiled)
        _loaded[digest] = compiled
        return compiled


@cache
def text_module(wat: str) -> Module:
    """The compiled module of WAT text."""
    return module(bytes(wat2wasm(wat)))
