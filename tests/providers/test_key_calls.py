"""What calls do to the keystores of real nodes, as the journal has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from simnet.chain.recorder import ChainRecorder
from simnet.codec import compact, vec, vec_bytes
from simnet.journal import Journal
from simnet.journal.records import KeysStored
from simnet.network.accounts import keys
from simnet.network.topology import RELAY
from simnet.providers.docker.key_calls import KeyCalls
from simnet.scenario.network_spec import NetworkSpec
from tests.runs import started

TOPOLOGY = NetworkSpec.model_validate({"relay": {"validators": 2}}).topology()
NEW, ALICE = "0x" + "77" * 32, "0x" + keys("//Alice").sr25519.hex()


class Node:
    """Answers what session keys are: one BABE key."""

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = 0.0) -> Any:
        assert method == "state_call"
        assert params[0] == "SessionKeys_decode_session_keys"
        public = bytes.fromhex(params[1][2:])[len(compact(32)) :]
        return "0x" + (b"\1" + vec([vec_bytes(public) + b"babe"])).hex()

    def close(self) -> None:
        """Nothing is open."""


def told(method: str, params: Sequence[Any], result: Any) -> list[KeysStored]:
    journal = Journal(lambda: 1.0)
    journal.begin(None, started())
    calls = KeyCalls(TOPOLOGY, journal, {RELAY: ChainRecorder(journal, RELAY, {})})
    calls.answered("bob", 2, lambda _: Node(), method, params, result)
    found = journal.evidence.of(KeysStored)
    assert {(one.observer, one.incarnation, one.chain) for one in found} <= {("bob", 2, RELAY)}
    return [one.data for one in found]


@pytest.mark.parametrize(
    ("method", "params", "result"),
    [
        ("author_rotateKeys", [], NEW),
        ("author_rotateKeysWithOwner", ["0x00"], {"keys": NEW, "proof": "0x"}),
    ],
)
def test_keys_that_a_node_made_are_told(method: str, params: list[str], result: Any) -> None:
    assert told(method, params, result) == [KeysStored(how="made", keys={"babe": NEW})]


def test_a_key_that_it_was_given_is_told() -> None:
    assert told("author_insertKey", ["babe", "//Alice", ALICE], None) == [KeysStored(how="given", keys={"babe": ALICE})]


@pytest.mark.parametrize("uri", ["//Bob", "no secret"])
def test_a_key_that_signs_nothing_is_not(uri: str) -> None:
    assert told("author_insertKey", ["babe", uri, ALICE], None) == []


def test_other_calls_say_nothing_of_keys() -> None:
    assert told("system_health", [], {"peers": 3}) == []
