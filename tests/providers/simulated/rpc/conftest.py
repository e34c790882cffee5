"""One network that the tests drive, one that a thread serves; each starts once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from simnet.providers.simulated.rpc import NodeRpc
from simnet.providers.simulated.serving._conversation import Conversation
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from tests.providers.simulated.rpc.networks import Served, launched, served


@pytest.fixture(scope="package")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    network = launched(tmp_path_factory.mktemp("driven"), "driven")
    yield network
    network.close()


@pytest.fixture(scope="package")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    run = f"rpc-{os.getpid()}"
    with served(tmp_path_factory.mktemp(run), run) as here:
        yield here


@pytest.fixture
def rpc(network: SimulatedNetwork) -> NodeRpc:
    return network.rpcs["alice"]


@pytest.fixture
def client(rpc: NodeRpc) -> Iterator[Conversation]:
    client = Conversation(rpc, lambda _: True)
    yield client
    client.end()
