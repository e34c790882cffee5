"""A node's JSON-RPC as tests have it: what they do to the network by it is noted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simnet.chain.rpc import CALL_TIMEOUT, Rpc
from simnet.providers.network import Network

_READING = (
    "archive_", "babe_", "beefy_", "chainHead_", "chainSpec_", "chain_", "childstate_", "grandpa_", "mmr_", "payment_",
    "rpc_", "state_",
)  # fmt: skip
"""Beginnings of methods that only read (sc-rpc-api, sc-rpc-spec-v2)."""

_READING_TOO = (
    "account_nextIndex", "author_hasKey", "author_hasSessionKeys", "author_pendingExtrinsics",
    "system_accountNextIndex", "system_chain", "system_chainType", "system_dryRun", "system_health",
    "system_localListenAddresses", "system_localPeerId", "system_name", "system_nodeRoles", "system_peers",
    "system_properties", "system_reservedPeers", "system_syncState", "system_version",
)  # fmt: skip


class AskingRpc:
    """Hands calls on to a node. Each that is not known to read only marks the network as changed by this test."""

    def __init__(self, rpc: Rpc, node: str, network: Network) -> None:
        self._rpc = rpc
        self._node = node
        self._network = network

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = CALL_TIMEOUT) -> Any:
        """The result; raises :class:`~simnet.errors.RpcError` for an error answer, a lost connection or no answer."""
        if not method.startswith(_READING) and method not in _READING_TOO:
            self._network.marks.append(f"{method} on {self._node}")
        return self._rpc.call(method, params, timeout)

    def close(self) -> None:
        self._rpc.close()
