"""What a recorder does about authors when nodes cannot say who the authorities were."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest

from simnet.chain.recorder import ChainRecorder
from simnet.codec import Header, storage_prefix, u32, u64, vec, vec_bytes
from simnet.errors import RpcError
from simnet.journal import Journal
from simnet.journal.records import BlockSeen
from simnet.network.accounts import keys
from tests.chain.test_metadata import raw_metadata

ALICE, BOB = (keys(one).sr25519 for one in ("//Alice", "//Bob"))
NAMES = {"0x" + ALICE.hex(): "alice"}
PARENT = "0x" + "11" * 32


class Node:
    """A node that answers, or does not, and has the state of the parent or has discarded it.

    Its runtime is one that gives metadata of version 14 only.
    """

    def __init__(self, *, answers: bool = True, state: bool = True, runtime: str = "rococo") -> None:
        self._answers = answers
        self._runtime = runtime
        self._state = state

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = 0.0) -> Any:
        if not self._answers:
            raise RpcError("the connection was lost")
        if method == "system_name":
            return "node"
        if not self._state:
            raise RpcError("State already discarded")
        if method == "state_call":
            raise RpcError("Exported method Metadata_metadata_at_version is not found")
        if method == "state_getMetadata":
            return "0x" + raw_metadata(self._runtime).hex()
        authorities = "0x" + vec(key + u64(1) for key in (ALICE, BOB)).hex()
        wanted = {"0x" + storage_prefix("Babe", item).hex(): authorities for item in ("Authorities", "NextAuthorities")}
        return [{"block": params[1], "changes": list(wanted.items())}]

    def close(self) -> None:
        """Nothing is open."""


def header(index: int) -> dict[str, Any]:
    """A block by the authority of that index, on a parent that is in the journal already."""
    log = b"\x06BABE" + vec_bytes(b"\x01" + u32(index) + u64(900))
    root = "0x" + "00" * 32
    return {
        "parentHash": PARENT,
        "number": "0x2a",
        "stateRoot": root,
        "extrinsicsRoot": root,
        "digest": {"logs": ["0x" + log.hex()]},
    }


def recorder() -> tuple[ChainRecorder, Journal]:
    journal = Journal(time.monotonic)
    made = ChainRecorder(journal, "relay", NAMES)
    made.knows([PARENT])
    return made, journal


@pytest.mark.parametrize(("index", "author"), [(0, "alice"), (1, "0x" + BOB.hex()), (2, None)])
def test_an_author_is_a_node_or_a_key_or_unknown(index: int, author: str | None) -> None:
    made, journal = recorder()
    made.block(Node(), "alice", 0, header(index))
    assert [record.data.author for record in journal.evidence.of(BlockSeen)] == [author]


def test_a_node_that_discarded_the_state_leaves_the_author_unknown() -> None:
    made, journal = recorder()
    made.block(Node(state=False), "alice", 0, header(0))
    assert [record.data.author for record in journal.evidence.of(BlockSeen)] == [None]


def test_a_node_that_is_lost_meanwhile_leaves_the_block_to_the_next_one() -> None:
    made, journal = recorder()
    with pytest.raises(RpcError):
        made.block(Node(answers=False), "alice", 0, header(0))
    assert not made.recorded(Header.from_json(header(0)).hash)
    made.block(Node(), "bob", 0, header(0))
    assert [record.observer for record in journal.evidence.of(BlockSeen)] == ["bob"]


def test_a_runtime_without_authorities_leaves_the_claim_unreadable() -> None:
    made, journal = recorder()
    made.block(Node(runtime="penpal"), "alice", 0, header(0))
    (seen,) = journal.evidence.of(BlockSeen)
    assert seen.data.claim is not None
    assert seen.data.claim.startswith("unreadable: the runtime has no pallet Babe")


class Forgetful(Node):
    """A node that gives a block's events, and has pruned the block when it is asked for that."""

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = 0.0) -> Any:
        if method == "state_getStorage":
            return None
        return None if method == "chain_getBlock" else super().call(method, params, timeout)


def test_a_fork_that_a_node_pruned_is_left_to_others_and_ends_no_watching() -> None:
    """Seen over an upgrade of the relay chain, while whose code is compiled nodes answer nothing and forks grow old."""
    made, journal = recorder()
    made.watched.add("0x" + "22" * 32)
    made.block(Forgetful(), "dave", 0, header(0))
    made.read_contents(Forgetful(), "dave")
    assert made.unread == 1
    assert not journal.evidence.read


def test_a_node_that_is_lost_while_it_is_read_says_so() -> None:
    made, _ = recorder()
    made.block(Node(), "alice", 0, header(0))
    with pytest.raises(RpcError):
        made.read_contents(Node(answers=False), "alice")
    assert made.unread == 1


class WithCode(Node):
    """A node that gives the code of any state, and no events."""

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = 0.0) -> Any:
        answers: dict[str, Any] = {
            "state_getStorage": None,
            "state_getStorageHash": "0x" + "11" * 32,
            "state_getRuntimeVersion": {"specName": "rococo", "specVersion": 1},
        }
        return answers[method] if method in answers else super().call(method, params, timeout)


def test_the_first_block_of_each_fork_tells_its_code() -> None:
    """Of two blocks one is lost, and what descends from the other is to know its code all the same."""
    made, journal = recorder()
    for index in (0, 1):
        made.block(WithCode(), "alice", 0, header(index))
    made.read_contents(WithCode(), "alice")
    siblings = {record.hash for record in journal.evidence.of(BlockSeen)}
    assert len(siblings) == 2
    assert set(journal.evidence.codes["relay"]) == siblings
