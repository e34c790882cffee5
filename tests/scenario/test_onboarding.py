"""Parachains that a step onboards: what a file may say of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.errors import InputError
from simnet.scenario.loader import load_scenario

NETWORK = "{relay: {validators: 4}, parachains: [{id: 2000}, {id: 2001, registered: false}], channels: none}"


def problems(tmp_path: Path, network: str, steps: str) -> str:
    file = tmp_path / "scenario.yaml"
    file.write_text(f"name: later\nnetwork: {network}\nsteps: {steps}\nexpect: [{{blocks_advance: {{}}}}]\n")
    try:
        load_scenario(file)
    except InputError as error:
        return str(error)
    return ""


def test_one_that_genesis_does_not_have_is_onboarded_once(tmp_path: Path) -> None:
    assert problems(tmp_path, NETWORK, "[{onboard: 2001}]") == ""
    assert "registered already" in problems(tmp_path, NETWORK, "[{onboard: 2001}, {onboard: 2001}]")


@pytest.mark.parametrize(
    ("chain", "why"),
    [("2000", "registered already"), ("9", "no chain '9'"), ("relay", "is none of its parachains")],
)
def test_no_other_chain_is(chain: str, why: str, tmp_path: Path) -> None:
    assert why in problems(tmp_path, NETWORK, f"[{{onboard: {chain}}}]")


def test_channels_are_opened_between_those_that_genesis_has(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    paras = "[{id: 2000}, {id: 2001, registered: false}, {id: 2002}]"
    steps = "steps: [{wait: {for: 1s}}]\nexpect: [{blocks_advance: {}}]\n"
    file.write_text(f"name: later\nnetwork: {{parachains: {paras}}}\n{steps}")
    channels = load_scenario(file).topology.channels
    assert sorted((one.sender, one.recipient) for one in channels) == [("2000", "2002"), ("2002", "2000")]
    wrong = NETWORK.replace("none", "[{from: 2000, to: 2001}]")
    assert "2001, which is onboarded later" in problems(tmp_path, wrong, "[]")
