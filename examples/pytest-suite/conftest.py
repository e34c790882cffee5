"""The network of every test of this suite."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def simnet_network() -> Path:
    """Asked by the fixture `network` of each test whose marker names no other."""
    return Path("network.yaml")
