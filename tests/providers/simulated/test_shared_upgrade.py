"""A network that an earlier run used is upgraded by a later one, whose journal begins in the middle of its life."""

from __future__ import annotations

from typing import Any

import pytest

from simnet.journal.records import CodeRead, PhaseTimed, UpgradeAsked
from simnet.network.topology import RELAY, Chain
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.pytest_plugin._shared_network import SharedNetwork
from simnet.rehearsal import Options, Outcome, plan_of
from simnet.runtime.bundled import runtime_code
from simnet.scenario import Scenario
from tests.providers.simulated.networks import renamed
from tests.providers.simulated.test_upgrading import found, hash_of

PENPAL, ROCOCO = Chain(id="2000", runtime="penpal"), Chain(id=RELAY, runtime="rococo")
NETWORK = {
    "relay": {"runtime": "rococo", "validators": 2},
    "parachains": [{"id": 2000, "runtime": "penpal", "collators": 1}],
}
INVARIANTS = ("code as asked", "upgraded chains go on")


def scenario(name: str, steps: list[dict[str, Any]], expect: list[dict[str, Any]]) -> Scenario:
    return Scenario.model_validate({"name": name, "network": NETWORK, "steps": steps, "expect": expect})


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """Three runs on one network, of which the last upgrades a parachain."""
    folder = tmp_path_factory.mktemp("shared")
    (folder / "next.wasm").write_bytes(renamed(PENPAL))
    steps = [
        {"label": "para", "upgrade": {"chain": 2000, "runtime": str(folder / "next.wasm"), "path": "without_checks"}},
        {"label": "after", "wait": {"for": "60s"}},
    ]
    quiet = [{"wait": {"for": "30s"}}]
    shared = SharedNetwork(SimulatedProvider(), Options(out=folder / "runs", start_within=600.0))
    try:
        plans = [
            scenario("first", quiet, [{"finality_lag": {"at_most": 8}}]),
            scenario("second", quiet, [{"finality_lag": {"at_most": 8}}]),
            scenario("third", steps, [{"upgraded": {"chain": 2000}}]),
        ]
        return [shared.play(one, plan_of(one)) for one in plans]
    finally:
        shared.close()


def test_each_run_on_a_shared_network_judges_its_code(runs: list[Outcome]) -> None:
    again = [any(one.data.name == "in stride again" for one in run.evidence.of(PhaseTimed)) for run in runs]
    assert again == [False, True, True], "the first one's network is that of all"
    for outcome in runs:
        assert outcome.verdict.exit_code == 0, [str(one) for one in outcome.verdict.findings]
        assert [found(outcome, name)[0] for name in INVARIANTS] == ["held", "held"]


def test_a_later_run_knows_what_each_chain_runs_before_it_does_anything(runs: list[Outcome]) -> None:
    old = {RELAY: hash_of(runtime_code(ROCOCO)), "2000": hash_of(runtime_code(PENPAL))}
    for outcome in runs:
        first: dict[str, str] = {}
        for one in outcome.evidence.of(CodeRead):
            first.setdefault(one.chain or "", one.data.code)
        assert first == old


def test_the_upgrade_of_a_used_network_is_seen(runs: list[Outcome]) -> None:
    last = runs[-1]
    (asked,) = (one.data for one in last.evidence.of(UpgradeAsked))
    assert asked.migrates is False
    status, seen = found(last, "upgraded chain=2000")
    assert status == "held"
    assert "1 of 1 nodes have 0x" in seen
    assert "changed in 2000" in found(last, "code as asked")[1]
    assert "2000" in found(last, "upgraded chains go on")[1]
