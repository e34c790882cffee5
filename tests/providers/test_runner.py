"""What a runner learns of its node's process: from the engine, and from what the node says when it starts."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from simnet.journal import Journal
from simnet.journal.records import NodeDown
from simnet.network.topology import Node
from simnet.providers.docker.runner import Runner


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    nothing = cast(Any, None)
    return Runner(
        nothing,
        Node(name="bob", chain="relay", role="validator", account="//Bob", image="node:1"),
        sandbox=nothing,
        config_volume="",
        keystore={},
        command=lambda _: [],
        journal=Journal(lambda: 0.0),
        log_file=tmp_path / "bob.log",
    )


def test_a_node_says_how_high_its_database_is(runner: Runner) -> None:
    """Lines as release 1.25.1 writes them; the first counts, since no process says it twice."""
    assert runner.began is None
    runner._line("2026-11-28 01:00:00 🏷  Local node identity is: 12D3KooW")
    runner._line("2026-11-28 01:00:00 📦 Highest known block at #57")
    runner._line("2026-11-28 01:00:06 📦 Highest known block at #58")
    assert runner.began == 57


def test_a_collators_own_chain_is_not_the_relay_chain(runner: Runner) -> None:
    runner._line("2026-11-28 01:00:00 [Relaychain] 📦 Highest known block at #57")
    assert runner.began is None
    runner._line("2026-11-28 01:00:01 [Parachain] 📦 Highest known block at #12")
    assert runner.began == 12


def test_a_process_is_told_by_its_start_and_has_the_command_that_the_engine_runs(runner: Runner) -> None:
    attrs: dict[str, Any] = {
        "State": {"StartedAt": "2026-11-28T01:00:00Z"},
        "Config": {"Image": "node:2", "Cmd": ["--validator", "--sync=warp"]},
    }
    runner.container = cast(Any, SimpleNamespace(id="4f2a", reload=lambda: None, attrs=attrs))
    first = runner.life()
    assert (first.image, first.command, first.incarnation) == ("node:2", ("--validator", "--sync=warp"), 0)
    attrs["State"] = {"StartedAt": "2026-11-28T01:01:00Z"}
    assert runner.life().process != first.process


@pytest.mark.parametrize("closing", [False, True])
def test_a_process_that_ends_while_the_network_is_removed_did_not_crash(runner: Runner, closing: bool) -> None:
    """Also where a thread still started it when a signal ended the launch."""
    state = {"ExitCode": 137, "OOMKilled": False}
    container = cast(Any, SimpleNamespace(wait=lambda timeout: None, reload=lambda: None, attrs={"State": state}))
    runner.container, runner.expected, runner.closing = container, "running", closing
    assert runner._ended(container)
    assert [one.data.intended for one in runner.journal.evidence.of(NodeDown)] == ([] if closing else [False])
