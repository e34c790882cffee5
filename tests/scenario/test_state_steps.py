"""A whole run of steps that change chains' states, in values as people write them, and from the file that it stored."""

from __future__ import annotations

import json

import pytest

from simnet.checks import Status
from simnet.journal import read_evidence
from simnet.journal.records import Intervention, RuntimeEvent
from simnet.preflight import in_scenario
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, Outcome, rehearse
from simnet.scenario.loader import load_scenario

TEXT = """
name: states
network:
  relay: {validators: 2, tokens: {OWN: 9}}
  parachains: [{id: 2000}]
steps:
- submit:
    as: alice
    calls:
      - {call: Balances.transfer_keep_alive, args: {dest: "para:2000", value: 1.5 OWN}}
      - {call: System.remark_with_event, args: {remark: "@memo.txt"}}
- submit: {chain: 2000, as: {account: "//Bob"}, call: Balances.transfer_keep_alive, args: {dest: alice, value: 2 UNIT}}
- set_storage: {chain: 2000, items: [{item: PolkadotXcm.SafeXcmVersion, value: 3}]}
- submit: {call: Balances.transfer_keep_alive, args: {dest: bob, value: 999999999 OWN}, expect: failure}
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("states")
    (folder / "memo.txt").write_text("hello")
    (folder / "states.yaml").write_text(TEXT)
    scenario = load_scenario(folder / "states.yaml", further=in_scenario)
    return rehearse(scenario, SimulatedProvider(), Options(out=folder / "runs"))


def test_a_run_says_what_it_changed(outcome: Outcome) -> None:
    assert outcome.verdict.status is Status.HELD
    assert [step.data.failure for step in outcome.evidence.steps] == [None] * 4
    told = "storage of 2000: PolkadotXcm.SafeXcmVersion set to 3 (by sudo)"
    assert outcome.verdict.interventions == (told,)
    assert json.loads((outcome.folder / "run.json").read_text())["interventions"] == [told]
    assert told in (outcome.folder / "report.html").read_text()
    (read,) = read_evidence(outcome.folder).of(Intervention)
    assert read.data.items == [{"item": "PolkadotXcm.SafeXcmVersion", "keys": [], "value": 3}]


def test_amounts_and_files_came_onto_the_chain_as_written(outcome: Outcome) -> None:
    events: list[RuntimeEvent] = [one.data for one in outcome.evidence.of(RuntimeEvent)]
    amounts = {one.fields["amount"] for one in events if (one.pallet, one.name) == ("Balances", "Transfer")}
    assert {1_500_000_000, 2 * 10**12} <= amounts
    assert any(one.name == "Remarked" for one in events)


def test_the_stored_scenario_runs_again_from_its_folder(outcome: Outcome) -> None:
    again = load_scenario(outcome.folder / "scenario.yaml", further=in_scenario)
    assert again == outcome.scenario
    assert again.topology.relay.tokens == (("OWN", 9),)
