"""Compiled WASM modules, with better builtins: made once, kept on disk for later processes and in memory for this."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from functools import cache

from wasmtime import Config, Engine, Module, WasmtimeError, wat2wasm

from simnet.errors import HostError
from simnet.runtime.host._builtins import fingerprint, with_better_builtins
from simnet.runtime.host._compiled import keep, kept

_SETTINGS: dict[str, bool | int | str] = {
    # NaNs are canonical, so that results never depend on the machine.
    "cranelift_nan_canonicalization": True,
    "cranelift_opt_level": "speed",
    # Bytes of stack for WASM: twice what nodes give a runtime (sc-executor-wasmtime 0.47), since native's frames lie on
    # it too, which are outside of it in nodes. It is a quarter of what a Linux thread has.
    "max_wasm_stack": 2 << 20,
    "wasm_multi_memory": True,
    "wasm_wide_arithmetic": True,
    "wasm_relaxed_simd": False,
    # The address of a memory never changes: Python reads and writes through it.
    "memory_reservation": 1 << 32,
    "memory_may_move": False,
}
"""Of the engine. What is kept on disk goes by them."""

_WORTH_KEEPING = 1 << 16
"""Bytes of WASM from which compilation takes longer than a file is worth."""

_forked = False
"""Whether this process came from another by a fork alone."""


def _after_fork() -> None:
    global _forked  # noqa: PLW0603 - it is the process that has changed
    _forked = True


os.register_at_fork(after_in_child=_after_fork)

_lock = threading.RLock()
"""Preparing one module may need another: native, which reads it."""
_loaded: dict[tuple[bytes, str], Module] = {}
"""By the code's digest and what was done to it."""


@cache
def engine() -> Engine:
    """The engine of this process.

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
    for name, value in _SETTINGS.items():
        setattr(config, name, value)
    return config


def _name(digest: bytes, treatment: str) -> str:
    """What a compiled module is kept as: by the code's digest, what was done to it, the engine's settings, and what is
    put in the place of its builtins."""
    settings = hashlib.sha256(repr(sorted(_SETTINGS.items())).encode()).hexdigest()[:8]
    return f"{digest.hex()}-{treatment}-{settings}-{fingerprint()}"


def _read(name: str) -> Module | None:
    """The kept module; None when there is none or it is damaged."""
    code = kept(name)
    try:
        return None if code is None else Module.deserialize(engine(), code)
    except WasmtimeError:
        return None


def _compiled(wasm: bytes) -> Module:
    if _forked or len(wasm) < _WORTH_KEEPING:
        return Module(engine(), wasm)
    return Module.deserialize(engine(), Module(_many_threads(), wasm).serialize())


MAGIC = b"\0asm"


def module(wasm: bytes) -> Module:
    """The compiled module of simnet's own WASM; raises :class:`HostError` for code that is not valid WASM."""
    return prepared_module(wasm, "own", with_better_builtins)


def prepared_module(wasm: bytes, treatment: str, prepare: Callable[[bytes], bytes]) -> Module:
    """The compiled module of what ``prepare`` makes of code, once: ``treatment`` names what it does, in a file's name.
    Raises what that raises, and :class:`HostError` for code that is not valid WASM."""
    digest = hashlib.sha256(wasm).digest()
    with _lock:
        if (digest, treatment) in _loaded:
            return _loaded[digest, treatment]
        name = _name(digest, treatment)
        compiled = _read(name) if len(wasm) >= _WORTH_KEEPING else None
        if compiled is None:
            if not wasm.startswith(MAGIC):
                raise HostError(f"this code is not WASM: it begins with {wasm[:8]!r}, not with {MAGIC!r}")
            try:
                compiled = _compiled(prepare(wasm))
            except WasmtimeError as error:
                why = " ".join(str(error).split())
                raise HostError(f"this code is not WASM that nodes and simnet can run: {why}") from None
            if len(wasm) >= _WORTH_KEEPING:
                keep(name, bytes(compiled.serialize()))
        _loaded[digest, treatment] = compiled
        return compiled


@cache
def text_module(wat: str) -> Module:
    """The compiled module of WAT text."""
    return module(bytes(wat2wasm(wat)))
