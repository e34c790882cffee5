"""An independent state trie in plain Python, after the Polkadot protocol specification's chapter on the state trie."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

INLINE = 32
"""Bytes of the longest value, and one less than the shortest node, that a node keeps in itself."""


def blake2_256(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=32).digest()


def compact(value: int) -> bytes:
    for mode, bits in ((0, 6), (1, 14), (2, 30)):
        if value < 1 << bits:
            return (value << 2 | mode).to_bytes(1 << mode, "little")
    raise ValueError(value)


def _nibbles(key: bytes) -> str:
    return key.hex()


def _head(kind: int, bits: int, length: int) -> bytes:
    """First bytes of a node: its kind in the upper ``8 - bits`` bits, then the length of its partial key."""
    most = (1 << bits) - 1
    if length < most:
        return bytes([kind | length])
    out, rest = [kind | most], length - most
    while rest >= 255:
        out.append(255)
        rest -= 255
    return bytes([*out, rest])


def _packed(nibbles: str) -> bytes:
    return bytes.fromhex(nibbles if len(nibbles) % 2 == 0 else "0" + nibbles)


@dataclass
class Trie:
    """Built whole. ``nodes`` holds every node and every value that is a node of its own, by hash."""

    items: Mapping[bytes, bytes]
    version: int = 1
    hasher: Callable[[bytes], bytes] = blake2_256
    nodes: dict[bytes, bytes] = field(default_factory=dict)
    root: bytes = b""

    def __post_init__(self) -> None:
        pairs = sorted((_nibbles(key), value) for key, value in self.items.items())
        self.root = self._keep(self._node(pairs, 0) if pairs else b"\0")

    def _keep(self, node: bytes) -> bytes:
        digest = self.hasher(node)
        self.nodes[digest] = node
        return digest

    def _value(self, value: bytes) -> tuple[bool, bytes]:
        if self.version == 1 and len(value) > INLINE:
            return True, self._keep(value)
        return False, compact(len(value)) + value

    def _node(self, pairs: list[tuple[str, bytes]], depth: int) -> bytes:
        first, last = pairs[0][0], pairs[-1][0]
        end = depth
        while end < min(len(first), len(last)) and first[end] == last[end]:
            end += 1
        if len(pairs) == 1:
            hashed, encoded = self._value(pairs[0][1])
            partial = first[depth:]
            head = _head(0x20, 5, len(partial)) if hashed else _head(0x40, 6, len(partial))
            return head + _packed(partial) + encoded
        partial = first[depth:end]
        value = pairs.pop(0)[1] if len(first) == end else None
        bitmap, children = 0, b""
        for nibble in range(16):
            below = [pair for pair in pairs if pair[0][end] == f"{nibble:x}"]
            if below:
                child = self._node(below, end + 1)
                child = child if len(child) < INLINE else self._keep(child)
                bitmap |= 1 << nibble
                children += compact(len(child)) + child
        kind, bits, encoded = 0x80, 6, b""
        if value is not None:
            hashed, encoded = self._value(value)
            kind, bits = (0x10, 4) if hashed else (0xC0, 6)
        return _head(kind, bits, len(partial)) + _packed(partial) + bitmap.to_bytes(2, "little") + encoded + children


def root(items: Mapping[bytes, bytes], version: int = 1) -> bytes:
    return Trie(items, version).root


def by_index(items: Iterable[bytes]) -> dict[bytes, bytes]:
    """A list as a trie holds it."""
    return {compact(i): item for i, item in enumerate(items)}


def state_root(top: Mapping[bytes, bytes], children: Mapping[bytes, Mapping[bytes, bytes]], version: int = 1) -> bytes:
    """Root of a state whose child tries hang at ``:child_storage:default:``; an empty one hangs nowhere."""
    hung = {b":child_storage:default:" + key: root(items, version) for key, items in children.items() if items}
    return root({**top, **hung}, version)


def _proof(trie: Trie, digest: bytes, nibbles: str, wanted: dict[bytes, bytes]) -> None:
    """Adds the nodes on the way of a key to ``wanted``."""
    node = trie.nodes[digest]
    wanted[digest] = node
    while True:
        kind, partial, node = _opened(node)
        if not nibbles.startswith(partial):
            return
        nibbles = nibbles[len(partial) :]
        bitmap = 0
        if kind not in (0x20, 0x40):
            bitmap, node = int.from_bytes(node[:2], "little"), node[2:]
        if kind in (0x10, 0x20):
            if not nibbles:
                wanted[node[:32]] = trie.nodes[node[:32]]
            node = node[32:]
        elif kind in (0x40, 0xC0):
            _, node = _sized(node)
        if not nibbles or not bitmap >> int(nibbles[0], 16) & 1:
            return
        for _ in range((bitmap & ((1 << int(nibbles[0], 16)) - 1)).bit_count()):
            _, node = _sized(node)
        child, _ = _sized(node)
        nibbles = nibbles[1:]
        if len(child) == INLINE:
            wanted[child] = trie.nodes[child]
            child = trie.nodes[child]
        node = child


def _sized(data: bytes) -> tuple[bytes, bytes]:
    mode = data[0] & 3
    size = int.from_bytes(data[: 1 << mode], "little") >> 2
    start = 1 << mode
    return data[start : start + size], data[start + size :]


def _opened(node: bytes) -> tuple[int, str, bytes]:
    """Kind of a node, its partial key, and what follows."""
    for kind, bits in ((0x40, 6), (0x80, 6), (0xC0, 6), (0x20, 5), (0x10, 4)):
        if node[0] >> bits == kind >> bits:
            break
    else:
        return 0x40, "none", node
    most = (1 << bits) - 1
    length, at = node[0] & most, 1
    if length == most:
        while node[at] == 255:
            length += 255
            at += 1
        length += node[at]
        at += 1
    size = (length + 1) // 2
    return kind, node[at : at + size].hex()[length % 2 :], node[at + size :]


def prove(trie: Trie, keys: Iterable[bytes]) -> list[bytes]:
    """The nodes, sorted, that prove the values or absence of keys."""
    wanted: dict[bytes, bytes] = {}
    for key in keys:
        _proof(trie, trie.root, _nibbles(key), wanted)
    return sorted(wanted.values())
