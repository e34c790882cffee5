"""Whatever a client sends is answered, and the network goes on. ``SIMNET_ATTACK`` is how many messages are tried."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simnet.providers.simulated.serving._conversation import Conversation
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from tests.attack.json_rpc_messages import NAMES, messages, nested, values
from tests.providers.simulated.rpc.networks import launched, taken

MESSAGES = int(os.environ.get("SIMNET_ATTACK", "150"))

ATTACKED = settings(
    max_examples=MESSAGES, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True
)

KNOWN = (
    '{"id":1,"method":"childstate_getKeysPaged","params":["0x3a6368696c645f73746f726167653a64656661756c743a61","0x",'
    "18446744073709551616]}",
    '{"id":1,"method":"state_getKeysPaged","params":["0x",-1]}',
    '{"id":1,"method":"chain_getBlockHash","params":' + nested(700) + "}",
)
"""Messages that ended `simnet up` once, or showed clients an error of Python's."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("attacked")


@pytest.fixture(scope="module")
def network(folder: Path) -> Iterator[SimulatedNetwork]:
    network = launched(folder, "attacked")
    yield network
    network.close()


@pytest.fixture
def client(network: SimulatedNetwork) -> Iterator[Conversation]:
    client = Conversation(network.rpcs["alice"], lambda _: True)
    yield client
    client.end()


def answers(client: Conversation, text: str | bytes) -> list[Any]:
    """What a message is answered with, notifications apart; a batch's answers one by one."""
    got = [json.loads(one) for one in taken(client, text)]
    flat = [answer for one in got for answer in (one if isinstance(one, list) else [one])]
    return [one for one in flat if "method" not in one]


def error_of(answer: dict[str, Any]) -> dict[str, Any]:
    error: dict[str, Any] = answer["error"]
    assert isinstance(error["code"], int)
    assert isinstance(error["message"], str)
    return error


def logged(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in (folder / "logs").glob("*.log"))


@pytest.mark.parametrize("text", KNOWN)
def test_what_no_method_takes_is_invalid_parameters(client: Conversation, text: str) -> None:
    (answer,) = answers(client, text)
    assert (error_of(answer)["code"], error_of(answer)["message"]) == (-32602, "Invalid params")


@pytest.mark.timeout(300 + MESSAGES)
def test_any_message_is_answered_and_the_network_goes_on(
    network: SimulatedNetwork, client: Conversation, folder: Path
) -> None:
    @ATTACKED
    @given(messages(network.rpcs["alice"]))
    def attack(text: str | bytes) -> None:
        for answer in answers(client, text):
            assert answer["jsonrpc"] == "2.0"
            assert ("result" in answer) != ("error" in answer)
            if "error" in answer:
                error_of(answer)
        (health,) = answers(client, '{"jsonrpc":"2.0","id":"health","method":"system_health"}')
        assert health["result"]["peers"] == 1

    attack()
    network.wait(30)
    assert "fault of simnet" not in logged(folder)


@pytest.mark.timeout(300 + MESSAGES)
def test_every_method_reads_every_odd_parameter(network: SimulatedNetwork, client: Conversation, folder: Path) -> None:
    @ATTACKED
    @given(st.data())
    def attack(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(NAMES))
        params = data.draw(st.lists(values(network.rpcs["alice"]), max_size=5))
        request = {"jsonrpc": "2.0", "id": 1, "method": name, "params": params}
        (answer,) = answers(client, json.dumps(request))
        assert answer["id"] == 1
        assert answer.get("error", {}).get("code") != -32603

    attack()
    assert "fault of simnet" not in logged(folder)
