"""Where a network can run: what every provider offers, a running network, its barrier, and a package for each provider.

`provider_named` gives one by its name; `Provider` is what who writes one fills in, and `Network` what it launches.
`LiveChain` is one chain of that, to query and call in its own terms.
Names are imported when first used, since providers load engines and runtimes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simnet.chain.chain_state import ChainState, StorageEntry
    from simnet.chain.metadata import NotInRuntimeError
    from simnet.chain.storage_places import HashedKey
    from simnet.providers.base import Capability, Launch, Plan, Provider, Unsupported
    from simnet.providers.chain_nodes import At
    from simnet.providers.injection import Injection, Observation
    from simnet.providers.live_chain import CallResult, LiveChain
    from simnet.providers.network import Network
    from simnet.providers.registry import provider_named

_HOMES = {
    "At": "simnet.providers.chain_nodes",
    "CallResult": "simnet.providers.live_chain",
    "Capability": "simnet.providers.base",
    "ChainState": "simnet.chain.chain_state",
    "HashedKey": "simnet.chain.storage_places",
    "Injection": "simnet.providers.injection",
    "Launch": "simnet.providers.base",
    "LiveChain": "simnet.providers.live_chain",
    "Network": "simnet.providers.network",
    "NotInRuntimeError": "simnet.chain.metadata",
    "Observation": "simnet.providers.injection",
    "Plan": "simnet.providers.base",
    "Provider": "simnet.providers.base",
    "StorageEntry": "simnet.chain.chain_state",
    "Unsupported": "simnet.providers.base",
    "provider_named": "simnet.providers.registry",
}

__all__ = [
    "At", "CallResult", "Capability", "ChainState", "HashedKey", "Injection", "Launch", "LiveChain", "Network",
    "NotInRuntimeError", "Observation", "Plan", "Provider", "StorageEntry", "Unsupported", "provider_named",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'simnet.providers' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
