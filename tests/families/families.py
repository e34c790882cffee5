"""The runtimes of this folder, networks of them, and what is made of them for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import zstandard

from simnet.codec import COMPRESSED
from simnet.fields import KeyPath
from simnet.preflight import check_scenario, in_scenario
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, Outcome, rehearse
from simnet.runtime.host import wasm_of
from simnet.scenario import Scenario

FOLDER = Path(__file__).parent
PEOPLE, CORETIME, OLDER, TWENTY = (
    str(FOLDER / f"{name}.compact.compressed.wasm")
    for name in ("people-westend", "coretime-westend", "older-westend", "twenty")
)

ACCOUNTS = {
    "//Alice": "0xe04cc55ebee1cbce552f250e85c57b70b2e2625b",
    "//Bob": "0x25451a4de12dccc2d166922fa938e900fcc4ed24",
    "//Charlie": "0x5630a480727cd7799073b36472d9b1a6031f840b",
}
"""Ethereum's accounts of the development phrase's ECDSA keys, as runtimes/twenty has them in its presets."""

UNIT = 10**18
"""Of the token of runtimes/twenty."""

WAIT = {"wait": {"for": "6s"}}
RELAY = {"runtime": "westend", "validators": 3}


def twenty(para: int, **more: Any) -> dict[str, Any]:
    return {"id": para, "runtime": TWENTY, **more}


def mistakes(network: dict[str, Any], *steps: dict[str, Any]) -> list[tuple[KeyPath, str]]:
    """What is told before the launch: where, and what."""
    scenario = Scenario.model_validate({"name": "family", "network": network, "steps": [*steps, WAIT]})
    return [(one.way, one.message) for one in in_scenario(scenario)]


def run(folder: Path, network: dict[str, Any], steps: list[dict[str, Any]], expect: list[dict[str, Any]]) -> Outcome:
    scenario = Scenario.model_validate({"name": "family", "network": network, "steps": steps, "expect": expect})
    check_scenario(scenario)
    return rehearse(scenario, SimulatedProvider(), Options(out=folder / "runs"))


def changed(runtime: str, folder: Path, **names: str) -> str:
    """A runtime in which names stand otherwise, of the same length each: an API that it exports, a preset, whatever."""
    code = wasm_of(Path(runtime).read_bytes())
    for old, new in names.items():
        assert len(old) == len(new)
        assert old.encode() in code
        code = code.replace(old.encode(), new.encode())
    file = folder / "changed.wasm"
    file.write_bytes(COMPRESSED + zstandard.compress(code))
    return str(file)
