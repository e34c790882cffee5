"""Runtimes that go wrong, rewritten from others: a function goes before exported ones, an import gets another name.

Imports keep their number, and what is new stands behind what is there, so that no index in the code changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import zstandard

from simnet.codec import compact, storage_prefix, u32, vec_bytes
from simnet.runtime.host import RuntimeVersion, embedded_version, wasm_of
from simnet.runtime.host._wasm import COMPRESSED, leb128, read_leb128

_IMPORTS, _FUNCTIONS, _EXPORTS, _CODE = 2, 3, 7, 10
"""Sections."""

_I32, _I64 = 0x7F, 0x7E

LACKING = "ext_rehearsal_that_no_node_has_version_1"
"""A host function."""

_PRINTING = "ext_misc_print_hex_version_1"
"""One that bundled runtimes import, of the type (i64) -> (), and never call."""

_EXECUTING = ("Core_initialize_block", "Core_execute_block")
"""What authors and importers of a block call first; both take where its bytes lie and how many they are."""

Sections = list[tuple[int, bytes]]


def refusing_to_migrate(code: bytes) -> bytes:
    """Code with the next version that traps in any block whose state says that the version before ran last, as one does
    whose ``on_runtime_upgrade`` panics."""
    version = _version(code)
    return _rewritten(_next_version(code, version), _EXECUTING, lambda imports: _trap_after(version, imports))


def with_a_host_function_that_nodes_lack(code: bytes) -> bytes:
    """Code with the next version that imports one, and calls it for each block and, a parachain's, each candidate."""
    sections = _sections(wasm_of(code))
    renamed = _importing_it(sections)
    exported = [name for name, _ in _exports(dict(sections)[_EXPORTS])]
    calling = [name for name in (*_EXECUTING, "validate_block") if name in exported]
    return _rewritten(
        _next_version(renamed, _version(code)), calling, lambda imports: b"\x42\0" + _call(imports[LACKING])
    )


def importing_a_host_function_that_nodes_lack(code: bytes) -> bytes:
    """Code with the next version that imports one and never calls it."""
    return _next_version(_importing_it(_sections(wasm_of(code))), _version(code))


def _importing_it(sections: Sections) -> bytes:
    return _packed([(kind, _renamed(content) if kind == _IMPORTS else content) for kind, content in sections])


def of_the_next_version(code: bytes) -> bytes:
    """Code that does the same under the next version."""
    return _next_version(code, _version(code))


def _version(code: bytes) -> RuntimeVersion:
    version = embedded_version(code)
    assert version is not None
    return version


def _next_version(code: bytes, version: RuntimeVersion) -> bytes:
    """Code that carries the next version, and says so when it is asked."""
    before = _until_version(version)
    wasm, section = wasm_of(code), b"runtime_version"
    head, found, rest = wasm.partition(section + before + u32(version.spec_version))
    assert found
    code = head + section + before + u32(version.spec_version + 1) + rest
    at = leb128(len(before))
    answer = b"\xa7" + b"\x41" + _signed(version.spec_version + 1) + b"\x36\0" + at
    return _rewritten(code, ("Core_version",), lambda _: b"", after=b"\x21\2\x20\2" + answer + b"\x20\2")


def _until_version(version: RuntimeVersion) -> bytes:
    """The SCALE of a runtime's version as far as ``spec_version``."""
    names = vec_bytes(version.spec_name.encode()) + vec_bytes(version.impl_name.encode())
    return names + u32(version.authoring_version)


def _trap_after(version: RuntimeVersion, imports: dict[str, int]) -> bytes:
    """Traps where System.LastRuntimeUpgrade has this version."""
    key = storage_prefix("System", "LastRuntimeUpgrade")
    body = b"\x41" + _signed(len(key)) + _call(imports["ext_allocator_malloc_version_1"]) + b"\x21\3"
    for at in range(0, len(key), 8):
        word = int.from_bytes(key[at : at + 8], "little", signed=True)
        body += b"\x20\3\x42" + _signed(word) + b"\x37\0" + leb128(at)  # i64.store
    body += b"\x20\3\xad\x42" + _signed(len(key) << 32) + b"\x84"  # where it lies, and above that its length
    body += _call(imports["ext_storage_get_version_1"]) + b"\xa7\x21\3"
    last = compact(version.spec_version)
    stored = b"\1" + bytes([len(last + vec_bytes(version.spec_name.encode())) << 2]) + last
    body += b"\x41\1"
    for at, byte in enumerate(stored):
        body += b"\x20\3\x2d\0" + leb128(at) + b"\x41" + _signed(byte) + b"\x46\x71"  # i32.load8_u, i32.eq, i32.and
    return body + b"\x04\x40\0\x0b"  # if unreachable end


def _rewritten(
    code: bytes, exports: Sequence[str], before: Callable[[dict[str, int]], bytes], after: bytes = b""
) -> bytes:
    """Code whose exported functions of the type (i32, i32) -> i64 begin with more instructions, made from the numbers
    of imported functions, and end with others. Those have an i64 as local 2, and an i32 as local 3."""
    parts = dict(_sections(wasm_of(code)))
    functions = _imported(parts[_IMPORTS])
    imports = {name: number for number, name in enumerate(functions)}
    for name in exports:
        original = _exported(parts[_EXPORTS], name)
        kinds, count, _ = _items(parts[_FUNCTIONS], lambda data, at: read_leb128(data, at)[1])
        number = len(functions) + count
        parts[_FUNCTIONS] = _with(parts[_FUNCTIONS], kinds[original - len(functions)])
        locals_ = bytes([2, 1, _I64, 1, _I32])
        body = locals_ + before(imports) + b"\x20\0\x20\1" + _call(original) + after + b"\x0b"
        parts[_CODE] = _with(parts[_CODE], leb128(len(body)) + body)
        parts[_EXPORTS] = _redirected(parts[_EXPORTS], name, original, number)
    return _packed([(kind, parts[kind] if kind else content) for kind, content in _sections(wasm_of(code))])


def _sections(wasm: bytes) -> Sections:
    found, offset = [], 8
    while offset < len(wasm):
        size, start = read_leb128(wasm, offset + 1)
        found.append((wasm[offset], wasm[start : start + size]))
        offset = start + size
    return found


def _packed(sections: Sections) -> bytes:
    wasm = b"\0asm\1\0\0\0" + b"".join(bytes([kind]) + leb128(len(data)) + data for kind, data in sections)
    return COMPRESSED + zstandard.compress(wasm)


def _items(content: bytes, skip: Callable[[bytes, int], int]) -> tuple[list[bytes], int, int]:
    """A section's items, how many they are, and where the first begins."""
    count, first = read_leb128(content, 0)
    items, offset = [], first
    for _ in range(count):
        end = skip(content, offset)
        items.append(content[offset:end])
        offset = end
    return items, count, first


def _with(content: bytes, item: bytes) -> bytes:
    count, first = read_leb128(content, 0)
    return leb128(count + 1) + content[first:] + item


def _name(data: bytes, at: int) -> tuple[bytes, int]:
    size, start = read_leb128(data, at)
    return data[start : start + size], start + size


def _after_import(data: bytes, at: int) -> int:
    """Behind an import, which is a function or a memory with or without a limit."""
    at = _name(data, _name(data, at)[1])[1]
    kind, at = data[at], at + 1
    if kind == 0:
        return read_leb128(data, at)[1]
    assert kind == 2
    limited, at = data[at], at + 1
    at = read_leb128(data, at)[1]
    return read_leb128(data, at)[1] if limited else at


def _imported(content: bytes) -> list[str]:
    """Names of imported functions, by their numbers."""
    names = []
    for item in _items(content, _after_import)[0]:
        name, end = _name(item, _name(item, 0)[1])
        names += [name.decode()] if item[end] == 0 else []
    return names


def _renamed(content: bytes) -> bytes:
    assert content.count(_PRINTING.encode()) == 1
    old, new = (leb128(len(name)) + name.encode() for name in (_PRINTING, LACKING))
    return content.replace(old, new)


def _export(name: str, number: int) -> bytes:
    return leb128(len(name)) + name.encode() + b"\0" + leb128(number)


def _exported(content: bytes, name: str) -> int:
    return next(number for found, number in _exports(content) if found == name)


def _exports(content: bytes) -> Iterator[tuple[str, int]]:
    count, offset = read_leb128(content, 0)
    for _ in range(count):
        name, offset = _name(content, offset)
        number, end = read_leb128(content, offset + 1)
        if content[offset] == 0:
            yield name.decode(), number
        offset = end


def _redirected(content: bytes, name: str, before: int, after: int) -> bytes:
    assert content.count(_export(name, before)) == 1
    return content.replace(_export(name, before), _export(name, after))


def _call(function: int) -> bytes:
    return b"\x10" + leb128(function)


def _signed(value: int) -> bytes:
    """A signed number as WASM writes it."""
    out = bytearray()
    while True:
        byte, value = value & 0x7F, value >> 7
        if (value, byte & 0x40) in ((0, 0), (-1, 0x40)):
            return bytes([*out, byte])
        out.append(byte | 0x80)
