"""Tests here need a Docker engine. Without one they skip and say why; SIMNET_REQUIRE_DOCKER=1 makes that a failure."""

from __future__ import annotations

import os
from collections.abc import Iterator

import docker
import pytest
from docker.errors import DockerException


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
