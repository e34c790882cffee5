"""What is read of a chain's blocks because somebody asked, and what is said of that which cannot be read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest

from simnet.chain.metadata import Metadata
from simnet.chain.recorder import ChainRecorder
from simnet.chain.storage import key_of
from simnet.chain.value_reader import ValueReader
from simnet.chain.writing import Writing
from simnet.codec import u32, u128
from simnet.errors import RpcError
from simnet.journal import Ask, Journal
from simnet.journal.records import BlockSeen, ContentsRead, ReadingAsked, RuntimeEvent, ValueRead
from simnet.network.accounts import keys
from tests.chain.runtimes import Both
from tests.chain.test_recorder import WithCode, header

NUMBER = Ask.of("relay", "storage", "System.Number", [])
ALICE = Ask.of("relay", "storage", "System.Account", ["//Alice"])
BY_NAME = Ask.of("relay", "storage", "System.Account", ["alice"])
NONCE = Ask.of("relay", "api", "AccountNonceApi.account_nonce", ["//Alice"])
ONE, TWO, THREE = ("0x" + f"{number:02x}" * 32 for number in (1, 2, 3))


class Node:
    """A node with values by block and key, and answers of functions, or errors in the place of them."""

    def __init__(self, *, has_state: bool = True) -> None:
        self.stored: dict[tuple[str, str], bytes] = {}
        self.answers: dict[str, bytes | RpcError] = {}
        self.has_state = has_state
        self.calls: list[str] = []

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = 0.0) -> Any:
        self.calls.append(method)
        if not self.has_state:
            raise RpcError("State already discarded")
        match method:
            case "state_queryStorageAt":
                found = [(key, self.stored.get((params[1], key))) for key in params[0]]
                changes = [[key, None if one is None else "0x" + one.hex()] for key, one in found]
                return [{"block": params[1], "changes": changes}]
            case "state_call":
                answer = self.answers[params[2]]
                if isinstance(answer, RpcError):
                    raise answer
                return "0x" + answer.hex()
            case "state_getStorageHash":
                return "0x" + "11" * 32
        raise AssertionError(method)

    def close(self) -> None: ...


@pytest.fixture
def westend(bundled: dict[str, Both]) -> Metadata:
    return bundled["westend"].types.metadata


def at(node: Node, metadata: Metadata, block: str, number: int) -> None:
    node.stored[block, key_of(metadata, "System", "Number")] = u32(number)


def values(records: Sequence[ValueRead]) -> list[Any]:
    return [record.value for record in records]


def test_a_value_is_told_where_it_is_not_as_in_the_parent(westend: Metadata) -> None:
    node, reader = Node(), ValueReader()
    for block, number in ((ONE, 7), (TWO, 7), (THREE, 8)):
        at(node, westend, block, number)
    assert values(reader.read(node, westend, ONE, "0x00", [NUMBER])) == [7]
    assert reader.read(node, westend, TWO, ONE, [NUMBER]) == []
    assert values(reader.read(node, westend, THREE, TWO, [NUMBER])) == [8]
    assert values(reader.read(node, westend, TWO, "0x99", [NUMBER])) == [7], "its parent was not read"


def test_what_is_asked_for_later_is_told_of_the_first_block(westend: Metadata) -> None:
    node, reader = Node(), ValueReader()
    at(node, westend, ONE, 7)
    at(node, westend, TWO, 7)
    node.answers[TWO] = u32(3)
    reader.read(node, westend, ONE, "0x00", [NUMBER])
    told = reader.read(node, westend, TWO, ONE, [NUMBER, NONCE])
    assert [(one.name, one.value) for one in told] == [("AccountNonceApi.account_nonce", 3)]


def test_all_storage_items_of_a_block_are_read_by_one_call(westend: Metadata) -> None:
    node, reader = Node(), ValueReader(Writing("relay", {"alice": "//Alice"}))
    told = reader.read(node, westend, ONE, "0x00", [NUMBER, ALICE, BY_NAME])
    assert node.calls == ["state_queryStorageAt"]
    assert values(told)[0] == 0, "where nothing is stored, the default"
    assert values(told)[1]["data"]["free"] == 0
    assert [one.args for one in told] == [[], ["//Alice"], ["alice"]], "as it was asked for"


def test_another_runtime_reads_anew(westend: Metadata, bundled: dict[str, Both]) -> None:
    """Of the same bytes another type may make another value."""
    node, reader = Node(), ValueReader()
    for block in (ONE, TWO):
        at(node, westend, block, 7)
    reader.read(node, westend, ONE, "0x00", [NUMBER])
    assert values(reader.read(node, bundled["rococo"].types.metadata, TWO, ONE, [NUMBER])) == [7]


def test_what_a_runtime_does_not_have_is_said(bundled: dict[str, Both]) -> None:
    asks = [Ask.of("relay", "storage", "Babe.Epoch", []), Ask.of("relay", "api", "BabeApi.epoch", []), NUMBER]
    told = ValueReader().read(Node(), bundled["penpal"].types.metadata, ONE, "0x00", asks)
    assert [one.why and one.why.partition("B")[0] for one in told] == [
        "the runtime has no pallet ",
        "the runtime has no API '",
        None,
    ]


def test_bytes_that_are_no_such_value_are_said(westend: Metadata) -> None:
    node = Node()
    node.stored[ONE, key_of(westend, "System", "Number")] = b"\1"
    node.answers[ONE] = b"\1\2\3\4\5"
    told = ValueReader().read(node, westend, ONE, "0x00", [NUMBER, NONCE])
    assert values(told) == [None, None]
    assert all(one.why for one in told)


def test_an_error_of_a_runtime_is_said_and_one_of_the_node_leaves_the_block(westend: Metadata) -> None:
    node = Node()
    node.answers[ONE] = RpcError("Execution failed: wasm trap")
    (told,) = ValueReader().read(node, westend, ONE, "0x00", [NONCE])
    assert (told.value, told.why) == (None, "Execution failed: wasm trap")
    for asks in ([NONCE], [NUMBER]):
        with pytest.raises(RpcError):
            ValueReader().read(Node(has_state=False), westend, ONE, "0x00", asks)


def test_an_api_is_decoded_by_the_runtime_that_answers(bundled: dict[str, Both]) -> None:
    """Of the block that brings new code that is the new one, which need not have what the old one had."""
    node, old, new = Node(), bundled["westend"].types.metadata, bundled["penpal"].types.metadata
    ask = Ask.of("relay", "api", "BabeApi.configuration", [])
    (told,) = ValueReader().read(node, old, ONE, "0x00", [ask], lambda: new)
    assert told.why is not None
    assert "no API 'BabeApi'" in told.why


def test_code_that_no_node_can_run_answers_nothing(westend: Metadata) -> None:
    def broken() -> Metadata:
        raise RpcError("cannot instantiate")

    node = Node()
    at(node, westend, ONE, 7)
    told = ValueReader().read(node, westend, ONE, "0x00", [NUMBER, NONCE], broken)
    assert [(one.value, one.why) for one in told] == [(7, None), (None, "cannot instantiate")]


def test_a_key_that_is_there_is_told_apart_from_none(westend: Metadata) -> None:
    """The value of such an item is empty either way, so that it was taken for absent."""
    ask = Ask.of("relay", "storage", "Session.ExternallySetKeys", ["//Alice"])
    node, reader = Node(), ValueReader()
    node.stored[TWO, key_of(westend, "Session", "ExternallySetKeys", keys("//Alice").sr25519)] = b""
    assert values(reader.read(node, westend, ONE, "0x00", [ask])) == [None]
    assert values(reader.read(node, westend, TWO, ONE, [ask])) == [[]]


class Answering(WithCode):
    """A node with an account of Alice's, and the events that it is given."""

    def __init__(self, events: bytes) -> None:
        super().__init__(runtime="rococo")
        self.events = events

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = 0.0) -> Any:
        if method == "state_getStorage":
            return "0x" + self.events.hex()
        if method == "state_queryStorageAt" and len(params[0]) == 1:
            account = u32(1) + u32(0) + u32(1) + u32(0) + u128(500) + u128(0) + u128(0) + u128(0)
            return [{"block": params[1], "changes": [[params[0][0], "0x" + account.hex()]]}]
        return super().call(method, params, timeout)


def test_a_block_says_how_much_of_what_was_asked_it_was_read_with(bundled: dict[str, Both]) -> None:
    """And what runs leave out is recorded from the asking on, in the events' order."""
    metadata = bundled["rococo"].types.metadata
    system = metadata.pallets["System"]
    success = bytes([system.index, 0])
    assert metadata.types[system.event or 0].variants[0].name == "ExtrinsicSuccess"  # type: ignore[union-attr]
    phase, info = b"\0" + u32(0), b"\0\0\0\0"  # weight (compact, compact), class, pays fee
    event = b"\4" + phase + success + info + b"\0"
    journal = Journal(time.monotonic)
    made = ChainRecorder(journal, "relay", {})
    made.knows(["0x" + "11" * 32])
    made.block(Answering(event), "alice", 0, header(0))
    made.read_contents(Answering(event), "alice")
    for ask in (Ask.of("relay", "event", "System.ExtrinsicSuccess"), ALICE):
        journal.append(ReadingAsked(what=ask.what, name=ask.name, args=ask.arguments), chain="relay")
    made.block(Answering(event), "alice", 0, header(1))
    made.read_contents(Answering(event), "alice")
    first, second = [record.hash for record in journal.evidence.of(BlockSeen)]
    assert [(one.hash, one.data.asked) for one in journal.evidence.of(ContentsRead)] == [(first, None), (second, 2)]
    assert [(one.hash, one.data.name) for one in journal.evidence.of(RuntimeEvent)] == [(second, "ExtrinsicSuccess")]
    (value,) = journal.evidence.of(ValueRead)
    assert (value.hash, value.data.value["data"]["free"]) == (second, 500)
    assert not journal.evidence.answered(ALICE, first or "")
    assert journal.evidence.value(ALICE, second or "") == value
