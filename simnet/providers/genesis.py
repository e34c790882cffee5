"""Genesis of every chain, built by its own runtime: state, header, and the raw chain spec that nodes take.

Both providers start from here. The runtime's GenesisBuilder API makes storage of a configuration, and the code itself
is put in afterwards, as chain-spec-builder and nodes do it: the block is theirs to the last byte.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from simnet.chain.metadata import Metadata
from simnet.chain.scale import (
    blake2_256,
    compact,
    map_key,
    read_bytes,
    storage_prefix,
    twox_64,
    u32,
    vec,
    vec_bytes,
)
from simnet.errors import HostError, InputError, RuntimeTrap
from simnet.network.chain_spec import CODE, Json, new_spec, raw_genesis, raw_storage, read_spec, runtime_genesis
from simnet.network.genesis import (
    PRESET,
    chain_id,
    check_channels,
    merge,
    parachain_config,
    raised_limits,
    relay_config,
)
from simnet.network.topology import Chain, Topology
from simnet.providers.simulated.host import Host, Runtime, State
from simnet.runtimes import runtime_code

_CHILD = b":child_storage:default:"
_EMPTY_ROOT = blake2_256(b"\0")
"""Root of a trie without entries: the extrinsics root of genesis."""


@dataclass(frozen=True)
class Genesis:
    """A chain's beginning. ``header`` is its SCALE, a parachain's genesis head."""

    chain: Chain
    state: State
    runtime: Runtime
    header: bytes
    spec: Json
    """The chain spec without its genesis."""
    adjusted: tuple[str, ...] = ()
    """What is otherwise than in the runtime's preset because the network could not be without, in words."""

    @property
    def id(self) -> str:
        """Of the chain spec; nodes' databases and keystores lie under it."""
        return str(self.spec["id"])

    @property
    def code(self) -> bytes:
        return self.state.get(CODE) or b""

    def raw_spec(self) -> bytes:
        """The raw chain spec: JSON that every node of the chain takes."""
        items = self.state.items()
        top = {key: value for key, value in items if not key.startswith(_CHILD)}
        children = [key.removeprefix(_CHILD) for key, _ in items if key.startswith(_CHILD)]
        genesis = raw_genesis(top, {child: self._trie(child) for child in children})
        return json.dumps({**self.spec, "genesis": genesis}).encode()

    def _trie(self, child: bytes) -> dict[bytes, bytes]:
        return {key: self.state.child_get(child, key) or b"" for key in self.state.child_keys(child)}


class GenesisMaker:
    """Makes the genesis of a network's chains with the runtimes of one host."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def all(self, topology: Topology) -> dict[str, Genesis]:
        """Of every chain by its id, parachains first made, since the relay chain's has their heads.

        Raises :class:`InputError` for a runtime or chain spec that is none, a configuration that the runtime refuses,
        or a relay chain's spec file that has not the network's parachains.
        """
        relay = topology.relay
        given = {chain.id: read_spec(chain) for chain in (relay, *topology.parachains) if chain.spec_file is not None}
        relay_id = given[relay.id]["id"] if relay.id in given else chain_id(relay)
        paras = {}
        for chain in topology.parachains:
            if chain.id in given:
                paras[chain.id] = self._of_file(chain, given[chain.id])
            else:
                spec = new_spec(chain_id(chain), para_id=int(chain.id), relay_chain=relay_id)
                config = partial(parachain_config, chain=chain, topology=topology)
                paras[chain.id] = self._of_runtime(chain, spec, config)
        if relay.id in given:
            made = self._of_file(relay, given[relay.id])
            for para in paras.values():
                _check_registered(para, made)
            if topology.channels:
                check_channels(topology, self._active_config(made))
        else:
            codes = {_stand_in(one.code): one.code for one in paras.values()}
            heads = {para: ("0x" + one.header.hex(), "0x" + _stand_in(one.code).hex()) for para, one in paras.items()}
            adjusted: list[str] = []

            def of_relay(base: Json) -> Json:
                for key, (old, new) in raised_limits(base, topology).items():
                    adjusted.append(f"{key} {new} instead of {old}, for the network's HRMP channels")
                return relay_config(base, topology, heads)

            made = _with_codes(self._of_runtime(relay, new_spec(relay_id), of_relay), codes)
            made = replace(made, adjusted=tuple(adjusted))
        return {relay.id: made, **paras}

    def _of_runtime(self, chain: Chain, spec: Json, config: Callable[[Json], Json]) -> Genesis:
        """With the runtime that the network names: its preset over its default, as ``config`` changes it."""
        code = runtime_code(chain)
        builder = self._builder(chain, code)
        base = merge(self._preset(builder, None), self._preset(builder, PRESET))
        return self._built(chain, spec, builder, code, config(base))

    def _of_file(self, chain: Chain, spec: Json) -> Genesis:
        fields = {name: value for name, value in spec.items() if name != "genesis"}
        if "raw" in spec["genesis"]:
            top, children = raw_storage(chain, spec)
            runtime = self._runtime(chain, top[CODE])
            state = self._host.state(top, children, version=runtime.version.state_version)
            return Genesis(chain, state, runtime, _header(state.root), fields)
        code, config, whole = runtime_genesis(chain, spec)
        builder = self._builder(chain, code)
        if not whole:
            config = merge(self._preset(builder, None), config)
        return self._built(chain, fields, builder, code, merge(config, json.loads(chain.genesis)))

    def _runtime(self, chain: Chain, code: bytes) -> Runtime:
        try:
            runtime = self._host.runtime(code)
            runtime.version  # noqa: B018 - asked while what is wrong with it can be said
        except (HostError, RuntimeTrap) as error:
            raise InputError(f"the runtime of chain {chain.id} cannot be run: {error}") from error
        return runtime

    def _builder(self, chain: Chain, code: bytes) -> Runtime:
        runtime = self._runtime(chain, code)
        if "GenesisBuilder_get_preset" not in runtime.functions:
            raise InputError(
                f"{runtime}, the runtime of chain {chain.id}, cannot build its genesis (it has no GenesisBuilder API); "
                f"give a raw chain spec as `spec`"
            )
        return runtime

    def _built(self, chain: Chain, spec: Json, builder: Runtime, code: bytes, config: Json) -> Genesis:
        execution = self._host.state({}).execute()
        text = json.dumps(config, sort_keys=True).encode()
        try:
            answer = execution.call(builder, "GenesisBuilder_build_state", vec_bytes(text))
        except RuntimeTrap as trap:
            raise InputError(f"the runtime of chain {chain.id} cannot build its genesis: {trap.message}") from trap
        if answer[:1] != b"\0":
            why = read_bytes(answer, 1)[0].decode(errors="replace")
            raise InputError(f"the runtime of chain {chain.id} refuses its genesis: {why}")
        execution.set(CODE, code)
        state = execution.finish(version=builder.version.state_version)
        return Genesis(chain, state, builder, _header(state.root), spec)

    def _active_config(self, genesis: Genesis) -> Json:
        """The host configuration that a relay chain's state has; empty where it has none."""
        raw = genesis.state.get(storage_prefix("Configuration", "ActiveConfig"))
        if raw is None:
            return {}
        answer = genesis.state.call(genesis.runtime, "Metadata_metadata", b"")
        metadata = Metadata.parse(read_bytes(answer, 0)[0])
        found: Json = metadata.decode_storage("Configuration", "ActiveConfig", raw)
        return found

    def _preset(self, runtime: Runtime, name: str | None) -> Json:
        """A preset by name; the default configuration for None, empty where the runtime has no preset of the name."""
        argument = b"\0" if name is None else b"\1" + vec_bytes(name.encode())
        answer = self._host.state({}).call(runtime, "GenesisBuilder_get_preset", argument)
        if answer[:1] == b"\0":
            return {}
        found: Json = json.loads(read_bytes(answer, 1)[0])
        return found


def _stand_in(code: bytes) -> bytes:
    """Bytes that stand for a validation code while genesis is built: as JSON, the codes of a dozen parachains would
    be more than a runtime may allocate at once."""
    return b"simnet stands in for " + blake2_256(code)


def _with_codes(genesis: Genesis, codes: dict[bytes, bytes]) -> Genesis:
    """The same genesis with codes in place of what stood for them, and their hashes in place of its hash."""
    if not codes:
        return genesis
    changes = [(vec_bytes(stand_in), vec_bytes(code)) for stand_in, code in codes.items()]
    changes += [(blake2_256(stand_in), blake2_256(code)) for stand_in, code in codes.items()]
    execution = genesis.state.execute()
    for key, value in genesis.state.items():
        new_key, new_value = key, value
        for old, new in changes:
            new_key, new_value = new_key.replace(old, new), new_value.replace(old, new)
        if (new_key, new_value) != (key, value):
            execution.set(key, None)
            execution.set(new_key, new_value)
    state = execution.finish(version=genesis.runtime.version.state_version)
    return replace(genesis, state=state, header=_header(state.root))


def _header(root: bytes) -> bytes:
    return bytes(32) + compact(0) + root + _EMPTY_ROOT + vec([])


def _check_registered(para: Genesis, relay: Genesis) -> None:
    """Raises :class:`InputError` unless the relay chain, which is as a file has it, knows the parachain."""
    number = u32(int(para.chain.id))
    hashed = twox_64(number) + number
    head = relay.state.get(map_key("Paras", "Heads", hashed))
    code = relay.state.get(map_key("Paras", "CurrentCodeHash", hashed))
    if head is None:
        wrong = f"does not register parachain {para.chain.id}"
    elif head != vec_bytes(para.header):
        wrong = f"registers parachain {para.chain.id} with another genesis head than it has here"
    elif code != blake2_256(para.code):
        wrong = f"registers parachain {para.chain.id} with another runtime than it has here"
    else:
        return
    raise InputError(
        f"{relay.chain.spec_file} {wrong}: give the chain spec that it was registered from as the parachain's `spec`, "
        f"or name a `runtime` for the relay chain, and simnet registers the network's parachains itself"
    )
