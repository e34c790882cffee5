"""Every fault, check, step, state and act has an example, which is part of a scenario without mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from docs import kind_examples
from docs.kind_examples import FILES, FOLDER, KINDS, KindExample, examples
from simnet.checks import Status
from simnet.checks._check import idle_acts
from simnet.network.topology import RELAY, Chain
from simnet.preflight import in_scenario
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import plan_of
from simnet.scenario import Scenario
from simnet.scenario.loader import load_scenario
from simnet.search import run_trial
from tests.providers.simulated.networks import bumped, raised

EVERY = list(dict.fromkeys(name for names in FILES.values() for name in names))
OF_SIMULATED_NODES = [name for name in EVERY if name not in ("checks_of_real_nodes.yaml", "rolls.yaml")]
ONE_OF_EACH = [(family, kind) for family, kinds in KINDS.items() for kind in kinds]


@pytest.fixture(scope="module")
def next_codes(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The codes that the example of upgrades names, which nobody ships, in the order of its steps."""
    folder = tmp_path_factory.mktemp("codes")
    penpal, rococo = Chain(id="2000", runtime="penpal"), Chain(id=RELAY, runtime="rococo")
    (folder / "next-penpal.wasm").write_bytes(bumped(penpal))
    (folder / "next-rococo.wasm").write_bytes(raised(rococo))
    return [str(folder / "next-penpal.wasm"), str(folder / "next-rococo.wasm")]


def loaded(name: str, next_codes: list[str]) -> Scenario:
    """An example's file without mistakes."""
    named = [f"steps.{at}.upgrade.runtime={file}" for at, file in enumerate(next_codes)]
    return load_scenario(FOLDER / name, overrides=named if name == "upgrades.yaml" else [], further=in_scenario)


def example(family: str, kind: str) -> KindExample:
    return examples()[family][kind]


def test_every_file_is_of_a_family() -> None:
    assert sorted(EVERY) == sorted(path.name for path in FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("family", KINDS)
def test_every_kind_of_a_family_has_an_example(family: str) -> None:
    assert tuple(examples()[family]) == KINDS[family]


def test_a_kind_without_an_example_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind_examples, "FILES", {**FILES, "states": FILES["steps"]})
    examples.cache_clear()
    try:
        assert tuple(examples()["states"]) == ("delivered", "ended")
    finally:
        examples.cache_clear()


@pytest.mark.parametrize("name", EVERY)
def test_a_file_has_no_mistakes(name: str, next_codes: list[str]) -> None:
    assert loaded(name, next_codes).description


@pytest.mark.parametrize("name", OF_SIMULATED_NODES)
def test_simulated_nodes_can_do_what_a_file_asks(name: str) -> None:
    assert SimulatedProvider().plan(plan_of(load_scenario(FOLDER / name))) == []


@pytest.mark.parametrize("name", OF_SIMULATED_NODES)
def test_a_file_holds_on_simulated_nodes_and_uses_every_act(name: str, next_codes: list[str]) -> None:
    trial = run_trial(loaded(name, next_codes))
    assert trial.verdict.status is Status.HELD, trial.verdict.findings
    assert trial.evidence is not None
    assert [idle for window in trial.evidence.windows.values() for idle in idle_acts(window)] == []


@pytest.mark.parametrize(("family", "kind"), ONE_OF_EACH)
def test_an_example_is_yaml_that_names_its_kind(family: str, kind: str) -> None:
    text = example(family, kind).text
    (items,) = yaml.safe_load(text).values()
    assert kind in str(items)
    assert text.splitlines()[1].startswith("  #"), "a sentence says what happens"


def test_an_example_is_text_of_its_file() -> None:
    found = example("faults", "kill")
    assert found.text == (
        "steps:\n"
        "  # Dave's machine crashes, until somebody starts it again.\n"
        "  - inject: {kill: {targets: dave}, as: crash}\n"
        "  - wait: {for: 12s}\n"
        "  - heal: crash\n"
    )
    assert found.text.removeprefix("steps:\n") in Path(found.file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("family", "kind", "refused_by"),
    [
        ("faults", "kill", []),
        ("faults", "byzantine", ["docker"]),
        ("acts", "censor", ["docker"]),
        ("checks", "points", []),
        ("checks", "log_lines", ["simulated"]),
        ("checks", "metric", ["simulated"]),
        ("checks", "node_versions", ["simulated"]),
        ("steps", "onboard", []),
        ("steps", "roll", ["simulated"]),
    ],
)
def test_who_cannot_do_a_kind_is_told(family: str, kind: str, refused_by: list[str]) -> None:
    refusals = example(family, kind).refusals
    assert list(refusals) == refused_by
    assert all(len(why) > 20 for why in refusals.values())
