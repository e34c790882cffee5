"""``--set key=value``."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.errors import InputError, Problem, ScenarioError
from simnet.scenario.loader import load_network, load_scenario
from simnet.scenario.scenario import Scenario

DATA = Path(__file__).parent / "data"
RICH = DATA / "rich.yaml"


def rich(*overrides: str) -> Scenario:
    return load_scenario(RICH, overrides=overrides)


def problems(*overrides: str) -> list[Problem]:
    with pytest.raises(ScenarioError) as raised:
        rich(*overrides)
    return list(raised.value.problems)


def test_a_number_and_a_list() -> None:
    scenario = rich("seed=7", "tags=[a, b]")
    assert (scenario.seed, scenario.tags) == (7, ("a", "b"))


@pytest.mark.parametrize("key", ["0", "alice"])
def test_a_validator_by_position_and_by_name(key: str) -> None:
    scenario = rich(f"network.relay.validators.{key}.image=repo/x:tag=1")
    assert scenario.topology.node("alice").image == "repo/x:tag=1"
    assert scenario.topology.node("alice").region == "eu"


def test_a_parachain_by_id_and_a_collator_that_only_a_count_implies() -> None:
    scenario = rich("network.parachains.2002.collators.collator-2002-2.region=us")
    assert scenario.topology.node("collator-2002-2").region == "us"
    assert scenario.topology.node("collator-2002-1").region == "default"


def test_a_validator_that_only_the_default_implies(tmp_path: Path) -> None:
    file = tmp_path / "bare.yaml"
    file.write_text("name: x\n")
    scenario = load_scenario(file, overrides=["network.relay.validators.dave.region=us"])
    assert [node.region for node in scenario.topology.nodes] == ["default"] * 3 + ["us"]


def test_parts_of_steps_and_expectations() -> None:
    scenario = rich("steps.3.inject.for=10 blocks", "expect.1.finality_advances.within=200s", "steps.6.inject.for=5s")
    assert str(scenario.steps[3].inject.for_) == "10 blocks"  # type: ignore[union-attr]
    assert scenario.checks[1].within == 200.0  # type: ignore[attr-defined]


def test_the_later_override_holds() -> None:
    assert rich("seed=1", "seed=2").seed == 2


def test_another_network_file_is_relative_to_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yaml").write_text("relay: {validators: 2}\n")
    (tmp_path / "scenario.yaml").write_text("name: x\nnetwork: nowhere.yaml\n")
    monkeypatch.chdir(tmp_path)
    scenario = load_scenario(
        Path("scenario.yaml"), overrides=["network=mine.yaml", "network.relay.nodes=[{name: obs}]"]
    )
    assert [node.name for node in scenario.topology.nodes] == ["alice", "bob", "obs"]


def test_a_network_file_takes_overrides_from_its_own_root() -> None:
    network = load_network(DATA / "three-regions.yaml", ["relay.validators.bob.region=asia", "channels=none"])
    assert network.topology().node("bob").region == "asia"
    assert network.topology().channels == ()


@pytest.mark.parametrize(
    ("override", "column", "message", "hint"),
    [
        ("sed=7", 1, "unknown key 'sed' in the file", "did you mean 'seed'?"),
        ("network.relay.validatrs.0.image=x", 15, "unknown key 'validatrs' in network.relay", "'validators'"),
        ("network.relay.validators.alicee.image=x", 26, "network.relay.validators has no item 'alicee'", "'alice'"),
        ("network.relay.validators.9.image=x", 26, "has no item '9'", "known are alice"),
        ("network.parachains.2003.image=x", 20, "network.parachains has no item '2003'", "did you mean '200"),
        ("network.relay.validators.alice.imag=x", 32, "unknown key 'imag'", "did you mean 'image'?"),
        ("steps.99.label=x", 7, "steps has no item '99'", "it has 20 items, counted from 0"),
        ("steps.first.label=x", 7, "steps has no item 'first'", "counted from 0"),
        ("seed.x=3", 6, "seed is the number 3, which has no parts", None),
        ("steps.5.heal.0=x", 14, "steps.5.heal is text 'killed', which has no parts", None),
        ("seed", 1, "this is no override", "write key=value"),
        ("=3", 1, "this is no override", "write key=value"),
        ("seed=x", 6, "expected a whole number, found text 'x'", None),
        ("seed=", 6, "expected a whole number, found nothing", None),
        ("tags=[a", 8, "not valid YAML", None),
        ("steps.19.wait.for=3", 19, "3 is a length of time without a unit", "60s"),
        ("steps.3.inject={stop: {target: bob}}", 24, "unknown key 'target'", "did you mean 'targets'?"),
        ("steps.3.inject.stop.targets=zed", 29, "'zed' stands for no node", ""),
    ],
)
def test_an_override_that_does_not_fit(override: str, column: int, message: str, hint: str | None) -> None:
    (found,) = problems("description=Fine.", override)
    assert (found.file, found.line, found.column) == (Path("--set"), 2, column)
    assert found.message.startswith(f"in {override!r}: ")
    assert message in found.message
    assert (found.hint or "") == "" if hint is None else hint in str(found.hint)


def test_all_bad_overrides_are_told() -> None:
    assert [one.line for one in problems("sed=1", "seed=3", "tagz=[]", "seed=x")] == [1, 3, 4]


def test_a_list_that_is_not_there_has_no_items(tmp_path: Path) -> None:
    file = tmp_path / "bare.yaml"
    file.write_text("name: x\n")
    with pytest.raises(InputError, match="the file has no steps, so no part of it can be set"):
        load_scenario(file, overrides=["steps.0.label=x"])
