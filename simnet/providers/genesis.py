"""Genesis of every chain, built by its own runtime: state, header, and the raw chain spec that nodes take.

Both providers start from here. The runtime's GenesisBuilder API lays a patch over its default configuration, as
chain-spec-builder has it do; the code itself is put in afterwards.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simnet.chain.scale import read_bytes, vec_bytes
from simnet.errors import InputError
from simnet.network.genesis import PRESET, chain_id, merge, parachain_patch, relay_patch
from simnet.network.topology import Chain, Topology
from simnet.providers.simulated.building import genesis_header
from simnet.providers.simulated.host import Host, Runtime, State
from simnet.runtimes import runtime_code

CODE = b":code"


@dataclass(frozen=True)
class Genesis:
    """A chain's beginning. ``header`` is its SCALE, a parachain's genesis head."""

    id: str
    """Of the chain spec; nodes' databases and keystores lie under it."""
    chain: Chain
    state: State
    runtime: Runtime
    header: bytes
    spec: dict[str, Any]
    """The raw chain spec."""

    @property
    def code(self) -> bytes:
        return self.state.get(CODE) or b""


class GenesisMaker:
    """Makes the genesis of a network's chains with the runtimes of one host."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def all(self, topology: Topology) -> dict[str, Genesis]:
        """Of every chain by its id, parachains first made, since the relay chain's has their heads.

        Raises :class:`InputError` for a runtime or spec that is none, or a patch that the runtime refuses.
        """
        paras = {chain.id: self._parachain(chain, topology) for chain in topology.parachains}
        return {topology.relay.id: self._relay(topology, paras), **paras}

    def _relay(self, topology: Topology, paras: dict[str, Genesis]) -> Genesis:
        chain = topology.relay
        if chain.spec_file is not None:
            return self._from_file(chain)
        heads = {para: ("0x" + one.header.hex(), "0x" + one.code.hex()) for para, one in paras.items()}
        runtime, code = self._runtime(chain)
        return self._make(chain, runtime, code, relay_patch(self._preset(runtime, PRESET), topology, heads), {})

    def _parachain(self, chain: Chain, topology: Topology) -> Genesis:
        if chain.spec_file is not None:
            return self._from_file(chain)
        runtime, code = self._runtime(chain)
        patch = parachain_patch(self._preset(runtime, PRESET), chain, topology)
        properties = {"para_id": int(chain.id), "relay_chain": chain_id(topology.relay)}
        return self._make(chain, runtime, code, patch, properties)

    def _runtime(self, chain: Chain) -> tuple[Runtime, bytes]:
        code = runtime_code(chain)
        return self._host.runtime(code), code

    def _make(
        self, chain: Chain, runtime: Runtime, code: bytes, patch: dict[str, Any], more: dict[str, Any]
    ) -> Genesis:
        config = merge(self._preset(runtime, None), patch)
        execution = self._host.state({}).execute()
        text = json.dumps(config, sort_keys=True).encode()
        answer = execution.call(runtime, "GenesisBuilder_build_state", vec_bytes(text))
        if answer[:1] != b"\0":
            why = read_bytes(answer, 1)[0].decode(errors="replace")
            raise InputError(f"the runtime of chain {chain.id} refuses the genesis: {why}")
        execution.set(CODE, code)
        state = execution.finish()
        name = chain_id(chain)
        top = {"0x" + key.hex(): "0x" + value.hex() for key, value in state.items()}
        spec = _spec(name, top, more)
        return Genesis(name, chain, state, runtime, genesis_header(state.root), spec)

    def _from_file(self, chain: Chain) -> Genesis:
        spec = _read(Path(chain.spec_file or ""), chain)
        raw = spec["genesis"]["raw"]
        top = {_unhex(key): _unhex(value) for key, value in raw["top"].items()}
        children = {
            _unhex(child): {_unhex(key): _unhex(value) for key, value in pairs.items()}
            for child, pairs in raw.get("childrenDefault", {}).items()
        }
        runtime = self._host.runtime(top[CODE])
        state = self._host.state(top, children, version=runtime.version.state_version)
        return Genesis(spec["id"], chain, state, runtime, genesis_header(state.root), spec)

    def _preset(self, runtime: Runtime, name: str | None) -> dict[str, Any]:
        """A preset by name; the default configuration for None, empty where the runtime has no preset of the name."""
        argument = b"\0" if name is None else b"\1" + vec_bytes(name.encode())
        answer = self._host.state({}).call(runtime, "GenesisBuilder_get_preset", argument)
        if answer[:1] == b"\0":
            return {}
        found: dict[str, Any] = json.loads(read_bytes(answer, 1)[0])
        return found


def _spec(name: str, top: dict[str, str], more: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "id": name,
        "chainType": "Local",
        "bootNodes": [],
        "telemetryEndpoints": None,
        "protocolId": None,
        "properties": None,
        "codeSubstitutes": {},
        **more,
        "genesis": {"raw": {"top": top, "childrenDefault": {}}},
    }


def _read(path: Path, chain: Chain) -> dict[str, Any]:
    try:
        spec: dict[str, Any] = json.loads(path.read_bytes())
        if "raw" not in spec["genesis"]:
            raise InputError(f"{path} is not a raw chain spec; convert it with `chain-spec-builder convert-to-raw`")
        if "0x" + CODE.hex() not in spec["genesis"]["raw"]["top"]:
            raise InputError(f"{path} carries no runtime: its genesis has no :code")
        return spec
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"chain {chain.id}: {path} is not a raw chain spec ({error})") from error


def _unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
