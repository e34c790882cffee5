"""A relay chain with four validators and a parachain, driven by hand: the runtime calls that nodes make for a block."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from scalecodec.base import RuntimeConfigurationObject, ScaleBytes
from scalecodec.type_registry import load_type_registry_preset

from simnet.codec import (
    blake2_256,
    compact,
    map_key,
    read_bytes,
    read_compact,
    storage_prefix,
    twox_64,
    u32,
    u64,
    vec,
    vec_bytes,
)
from simnet.network.accounts import keypair
from simnet.network.topology import Chain, Node, Topology
from simnet.runtime.bundled import runtime_code
from simnet.runtime.genesis_patch import PRESET, merge, parachain_config, relay_config
from simnet.runtime.host import Execution, Host, Runtime, State

VALIDATORS = ("//Alice", "//Bob", "//Charlie", "//Dave")
RELAY = Chain(id="relay", runtime="rococo")
PARA = Chain(id="2000", runtime="penpal")
_COLLATOR = Node(name="collator", chain="2000", role="collator", account="//Alice", image="")
TOPOLOGY = Topology(
    relay=RELAY,
    parachains=(PARA,),
    nodes=(
        *(Node(name=uri, chain="relay", role="validator", account=uri, image="") for uri in VALIDATORS),
        _COLLATOR,
    ),
)
EMPTY_ROOT = blake2_256(b"\0")


@cache
def secrets() -> dict[bytes, bytes]:
    """Secret by public key of the validators, who are sudo and collator as well."""
    pairs = [keypair(uri) for uri in VALIDATORS]
    return {pair.public_key: pair.private_key for pair in pairs}


def offered(host: Host, runtime: Runtime, name: str | None) -> dict[str, Any]:
    """A configuration that the runtime offers: a preset, or its default for None."""
    argument = b"\0" if name is None else b"\1" + vec_bytes(name.encode())
    answer = host.state({}).call(runtime, "GenesisBuilder_get_preset", argument)
    config: dict[str, Any] = json.loads(read_bytes(answer, 1)[0])
    return config


def preset(host: Host, runtime: Runtime) -> dict[str, Any]:
    """The configuration of the local preset, over the runtime's default."""
    return merge(offered(host, runtime, None), offered(host, runtime, PRESET))


def genesis(host: Host, chain: Chain, config: dict[str, Any]) -> State:
    """The state that a chain's runtime builds from a configuration."""
    code = runtime_code(chain)
    execution = host.state({}).execute()
    encoded = vec_bytes(json.dumps(config).encode())
    assert execution.call(host.runtime(code), "GenesisBuilder_build_state", encoded) == b"\0"
    execution.set(b":code", code)
    return execution.finish()


def header(parent: bytes, number: int, root: bytes, extrinsics_root: bytes, logs: list[bytes]) -> bytes:
    return parent + compact(number) + root + extrinsics_root + vec(logs)


def number_of(head: bytes) -> int:
    return read_compact(head, 32)[0]


def root_of(head: bytes) -> bytes:
    at = read_compact(head, 32)[1]
    return head[at : at + 32]


def extrinsics_of(data: bytes) -> list[bytes]:
    count, offset = read_compact(data, 0)
    out = []
    for _ in range(count):
        start = offset
        _, offset = read_bytes(data, offset)
        out.append(data[start:offset])
    return out


@dataclass
class Relay:
    """The relay chain's best block. ``bitfields`` are signed as soon as there are cores."""

    host: Host
    state: State
    head: bytes
    slot: int = 300_000_000
    body: list[bytes] = field(default_factory=list)

    @classmethod
    def new(cls, host: Host, paras: dict[str, tuple[str, str]] | None = None) -> Relay:
        runtime = host.runtime(runtime_code(RELAY))
        state = genesis(host, RELAY, relay_config(preset(host, runtime), TOPOLOGY, paras or {}))
        return cls(host, state, header(bytes(32), 0, state.root, EMPTY_ROOT, []))

    @property
    def runtime(self) -> Runtime:
        return self.state.runtime()

    def bitfields(self) -> list[bytes]:
        cores = read_compact(self.state.call(self.runtime, "ParachainHost_availability_cores"), 0)[0]
        if not cores:
            return []
        data = self.state.call(self.runtime, "ParachainHost_validators")
        session = self.state.call(self.runtime, "ParachainHost_session_index_for_child")
        payload = compact(cores) + bytes((cores + 7) // 8)
        signed = payload + session + blake2_256(self.head)
        keys = [data[i : i + 32] for i in range(1, len(data), 32)]
        return [payload + u32(i) + self.host.sign_sr25519(secrets()[key], signed) for i, key in enumerate(keys)]

    def block(self, skip: int = 1) -> None:
        """Builds the next block, ``skip`` slots after the last."""
        self.slot += skip
        log = b"\x06BABE" + vec_bytes(b"\2" + u32(self.slot % 4) + u64(self.slot))
        execution = self.state.execute()
        number = number_of(self.head) + 1
        head = header(blake2_256(self.head), number, bytes(32), bytes(32), [log])
        execution.call(self.runtime, "Core_initialize_block", head)
        paras = vec(self.bitfields()) + vec([]) + b"\0" + self.head
        inherents = compact(2) + b"parachn0" + vec_bytes(paras) + b"timstap0" + vec_bytes(u64(self.slot * 6000))
        self.body = extrinsics_of(execution.peek(self.runtime, "BlockBuilder_inherent_extrinsics", inherents))
        for extrinsic in self.body:
            assert execution.call(self.runtime, "BlockBuilder_apply_extrinsic", extrinsic) == b"\0\0"
        self.head = execution.call(self.runtime, "BlockBuilder_finalize_block")
        self.state = execution.finish()
        assert root_of(self.head) == self.state.root


def _para_keys(para: int) -> list[bytes]:
    """What a parachain block proves of the relay chain; channels are not open."""
    slots = ("CurrentSlot", "EpochIndex", "Randomness", "NextRandomness", "AuthorVrfRandomness")
    by_para = [("Paras", "Heads"), ("Dmp", "DownwardMessageQueueHeads"), ("Hrmp", "HrmpIngressChannelsIndex")]
    by_para += [("Hrmp", "HrmpEgressChannelsIndex"), ("Paras", "UpgradeGoAheadSignal")]
    by_para += [("Paras", "UpgradeRestrictionSignal"), ("Ump", "RelayDispatchQueueSize")]
    singles = [storage_prefix("Babe", item) for item in slots]
    singles.append(storage_prefix("Configuration", "ActiveConfig"))
    singles.append(b":relay_dispatch_queue_remaining_capacity" + u32(para))
    return singles + [map_key(pallet, item, twox_64(u32(para)) + u32(para)) for pallet, item in by_para]


@dataclass
class Built:
    """A parachain block with what ``validate_block`` needs, and the head that it must give."""

    parent: bytes
    head: bytes
    body: list[bytes]
    proof: bytes
    relay_number: int
    relay_root: bytes
    execution: Execution

    def arguments(self) -> bytes:
        """SCALE ValidationParams with a PoV of version 1."""
        data = b"VERSIONEDPBD\1" + vec([self.head + vec(self.body)]) + self.proof
        return vec_bytes(self.parent) + vec_bytes(data) + u32(self.relay_number) + self.relay_root


@dataclass
class Para:
    """The parachain's best block."""

    host: Host
    state: State
    head: bytes

    @classmethod
    def new(cls, host: Host) -> Para:
        runtime = host.runtime(runtime_code(PARA))
        state = genesis(host, PARA, parachain_config(preset(host, runtime), PARA, TOPOLOGY))
        return cls(host, state, header(bytes(32), 0, state.root, EMPTY_ROOT, []))

    @property
    def runtime(self) -> Runtime:
        return self.state.runtime()

    def relay_genesis(self) -> dict[str, tuple[str, str]]:
        return {PARA.id: ("0x" + self.head.hex(), "0x" + (self.state.get(b":code") or b"").hex())}

    def build(
        self, relay: Relay, pool: tuple[bytes, ...] = (), *, refused: tuple[bytes, ...] = (), record: bool = True
    ) -> Built:
        """Builds and takes the next block on the relay chain's best block; ``refused`` extrinsics are tried in vain."""
        number, root = number_of(relay.head), root_of(relay.head)
        data = vec_bytes(self.head) + u32(number) + root + u32(10 << 20)
        data += vec(vec_bytes(node) for node in relay.state.prove(_para_keys(int(PARA.id))))
        para = u32(int(PARA.id))
        data += relay.state.call(relay.runtime, "ParachainHost_dmq_contents", para)
        data += relay.state.call(relay.runtime, "ParachainHost_inbound_hrmp_channels_contents", para)
        data += vec([]) + b"\0"
        now = relay.slot * 6000
        period = int.from_bytes(self.state.call(self.runtime, "AuraApi_slot_duration"), "little")
        logs = [b"\x06aura" + vec_bytes(u64(now // period)), b"\x06CMLS" + vec_bytes(b"\1\0\0" + compact(1))]
        execution = self.state.execute(record=record)
        parent = self.head
        head = header(blake2_256(parent), number_of(parent) + 1, bytes(32), bytes(32), logs)
        execution.call(self.runtime, "Core_initialize_block", head)
        inherents = compact(2) + b"sysi1338" + vec_bytes(data) + b"timstap0" + vec_bytes(u64(now))
        body = extrinsics_of(execution.peek(self.runtime, "BlockBuilder_inherent_extrinsics", inherents))
        for extrinsic in (*body, *refused, *pool):
            execution.begin()
            if extrinsic in refused:
                assert execution.call(self.runtime, "BlockBuilder_apply_extrinsic", extrinsic)[:1] == b"\1"
                execution.rollback()
                continue
            assert execution.call(self.runtime, "BlockBuilder_apply_extrinsic", extrinsic) == b"\0\0"
            execution.commit()
        head = execution.call(self.runtime, "BlockBuilder_finalize_block")
        self.state = execution.finish()
        assert root_of(head) == self.state.root
        self.head = self._sealed(head)
        proof = execution.proof() if record else b""
        return Built(parent, self.head, [*body, *pool], proof, number, root, execution)

    def _sealed(self, head: bytes) -> bytes:
        author = next(iter(secrets()))
        at = read_compact(head, 32)[1] + 64
        count, rest = read_compact(head, at)
        seal = b"\5aura" + vec_bytes(self.host.sign_sr25519(secrets()[author], blake2_256(head)))
        return head[:at] + compact(count + 1) + head[rest:] + seal


class Calls:
    """Encodes calls and signs extrinsics by a runtime's metadata."""

    def __init__(self, chain: Relay | Para) -> None:
        self._host, self._version = chain.host, chain.runtime.version
        raw = read_bytes(chain.state.call(chain.runtime, "Metadata_metadata"), 0)[0]
        self._codec = RuntimeConfigurationObject(implements_scale_info=True)
        self._codec.update_type_registry(load_type_registry_preset("core"))
        self._metadata = self._codec.create_scale_object("MetadataVersioned", ScaleBytes(raw))
        self._metadata.decode()
        self._codec.add_portable_registry(self._metadata)
        latest = next(iter(self._metadata.value[1].values()))
        self.extensions = [each["identifier"] for each in latest["extrinsic"]["signed_extensions"]]

    def call(self, pallet: str, function: str, arguments: dict[str, object]) -> bytes:
        value = {"call_module": pallet, "call_function": function, "call_args": arguments}
        return bytes(self._codec.create_scale_object("Call", metadata=self._metadata).encode(value).data)

    def signed(self, call: bytes, uri: str, nonce: int, genesis_hash: bytes) -> bytes:
        """An immortal signed extrinsic of version 4, with its length in front."""
        version = self._version
        explicit = {
            "CheckMortality": b"\0",
            "CheckEra": b"\0",
            "CheckNonce": compact(nonce),
            "CheckMetadataHash": b"\0",
        }
        explicit |= {"ChargeTransactionPayment": b"\0", "ChargeAssetTxPayment": b"\0\0"}
        implicit = {"CheckMortality": genesis_hash, "CheckEra": genesis_hash, "CheckGenesis": genesis_hash}
        implicit |= {"CheckSpecVersion": u32(version.spec_version), "CheckTxVersion": u32(version.transaction_version)}
        implicit["CheckMetadataHash"] = b"\0"
        extra = b"".join(explicit.get(name, b"") for name in self.extensions)
        payload = call + extra + b"".join(implicit.get(name, b"") for name in self.extensions)
        pair = keypair(uri)
        message = blake2_256(payload) if len(payload) > 256 else payload
        signature = self._host.sign_sr25519(pair.private_key, message)
        return vec_bytes(b"\x84\0" + pair.public_key + b"\1" + signature + extra + call)
