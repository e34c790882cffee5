"""Small simulated networks for tests, launched without a scenario."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import zstandard

from simnet.codec import u32, vec_bytes
from simnet.journal import Journal
from simnet.network.topology import Chain
from simnet.providers.base import Launch, Plan
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.runtime.bundled import runtime_code
from simnet.runtime.host import embedded_version
from simnet.runtime.host._wasm import leb128
from simnet.scenario.network_spec import NetworkSpec
from tests.runs import started

FOUR: dict[str, Any] = {
    "relay": {
        "runtime": "rococo",
        "validators": [
            {"name": "alice", "region": "eu"},
            {"name": "bob", "region": "eu"},
            {"name": "charlie", "region": "us"},
            {"name": "dave", "region": "us"},
        ],
    }
}
"""Four Rococo validators in two regions, no parachain."""


def with_parachain(runtime: str = "penpal", relay: str = "rococo", para: int = 2000) -> dict[str, Any]:
    """Four validators and one parachain."""
    return {
        "relay": {**FOUR["relay"], "runtime": relay},
        "parachains": [{"id": para, "runtime": runtime, "collators": 1}],
    }


def two_parachains(relay: str = "rococo") -> dict[str, Any]:
    """Four validators and two parachains without channels."""
    paras = [{"id": para, "runtime": "penpal", "collators": 1} for para in (2000, 2001)]
    return {"relay": {**FOUR["relay"], "runtime": relay}, "parachains": paras, "channels": "none"}


def renamed(chain: Chain) -> bytes:
    """A chain's bundled code with one more custom section, so that it has another hash."""
    packed = runtime_code(chain)
    wasm = zstandard.ZstdDecompressor().decompress(packed[8:], max_output_size=50 << 20)
    section = bytes([9]) + b"rehearsal"
    return packed[:8] + zstandard.compress(wasm + b"\0" + bytes([len(section)]) + section)


def bumped(chain: Chain) -> bytes:
    """A chain's bundled code that carries the next version: it is what chains look at before they take code. Run, it
    says the old one, so that nothing migrates."""
    packed = runtime_code(chain)
    wasm = zstandard.ZstdDecompressor().decompress(packed[8:], max_output_size=50 << 20)
    version = embedded_version(packed)
    assert version is not None
    names = vec_bytes(version.spec_name.encode()) + vec_bytes(version.impl_name.encode())
    before = names + u32(version.authoring_version) + u32(version.spec_version)
    after = names + u32(version.authoring_version) + u32(version.spec_version + 1)
    head, section, rest = wasm.partition(b"runtime_version" + before)
    assert section
    return packed[:8] + zstandard.compress(head + b"runtime_version" + after + rest)


def raised(chain: Chain) -> bytes:
    """A relay chain's bundled code with the next version wherever it has its own: in what it carries, in what
    ``Core_version`` says, and in what it compares ``System.LastRuntimeUpgrade`` with, so that migrations run."""
    packed = runtime_code(chain)
    wasm = zstandard.ZstdDecompressor().decompress(packed[8:], max_output_size=50 << 20)
    version = embedded_version(packed)
    assert version is not None
    assert version.spec_version > 1_000_000, "a number that nothing else in the code can be by chance"
    before, after = (_places(number) for number in (version.spec_version, version.spec_version + 1))
    for old, new in zip(before, after, strict=True):
        assert 0 < wasm.count(old) < 3
        wasm = wasm.replace(old, new)
    return packed[:8] + zstandard.compress(wasm)


def _places(version: int) -> tuple[bytes, bytes]:
    """How a version stands in data, and in code as ``i32.const``."""
    return u32(version), b"\x41" + leb128(version)


def launch(spec: dict[str, Any], folder: Path, seed: int = 1) -> SimulatedNetwork:
    """A network whose nodes answer; it has not reached its barrier."""
    network = NetworkSpec.model_validate(spec)
    journal = Journal(time.monotonic)
    journal.begin(folder / "journal.jsonl", started(seed=seed))
    plan = Plan(topology=network.topology(), links=tuple(network.links), seed=seed)
    return SimulatedProvider().launch(plan, Launch(run="test", run_dir=folder, journal=journal), 60.0)
