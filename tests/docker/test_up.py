"""`simnet up` on light nodes, which have no chain: the barrier is taken as reached."""

from __future__ import annotations

import json
import os
from pathlib import Path

import docker
import pytest
from typer.testing import CliRunner, Result

from simnet.cli import app
from simnet.errors import DeadlineError
from simnet.journal import Kind, read_journal
from simnet.providers.docker.engine import leftovers
from simnet.providers.docker.sandbox_image import ensure_sandbox_image
from simnet.scenario.loader import load_scenario
from tests.docker.answering import SERVER
from tests.docker.light import SPEC

pytestmark = pytest.mark.docker

NAME = f"up-{os.getpid()}"


@pytest.fixture
def file(engine: docker.DockerClient, tmp_path: Path) -> Path:
    """A network file of two light nodes."""
    (tmp_path / "spec.json").write_text(json.dumps(SPEC))
    image = ensure_sandbox_image(engine)
    nodes = [{"name": name, "command": ["python3", "-c", SERVER]} for name in ("alice", "bob")]
    network = {"relay": {"spec": str(tmp_path / "spec.json"), "image": image, "validators": nodes}}
    path = tmp_path / f"{NAME}.yaml"
    path.write_text(json.dumps(network))
    return path


def up(file: Path) -> Result:
    return CliRunner().invoke(
        app, ["up", str(file), "--provider", "docker", "--out", str(file.parent / "runs"), "--seed", "5"]
    )


def test_a_network_stays_up_and_says_where_it_answers(
    engine: docker.DockerClient, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simnet.rehearsal.reach_barrier", lambda *_: None)
    result = up(file)
    (folder,) = (file.parent / "runs").iterdir()
    try:
        assert result.exit_code == 0, result.output
        run, _, *nodes = result.stdout.splitlines()
        assert run == folder.name
        assert [node.split()[0] for node in nodes] == ["alice", "bob"]
        assert all("ws://127.0.0.1:" in node for node in nodes)
        (left,) = [one for one in leftovers(engine) if one.run == run]
        assert (left.kept, left.folder) == (True, folder)
        assert "4 containers" in left.what
        shown = CliRunner().invoke(app, ["status", run[:-2]])
        assert str(folder) in shown.stdout
        assert shown.stdout.count("running") == 2
        assert load_scenario(folder / "scenario.yaml").seed == 5
        assert not [one for one in read_journal(folder) if one.kind is Kind.NODE_DOWN]
    finally:
        down = CliRunner().invoke(app, ["down", folder.name, "--force"])
    assert f"removed {folder.name}" in down.output


def test_a_network_that_does_not_get_into_its_stride_leaves_nothing(
    engine: docker.DockerClient, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(*_: object) -> None:
        raise DeadlineError("waited 1 s for the relay chain's first block")

    monkeypatch.setattr("simnet.rehearsal.reach_barrier", stuck)
    result = up(file)
    assert result.exit_code == 3
    assert "waited 1 s for the relay chain's first block" in result.stderr
    (folder,) = (file.parent / "runs").iterdir()
    assert folder.name not in [one.run for one in leftovers(engine)]
    records = read_journal(folder)
    assert records[-1].data.outcome == "failed"
    assert not [one for one in records if one.kind is Kind.NODE_DOWN]
