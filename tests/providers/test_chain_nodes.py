"""Which node of a chain is asked, which block is meant, and by which runtime it is read."""

from __future__ import annotations

import json
import lzma
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from simnet.chain.code_history import CODE_KEY
from simnet.errors import InputError, RpcError
from simnet.journal import Block, Evidence
from simnet.providers.chain_nodes import ChainNodes

DATA = Path(__file__).parents[1] / "chain" / "data"
ONE, TWO, THREE = ("0x" + f"{number:02x}" * 32 for number in (1, 2, 3))


def metadata(name: str) -> str:
    return "0x" + lzma.decompress((DATA / f"{name}.metadata.xz").read_bytes()).hex()


def recorded_events() -> str:
    """Those of a relay block that has some of pallets which a parachain does not have."""
    blocks = json.loads(lzma.decompress((DATA / "blocks.json.xz").read_bytes()))["relay"]
    return "0x" + max((block["events"] for block in blocks), key=len)


@dataclass
class Node:
    """A node with these blocks by hash and height, whose states have code by name of a runtime."""

    blocks: dict[str, int] = field(default_factory=dict)
    final: str = ONE
    best: str = ONE
    codes: dict[str, str] = field(default_factory=dict)
    """By blocks whose state it still has."""
    down: bool = False

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = 0) -> Any:
        if self.down:
            raise RpcError("no answer")
        match method, *params:
            case "chain_getFinalizedHead", *_:
                return self.final
            case ["chain_getBlockHash"]:
                return self.best
            case "chain_getBlockHash", height:
                return next(one for one, number in self.blocks.items() if number == height)
            case "chain_getHeader", hash_:
                return None if hash_ not in self.blocks else _header(self.blocks[hash_])
            case "state_getStorageHash", str(key), hash_:
                assert key == CODE_KEY
                return self._code(hash_)
            case "state_getMetadata", hash_:
                return metadata(self._code(hash_))
            case "state_getStorage", _, hash_:
                self._code(hash_)
                return recorded_events()
        raise RpcError(f"{method} is not found")

    def _code(self, hash_: str) -> str:
        if hash_ not in self.codes:
            raise RpcError("State already discarded")
        return self.codes[hash_]

    def close(self) -> None: ...


def _header(number: int) -> dict[str, Any]:
    root = "0x" + "00" * 32
    return {
        "parentHash": root, "number": hex(number), "stateRoot": root, "extrinsicsRoot": root, "digest": {"logs": []},
    }  # fmt: skip


@dataclass
class Nodes:
    """A network of nothing but nodes of one chain."""

    nodes: dict[str, Node]
    evidence: Evidence = field(default_factory=Evidence)

    def running(self, chain: str) -> list[str]:
        return list(self.nodes)

    def rpc(self, node: str) -> Node:
        return self.nodes[node]


def chain(**nodes: Node) -> ChainNodes:
    return ChainNodes(Nodes(nodes), "2000")


def test_the_newest_block_is_the_highest_that_any_node_shows() -> None:
    """The one that is ahead need not be the first, and one of another side of a cut need not answer."""
    blocks = {ONE: 1, TWO: 2, THREE: 3}
    nodes = chain(a=Node(down=True), b=Node(blocks, ONE, TWO), c=Node(blocks, TWO, THREE), d=Node(blocks, ONE, TWO))
    assert (nodes.hash_of("final"), nodes.hash_of("best")) == (TWO, THREE)
    assert (nodes.hash_of(1), nodes.hash_of(TWO), nodes.hash_of(THREE.upper().replace("0X", "0x"))) == (ONE, TWO, THREE)


def test_a_height_above_the_finalized_ones_is_none_of_one_block() -> None:
    nodes = chain(a=Node({ONE: 1, TWO: 2}, ONE, TWO))
    with pytest.raises(InputError, match="2000 has no finalized block 2; its newest one is 1"):
        nodes.hash_of(2)


def test_without_a_node_that_answers_the_last_reason_is_told() -> None:
    with pytest.raises(RpcError, match="no node of 2000 answers: a: no answer"):
        chain(a=Node(down=True)).hash_of("final")
    with pytest.raises(RpcError, match="no node of 2000 answers: none runs"):
        chain().hash_of("final")


def test_who_has_not_the_block_or_its_state_any_more_is_passed_over() -> None:
    """A node that was just wiped has no blocks; one that prunes has no old states."""
    having = Node({ONE: 1}, codes={ONE: "rococo"})
    nodes = chain(wiped=Node(), pruned=Node({ONE: 1}), having=having)
    assert nodes.asked(ONE, lambda rpc: (rpc, "Sudo" in nodes.runtime(rpc, ONE).pallets)) == (having, True)


def test_a_state_that_nobody_has_any_more_is_told() -> None:
    nodes = chain(pruned=Node({ONE: 1}))
    with pytest.raises(RpcError, match=f"no node of 2000 gives block {ONE} and its state; pruned: State already"):
        nodes.asked(ONE, lambda rpc: nodes.runtime(rpc, ONE))


def test_events_are_read_by_the_runtime_that_made_the_block() -> None:
    """A block that brings new code has that in its own state, while its events are of the old one."""
    codes = {ONE: "rococo", TWO: "penpal"}
    nodes = chain(a=Node({ONE: 1, TWO: 2}, codes=codes))
    rows = nodes.deposited_in(Block("2000", 2, TWO, ONE, t=6.0, observer="a"))
    assert {"ParaInclusion", "Session"} & {row.pallet for row in rows}
    assert {(row.height, row.hash, row.t) for row in rows} == {(2, TWO, 6.0)}
