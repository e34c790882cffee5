"""The bundled runtimes, read by simnet and by substrate-interface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from simnet.chain._type_registry import Enumeration, Variant
from simnet.chain.calls import Calls
from simnet.chain.client import ChainClient
from simnet.chain.metadata import Metadata
from simnet.chain.runtime_types import WITH_APIS
from simnet.codec import blake2_256, read_bytes, u32
from simnet.errors import RpcError
from simnet.network.topology import Chain
from simnet.runtime.bundled import runtime_code
from simnet.runtime.host import Host

NAMES = ("rococo", "westend", "penpal", "asset-hub-westend")
GENESIS = bytes(range(32))


@dataclass
class FixedRpc:
    """A node that answers what composing and signing ask, always the same; its metadata has no version 15."""

    metadata: bytes
    spec_version: int = 1
    transaction_version: int = 1
    changes: bytes = b""
    """What its code has that neither version nor metadata tell."""

    def __post_init__(self) -> None:
        self.asked: list[str] = []

    def _best(self) -> bytes:
        """Another block whenever something changed."""
        return blake2_256(repr((self.metadata, self.changes, self.spec_version)).encode())

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = 0) -> Any:
        self.asked.append(method)
        if method == "state_call":
            raise RpcError("Exported method Metadata_metadata_at_version is not found")
        version = {
            "specName": "fixed",
            "specVersion": self.spec_version,
            "transactionVersion": self.transaction_version,
            "apis": [],
        }
        answers = {
            "state_getMetadata": "0x" + self.metadata.hex(),
            "state_getRuntimeVersion": version,
            "chain_getBlockHash": "0x" + (GENESIS if params else self._best()).hex(),
            "state_getStorageHash": "0x" + blake2_256(self.metadata + self.changes).hex(),
            "system_accountNextIndex": 7,
            # what substrate-interface asks besides
            "chain_getRuntimeVersion": version,
            "chain_getHead": "0x" + GENESIS.hex(),
            "chain_getHeader": {"parentHash": "0x" + GENESIS.hex(), "number": "0x1"},
            "rpc_methods": {"methods": ["chain_getHead"]},
            "system_chain": "Fixed",
            "system_properties": {},
        }
        return answers[method]

    def close(self) -> None: ...


class Both:
    """A bundled runtime in simnet and in substrate-interface."""

    def __init__(self, name: str, host: Host) -> None:
        self.name = name
        runtime = host.runtime(runtime_code(Chain(id="relay", runtime=name)))
        self.version = runtime.version
        self.types = runtime.types
        self.raw = read_bytes(host.state({}).call(runtime, "Metadata_metadata"), 0)[0]
        self.metadata = Metadata.parse(self.raw)
        self.calls = Calls(self.metadata)
        answer = host.state({}).call(runtime, "Metadata_metadata_at_version", u32(WITH_APIS))
        self.with_apis = Metadata.parse(read_bytes(answer, 1)[0])
        """The same of version 15, which has the runtime APIs."""

    def rpc(self) -> FixedRpc:
        return FixedRpc(self.raw, self.version.spec_version, self.version.transaction_version)

    @cached_property
    def client(self) -> ChainClient:
        rpc = self.rpc()
        client = ChainClient(lambda: rpc)
        client.init_runtime()
        return client

    def theirs(self, call: str, args: dict[str, Any]) -> bytes:
        """The call as substrate-interface composes it."""
        pallet, _, function = call.partition(".")
        return bytes(self.client.compose_call(pallet, function, args).data.data)

    @cached_property
    def functions(self) -> dict[str, Variant]:
        """Every call of the runtime."""
        found = {}
        for pallet in self.metadata.pallets.values():
            definition = None if pallet.calls is None else self.metadata.types[pallet.calls]
            if isinstance(definition, Enumeration):
                found |= {f"{pallet.name}.{variant.name}": variant for variant in definition.variants}
        return found
