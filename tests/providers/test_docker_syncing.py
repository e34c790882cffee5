"""How real nodes are told to sync: by a flag, whenever they start but at the launch of the network."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from simnet.journal import Journal
from simnet.network.topology import Node
from simnet.providers.docker.commands import node_command
from simnet.providers.docker.runner import Runner
from simnet.scenario import NetworkSpec

SPEC = {
    "relay": {"validators": [{"name": "alice"}, {"name": "bob"}, {"name": "charlie"}, {"name": "dave", "sync": "warp"}]}
}
DAVE = NetworkSpec.model_validate(SPEC).topology().node("dave")


def command(node: Node) -> list[str]:
    return node_command(
        node, known=frozenset(), node_key=bytes(32), address="10.0.0.1", bootnodes=(), relay_bootnodes=()
    )


def starts(reason: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a runner gives the engine when dave starts for a reason."""
    given: list[list[str]] = []
    container = SimpleNamespace(start=lambda: None)

    def make(*_: Any, **options: Any) -> Any:
        given.append(options["command"])
        return container

    monkeypatch.setattr(Runner, "_watch", lambda *_: None)
    runner = Runner(
        cast(Any, SimpleNamespace(container=make, fill_volume=lambda *_: None, full_name=lambda name: name)),
        DAVE,
        sandbox=cast(Any, SimpleNamespace(id="1")),
        config_volume="",
        keystore={},
        command=command,
        journal=Journal(lambda: 0.0),
        log_file=folder / "dave.log",
    )
    runner.start(reason)
    (one,) = given
    return one


def test_a_node_that_warps_is_told_so_once() -> None:
    told = command(DAVE)
    assert told[told.index("--sync") + 1] == "warp"
    assert told.count("--sync") == 1


@pytest.mark.parametrize("reason", ["joins late", "wipe", "healed"])
def test_a_node_warps_when_it_comes_to_a_network_that_runs(
    reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "--sync" in starts(reason, tmp_path, monkeypatch)


def test_no_node_warps_at_the_launch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Peers at genesis have an empty proof to give, which nodes hold against them."""
    assert "--sync" not in starts("launch", tmp_path, monkeypatch)
