"""Runtimes that mean harm, each made in a few lines, and what a process of its own makes of them.

``python -m tests.attack.hostile_runtimes KIND`` looks at all that return, or at ``mutants FIRST COUNT`` of them, and
prints a line of JSON for each: its name, what became of it at genesis and as a candidate's validation code.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import zstandard
from wasmtime import wat2wasm

from simnet.errors import HostError, RuntimeTrap
from simnet.network.topology import Chain, Topology
from simnet.runtime.genesis import GenesisMaker
from simnet.runtime.host import Host

HEAP = '(global (export "__heap_base") i32 (i32.const 1048576))'
MEMORY = f'(import "env" "memory" (memory 17)) {HEAP}'
ENTRY = "(param i32 i32) (result i64)"
COMPRESSED = bytes.fromhex("52bc537646db8e05")
LOOP = "(loop $l (br $l)) (i64.const 0)"
VERSION = b"\x04a\x04b" + bytes(12) + b"\0" + bytes(4) + b"\1"


def module(body: str = "(i64.const 0)", *, head: str = MEMORY, more: str = "") -> bytes:
    """A runtime whose version and validation are one body. ``head`` stands first, as imports must."""
    functions = "".join(
        f'(func (export "{name}") {ENTRY} {body})' for name in ("Core_version", "validate_block")
    )  # fmt: skip
    return bytes(wat2wasm(f"(module {head} {more} {functions})"))


def _hex(data: bytes) -> str:
    return "".join(f"\\{byte:02x}" for byte in data)


def _span(at: int, size: int) -> str:
    return f"(i64.const {at | size << 32})"


def _saying(version: bytes, more: str = "") -> bytes:
    """A runtime that answers its version so."""
    return module(_span(1024, len(version)), more=f'(data (i32.const 1024) "{_hex(version)}") {more}')


def building(preset: bytes, build: str = _span(2048, 1)) -> bytes:
    """One that begins well: its version is one, its preset what is given; ``build`` answers the making of genesis."""
    return _saying(
        VERSION,
        f'(data (i32.const 2048) "\\00") (data (i32.const 2064) "{_hex(preset)}")'
        f'(func (export "GenesisBuilder_get_preset") {ENTRY} {_span(2064, len(preset))})'
        f'(func (export "GenesisBuilder_build_state") {ENTRY} {build})',
    )


def _preset(text: bytes) -> bytes:
    size = len(text) << 2 | 2
    return building(b"\1" + size.to_bytes(4, "little") + text)


def _imports(kind: str, body: str = "(i64.const 0)") -> bytes:
    return module(body, head=f"(import {kind}) {MEMORY}")


def _heap(kind: str) -> bytes:
    return module(head=f'(import "env" "memory" (memory 17)) (global (export "__heap_base") {kind})')


def _bomb(size: int) -> bytes:
    compressor = zstandard.ZstdCompressor().compressobj()
    parts = [compressor.compress(bytes(1 << 20)) for _ in range(size >> 20)]
    return COMPRESSED + b"".join(parts) + compressor.flush()


_SET = '"env" "ext_storage_set_version_1" (func $set (param i64 i64))'
_MALLOC = '"env" "ext_allocator_malloc_version_1" (func $malloc (param i32) (result i32))'
_FREE = '"env" "ext_allocator_free_version_1" (func $free (param i32))'

RETURNING: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "text": lambda: b"(module)",
    "the magic number alone": lambda: b"\0asm",
    "an empty module": lambda: bytes(wat2wasm("(module)")),
    "noise after the header": lambda: b"\0asm\1\0\0\0" + random.Random(5).randbytes(4000),
    "zstd of noise": lambda: COMPRESSED + random.Random(5).randbytes(1000),
    "zstd of 51 MiB": lambda: _bomb(51 << 20),
    "zstd in zstd": lambda: COMPRESSED + zstandard.ZstdCompressor().compress(COMPRESSED),
    "a memory of its own": lambda: module(head=f'(memory (export "memory") 17) {HEAP}'),
    "4 GiB of memory": lambda: module(head=f'(import "env" "memory" (memory 65536)) {HEAP}'),
    "memory of 64 bits": lambda: bytes(wat2wasm(f'(module (import "env" "memory" (memory i64 17)) {HEAP})')),
    "shared memory": lambda: module(head=f'(import "env" "memory" (memory 17 99 shared)) {HEAP}'),
    "two memories": lambda: _imports('"env" "more" (memory 1)'),
    "an imported table": lambda: _imports('"env" "table" (table 1 funcref)'),
    "an imported global": lambda: _imports('"env" "g" (global i32)'),
    "an import of another module": lambda: _imports('"wasi" "exit" (func (param i32))'),
    "v128 in a signature": lambda: _imports('"env" "x" (func (param externref v128) (result funcref))'),
    "a name that is WAT": lambda: _imports('"env" "x\\22)) (func $y" (func)'),
    "a name of control bytes": lambda: _imports('"env" "\\00\\1b[2J" (func $f)', "(call $f) (i64.const 0)"),
    "an unknown host function": lambda: _imports('"env" "ext_no_version_1" (func $f)', "(call $f) (i64.const 0)"),
    "a known one of another type": lambda: _imports('"env" "ext_logging_log_version_1" (func)'),
    "malloc of another type": lambda: _imports('"env" "ext_allocator_malloc_version_1" (func (param i64))'),
    "a heap at 0": lambda: module(
        head=f'(import "env" "memory" (memory 17)) (data (i32.const 4096) "x") {HEAP.replace("1048576", "0")}'
    ),
    "a heap beyond memory": lambda: _heap("i32 (i32.const 2147483647)"),
    "a heap at -1": lambda: _heap("i32 (i32.const -1)"),
    "a heap at an i64": lambda: _heap("i64 (i64.const 1048576)"),
    "a heap at a float": lambda: _heap("f32 (f32.const 1048576)"),
    "a heap that is a function": lambda: module(
        head='(import "env" "memory" (memory 17)) (func (export "__heap_base"))'
    ),
    "no heap": lambda: module(head='(import "env" "memory" (memory 17))'),
    "data at -1": lambda: module(more='(data (i32.const -1) "")'),
    "data beyond memory": lambda: module(more='(data (i32.const 99999999) "abc")'),
    "data in the heap": lambda: module(more='(data (i32.const 1048580) "abc")'),
    "data at a sum": lambda: module(more='(data (i32.add (i32.const 1) (i32.const 1024)) "abc")'),
    "a start that traps": lambda: module(more="(func $s unreachable) (start $s)"),
    "a start that stores": lambda: module(
        head=f"(import {_SET}) {MEMORY}", more=f"(func $s (call $set {_span(0, 1)} {_span(0, 1)})) (start $s)"
    ),
    "a huge table": lambda: module(more="(table 99999999 funcref)"),
    "many exports": lambda: module(
        more=f"(func $f {ENTRY} (i64.const 0))" + "".join(f'(export "f{i}" (func $f))' for i in range(5000))
    ),
    "unreachable": lambda: module("unreachable"),
    "a division by 0": lambda: module("(i64.div_u (i64.const 1) (i64.const 0))"),
    "endless recursion": lambda: module("(call $f) (i64.const 0)", more="(func $f (call $f))"),
    "all memory": lambda: module(
        "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 64)) (i32.const -1)))) unreachable"
    ),
    "a result of 4 GiB": lambda: module("(i64.const -1)"),
    "a result beyond memory": lambda: module(_span(0x7FFF_FFFF, 16)),
    "no result": lambda: module("(i64.const 0)"),
    "malloc of 4 GiB": lambda: _imports(_MALLOC, "(drop (call $malloc (i32.const -1))) (i64.const 0)"),
    "malloc without end": lambda: _imports(
        _MALLOC, "(loop $l (drop (call $malloc (i32.const 33554432))) (br $l)) (i64.const 0)"
    ),
    "free of nothing": lambda: _imports(_FREE, "(call $free (i32.const 64)) (i64.const 0)"),
    "free of -1": lambda: _imports(_FREE, "(call $free (i32.const -1)) (i64.const 0)"),
    "an argument beyond memory": lambda: _imports(
        _SET, f"(call $set {_span(0xFFFF_FFF0, 4096)} {_span(0, 1)}) (i64.const 0)"
    ),
    "arguments of 4 GiB together": lambda: _imports(
        _SET, f"(call $set {_span(0, 1 << 20)} {_span(0, (1 << 32) - (1 << 20) + 64)}) (i64.const 0)"
    ),
    "a transaction too few": lambda: _imports(
        '"env" "ext_storage_commit_transaction_version_1" (func $f)', "(call $f) (i64.const 0)"
    ),
    "a version of many APIs": lambda: _saying(b"\0\0" + bytes(12) + b"\x33" + b"\xff" * 16),
    "a version not in UTF-8": lambda: _saying(b"\x08\xff\xfe\0" + bytes(12) + b"\0" + bytes(5)),
    "a version alone": lambda: _saying(VERSION),
    "a preset that is no JSON": lambda: _preset(b"{x"),
    "a preset that is a list": lambda: _preset(b"[]"),
    "a preset without end": lambda: _preset(b"[" * 10_000),
    "a preset of another shape": lambda: _preset(b'{"configuration": 1, "balances": 2, "paras": 3}'),
    "a preset cut short": lambda: building(b"\1\x28ab"),
    "a genesis of nothing": lambda: building(b"\0", _span(2048, 0)),
    "a genesis refused in escapes": lambda: _saying(
        VERSION,
        f'(data (i32.const 2048) "\\00") (data (i32.const 2064) "\\01\\10\\1b[2J")'
        f'(func (export "GenesisBuilder_get_preset") {ENTRY} {_span(2048, 1)})'
        f'(func (export "GenesisBuilder_build_state") {ENTRY} {_span(2064, 6)})',
    ),
}
"""All are refused where they are looked at; none may end the process."""

LOOPING: dict[str, tuple[Callable[[], bytes], str]] = {
    "a version": (lambda: module(LOOP), "Core_version"),
    "a start": (lambda: module(more="(func $s (loop $l (br $l))) (start $s)"), "instantiation"),
    "a genesis": (lambda: building(b"\0", LOOP), "GenesisBuilder_build_state"),
}
"""What never returns, and the call that must be named."""


def at_genesis(host: Host, file: Path, code: bytes) -> str:
    """What is said of a relay chain with this runtime."""
    file.write_bytes(code)
    made, wrong = GenesisMaker(host).attempt(
        Topology(relay=Chain(id="relay", runtime=None, runtime_file=str(file)), parachains=(), nodes=())
    )
    return "\n".join(map(str, wrong)) if wrong else f"made {sorted(made)}"


def as_candidate(host: Host, code: bytes) -> str:
    """What is said of a candidate with this validation code."""
    try:
        return f"gave {len(host.run(code, 'validate_block', b'x', owners=('parachain 2000',)))} bytes"
    except (HostError, RuntimeTrap) as error:
        return str(error)


def mutants(first: int, count: int) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Runtimes with a few bytes changed; the same for a number."""
    whole = [make for name, make in RETURNING.items() if not name.startswith(("zstd", "many"))]
    for number in range(first, first + count):
        yield f"mutant {number}", partial(_mutant, number, whole)


def _mutant(number: int, whole: list[Callable[[], bytes]]) -> bytes:
    chance = random.Random(number)
    code = bytearray(chance.choice(whole)())
    for _ in range(chance.randint(1, 3) if code else 0):
        code[chance.randrange(len(code))] = chance.randrange(256)
    return bytes(code)


def main() -> None:
    """Looks at what the arguments name, with one host for all."""
    chosen = mutants(int(sys.argv[2]), int(sys.argv[3])) if sys.argv[1] == "mutants" else iter(RETURNING.items())
    host = Host()
    with tempfile.TemporaryDirectory() as folder:
        for name, make in chosen:
            code = make()
            print(json.dumps([name, "begun", ""]), flush=True)
            genesis = at_genesis(host, Path(folder) / "x.wasm", code)
            print(json.dumps([name, genesis, as_candidate(host, code)]), flush=True)
    echo = module("(i64.or (i64.extend_i32_u (local.get 0)) (i64.shl (i64.extend_i32_u (local.get 1)) (i64.const 32)))")
    print(
        json.dumps(["sound", host.state({b"a": b"b"}).root.hex(), host.run(echo, "validate_block", b"same").decode()])
    )


if __name__ == "__main__":
    main()
