"""Tests here need a Docker engine. Without one they skip and say why; SIMNET_REQUIRE_DOCKER=1 makes that a failure."""

from __future__ import annotations

import os
from collections.abc import Iterator

import docker
import pytest
from docker.errors import DockerException

from simnet.network.topology import COLLATOR_IMAGE, RELAY_IMAGE

OLDER_IMAGE = "parity/polkadot:v1.24.2"


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    try:
        client = docker.from_env()
        client.ping()
    except DockerException as error:
        reason = f"no Docker engine answers: {error}"
        if os.environ.get("SIMNET_REQUIRE_DOCKER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    yield client
    client.close()


@pytest.fixture(scope="session")
def node_images(engine: docker.DockerClient) -> None:
    """The images that a real network needs; without them its tests skip, or fail where they can be had."""
    need_images(engine, RELAY_IMAGE, COLLATOR_IMAGE)


@pytest.fixture(scope="session")
def older_images(engine: docker.DockerClient) -> None:
    """The images of the release before, to which validators are taken back."""
    need_images(engine, OLDER_IMAGE)


def need_images(engine: docker.DockerClient, *names: str) -> None:
    """Skips a test, or fails it where they can be had, unless these images are on the engine."""
    missing = [name for name in names if not engine.images.list(name=name)]
    if missing:
        reason = f"node images are not on this engine: {', '.join(missing)}"
        if os.environ.get("SIMNET_REQUIRE_DOCKER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
