"""Raw chain specs: made once by the node project's own tools in containers, cached by content.

The cache key is the content that goes in (runtime, patch, tool image), so nothing in it can be stale.
``SIMNET_CACHE`` moves it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from simnet.errors import EngineError, InputError
from simnet.network.genesis import PRESET, chain_id, parachain_patch, relay_patch
from simnet.network.topology import Chain, Topology
from simnet.paths import cache_dir
from simnet.providers.docker.engine import Engine, get_file, in_parallel
from simnet.runtimes import runtime_code

SPEC_BUILDER_IMAGE = "parity/chain-spec-builder:v1.25.1"


@dataclass(frozen=True)
class Spec:
    """A raw chain spec as nodes take it, and the chain id inside it."""

    id: str
    raw: bytes


class SpecMaker:
    """Makes the specs of a network with tool containers, parachains side by side."""

    def __init__(self, engine: Engine, digests: dict[str, str]) -> None:
        self._engine = engine
        self._digests = digests
        self.made = 0
        """How many tool runs were needed; 0 when all came from the cache."""

    def all(self, topology: Topology) -> dict[str, Spec]:
        """The spec of every chain by id."""
        paras = dict(
            zip(
                [chain.id for chain in topology.parachains],
                in_parallel([partial(self._parachain, chain, topology) for chain in topology.parachains], most=2),
                strict=True,
            )
        )
        heads = dict(
            zip(
                paras,
                in_parallel([partial(self._head, c, paras[c.id], topology) for c in topology.parachains], most=2),
                strict=True,
            )
        )
        codes = {para: _code(spec.raw) for para, spec in paras.items()}
        registered = {para: (heads[para], codes[para]) for para in paras}
        return {"relay": self._relay(topology, registered), **paras}

    def _relay(self, topology: Topology, registered: dict[str, tuple[str, str]]) -> Spec:
        chain = topology.relay
        if chain.spec_file is not None:
            return _from_file(chain)
        return self._raw(chain, lambda preset: relay_patch(preset, topology, registered), [])

    def _parachain(self, chain: Chain, topology: Topology) -> Spec:
        if chain.spec_file is not None:
            return _from_file(chain)
        return self._raw(
            chain,
            lambda preset: parachain_patch(preset, chain, topology),
            ["--para-id", chain.id, "--relay-chain", chain_id(topology.relay)],
        )

    def _raw(self, chain: Chain, patch: Callable[[dict[str, Any]], dict[str, Any]], options: list[str]) -> Spec:
        code = runtime_code(chain)
        preset = json.loads(self._preset(code))
        patched = json.dumps(patch(preset), sort_keys=True).encode()
        name = chain_id(chain)
        command = [
            "--chain-spec-path", "/simnet/out.json", "create", "--raw-storage", "-t", "local", "--chain-name", name,
            "--chain-id", name, "--runtime", "/simnet/runtime.wasm", *options, "patch", "/simnet/patch.json",
        ]  # fmt: skip
        files = {"runtime.wasm": code, "patch.json": patched}
        raw = self._cached(
            "raw", files, command, lambda: self._file(SPEC_BUILDER_IMAGE, command, files, "/simnet/out.json")
        )
        return Spec(id=name, raw=raw)

    def _preset(self, code: bytes) -> bytes:
        command = ["display-preset", "--runtime", "/simnet/runtime.wasm", "--preset-name", PRESET]
        files = {"runtime.wasm": code}
        return self._cached("preset", files, command, lambda: self._output(SPEC_BUILDER_IMAGE, command, files))

    def _head(self, chain: Chain, spec: Spec, topology: Topology) -> str:
        collators = topology.on_chain(chain.id)
        if not collators:
            raise InputError(f"parachain {chain.id} has no collator, whose image would export its genesis head")
        image = collators[0].image
        command = ["export-genesis-head", "--chain", "/simnet/spec.json"]
        files = {"spec.json": spec.raw}
        return self._cached("head", files, command, lambda: self._output(image, command, files), image).decode().strip()

    def _cached(
        self,
        kind: str,
        files: dict[str, bytes],
        command: list[str],
        make: Callable[[], bytes],
        image: str = SPEC_BUILDER_IMAGE,
    ) -> bytes:
        digest = hashlib.sha256(json.dumps([self._digests[image], *command]).encode())
        for name, content in sorted(files.items()):
            digest.update(name.encode() + hashlib.sha256(content).digest())
        path = cache_dir("specs") / f"{kind}-{digest.hexdigest()[:32]}"
        if path.is_file():
            return path.read_bytes()
        content = make()
        self.made += 1
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_bytes(content)
        partial.rename(path)
        return content

    def _file(self, image: str, command: list[str], files: dict[str, bytes], out: str) -> bytes:
        container = self._engine.tool(image, command, files)
        try:
            return get_file(container, out)
        finally:
            container.remove(force=True, v=True)

    def _output(self, image: str, command: list[str], files: dict[str, bytes]) -> bytes:
        container = self._engine.tool(image, command, files)
        try:
            output: bytes = container.logs(stdout=True, stderr=False)
        finally:
            container.remove(force=True, v=True)
        if not output.strip():
            raise EngineError(f"`{' '.join(command)}` in {image} printed nothing")
        return output


def _from_file(chain: Chain) -> Spec:
    path = Path(chain.spec_file or "")
    try:
        raw = path.read_bytes()
        spec = json.loads(raw)
        if "raw" not in spec["genesis"]:
            raise InputError(f"{path} is not a raw chain spec; convert it with `chain-spec-builder convert-to-raw`")
        return Spec(id=spec["id"], raw=raw)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"chain {chain.id}: {path} is not a raw chain spec ({error})") from error


def _code(raw: bytes) -> str:
    """The runtime in a raw spec as 0x hex: a parachain's validation code."""
    return str(json.loads(raw)["genesis"]["raw"]["top"]["0x3a636f6465"])
