"""Blocks are read with the code that made them, on forks that change it at different heights, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.chain import code_history
from simnet.chain.code_history import CodeHistory
from simnet.codec import Header
from simnet.errors import RpcError

ROOT = "0x" + "00" * 32
GENESIS = Header(ROOT, 0, ROOT, ROOT, ())
UPDATED = "0x08"
"""The digest of a block that changed the code."""


class Node:
    """Knows the code in each block's state, and which it was asked for. Where it discarded states it has none."""

    def __init__(self) -> None:
        self.code = {GENESIS.hash: "old"}
        self.asked: list[str] = []
        self.discarded: set[str] = set()

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = 0.0) -> Any:
        assert method == "chain_getBlockHash"
        return GENESIS.hash

    def close(self) -> None:
        """Nothing is open."""

    def fork(self, name: str, length: int, changes: dict[int, str]) -> list[Header]:
        """So many blocks on genesis; ``changes``: the code that each height puts into its state."""
        chain = [GENESIS]
        for height in range(1, length + 1):
            logs = (UPDATED,) if height in changes else ()
            extrinsics = "0x" + (name.encode() + bytes([height])).ljust(32, b"\0").hex()
            block = Header(chain[-1].hash, height, ROOT, extrinsics, logs)
            self.code[block.hash] = changes.get(height, self.code[chain[-1].hash])
            chain.append(block)
        return chain


@pytest.fixture(autouse=True)
def _metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    def at(node: Node, hash_: str) -> str:
        if hash_ in node.discarded:
            raise RpcError("State already discarded")
        node.asked.append(hash_)
        return node.code[hash_]

    monkeypatch.setattr(code_history, "metadata_at", at)


@given(st.integers(1, 8), st.integers(1, 8), st.randoms(use_true_random=False))
def test_two_forks_that_change_the_code_at_different_heights_are_read_in_any_order(
    one: int, two: int, order: Any
) -> None:
    node, history = Node(), CodeHistory()
    forks = [node.fork("a", 9, {one: "new"}), node.fork("b", 9, {two: "newer"})]
    made_by = {block.hash: node.code[before.hash] for fork in forks for before, block in pairwise(fork)}
    for fork in forks:
        for block in fork[1:]:
            history.follow(block, block.hash)
    blocks = list(made_by)
    order.shuffle(blocks)
    assert {block: history.metadata(node, block) for block in blocks} == made_by
    assert len(node.asked) <= 3, "once for each code"


def test_the_block_that_changes_the_code_is_itself_made_by_the_old_one() -> None:
    node, history = Node(), CodeHistory()
    for block in (chain := node.fork("a", 3, {2: "new"}))[1:]:
        history.follow(block, block.hash)
    assert [history.metadata(node, block.hash) for block in chain[1:]] == ["old", "old", "new"]


def test_whoever_attaches_later_asks_at_the_parent_of_what_it_reads() -> None:
    """The blocks before are in the journal of another process, and the node has discarded the oldest states."""
    node, history = Node(), CodeHistory()
    chain = node.fork("a", 9, {3: "new"})
    node.discarded = {block.hash for block in chain[:5]}
    for block in chain[7:]:
        history.follow(block, block.hash)
    assert [history.metadata(node, block.hash) for block in chain[7:]] == ["new"] * 3
    assert node.asked == [chain[6].hash]


def test_a_node_without_the_state_is_an_error_and_the_next_one_is_asked() -> None:
    node, history = Node(), CodeHistory()
    block = node.fork("a", 1, {})[1]
    history.follow(block, block.hash)
    node.discarded = {GENESIS.hash}
    with pytest.raises(RpcError):
        history.metadata(node, block.hash)
    node.discarded = set()
    assert history.metadata(node, block.hash) == "old"


def test_what_is_prepared_at_genesis_is_asked_once() -> None:
    node, history = Node(), CodeHistory()
    history.prepare(node)
    history.prepare(node)
    block = node.fork("a", 1, {})[1]
    history.follow(block, block.hash)
    assert history.metadata(node, block.hash) == "old"
    assert node.asked == [GENESIS.hash]
