"""The host: one native instance, the runtimes around it, and the states in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simnet.codec import blake2_256
from simnet.errors import HostError
from simnet.runtime.host._chain_state import State
from simnet.runtime.host._keystore import Keystores
from simnet.runtime.host._native import Native, decode_list, encode_list
from simnet.runtime.host._node_modules import STACK_VALUES
from simnet.runtime.host._runtime import ON_CHAIN, VALIDATION, Heap, Runtime, StateAccess, Unusable
from simnet.runtime.host._signing import Signing
from simnet.runtime.host._wasm import decompressed

_NO_CHILDREN: Mapping[bytes, Mapping[bytes, bytes]] = MappingProxyType({})


@dataclass(frozen=True)
class Stats:
    """What a host did and holds. ``seconds``: spent in WASM. ``native_bytes`` is memory in use, ``runtime_bytes`` that
    of all runtimes; ``trie_bytes`` are those of the ``trie_nodes`` that live states share or that wait to be collected.
    """

    calls: int
    seconds: float
    native_bytes: int
    runtime_bytes: int
    trie_nodes: int
    trie_bytes: int
    states: int


def _flat(items: Mapping[bytes, bytes]) -> bytes:
    return encode_list(part for item in items.items() for part in item)


class Host(Signing, Keystores):
    """Runs runtimes; everything in it depends on its seed and on what it is given, on nothing else.

    One thread uses a host; another thread makes its own.
    """

    def __init__(self, seed: bytes = bytes(32)) -> None:
        if len(seed) != 32:
            raise HostError(f"a host's seed has 32 bytes, not {len(seed)}")
        super().__init__(Native(seed))
        self._runtimes: dict[tuple[bytes, Heap, int | None], Runtime] = {}
        self._by_code: dict[tuple[int, bytes | None], Runtime] = {}

    def take_over(self) -> None:
        """Makes this the thread that may use the host, when the one that did has ended."""
        self._native.take_over()

    # Runtimes ------------------------------------------------------------------------------------------------------

    def runtime(
        self, code: bytes, heap: Heap = ON_CHAIN, *, owners: Iterable[str] = (), values: int | None = None
    ) -> Runtime:
        """The runtime of code as it is stored under ``:code``, compressed or not; the same code and limits give the
        same object. ``owners``: chains that it is of, in words, for whoever must name it. ``values``: how many the
        stack of validation code may hold; None of a chain's own runtime.

        Once on a machine it is compiled, which takes seconds. Raises :class:`HostError` for what is no runtime.
        """
        key = (code, heap, values)
        if key not in self._runtimes:
            name = f"runtime {blake2_256(code).hex()[:8]}"
            self._runtimes[key] = Runtime(self._native, decompressed(code), name, heap, owners, values)
        runtime = self._runtimes[key]
        runtime.owners.update(dict.fromkeys(owners))
        return runtime

    def runtime_of(self, handle: int, owners: Iterable[str]) -> Runtime:
        """The runtime of a state's code, by the state's handle. Its heap is as large as ``:heappages`` says, of whose
        eight bytes executors take the lower four; with more than there can be it cannot be used."""
        pages = self._native.optional("state_get", handle, *self._native.spans(b":heappages"))
        key = (self._native.number("state_code", handle), pages)
        if key not in self._by_code:
            content = self._native.optional("state_get", handle, *self._native.spans(b":code"))
            if content is None:
                raise HostError("this state has no :code")
            if pages is None:
                self._by_code[key] = self.runtime(content, owners=owners)
            else:
                self._by_code[key] = self._with_heap(content, int.from_bytes(pages[:4], "little"), owners)
        return self._by_code[key]

    def unusable(self, why: str) -> Runtime:
        """One of which every call traps with that reason."""
        return Unusable(self._native, "the new code", why)

    def _with_heap(self, code: bytes, pages: int, owners: Iterable[str]) -> Runtime:
        usual = self.runtime(code, owners=owners)
        try:
            return self.runtime(code, Heap(extra=pages), owners=owners)
        except HostError as error:
            return Unusable(self._native, str(usual), f"{error} (:heappages is {pages})")

    def run(
        self,
        code: bytes,
        function: str,
        arguments: bytes = b"",
        heap: Heap = VALIDATION,
        *,
        values: int = STACK_VALUES,
        owners: Iterable[str] = (),
    ) -> bytes:
        """Calls a function of validation code, such as ``validate_block``, on an empty state that is thrown away."""
        runtime = self.runtime(code, heap, owners=owners, values=values)
        return runtime.call(StateAccess.NO_STATE, 0, function, arguments)

    # States --------------------------------------------------------------------------------------------------------

    def state(
        self,
        top: Mapping[bytes, bytes],
        children: Mapping[bytes, Mapping[bytes, bytes]] = _NO_CHILDREN,
        *,
        version: int = 1,
    ) -> State:
        """A state from scratch: main storage, and child tries by storage key without ``:child_storage:default:``.

        ``version`` is the trie's layout, 0 or 1, which later states keep unless a runtime names another.
        """
        self._native.release_dropped()
        tries = encode_list(part for key, items in children.items() for part in (key, _flat(items)))
        return self.state_of(self._native.number("state_new", *self._native.spans(_flat(top), tries), version))

    def state_of(self, handle: int) -> State:
        """The state of a handle that native gave."""
        return State(self, self._native, handle)

    # Off-chain calls, figures --------------------------------------------------------------------------------------

    def take_submitted(self) -> list[bytes]:
        """Extrinsics that calls of runtime APIs submitted since the last time."""
        return decode_list(self._native.span("take_submitted"))

    def stats(self) -> Stats:
        """Figures of this host since it was made."""
        native = self._native
        figures = native.fixed(24, "statistics")
        nodes, size, states = (int.from_bytes(figures[i : i + 8], "little") for i in (0, 8, 16))
        runtimes = sum(runtime.memory.data_len(native.store) for runtime in self._runtimes.values())
        return Stats(native.calls, native.seconds, native.memory.data_len(native.store), runtimes, nodes, size, states)
