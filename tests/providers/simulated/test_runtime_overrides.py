"""The way out for a chain that stands under new code: nodes that run fixed code of the same version in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simnet.errors import InputError
from simnet.network.topology import RELAY, Chain
from simnet.preflight import check_scenario
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, Outcome, rehearse
from simnet.runtime.bundled import runtime_code
from simnet.scenario import Scenario
from tests.providers.simulated.test_upgrading import NETWORK, found
from tests.upgrades.rewrites import of_the_next_version, refusing_to_migrate


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("codes")
    relay, para = (runtime_code(Chain(id=RELAY, runtime=name)) for name in ("rococo", "penpal"))
    codes = {
        "relay": refusing_to_migrate(relay),
        "relay fixed": of_the_next_version(relay),
        "para": refusing_to_migrate(para),
        "para fixed": of_the_next_version(para),
    }
    for name, code in codes.items():
        (folder / f"{name}.wasm").write_bytes(code)
    return {name: folder / f"{name}.wasm" for name in codes}


def run(
    folder: Path, upgrade: dict[str, Any], steps: list[dict[str, Any]], expect: list[dict[str, Any]] | None = None
) -> Outcome:
    schedule = [{"upgrade": {**upgrade, "path": "without_checks"}, "at": "0s"}]
    data = {"name": "rescue", "network": NETWORK, "schedule": schedule, "steps": steps, "expect": expect or []}
    return rehearse(Scenario.model_validate(data), SimulatedProvider(), Options(out=folder / "runs"))


def restart(targets: str | list[str], file: Path) -> dict[str, Any]:
    return {"restart": {"targets": targets, "runtime_override": str(file), "at_once": True}}


def test_a_relay_chain_goes_on_with_those_who_run_fixed_code(tmp_path: Path, files: dict[str, Path]) -> None:
    rescued = ["alice", "bob", "charlie", "collator-2000-1", "collator-2000-2"]
    steps = [{"wait": {"for": "60s"}}, restart(rescued, files["relay fixed"]), {"wait": {"for": "120s"}}]
    outcome = run(tmp_path, {"runtime": str(files["relay"])}, steps)
    assert "goes on: relay" in found(outcome, "upgraded chains go on")[1]
    heads = {node: outcome.evidence.finalized[node][-1].height for node in ("alice", "bob", "charlie", "dave")}
    assert min(heads["alice"], heads["bob"], heads["charlie"]) > heads["dave"] + 5


def test_forcing_the_code_alone_leaves_a_parachain_standing(tmp_path: Path, files: dict[str, Path]) -> None:
    outcome = run(tmp_path, {"chain": 2000, "runtime": str(files["para"])}, [*forced(files), {"wait": {"for": "140s"}}])
    assert found(outcome, "upgraded chains go on")[0] == "failed"


def test_with_its_collators_on_the_forced_code_it_goes_on(tmp_path: Path, files: dict[str, Path]) -> None:
    collators = restart("parachain:2000", files["para fixed"])
    steps = [*forced(files), collators, {"label": "after", "wait": {"for": "120s"}}]
    expect = [{"parachain_included": {"para": 2000, "at_least": 5, "during": "after"}}]
    outcome = run(tmp_path, {"chain": 2000, "runtime": str(files["para"])}, steps, expect)
    assert found(outcome, "upgraded chains go on")[0] == "held"
    assert found(outcome, "parachain_included")[0] == "held"


def forced(files: dict[str, Path]) -> list[dict[str, Any]]:
    """Waits until the parachain stands, and has root put fixed code into its place on the relay chain."""
    code = files["para fixed"].read_bytes()
    call = {"call": "Paras.force_set_current_code", "args": {"para": 2000, "new_code": "0x" + code.hex()}}
    return [{"wait": {"for": "140s"}}, {"submit": {**call, "sudo": True}}]


@pytest.mark.parametrize(("content", "why"), [(b"nothing", "not WASM"), (None, "cannot be read")])
def test_what_is_no_code_is_refused_before_the_start(tmp_path: Path, content: bytes | None, why: str) -> None:
    file = tmp_path / "other.wasm"
    if content is not None:
        file.write_bytes(content)
    data = {"name": "bad", "network": NETWORK, "steps": [restart("alice", file)]}
    with pytest.raises(InputError, match=why):
        check_scenario(Scenario.model_validate(data))
