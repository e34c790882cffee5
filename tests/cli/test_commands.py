"""The commands as a whole: help, version, faults as text, and what they do without an engine."""

from __future__ import annotations

from importlib import metadata

import pytest

from simnet.cli.faulting import read_fault
from simnet.errors import InputError
from simnet.faults import Degrade, Fault, OneWayCut, Outage, Partition, Pause, Restart
from tests.cli.conftest import Simnet

COMMANDS = (
    *("run", "validate", "judge", "list", "schema", "diff", "search", "replay"),
    *("up", "status", "fault", "logs", "down", "images", "doctor"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(simnet: Simnet, command: str) -> None:
    result = simnet(command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.stdout
    assert f" {command} " in simnet("--help").stdout


def test_no_arguments_show_the_help(simnet: Simnet) -> None:
    assert "Exit codes" in simnet().output


def test_version(simnet: Simnet) -> None:
    result = simnet("--version")
    assert (result.exit_code, result.stdout) == (0, f"simnet {metadata.version('polkadot-simnet')}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["images"],
        ["status", "demo"],
        ["down", "demo"],
        ["fault", "demo", "pause", "targets=bob"],
        ["logs", "demo", "alice"],
    ],
)
def test_without_an_engine_a_command_that_needs_it_says_so(simnet: Simnet, arguments: list[str]) -> None:
    result = simnet(*arguments)
    assert result.exit_code == 3
    assert "error: no Docker engine answers" in result.stderr


@pytest.mark.parametrize(("command", "said"), [("status", "no run is up"), ("down", "nothing to remove")])
def test_without_an_engine_others_go_on_and_say_what_they_left_out(simnet: Simnet, command: str, said: str) -> None:
    result = simnet(command)
    assert (result.exit_code, result.stdout) == (0, f"{said}\n")
    assert result.stderr.startswith("not asked: no Docker engine answers")


def test_the_doctor_without_an_engine(simnet: Simnet) -> None:
    result = simnet("doctor")
    assert result.exit_code == 3
    simulated, _, docker = result.stdout.partition("docker:\n")
    assert simulated.startswith("simulated:\n  yes  a simulated network")
    assert "NO" not in simulated
    assert docker.startswith("  NO   engine  no Docker engine answers")


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("pause", ["targets=bob"], Pause(targets=("bob",))),
        ("pause", ["targets=[bob, region:eu]"], Pause(targets=("bob", "region:eu"))),
        ("partition", ["groups=[alice, [bob, charlie]]"], Partition(groups=(("alice",), ("bob", "charlie")))),
        ("one_way_cut", ["from=alice", "to=bob"], OneWayCut(source=("alice",), target=("bob",))),
        (
            "degrade",
            ["from=alice", "to=bob", "delay=100ms", "loss=2 %", "rate=5 Mbit/s", "both_ways=false"],
            Degrade(source=("alice",), target=("bob",), delay=0.1, loss=0.02, rate=5e6, both_ways=False),
        ),
        ("restart", ["targets=bob", "down_for=5s", "flags=[--log, on]"],
         Restart(targets=("bob",), down_for=5.0, flags=("--log", "on"))),
        ("outage", ["region=no"], Outage(region="no")),
    ],
)  # fmt: skip
def test_faults_are_written_as_in_a_file(kind: str, values: list[str], expected: Fault) -> None:
    assert read_fault(kind, values) == expected


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("puase", [], "did you mean 'pause'?"),
        ("pause", [], "pause targets is missing"),
        ("pause", ["bob"], "'bob' is not key=value"),
        ("pause", ["target=bob"], "did you mean 'targets'?"),
        ("degrade", ["from=alice", "to=bob", "delay=100"], "degrade delay: '100' has no unit"),
        ("degrade", ["from=alice", "to=bob"], "degrade changes nothing"),
        ("degrade", ["source=alice", "to=bob", "delay=1s"], "degrade has no 'source'"),
        ("partition", ["groups=[alice"], "put lists in brackets"),
    ],
)
def test_faults_that_cannot_be_read_say_why(kind: str, values: list[str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_fault(kind, values)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fault", "demo"], "give either a kind of fault or --heal NAME"),
        (["fault", "demo", "pause", "targets=bob", "--heal", "x"], "give either"),
        (["fault", "demo", "--heal", "x", "--as", "y"], "--heal takes the name of a fault"),
        (["fault", "demo", "pause"], "pause targets is missing"),
        (["up", "nothing.yaml"], "there is no file nothing.yaml"),
        (["up", "quickstart", "--provider", "docker", "--speed", "2"], "--speed is for --provider simulated"),
        (["up", "quickstart", "--provider", "simulated", "--speed", "0"], "--speed 0 would stand still"),
        (["up", "quickstart", "--provider", "docker", "--rpc-cors", "a/b"], "'a/b' is no origin"),
        (["up", "quickstart", "--rpc-cors", "my.host"], "'my.host' is no origin"),
        (["run", "quickstart", "--provider", "simulated", "--keep"], "ends with its process"),
        (["up", "quickstart", "--provider", "doker"], "did you mean 'docker'?"),
    ],
)
def test_mistakes_are_told_before_the_engine_is_asked(simnet: Simnet, arguments: list[str], said: str) -> None:
    result = simnet(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
