"""The bundled runtimes, each read once."""

from __future__ import annotations

import pytest

from simnet.runtime.host import Host
from tests.chain.runtimes import NAMES, Both


@pytest.fixture(scope="package")
def host() -> Host:
    return Host()


@pytest.fixture(scope="package")
def bundled(host: Host) -> dict[str, Both]:
    return {name: Both(name, host) for name in NAMES}


@pytest.fixture(params=NAMES)
def both(request: pytest.FixtureRequest, bundled: dict[str, Both]) -> Both:
    return bundled[request.param]
