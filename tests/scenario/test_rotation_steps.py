"""Session keys that a step rotates, and nodes without a place in genesis: what a file may say of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.errors import InputError
from simnet.preflight import in_scenario
from simnet.scenario.loader import load_scenario

NODES = "[{name: alice}, {name: eve, authority: false}, {name: late, joins_late: true, authority: false}]"
NETWORK = f"{{relay: {{validators: {NODES}, nodes: [{{name: full}}]}}, parachains: [{{id: 2000}}]}}"


def problems(tmp_path: Path, steps: str, network: str = NETWORK) -> str:
    file = tmp_path / "scenario.yaml"
    file.write_text(f"name: keys\nnetwork: {network}\nsteps: {steps}\nexpect: [{{blocks_advance: {{}}}}]\n")
    try:
        load_scenario(file, further=in_scenario)
    except InputError as error:
        return str(error)
    return ""


def test_a_node_rotates_its_own_keys_or_those_of_another_of_its_chain(tmp_path: Path) -> None:
    assert problems(tmp_path, "[{rotate_keys: {node: alice}}, {rotate_keys: {node: eve, owner: alice}}]") == ""
    assert problems(tmp_path, "[{rotate_keys: {node: collator-2000, in_force: true, within: 13h}}]") == ""


def test_a_node_that_does_not_run_makes_no_keys(tmp_path: Path) -> None:
    stopped = "{inject: {stop: {targets: alice}, as: off}}"
    told = problems(tmp_path, f"[{stopped}, {{rotate_keys: {{node: alice}}}}]")
    assert "scenario.yaml:3:75: alice is stopped by off (heal that before a rotation of its keys)" in told
    assert problems(tmp_path, f"[{stopped}, {{heal: off}}, {{rotate_keys: {{node: alice}}}}]") == ""


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("{node: alic}", "did you mean 'alice'?"),
        ("{node: full}", "full is a full node, which has no session keys"),
        ("{node: collator-2000, owner: alice}", "nodes of two chains"),
        ("{node: validators}", "'validators' stands for several nodes"),
        ("{node: late}", "late is started by no earlier step"),
        ("{}", "missing key 'node'"),
        ("alice", "found"),
    ],
)
def test_who_has_no_session_keys_is_told_where_it_stands(step: str, why: str, tmp_path: Path) -> None:
    told = problems(tmp_path, f"[{{rotate_keys: {step}}}]")
    assert why in told
    assert "scenario.yaml:3:" in told


@pytest.mark.parametrize(
    ("relay", "why"),
    [
        ("validators: [{name: alice, authority: false}]", "a relay chain needs a validator"),
        ("validators: 1, nodes: [{name: full, authority: false}]", "full is a full node, which has no place"),
        ("validators: [{name: alice}, {name: two, twin_of: alice, authority: false}]", "two is the twin of alice"),
    ],
)
def test_a_place_is_given_up_by_those_alone_who_could_have_one(relay: str, why: str, tmp_path: Path) -> None:
    assert why in problems(tmp_path, "[{wait: {for: 1s}}]", f"{{relay: {{{relay}}}}}")
