"""What a user sees when a node or an image fails: at once, with exit code and last lines."""

from __future__ import annotations

import os
import time
from pathlib import Path

import docker
import pytest

from simnet.errors import ImageError, NodeError
from simnet.providers.docker.docker_provider import DockerProvider
from simnet.providers.docker.engine import leftovers
from simnet.providers.docker.images import resolve
from tests.docker.light import light_launch, light_plan

pytestmark = pytest.mark.docker


def test_a_node_that_ends_shows_exit_code_and_last_lines_at_once(engine: docker.DockerClient, tmp_path: Path) -> None:
    run = f"failing-{os.getpid()}"
    plan = light_plan(
        tmp_path,
        {
            "steady": ("sleep", "300"),
            "broken": ("sh", "-c", "echo reading keystore; echo 'Error: no such chain' >&2; exit 3"),
        },
    )
    started = time.monotonic()
    with pytest.raises(NodeError) as caught:
        DockerProvider().launch(plan, light_launch(tmp_path, run), deadline=120)
    assert time.monotonic() - started < 60
    text = str(caught.value)
    assert "broken ended by itself with exit code 3" in text
    assert "Error: no such chain" in text
    assert "reading keystore" in (tmp_path / "logs" / "broken.log").read_text()
    assert run not in [left.run for left in leftovers(engine)]


def test_a_missing_image_says_the_ways_out(engine: docker.DockerClient) -> None:
    with pytest.raises(ImageError, match="docker load") as caught:
        resolve(engine, "simnet-test/not-there:v0", pull=False)
    assert "--set network.relay.image=" in str(caught.value)
