"""WAT that joins a runtime to `native.wasm`: arguments are copied between the two memories, and no call leaves WASM."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wasmtime import FuncType

from simnet.runtime.host._functions import HOST_FUNCTIONS, ArgumentKind, ByteSpan, HostFunction, Number, Out, Pointer


@dataclass(frozen=True)
class Areas:
    """Addresses in native memory: where arguments go when they fit, and where `read` functions say what to copy out."""

    scratch: int
    scratch_size: int
    out: int


@dataclass(frozen=True)
class Signature:
    """A WASM function type in WAT's words."""

    params: tuple[str, ...]
    results: tuple[str, ...]

    def wat(self, *, named: bool = False) -> str:
        """``(param ...) (result ...)``; named parameters are $0, $1 and so on."""
        params = "".join(f" (param{f' ${i}' if named else ''} {kind})" for i, kind in enumerate(self.params))
        return params + "".join(f" (result {kind})" for kind in self.results)


def signature_of(kind: FuncType) -> Signature:
    """The type of a compiled function."""
    return Signature(tuple(str(t) for t in kind.params), tuple(str(t) for t in kind.results))


def _wasm_type(kind: ArgumentKind) -> str:
    match kind:
        case ByteSpan() | Out():
            return "i64"
        case Pointer():
            return "i32"
        case Number(bits):
            return f"i{bits}"


def signature(function: HostFunction) -> Signature:
    """The type with which a runtime imports the function."""
    results = () if function.result is None else (_wasm_type(function.result),)
    return Signature(tuple(_wasm_type(kind) for kind in function.arguments), results)


def _native_signature(function: HostFunction) -> Signature:
    params: list[str] = []
    for kind in function.arguments:
        match kind:
            case ByteSpan():
                params += ["i32", "i32"]
            case Out():
                pass
            case _:
                params.append(_wasm_type(kind))
    return Signature(tuple(params), signature(function).results)


def _low(local: str) -> str:
    return f"(i32.wrap_i64 (local.get {local}))"


def _high(local: str) -> str:
    return f"(i32.wrap_i64 (i64.shr_u (local.get {local}) (i64.const 32)))"


def _copied(function: HostFunction) -> dict[int, tuple[str, str]]:
    """Source pointer and length of each argument that is bytes, by its index."""
    copied: dict[int, tuple[str, str]] = {}
    for i, kind in enumerate(function.arguments):
        if isinstance(kind, ByteSpan):
            copied[i] = (_low(f"${i}"), _high(f"${i}"))
        elif isinstance(kind, Pointer):
            copied[i] = (f"(local.get ${i})", f"(i32.const {kind.size})")
    return copied


def _call(name: str, function: HostFunction) -> str:
    arguments: list[str] = []
    for i, kind in enumerate(function.arguments):
        match kind:
            case ByteSpan():
                arguments += [f"(local.get $at{i})", _high(f"${i}")]
            case Pointer():
                arguments.append(f"(local.get $at{i})")
            case Number():
                arguments.append(f"(local.get ${i})")
            case Out():
                pass
    return f"(call $native_{name} {' '.join(arguments)})"


def _fill(local: str, areas: Areas) -> str:
    """Writes what native left in its out area into the runtime's buffer."""
    return f"""
  (local.set $size (i32.load $native (i32.const {areas.out + 4})))
  (if (i32.gt_u (local.get $size) {_high(local)}) (then (local.set $size {_high(local)})))
  (memory.copy $runtime $native {_low(local)} (i32.load $native (i32.const {areas.out})) (local.get $size))"""


def _give(result: ByteSpan | Pointer | Number | None) -> str:
    """Brings the native result in $span, $pointer or on the stack to the runtime."""
    match result:
        case ByteSpan():
            return f"""
  (local.set $size {_high("$span")})
  (local.set $to (call $malloc (local.get $size)))
  (memory.copy $runtime $native (local.get $to) {_low("$span")} (local.get $size))
  (i64.or (i64.extend_i32_u (local.get $to)) (i64.shl (i64.extend_i32_u (local.get $size)) (i64.const 32)))"""
        case Pointer(size):
            return f"""
  (local.set $to (call $malloc (i32.const {size})))
  (memory.copy $runtime $native (local.get $to) (local.get $pointer) (i32.const {size}))
  (local.get $to)"""
        case _:
            return ""


def _function(name: str, function: HostFunction, areas: Areas) -> str:
    copied = _copied(function)
    lines = [f'(func (export "{name}"){signature(function).wat(named=True)}']
    lines += [f"  (local $at{i} i32)" for i in copied]
    lines += ["  (local $span i64) (local $pointer i32) (local $size i32) (local $to i32)"]
    if copied:
        total = "(i32.const 0)"
        for _, length in copied.values():
            total = f"(i32.add {total} {length})"
        lines.append(f"  (local.set $to (call $place {total}))")
    for i, (source, length) in copied.items():
        lines.append(f"  (local.set $at{i} (local.get $to))")
        lines.append(f"  (memory.copy $native $runtime (local.get $to) {source} {length})")
        lines.append(f"  (local.set $to (i32.add (local.get $to) {length}))")
    call = _call(name, function)
    match function.result:
        case ByteSpan():
            call = f"(local.set $span {call})"
        case Pointer():
            call = f"(local.set $pointer {call})"
    out = [_fill(f"${i}", areas) for i, kind in enumerate(function.arguments) if isinstance(kind, Out)]
    return "\n".join([*lines, f"  {call}", *out, _give(function.result), ")"])


def _missing(index: int, name: str, kind: Signature) -> str:
    return f'(func (export "{name}"){kind.wat()} (global.set $missing (i32.const {index})) unreachable)'


def _native_imports(names: Iterable[str]) -> str:
    return "\n".join(
        f'(import "native" "{name}" (func $native_{name}{_native_signature(HOST_FUNCTIONS[name]).wat()}))'
        for name in names
    )


def glue(wanted: Mapping[str, Signature], areas: Areas) -> str:
    """The module that exports what a runtime imports, except its memory and allocator.

    A function that is not in the table, or there with another type, sets the exported global ``missing`` to its place
    in ``wanted`` and traps.
    """
    known = [n for n, kind in wanted.items() if n in HOST_FUNCTIONS and signature(HOST_FUNCTIONS[n]) == kind]
    functions = [
        _function(name, HOST_FUNCTIONS[name], areas) if name in known else _missing(index, name, kind)
        for index, (name, kind) in enumerate(wanted.items())
    ]
    return f"""(module
(import "runtime" "memory" (memory $runtime 0))
(import "native" "memory" (memory $native 0))
(import "allocator" "malloc" (func $malloc (param i32) (result i32)))
(import "native" "large" (func $large (param i32) (result i32)))
{_native_imports(known)}
(global $missing (export "missing") (mut i32) (i32.const -1))
(func $place (param $size i32) (result i32)
  (if (result i32) (i32.le_u (local.get $size) (i32.const {areas.scratch_size}))
    (then (i32.const {areas.scratch}))
    (else (call $large (local.get $size)))))
{chr(10).join(functions)}
)"""
