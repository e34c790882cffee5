"""Settings of processes that simulated nodes have not: refused where nodes differ in them, told where they do not."""

from __future__ import annotations

from typing import Any

import pytest

from simnet.network.topology import Topology
from simnet.providers.base import Plan
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.scenario import NetworkSpec

OLDER: dict[str, Any] = {"image": "parity/polkadot:v1.16.0"}
SETTINGS: list[dict[str, Any]] = [
    OLDER,
    {"env": {"MALLOC_CONF": "x"}},
    {"resources": {"memory": "512MiB"}},
    {"resources": {"pids": 200}},
]


def plan(*nodes: dict[str, Any], **relay: Any) -> Plan:
    validators = [{"name": f"node-{at}", **node} for at, node in enumerate(nodes)]
    return Plan(topology=topology({"relay": {"validators": validators, **relay}, "parachains": [{"id": 2000}]}))


def topology(network: dict[str, Any]) -> Topology:
    return NetworkSpec.model_validate(network, context={"file": True}).topology()


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_a_setting_of_single_nodes_is_refused_with_their_names_and_the_way_out(setting: dict[str, Any]) -> None:
    (refused,) = SimulatedProvider().plan(plan({}, setting, setting))
    assert "the relay chain's nodes" in refused.what
    assert "node-0" in refused.what.split(";")[0]
    assert "node-1, node-2" in refused.what.split(";")[1]
    assert "run this on docker" in refused.why


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_a_setting_of_all_nodes_of_a_chain_is_told(setting: dict[str, Any]) -> None:
    asked = plan(setting, setting)
    assert SimulatedProvider().plan(asked) == []
    (told,) = SimulatedProvider().ignored(asked)
    assert told.startswith("simulated nodes run without the ")


def test_cores_are_limited_as_the_network_says() -> None:
    asked = plan({}, {"resources": {"cpus": 0.5}})
    assert SimulatedProvider().plan(asked) == []
    assert SimulatedProvider().ignored(asked) == []


def test_the_image_of_a_chain_differs_from_that_of_another() -> None:
    asked = plan({}, {}, **OLDER)
    assert SimulatedProvider().plan(asked) == []
    (told,) = SimulatedProvider().ignored(asked)
    assert told.endswith("the image of the relay chain's nodes: parity/polkadot:v1.16.0")


def test_a_network_that_says_nothing_of_its_nodes_is_told_nothing() -> None:
    assert SimulatedProvider().ignored(plan({}, {})) == []
