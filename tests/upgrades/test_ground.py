"""What a file gives for the rehearsals of an upgrade."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simnet.errors import InputError
from simnet.network.topology import Chain
from simnet.scenario import NetworkSpec, Scenario
from simnet.upgrades import Ground, ground_of
from simnet.upgrades.plans import scenario_of
from tests.providers.simulated.networks import renamed

TWO = {"relay": {"validators": 4}, "parachains": [{"id": 2000}, {"id": 2001}, {"id": 2002, "registered": False}]}


@pytest.fixture
def new(tmp_path: Path) -> str:
    """A file of code that is Penpal's but for a section."""
    (tmp_path / "new.wasm").write_bytes(renamed(Chain(id="2000", runtime="penpal")))
    return str(tmp_path / "new.wasm")


def _ground(loaded: Scenario | NetworkSpec, runtime: str, **asked: Any) -> Ground:
    return ground_of(
        loaded,
        "net.yaml",
        **{"chain": "2000", "path": "without_checks", "within": 600.0, "seed": None, "runtime": runtime, **asked},
    )


def test_mail_goes_over_every_channel_and_between_relay_chain_and_parachains(new: str) -> None:
    ground = _ground(NetworkSpec.model_validate(TWO), new)
    ways = {(step.send.sender, step.send.recipient) for step in ground.load if step.send is not None}
    parachains = {("2000", "2001"), ("2001", "2000")}
    assert ways == parachains | {pair for para in ("2000", "2001") for pair in ((para, "relay"), ("relay", para))}


def test_the_mail_of_a_scenario_is_taken_and_what_was_left_is_told(new: str) -> None:
    scenario = Scenario(
        name="mine",
        seed=7,
        network=TWO,
        steps=[
            {"label": "orders", "send": {"from": 2000, "to": 2001, "count": 3}},
            {"wait": {"for": "10s"}},
        ],  # type: ignore[list-item]
        expect=[{"messages": {"labels": "orders", "at_least": 3}}, {"finality_lag": {"at_most": 3}}],
    )
    ground = _ground(scenario, new)
    assert (ground.labels, ground.messages, ground.seed) == (("orders",), 3, 7)
    assert [check.kind for check in ground.load_checks] == ["messages"]
    assert ground.taken[-1] == "left out: 1 wait, 1 checks"


def test_a_seed_that_is_given_is_taken_in_place_of_the_file_s(new: str) -> None:
    assert _ground(Scenario(name="mine", seed=7, network=TWO), new, seed=8).seed == 8


def test_a_chain_that_the_network_lacks_is_refused(new: str) -> None:
    with pytest.raises(InputError, match=r"net.yaml has no chain '2003'; did you mean"):
        _ground(NetworkSpec.model_validate(TWO), new, chain="2003")


def test_a_parachain_that_is_onboarded_later_is_refused(new: str) -> None:
    with pytest.raises(InputError, match="onboarded later"):
        _ground(NetworkSpec.model_validate(TWO), new, chain="2002")


def test_code_that_the_chain_begins_with_is_refused() -> None:
    with pytest.raises(InputError, match="nothing to upgrade"):
        _ground(NetworkSpec.model_validate(TWO), "penpal")


def test_code_that_another_parachain_has_is_not_voted_on(new: str) -> None:
    known = {**TWO, "parachains": [{"id": 2000}, {"id": 2001, "runtime": new}]}
    assert not _ground(NetworkSpec.model_validate(known), new).is_pre_checked
    assert _ground(NetworkSpec.model_validate(TWO), new).is_pre_checked


def test_no_migration_is_asked_of_code_without_a_higher_version(new: str) -> None:
    clean = scenario_of(_ground(NetworkSpec.model_validate(TWO), new), "clean", "", None)
    assert "migration" not in {check.kind for check in clean.checks}


def test_of_code_that_the_chain_takes_by_its_version_migrations_are_asked(new: str) -> None:
    ground = _ground(NetworkSpec.model_validate(TWO), new, path="authorized")
    assert "migration" in {check.kind for check in scenario_of(ground, "clean", "", None).checks}
