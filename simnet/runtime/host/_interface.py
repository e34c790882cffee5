"""What a runtime's module must import and export, and no more: what nodes refuse to instantiate is refused here
(sc-executor-wasmtime 0.47: imports.rs, instance_wrapper.rs)."""

from __future__ import annotations

from wasmtime import FuncType, Limits, MemoryType, Module

from simnet.errors import HostError
from simnet.runtime.host._functions import ALLOCATOR_FUNCTIONS, ALLOCATOR_SIGNATURES, HOST_FUNCTIONS
from simnet.runtime.host._glue import Signature, signature, signature_of

_HOST = "env"
"""The one module whose functions nodes offer."""

_ENTRY_POINT = Signature(("i32", "i32"), ("i64",))
"""Type of every function that a runtime offers: pointer and length of SCALE arguments, span of the SCALE result."""

_MOST = 4096
"""Imports, and exports, that are looked at: runtimes have a hundred, and wasmtime's binding takes the square of their
number to list them."""


def check_imports(module: Module) -> dict[str, Signature]:
    """The functions that a runtime imports beside its allocator's, by name.

    Raises :class:`HostError` for what nodes do not offer. A function that they do not know is none of it: it traps when
    it is called.
    """
    imports = module.imports
    _count("imports", len(imports))
    wanted: dict[str, Signature] = {}
    for item in imports:
        name = item.name or ""
        if item.module != _HOST or not isinstance(item.type, (FuncType, MemoryType)):
            raise HostError(f"it imports {item.module!r}.{name!r}; nodes offer functions of {_HOST} alone")
        if isinstance(item.type, FuncType):
            asked = signature_of(item.type)
            known = _known(name)
            offered = known or wanted.get(name, asked)
            if offered != asked:
                raise HostError(f"it imports {name} as{asked.wat() or ' (func)'}; nodes offer it as{offered.wat()}")
            wanted[name] = asked
    return {name: kind for name, kind in wanted.items() if name not in ALLOCATOR_FUNCTIONS}


def _known(name: str) -> Signature | None:
    if name in ALLOCATOR_SIGNATURES:
        return Signature(*ALLOCATOR_SIGNATURES[name])
    return signature(HOST_FUNCTIONS[name]) if name in HOST_FUNCTIONS else None


def memory_of(module: Module) -> Limits:
    """Limits of the memory that a runtime imports, in pages; raises :class:`HostError` if that is not exactly one."""
    memories = [item.type.limits for item in module.imports if isinstance(item.type, MemoryType)]
    if len(memories) != 1:
        raise HostError("it does not import its memory; build it with --import-memory, as runtimes are")
    return memories[0]


def entry_points(module: Module) -> list[str]:
    """The functions of a runtime that can be called, in the module's order; raises :class:`HostError` for too many."""
    exports = module.exports
    _count("exports", len(exports))
    functions = [(item.name or "", item.type) for item in exports if isinstance(item.type, FuncType)]
    return [name for name, kind in functions if signature_of(kind) == _ENTRY_POINT]


def _count(what: str, found: int) -> None:
    if found > _MOST:
        raise HostError(f"it has {found} {what}; simnet takes no more than {_MOST}")
