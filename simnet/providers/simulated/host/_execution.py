"""A state being changed: calls whose changes are kept, transactions, and a record of what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simnet.errors import HostError
from simnet.providers.simulated.host._native import Native, decode_list
from simnet.providers.simulated.host._runtime import Mode, Runtime

if TYPE_CHECKING:
    from simnet.providers.simulated.host._host import Host
    from simnet.providers.simulated.host._state import State

_AS_THE_RUNTIME_SAID = 0xFFFF_FFFF


class Execution:
    """Made by :meth:`State.execute`. Changes lie over the state until :meth:`finish` makes a new one of them.

    A call that traps leaves the changes that it made before: put :meth:`begin` and :meth:`rollback` around it, or drop
    the execution, as nodes do. A record, too, goes back with a transaction.
    """

    def __init__(self, host: Host, native: Native, handle: int) -> None:
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
        return runtime.call(Mode.KEEP, self._open(), function, arguments)

    def peek(self, runtime: Runtime, function: str, arguments: bytes = b"") -> bytes:
        """Calls the runtime on the changes so far and undoes its own, as nodes do for ``inherent_extrinsics``."""
        return runtime.call(Mode.UNDO, self._open(), function, arguments)

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

        Raises :class:`HostError` for an execution that does not record.
        """
        return self._native.span("execution_proof", self._handle)

    def nodes(self) -> list[bytes]:
        """The recorded trie nodes, sorted: a plain StorageProof."""
        return decode_list(self._native.span("execution_nodes", self._handle))
