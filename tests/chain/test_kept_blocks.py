"""Blocks that a node gives, and those that it has pruned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from simnet.chain.kept_blocks import block_at, kept_block
from simnet.errors import RpcError
from simnet.providers.block_again import GivenBlock

KEPT, PRUNED = "0x" + "11" * 32, "0x" + "22" * 32
ROOT = "0x" + "33" * 32
BLOCK = {
    "header": {
        "parentHash": PRUNED,
        "number": "0x7",
        "stateRoot": ROOT,
        "extrinsicsRoot": ROOT,
        "digest": {"logs": []},
    },
    "extrinsics": ["0x280402"],
}


class Node:
    def call(self, method: str, params: Sequence[Any] = (), timeout: float = 0.0) -> Any:
        assert method == "chain_getBlock"
        return {"block": BLOCK, "justifications": None} if params == [KEPT] else None

    def close(self) -> None: ...


def test_a_block_is_given_with_its_header_and_extrinsics() -> None:
    assert kept_block(Node(), KEPT) == block_at(Node(), KEPT) == BLOCK
    given = GivenBlock.read(Node(), KEPT)
    assert (given.hash, given.header.number, given.body) == (KEPT, 7, (bytes.fromhex("280402"),))


def test_a_pruned_block_is_an_answer_of_the_node_that_leads_on_to_another_one() -> None:
    """Whoever reads blocks goes on after an RpcError, and a thread that watches a node ends with any other."""
    assert kept_block(Node(), PRUNED) is None
    for read in (block_at, GivenBlock.read):
        with pytest.raises(RpcError, match="has no block 0x2222"):
            read(Node(), PRUNED)
