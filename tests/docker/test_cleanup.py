"""Nothing stays after a harness that was killed, and nothing of others goes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docker
import pytest
from typer.testing import CliRunner, Result

from simnet.cli import app
from simnet.providers.deployments import Deployment
from simnet.providers.docker import docker_deployments
from simnet.providers.docker.docker_network import DockerNetwork
from simnet.providers.docker.docker_provider import DockerProvider
from simnet.providers.docker.engine import RUN_LABEL, leftovers, remove_run
from simnet.providers.docker.sandbox_image import ensure_sandbox_image
from tests.docker.answering import answering_plan, in_a_process, launch_in
from tests.docker.light import SPEC

pytestmark = pytest.mark.docker

PREFIX = f"cleaning-{os.getpid()}"
PHASES = ("images", "specs", "sandboxes", "config", "nodes", "rpc")
SCENARIO = """
name: {name}
network:
  relay:
    spec: {spec}
    image: debian:bookworm-slim
    validators: [{{name: alice, command: [sleep, "600"]}}, {{name: bob, command: [sleep, "600"]}}]
"""


@pytest.fixture(scope="module")
def living(engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerNetwork]:
    """A network of this process, which nothing here may touch."""
    ensure_sandbox_image(engine)
    folder = tmp_path_factory.mktemp("living")
    network = DockerProvider().launch(answering_plan(folder), launch_in(folder, f"{PREFIX}-living"), deadline=60)
    yield network
    network.close()


@pytest.fixture(autouse=True)
def _only_ours(engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Has `down` see only the runs of this module: what others left on this engine is theirs to remove."""

    def ours(client: docker.DockerClient) -> list[Deployment]:
        return [one for one in leftovers(client) if one.run.startswith(PREFIX)]

    monkeypatch.setattr(docker_deployments, "leftovers", ours)
    yield
    for one in ours(engine):
        if not one.run.endswith("-living"):
            remove_run(engine, one.run)


def down(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["down", *arguments])


def things(engine: docker.DockerClient, run: str) -> set[str]:
    """Ids of all that the engine has of a run."""
    label: dict[str, Any] = {"label": f"{RUN_LABEL}={run}"}
    containers = engine.containers.list(all=True, filters=label, ignore_removed=True)
    return {
        str(one.id) for one in (*containers, *engine.networks.list(filters=label), *engine.volumes.list(filters=label))
    }


@pytest.mark.parametrize("phase", PHASES)
def test_down_removes_what_a_harness_killed_after_a_phase_left(
    phase: str, engine: docker.DockerClient, living: DockerNetwork, tmp_path: Path
) -> None:
    run = f"{PREFIX}-{phase}"
    assert in_a_process(tmp_path / run, run, doom=phase) == -signal.SIGKILL
    left, untouched = things(engine, run), things(engine, living.run)
    assert bool(left) == (phase not in ("images", "specs"))
    result = down()
    assert result.exit_code == 0, result.output
    assert (f"removed {run}" in result.output) == bool(left)
    assert things(engine, run) == set()
    assert things(engine, living.run) == untouched
    assert living.runners["alice"].process() == "running"
    again = down()
    assert again.exit_code == 0
    assert "nothing to remove" in again.output


def test_down_removes_what_a_harness_killed_between_two_containers_left(
    engine: docker.DockerClient, tmp_path: Path
) -> None:
    run = f"{PREFIX}-between"
    assert in_a_process(tmp_path / run, run, after=1) == -signal.SIGKILL
    assert things(engine, run)
    assert f"removed {run}" in down().output
    assert things(engine, run) == set()


def test_a_network_that_was_asked_to_stay_goes_only_by_name(engine: docker.DockerClient, tmp_path: Path) -> None:
    run = f"{PREFIX}-kept"
    assert in_a_process(tmp_path / run, run, keep=True) == 0
    there = things(engine, run)
    assert f"left alone: {run}" in down().output
    assert things(engine, run) == there
    assert f"removed {run}" in down(run).output
    assert things(engine, run) == set()
    again = down(run)
    assert again.exit_code == 2
    assert f"no run '{run}' is up" in again.output


def test_a_run_whose_process_lives_is_refused(engine: docker.DockerClient, living: DockerNetwork) -> None:
    before = things(engine, living.run)
    for arguments in ([living.run], ["--all"]):
        result = down(*arguments)
        assert result.exit_code == 2
        assert "belongs to a process that still runs" in result.output
    assert things(engine, living.run) == before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_during_the_launch_leaves_nothing(
    number: signal.Signals, code: int, engine: docker.DockerClient, tmp_path: Path
) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(SPEC))
    name = f"{PREFIX}-{number.name.lower()}"[:24].rstrip("-")
    file = tmp_path / "light.yaml"
    file.write_text(SCENARIO.format(name=name, spec=spec))
    command = [
        sys.executable,
        "-c",
        "from simnet.cli import main; main()",
        "run",
        str(file),
        "--provider",
        "docker",
        "--out",
        str(tmp_path),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    journal = _awaited(tmp_path, '"name":"nodes"')
    process.send_signal(number)
    _, error = process.communicate(timeout=30)
    assert process.returncode == code, error
    assert "Traceback" not in error
    assert things(engine, journal.parent.name) == set()
    ended = json.loads(journal.read_text().splitlines()[-1])
    assert (ended["kind"], ended["data"]["outcome"]) == ("run.ended", "interrupted")


def _awaited(folder: Path, text: str) -> Path:
    """The journal in some run's folder once the text stands in it."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for journal in folder.glob("*/journal.jsonl"):
            if text in journal.read_text():
                return journal
        time.sleep(0.05)
    raise AssertionError(f"no journal in {folder} says {text}")


def test_two_launches_at_once_do_not_clash(engine: docker.DockerClient, tmp_path: Path) -> None:
    def launch(number: int) -> DockerNetwork:
        folder = tmp_path / str(number)
        folder.mkdir()
        return DockerProvider().launch(answering_plan(folder), launch_in(folder, f"{PREFIX}-{number}"), deadline=60)

    with ThreadPoolExecutor(2) as pool:
        networks = list(pool.map(launch, (1, 2)))
    try:
        ports = [port for network in networks for node in network.ports.values() for port in node.values()]
        assert len(set(ports)) == len(ports) == 12
        addresses = [address for network in networks for address in network.evidence.network.addresses.values()]
        assert len(set(addresses)) == 4
    finally:
        for network in networks:
            network.close()
    assert all(things(engine, network.run) == set() for network in networks)
