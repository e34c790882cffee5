"""The state of a block: immutable, cheap to derive from its parent's."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from simnet.providers.simulated.host._execution import Execution
from simnet.providers.simulated.host._native import Native, decode_list, encode_list
from simnet.providers.simulated.host._runtime import Mode, Runtime

if TYPE_CHECKING:
    from simnet.providers.simulated.host._host import Host

_EVERY = 0x7FFF_FFFF


class State:
    """Made by :meth:`Host.state` and :meth:`Execution.finish`. Its memory is given back when nothing refers to it."""

    def __init__(self, host: Host, native: Native, handle: int) -> None:
        self._host = host
        self._native = native
        self._handle = handle

    def __del__(self) -> None:
        self._native.drop("state_release", self._handle)

    @cached_property
    def root(self) -> bytes:
        """Root of the state trie, 32 bytes."""
        return self._native.fixed(32, "state_root", self._handle)

    def runtime(self) -> Runtime:
        """The runtime whose code is stored under ``:code``."""
        return self._host.runtime_of(self._handle)

    # Reading -------------------------------------------------------------------------------------------------------

    def get(self, key: bytes) -> bytes | None:
        """The value of a key of the main storage."""
        return self._native.optional("state_get", self._handle, *self._native.spans(key))

    def next_key(self, key: bytes) -> bytes | None:
        """The first key after this one, which itself need not exist."""
        return self._native.optional("state_next_key", self._handle, *self._native.spans(key))

    def keys(self, prefix: bytes, count: int = _EVERY, start: bytes | None = None) -> list[bytes]:
        """Up to ``count`` keys with a prefix, in order, after ``start``."""
        spans = self._native.spans(prefix, start or b"")
        return decode_list(self._native.span("state_keys", self._handle, *spans, count))

    def items(self, prefix: bytes = b"") -> list[tuple[bytes, bytes]]:
        """Keys with a prefix and their values, in order."""
        parts = decode_list(self._native.span("state_items", self._handle, *self._native.spans(prefix)))
        return list(zip(parts[::2], parts[1::2], strict=True))

    def child_get(self, child: bytes, key: bytes) -> bytes | None:
        """The value of a key of a child trie; ``child`` is its storage key without ``:child_storage:default:``."""
        return self._native.optional("state_child_get", self._handle, *self._native.spans(child, key))

    def child_keys(
        self, child: bytes, prefix: bytes = b"", count: int = _EVERY, start: bytes | None = None
    ) -> list[bytes]:
        """As :meth:`keys`, of a child trie."""
        spans = self._native.spans(child, prefix, start or b"")
        return decode_list(self._native.span("state_child_keys", self._handle, *spans, count))

    def prove(self, keys: Iterable[bytes]) -> list[bytes]:
        """The trie nodes, sorted, that prove the keys' values or absence (sp-state-machine's ``prove_read``)."""
        return decode_list(self._native.span("state_prove", self._handle, *self._native.spans(encode_list(keys))))

    def child_prove(self, child: bytes, keys: Iterable[bytes]) -> list[bytes]:
        """As :meth:`prove`, for keys of a child trie, with the nodes that prove the child's root."""
        spans = self._native.spans(child, encode_list(keys))
        return decode_list(self._native.span("state_child_prove", self._handle, *spans))

    # Calling -------------------------------------------------------------------------------------------------------

    def call(self, runtime: Runtime, function: str, arguments: bytes = b"") -> bytes:
        """Calls a runtime API; changes are thrown away. Raises :class:`simnet.errors.RuntimeTrap`."""
        return runtime.call(Mode.OF_STATE, self._handle, function, arguments)

    def execute(self, record: bool = False) -> Execution:
        """Begins to change this state into another; ``record`` keeps what is read, for a proof."""
        self._native.release_dropped()
        return Execution(self._host, self._native, self._native.number("execution_new", self._handle, record))
