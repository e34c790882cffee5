"""Compiled WASM modules: made once, kept on disk for later processes and in memory for this one."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from wasmtime import Config, Engine, Module, WasmtimeError, wat2wasm

from simnet.errors import HostError

_STACK = 2 << 20
"""Bytes of stack for WASM: four times wasmtime's default, a quarter of what a Linux thread has."""

_CONFIG = "1"
"""Name of the settings below in the cache; change it with them."""

_DIGEST = 32

_WORTH_KEEPING = 1 << 16
"""Bytes of WASM from which compilation takes longer than a file is worth."""

_lock = threading.Lock()
_loaded: dict[bytes, Module] = {}


@cache
def engine() -> Engine:
    """The engine of this process. NaNs are canonical, so that results never depend on the machine."""
    config = Config()
    config.cranelift_nan_canonicalization = True
    config.cranelift_opt_level = "speed"
    config.max_wasm_stack = _STACK
    config.wasm_multi_memory = True
    config.wasm_wide_arithmetic = True
    config.wasm_relaxed_simd = False
    # The address of a memory never changes: Python reads and writes through it.
    config.memory_reservation = 1 << 32
    config.memory_may_move = False
    return Engine(config)


def folder() -> Path:
    """Where compiled modules are kept: ``$XDG_CACHE_HOME/simnet/modules``, else under ``~/.cache``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "simnet" / "modules"


def _path(digest: bytes) -> Path:
    return folder() / f"{digest.hex()}-{version('wasmtime')}-{_CONFIG}.cwasm"


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
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".partial")
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.blake2b(code, digest_size=_DIGEST).digest())
            file.write(code)
        Path(name).replace(path)


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
                compiled = Module(engine(), wasm)
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
