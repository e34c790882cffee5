"""Two WASM modules compared section by section, so that a build that differs says where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import zstandard

MAGIC = b"\0asm\1\0\0\0"
COMPRESSED = bytes([82, 188, 83, 118, 70, 219, 142, 5])
"""Marks compressed code (sp-maybe-compressed-blob 12, ZSTD_PREFIX)."""

_CUSTOM, _CODE = 0, 10
_NAMES = (
    "custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element", "code", "data",
    "data count",
)  # fmt: skip
"""Sections by their ids (WebAssembly core specification, 5.5.2)."""


@dataclass(frozen=True)
class Section:
    """``name``: of its kind, with the name that a custom section has. ``entries``: the bodies of functions in code;
    what another section consists of is not told apart."""

    name: str
    content: bytes
    entries: tuple[bytes, ...] = ()


def plain(code: bytes) -> bytes:
    """A module, out of the compressed form that nodes take if it is in that."""
    return (
        zstandard.ZstdDecompressor().decompressobj().decompress(code[len(COMPRESSED) :])
        if code.startswith(COMPRESSED)
        else code
    )


def sections(module: bytes) -> list[Section]:
    """The sections of a module in their order; raises :class:`ValueError` for what is none."""
    if not module.startswith(MAGIC):
        raise ValueError(f"this is no WASM module: it begins with {module[:8]!r}")
    out, at = [], len(MAGIC)
    while at < len(module):
        kind = module[at]
        size, begin = _number(module, at + 1)
        content = module[begin : begin + size]
        if kind >= len(_NAMES) or len(content) < size:
            raise ValueError(f"this module is cut off or damaged at byte {at}")
        name = _NAMES[kind]
        if kind == _CUSTOM:
            length, start = _number(content, 0)
            name = f"custom {content[start : start + length].decode(errors='replace')!r}"
        out.append(Section(name, content, tuple(_bodies(content)) if kind == _CODE else ()))
        at = begin + size
    return out


def differences(shipped: bytes, built: bytes) -> list[str]:
    """A line for each section in which two modules differ, plain or compressed; none when they are the same code."""
    was, is_ = (_by_name(sections(plain(code))) for code in (shipped, built))
    lines = [f"{name}: only in the shipped one, {len(was[name].content):,} bytes" for name in was if name not in is_]
    lines += [f"{name}: only in the built one, {len(is_[name].content):,} bytes" for name in is_ if name not in was]
    both = [name for name in was if name in is_]
    lines += [f"{name}: {_differing(was[name], is_[name])}" for name in both if was[name].content != is_[name].content]
    if not lines and list(was) != list(is_):
        lines.append("the sections are the same in another order")
    return lines


def _differing(was: Section, is_: Section) -> str:
    sizes = f"{len(was.content):,} bytes shipped, {len(is_.content):,} built"
    pairs = list(zip(was.entries, is_.entries, strict=False))
    other = [number for number, (one, two) in enumerate(pairs) if one != two]
    if was.entries and len(was.entries) != len(is_.entries):
        sizes += f"; {len(was.entries):,} functions shipped, {len(is_.entries):,} built"
    elif other:
        sizes += f"; {len(other):,} of {len(pairs):,} functions, the first is number {other[0]:,} of those with a body"
    else:
        first = next(
            (at for at, (one, two) in enumerate(zip(was.content, is_.content, strict=False)) if one != two),
            min(len(was.content), len(is_.content)),
        )
        sizes += f"; from byte {first:,} of the section on"
    return sizes


def _by_name(found: list[Section]) -> dict[str, Section]:
    """Sections by name; one that comes again, as custom ones may, with its number."""
    out: dict[str, Section] = {}
    seen: Counter[str] = Counter()
    for section in found:
        seen[section.name] += 1
        out[section.name if seen[section.name] == 1 else f"{section.name} #{seen[section.name]}"] = section
    return out


def _bodies(code: bytes) -> Iterator[bytes]:
    count, at = _number(code, 0)
    for _ in range(count):
        size, begin = _number(code, at)
        at = begin + size
        yield code[begin:at]


def _number(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned LEB128 number and the offset after it."""
    result = shift = 0
    while True:
        if at >= len(data):
            raise ValueError(f"this module is cut off at byte {at}")
        byte = data[at]
        at += 1
        result |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            return result, at
