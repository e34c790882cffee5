"""One host for the tests that need no fresh one: its runtimes are instantiated once."""

from __future__ import annotations

import pytest

from simnet.runtime.host import Host, Runtime
from tests.runtime.host.probe import probe_code


@pytest.fixture(scope="package")
def host() -> Host:
    return Host()


@pytest.fixture(scope="package")
def probe(host: Host) -> Runtime:
    return host.runtime(probe_code())
