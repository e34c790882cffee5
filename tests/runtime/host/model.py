"""Storage with transactions as plain dictionaries: what sp-state-machine's overlay must come to."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from tests.runtime.host import reference

CHILD_PREFIX = b":child_storage:"


def append_to(value: bytes | None, item: bytes) -> bytes:
    """A SCALE list with one more item; what is no list is replaced by a list of the item alone."""
    count, rest = _list_of(value or b"\0")
    return reference.compact(count + 1) + rest + item


def _list_of(value: bytes) -> tuple[int, bytes]:
    mode = value[0] & 3 if value else 3
    if mode < 3 and len(value) >= 1 << mode:
        size = 1 << mode
        count = int.from_bytes(value[:size], "little") >> 2
        if reference.compact(count) == value[:size]:
            return count, value[size:]
    return 0, b""


@dataclass
class Trie:
    """One trie under an overlay. ``base`` is what the state had, ``touched`` the keys that the overlay knows."""

    base: dict[bytes, bytes] = field(default_factory=dict)
    now: dict[bytes, bytes] = field(default_factory=dict)
    touched: set[bytes] = field(default_factory=set)

    def set(self, key: bytes, value: bytes | None) -> None:
        self.touched.add(key)
        if value is None:
            self.now.pop(key, None)
        else:
            self.now[key] = value

    def next_key(self, key: bytes) -> bytes | None:
        return min((other for other in self.now if other > key), default=None)

    def remove(self, prefix: bytes, limit: int | None) -> bytes:
        """All that the overlay knows goes, and ``limit`` keys of the state: SCALE of sp-io's ``KillStorageResult``."""
        for key in [key for key in self.touched if key.startswith(prefix)]:
            self.set(key, None)
        below = sorted(key for key in self.base if key.startswith(prefix))
        gone = below if limit is None else below[:limit]
        for key in gone:
            self.set(key, None)
        return bytes([len(gone) < len(below)]) + len(gone).to_bytes(4, "little")


@dataclass
class Model:
    """A state being changed, with a stack of what to go back to."""

    top: Trie = field(default_factory=Trie)
    children: dict[bytes, Trie] = field(default_factory=dict)
    saved: list[tuple[Trie, dict[bytes, Trie]]] = field(default_factory=list)
    hung: set[bytes] = field(default_factory=set)
    """Keys under which the state has the roots of child tries; the overlay changes none of them before the end."""

    def next_key(self, key: bytes) -> bytes | None:
        """Of the main storage, where roots of child tries are met as well."""
        return min((other for other in self.top.now.keys() | self.hung if other > key), default=None)

    def child(self, key: bytes) -> Trie:
        return self.children.setdefault(key, Trie())

    def begin(self) -> None:
        self.saved.append(copy.deepcopy((self.top, self.children)))

    def commit(self) -> None:
        self.saved.pop()

    def rollback(self) -> None:
        self.top, self.children = self.saved.pop()

    def clear_prefix(self, prefix: bytes, limit: int | None) -> bytes:
        """Refused, as if nothing were there, where child tries hang."""
        if CHILD_PREFIX.startswith(prefix) or prefix.startswith(CHILD_PREFIX):
            return bytes(5)
        return self.top.remove(prefix, limit)

    def root(self, version: int) -> bytes:
        children = {key: child.now for key, child in self.children.items()}
        return reference.state_root(self.top.now, children, version)

    def finish(self) -> None:
        """Begins anew on what is there now."""
        self.top = Trie(dict(self.top.now), dict(self.top.now))
        self.children = {key: Trie(dict(c.now), dict(c.now)) for key, c in self.children.items() if c.now}
        self.hung = {CHILD_PREFIX + b"default:" + key for key in self.children}
