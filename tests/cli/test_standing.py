"""Commands on networks that are up, as far as they need none: ports, logs of stored runs, what is to be removed."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from simnet.cli import _run_finder
from simnet.journal import Journal
from simnet.journal.records import NetworkLaunched
from tests.cli.conftest import Simnet
from tests.cli.test_run_finder import Somewhere
from tests.report.story import Story

Write = Callable[..., str]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        yield int(one.getsockname()[1])


def test_a_port_that_is_taken_is_told_before_anything_starts(simnet: Simnet, scenario: Write, taken: int) -> None:
    result = simnet("up", scenario(), "--port", f"bob={taken}")
    assert result.exit_code == 2
    assert f"port {taken} of 127.0.0.1 cannot be had: Address already in use" in result.stderr
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "bbo=9944"], "the network has no node 'bbo'; did you mean 'bob'?"),
        (["--port", "9944"], "--port '9944' is not NODE=PORT; write for example alice=9944"),
        (["--port", "bob=70000"], "bob cannot have port 70000: ports go from 1 to 65535"),
        (["--ports-from", "0"], "alice cannot have port 0"),
        (["--ports-from", "65534"], "charlie cannot have port 65536"),
        (["--port", "bob=29944", "--port", "alice=29944"], "bob and alice cannot both have port 29944"),
        (["--ports-from", "29944", "--port", "dave=29945"], "bob and dave cannot both have port 29945"),
    ],
)
def test_ports_that_cannot_be_are_told(simnet: Simnet, scenario: Write, options: list[str], said: str) -> None:
    result = simnet("up", scenario(), *options)
    assert result.exit_code == 2
    assert said in result.stderr


def stored(images: dict[str, str]) -> Path:
    """The folder of a run, of whom alice wrote something; nodes without images are simulated."""
    story = Story()
    folder = Path("stored")
    (folder / "logs").mkdir(parents=True)
    journal = Journal(lambda: story.t, folder / "journal.jsonl")
    for record in story.evidence.records:
        data = record.data
        journal.append(
            replace(data, images=images) if isinstance(data, NetworkLaunched) else data, observer=record.observer
        )
    journal.close()
    (folder / "logs" / "alice.log").write_bytes(
        b"7.250 block 0x12 not here: its proof is recovered\nand so \x1b[1mon\n"
    )
    return folder


def test_a_simulated_nodes_story_is_told_with_what_it_wrote(simnet: Simnet) -> None:
    folder = str(stored(images={}))
    result = simnet("logs", folder, "alice")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "     0.000  starts (launch)",
        "     0.000  answers JSON-RPC",
        "     7.250  block 0x12 not here: its proof is recovered",
        "     7.250  and so \x1b[1mon",
    ]
    assert simnet("logs", folder, "bob", "--tail", "1").stdout == "     0.000  answers JSON-RPC\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stored", "alcie"], "did you mean 'alice'?"),
        (["stored", "alice", "--follow"], "--follow is for a run that is up"),
        (["stored/logs", "alice"], "no journal at"),
        (["stored", "bob"], "kept no log of bob"),
    ],
)
def test_logs_that_are_not_there_are_told(simnet: Simnet, arguments: list[str], said: str) -> None:
    stored(images={"node:1": "sha256:12"})
    result = simnet("logs", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_real_nodes_log_is_given_as_it_was_kept(simnet: Simnet) -> None:
    folder = stored(images={"node:1": "sha256:12"})
    assert simnet("logs", str(folder), "alice", "-n", "1").stdout_bytes == b"and so \x1b[1mon\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("two-2", "did you mean 'two-1'?"),
        ("zzz", "known are one-1, one-2, two-1"),
        ("one", "'one' may be one-1 or one-2"),
    ],
)
def test_a_run_that_is_not_there_cannot_be_removed(
    simnet: Simnet, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    place = Somewhere("one-1", "one-2", "two-1")
    monkeypatch.setattr(_run_finder, "all_deployments", lambda: (place,))
    result = simnet("down", "two", name)
    assert result.exit_code == 2
    assert said in result.stderr
    assert place.removed == []


def test_a_run_is_removed_by_the_beginning_of_its_id(simnet: Simnet, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Somewhere("one-1", "two-1")
    monkeypatch.setattr(_run_finder, "all_deployments", lambda: (place,))
    result = simnet("down", "two", "two-1")
    assert result.exit_code == 0, result.output
    assert place.removed == ["two-1"]
    assert "left alone: one-1" in result.stdout
