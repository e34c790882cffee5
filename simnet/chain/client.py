"""A chain's runtime over any provider's JSON-RPC: what simnet signs with, and substrate-interface for those who want
it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from substrateinterface import SubstrateInterface

from simnet.chain.calls import Calls, ExtrinsicParams, SigningKey
from simnet.chain.code_history import CODE_KEY
from simnet.chain.rpc import Rpc
from simnet.chain.runtime_types import RuntimeTypes, runtime_types
from simnet.chain.writing import Writing
from simnet.codec import blake2_256
from simnet.errors import InputError


class ChainClient(SubstrateInterface):  # type: ignore[misc]
    """A substrate-interface client whose requests go through ``rpc()``, which may give another node each time."""

    def __init__(self, rpc: Callable[[], Rpc]) -> None:
        self._rpc = rpc
        super().__init__(url="http://provider.invalid", ss58_format=42)

    def rpc_request(self, method: str, params: list[Any], result_handler: Any = None) -> dict[str, Any]:
        """One call. Subscriptions belong to the journal's observers, so a ``result_handler`` is refused."""
        if result_handler is not None:
            raise InputError(f"{method}: subscribe through network.rpc(node), not through this client")
        return {"result": self._rpc().call(method, params or [])}


@dataclass(frozen=True)
class RuntimeCalls:
    """A runtime of a chain, as far as its calls need it. ``code`` is the hash of its code (0x hex)."""

    code: str

    calls: Calls
    types: RuntimeTypes
    genesis_hash: bytes
    spec_version: int
    transaction_version: int


class LiveRuntime:
    """The runtime that a chain has now, told by the hash of its code, since other code may have the same version.
    ``rpc()`` gives any of its nodes; ``writing`` says how values of the chain are written."""

    def __init__(self, rpc: Callable[[], Rpc], writing: Writing | None = None) -> None:
        self._rpc = rpc
        self._writing = writing
        self._best: str | None = None
        self._last: RuntimeCalls | None = None

    def now(self) -> RuntimeCalls:
        """Asks a node for its best block, of a new one for the hash of its code, and of another code for version and
        metadata; RpcError when none answers."""
        rpc = self._rpc()
        best: str = rpc.call("chain_getBlockHash")
        if self._last is None or best != self._best:
            code: str = rpc.call("state_getStorageHash", [CODE_KEY, best])
            if self._last is None or code != self._last.code:
                self._last = _runtime_at(rpc, best, code, self._writing)
            self._best = best
        return self._last


def _runtime_at(rpc: Rpc, at: str, code: str, writing: Writing | None) -> RuntimeCalls:
    version = rpc.call("state_getRuntimeVersion", [at])
    types = runtime_types(rpc, at)
    genesis = bytes.fromhex(rpc.call("chain_getBlockHash", [0])[2:])
    calls = Calls(types.metadata, writing)
    return RuntimeCalls(code, calls, types, genesis, version["specVersion"], version["transactionVersion"])


class Signer:
    """Signs calls of one account with nonces counted here, so that several can wait in one block."""

    def __init__(self, rpc: Callable[[], Rpc], pair: SigningKey) -> None:
        self._rpc = rpc
        self._pair = pair
        self._next: int | None = None

    def take_nonce(self) -> int:
        """The next nonce, which nobody else gets."""
        if self._next is None:
            self._next = int(self._rpc().call("system_accountNextIndex", [self._pair.ss58_address]))
        self._next += 1
        return self._next - 1

    def sign(self, runtime: RuntimeCalls, call: bytes, nonce: int) -> tuple[str, str]:
        """The signed, immortal extrinsic and its hash, both 0x hex. Immortal, so that it can outlive a partition."""
        params = ExtrinsicParams(nonce, runtime.genesis_hash, runtime.spec_version, runtime.transaction_version)
        data = runtime.calls.signed(call, self._pair, params)
        return "0x" + data.hex(), "0x" + blake2_256(data).hex()
