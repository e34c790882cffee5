"""The state of a block: immutable, cheap to derive from its parent's by an execution, which collects the changes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Protocol

from simnet.errors import HostError
from simnet.runtime.host._native import Native, decode_list, encode_list
from simnet.runtime.host._runtime import Runtime, StateAccess

_EVERY = 0x7FFF_FFFF
_AS_THE_RUNTIME_SAID = 0xFFFF_FFFF


class StateMaker(Protocol):
    """Makes states, and runtimes, of the handles that the native module gives."""

    def runtime_of(self, handle: int, owners: Iterable[str]) -> Runtime: ...

    def unusable(self, why: str) -> Runtime: ...

    def state_of(self, handle: int) -> State: ...


class State:
    """Made by :meth:`Host.state` and :meth:`Execution.finish`. Its memory is given back when nothing refers to it."""

    def __init__(self, host: StateMaker, native: Native, handle: int) -> None:
        self._host = host
        self._native = native
        self._handle = handle

    def __del__(self) -> None:
        self._native.drop("state_release", self._handle)

    @cached_property
    def root(self) -> bytes:
        """Root of the state trie, 32 bytes."""
        return self._native.fixed(32, "state_root", self._handle)

    def runtime(self, owners: Iterable[str] = ()) -> Runtime:
        """The runtime whose code is stored under ``:code``; ``owners`` as in :meth:`Host.runtime`."""
        return self._host.runtime_of(self._handle, owners)

    @cached_property
    def code_id(self) -> tuple[int, bytes | None]:
        """Stands for what ``:code`` and ``:heappages`` hold: states of one host that have the same share it."""
        pages = self._native.optional("state_get", self._handle, *self._native.spans(b":heappages"))
        return self._native.number("state_code", self._handle), pages

    def runtime_or_unusable(self, owners: Iterable[str] = ()) -> Runtime:
        """The same; of code that nodes cannot instantiate, one of which every call traps with the reason."""
        try:
            return self.runtime(owners)
        except HostError as error:
            return self.unusable_runtime(str(error))

    def unusable_runtime(self, why: str) -> Runtime:
        """One in whose place every call traps with that reason."""
        return self._host.unusable(why)

    # Reading -------------------------------------------------------------------------------------------------------

    def get(self, key: bytes) -> bytes | None:
        """The value of a key of the main storage."""
        return self._native.optional("state_get", self._handle, *self._native.spans(key))

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
        return runtime.call(StateAccess.OF_STATE, self._handle, function, arguments)

    def execute(self, record: bool = False) -> Execution:
        """Begins to change this state into another; ``record`` keeps what is read, for a proof."""
        self._native.release_dropped()
        return Execution(self._host, self._native, self._native.number("execution_new", self._handle, record))

    def execute_after(self, earlier: Execution) -> Execution:
        """The same with a record, for the block after another of one bundle; ``earlier`` recorded and made this state.

        What the blocks before recorded or made is neither recorded nor counted again (sp-trie ``IgnoredNodes``), and
        the proof is that of all of them. Raises :class:`HostError` if the execution before did not record.
        """
        self._native.release_dropped()
        handle = self._native.number("execution_after", self._handle, earlier._handle)
        return Execution(self._host, self._native, handle)


class Execution:
    """A state being changed, made by :meth:`State.execute`. Changes lie over the state until :meth:`finish` makes a
    new one of them.

    A call that traps leaves the changes that it made before: put :meth:`begin` and :meth:`rollback` around it, or drop
    the execution, as nodes do. A record, too, goes back with a transaction.
    """

    def __init__(self, host: StateMaker, native: Native, handle: int) -> None:
        self._host = host
        self._native = native
        self._handle = handle
        self._finished = False

    def __del__(self) -> None:
        self._native.drop("execution_release", self._handle)

    def _open(self) -> int:
        if self._finished:
            raise HostError("this execution is finished; execute the state that it gave")
        return self._handle

    def call(self, runtime: Runtime, function: str, arguments: bytes = b"") -> bytes:
        """Calls the runtime and keeps its changes. Raises :class:`simnet.errors.RuntimeTrap`."""
        return runtime.call(StateAccess.KEEP, self._open(), function, arguments)

    def peek(self, runtime: Runtime, function: str, arguments: bytes = b"") -> bytes:
        """Calls the runtime on the changes so far and undoes its own, as nodes do for ``inherent_extrinsics``."""
        return runtime.call(StateAccess.UNDO, self._open(), function, arguments)

    def begin(self) -> None:
        """Opens a transaction; they nest."""
        self._native.number("execution_begin", self._open())

    def commit(self) -> None:
        """Keeps what was changed since the last :meth:`begin`."""
        self._native.number("execution_commit", self._open())

    def rollback(self) -> None:
        """Undoes what was changed and recorded since the last :meth:`begin`."""
        self._native.number("execution_rollback", self._open())

    def get(self, key: bytes) -> bytes | None:
        """The value of a key with the changes so far."""
        return self._native.optional("execution_get", self._open(), *self._native.spans(key))

    def set(self, key: bytes, value: bytes | None) -> None:
        """Changes a key of the main storage; None removes it."""
        spans = self._native.spans(key, value or b"")
        self._native.number("execution_set", self._open(), *spans, value is not None)

    def finish(self, *, version: int | None = None) -> State:
        """The new state. ``version``: its trie's layout, 0 or 1; the runtime's last, else the old state's, if None."""
        given = _AS_THE_RUNTIME_SAID if version is None else version
        handle = self._native.number("execution_finish", self._open(), given)
        self._finished = True
        return self._host.state_of(handle)

    @property
    def proof_size(self) -> int:
        """Bytes of all recorded nodes, as the runtime sees them; the greatest u64 without a record."""
        return self._native.number("execution_proof_size", self._handle)

    def proof(self) -> bytes:
        """SCALE of sp-trie's CompactProof of what was recorded, against the root before; complete after :meth:`finish`.
        In a bundle it is that of the blocks up to this one, against the root before the first.

        Raises :class:`HostError` for an execution that does not record.
        """
        return self._native.span("execution_proof", self._handle)
