"""Subscriptions to storage values and to the runtime's version."""

from __future__ import annotations

from simnet.codec import storage_prefix
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.rpc._errors import RefusedError
from simnet.providers.simulated.rpc._node import Subscription, subscription
from simnet.providers.simulated.rpc._parameters import HexBytes
from simnet.providers.simulated.rpc._values import as_hex, optional_hex, version_json
from simnet.runtime.host import RuntimeVersion

_EVENTS = storage_prefix("System", "Events")
"""Written anew by each block, so nodes tell of it each time, also when the bytes are the same."""

_ALL_KEYS_REFUSED = 4003


@subscription("state_subscribeStorage", ends=("state_unsubscribeStorage",), notifies="state_storage")
class StorageChanges(Subscription):
    """Values of the given keys now, and those that each new best block changed."""

    def begin(self, keys: list[HexBytes] | None) -> None:
        if keys is None:
            raise RefusedError(_ALL_KEYS_REFUSED, "Client error: name the keys; all of them are not offered here")
        self._keys = tuple(dict.fromkeys(keys))
        self._last: dict[bytes, bytes | None] = {}
        self._block: ExecutedBlock | None = None
        self.best(self.rpc.node.own.best)

    def best(self, block: ExecutedBlock) -> None:
        if block is self._block:
            return
        self._block = block
        changes = []
        for key in self._keys:
            value = block.state.get(key)
            if key not in self._last or self._last[key] != value or key == _EVENTS:
                self._last[key] = value
                changes.append([as_hex(key), optional_hex(value)])
        if changes:
            self.send({"block": as_hex(block.hash), "changes": changes})


@subscription(
    "state_subscribeRuntimeVersion",
    "chain_subscribeRuntimeVersion",
    ends=("state_unsubscribeRuntimeVersion", "chain_unsubscribeRuntimeVersion"),
    notifies="state_runtimeVersion",
)
class RuntimeVersions(Subscription):
    """The version now, and each other one that a best block brings."""

    _version: RuntimeVersion | None = None

    def begin(self) -> None:
        self.best(self.rpc.node.own.best)

    def best(self, block: ExecutedBlock) -> None:
        version = block.runtime.version
        if version != self._version:
            self._version = version
            self.send(version_json(version))
