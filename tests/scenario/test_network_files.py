"""``network: path`` and ``use: path``: found beside the file that names them, merged, and blamed by their own name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simnet.errors import Problem, ScenarioError
from simnet.scenario.loader import load_network, load_scenario

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes files by name and gives the path of the last."""

    def write(**files: str) -> Path:
        path = tmp_path
        for name, text in files.items():
            path = tmp_path / (name.replace("__", "/") + ".yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return path

    return write


def problems(path: Path) -> list[Problem]:
    with pytest.raises(ScenarioError) as raised:
        load_scenario(path)
    return list(raised.value.problems)


BASE = """\
relay:
  flags: ["--base"]
  validators:
    - {name: alice, region: eu}
    - {name: bob, region: us}
parachains:
  - {id: 2000, genesis: {a: {b: 1, c: 2}}}
  - {id: 2001, collators: 2}
channels: none
"""


def test_a_path_is_relative_to_the_file_that_names_it(write: Write) -> None:
    write(shared__base="use: inner/deep.yaml\n", shared__inner__deep="relay: {validators: 3}\n")
    path = write(here__scenario="name: x\nnetwork: ../shared/base.yaml\n")
    assert [node.name for node in load_scenario(path).topology.nodes] == ["alice", "bob", "charlie"]


def test_code_that_a_step_brings_lies_beside_the_file_that_names_it(write: Write) -> None:
    """It was looked for in the working folder (issue 18)."""
    restart = "restart: {targets: alice, runtime_override: fixed.wasm}"
    steps = f"steps: [upgrade: {{runtime: ../next.wasm}}, upgrade: {{runtime: rococo-again}}, {restart}]"
    path = write(here__scenario=f"name: x\n{steps}\n")
    first, second, third = load_scenario(path).steps
    assert first.upgrade is not None
    assert first.upgrade.runtime == str(path.parent.parent / "next.wasm")
    assert second.upgrade is not None
    assert second.upgrade.runtime == "rococo-again"
    assert third.cycle is not None
    assert third.cycle.as_data()["runtime_override"] == str(path.parent / "fixed.wasm")


def test_overrides_merge_by_name_and_id_and_replace_other_lists(write: Write) -> None:
    write(base=BASE)
    path = write(
        scenario="""\
name: x
network:
  use: base.yaml
  relay:
    flags: ["--over"]
    validators: [{name: bob, image: "new:1"}, {name: carol}]
  parachains:
    - {id: 2000, genesis: {a: {c: 3}}}
    - {id: 2001, collators: [{name: collator-2001-2, region: asia}]}
    - {id: 2002}
"""
    )
    network = load_scenario(path).network
    topology = network.topology()
    assert [node.name for node in topology.validators] == ["alice", "bob", "carol"]
    bob = topology.node("bob")
    assert (bob.image, bob.region, bob.flags) == ("new:1", "us", ("--over",))
    assert [para.id for para in network.parachains] == [2000, 2001, 2002]
    assert network.parachains[0].genesis == {"a": {"b": 1, "c": 3}}
    assert [node.name for node in topology.on_chain("2001")] == ["collator-2001-1", "collator-2001-2"]
    assert topology.node("collator-2001-2").region == "asia"


def test_a_count_of_validators_merges_as_the_names_that_it_stands_for(write: Write) -> None:
    write(base="relay: {validators: 3}\n")
    path = write(over="use: base.yaml\nrelay: {validators: [{name: bob, region: us}]}\n")
    assert [(node.name, node.region) for node in load_network(path).topology().validators] == [
        ("alice", "default"),
        ("bob", "us"),
        ("charlie", "default"),
    ]


def test_a_problem_names_the_file_that_it_is_in(write: Write, tmp_path: Path) -> None:
    write(base="relay:\n  validatrs: 3\n")
    path = write(
        scenario="name: x\nsed: 1\nnetwork:\n  use: base.yaml\n  relay: {validators: [{name: x1, regio: eu}]}\n"
    )
    assert [(one.file.name, one.line, one.column) for one in problems(path)] == [
        ("scenario.yaml", 2, 1),
        ("scenario.yaml", 5, 35),
        ("base.yaml", 2, 3),
    ]


def test_a_contradiction_in_a_shared_file_is_told_there(write: Write) -> None:
    write(base="parachains:\n  - id: 2000\nchannels:\n  - {from: 2000, to: 2001}\n")
    (found,) = problems(write(scenario="name: x\nnetwork: base.yaml\n"))
    assert (found.file.name, found.line, found.column) == ("base.yaml", 4, 22)


@pytest.mark.parametrize(
    ("network", "column", "message", "hint"),
    [
        ("bas.yaml", 10, "there is no file", "did you mean 'base.yaml'?"),
        ("{use: bas.yaml}", 16, "there is no file", "did you mean 'base.yaml'?"),
        ("{use: 3}", 16, "expected the path of a network file, found the number 3", None),
        (".", 10, "it is a folder, not a file", None),
        ("scenario.yaml", 10, "uses itself", None),
        ('"a\\0b"', 10, "cannot be a path", None),
        ("/dev/zero", 10, "it is a device, not a file", None),
        ("3", 10, "expected text such as networks/two-regions.yaml or a mapping, found the number 3", "quotes"),
    ],
)
def test_a_network_that_cannot_be_opened(
    write: Write, network: str, column: int, message: str, hint: str | None
) -> None:
    write(base=BASE)
    (found,) = problems(write(scenario=f"name: x\nnetwork: {network}\n"))
    assert (found.line, found.column) == (2, column)
    assert message in found.message
    assert hint is None or hint in str(found.hint)


def test_files_that_use_each_other_are_a_mistake(write: Write) -> None:
    write(one="use: two.yaml\n", two="use: one.yaml\n")
    (found,) = problems(write(scenario="name: x\nnetwork: one.yaml\n"))
    assert (found.file.name, found.line, found.column) == ("two.yaml", 1, 6)
    assert "uses itself" in found.message


def test_mistakes_beside_an_unreadable_network_are_told_too(write: Write) -> None:
    write(base="relay: [\n")
    found = problems(write(scenario="name: x\nnetwork: base.yaml\nsed: 3\n"))
    assert [(one.file.name, one.line) for one in found] == [("scenario.yaml", 3), ("base.yaml", 2)]


def test_the_shipped_quickstart_loads() -> None:
    scenario = load_scenario(Path(__file__).parents[2] / "scenarios" / "quickstart.yaml")
    assert [str(channel) for channel in scenario.topology.channels] == ["2000>2001", "2001>2000"]
    assert len(scenario.steps) == 18
