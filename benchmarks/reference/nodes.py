"""The Python of the reference: what a simulation does around its runtimes, frozen and much smaller.

A handful of nodes get each block by gossip over links with jitter, on a virtual clock with a heap of actions; they
vote, count the votes of others, draw who checks candidates, and every fact becomes a line of JSON that is hashed. The
proportions are those of a simulated network of a few nodes; what it says about Polkadot is nothing.
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
import json
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from benchmarks.reference.decoding import Decoder, read_compact

NODES = 16
_SLOT = 6_000_000_000
_NEEDED = NODES * 2 // 3 + 1


@dataclass(frozen=True)
class Record:
    """A fact as the journal has it."""

    seq: int
    t: float
    observer: str
    kind: str
    data: dict[str, Any]

    def line(self) -> str:
        return json.dumps(
            {"seq": self.seq, "t": self.t, "observer": self.observer, "kind": self.kind, "data": self.data},
            separators=(",", ":"),
        )


@dataclass
class Node:
    """What a node has seen: heights of blocks by their hash, and votes by block and round."""

    name: str
    blocks: dict[str, int] = field(default_factory=dict)
    votes: dict[tuple[str, int], set[int]] = field(default_factory=lambda: defaultdict(set))
    finalized: int = 0


class Nodes:
    """The network. ``take`` gives it a block; ``digest`` sums up everything that it recorded."""

    def __init__(self, event: Decoder) -> None:
        self._event = event
        self._now = 0
        self._order = itertools.count()
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._random = random.Random(1)
        self._nodes = [Node(f"node-{index}") for index in range(NODES)]
        self._delays = {
            (one, other): 20_000_000 + 7_000_000 * abs(one - other) for one in range(NODES) for other in range(NODES)
        }
        self._hash = hashlib.sha256()
        self._seq = itertools.count()
        self._counted: dict[str, int] = defaultdict(int)

    def take(self, block: bytes, events: bytes) -> None:
        """A slot: the block is authored, spread, voted for, and what its events say is recorded."""
        height = read_compact(block, 32)[0]
        hash_ = "0x" + hashlib.blake2b(block, digest_size=32).hexdigest()
        author = height % NODES
        self._at(self._now, partial(self._import, author, hash_, height))
        end = self._now + _SLOT
        self._read(hash_, events)
        self._draw(hash_)
        while self._heap and self._heap[0][0] <= end:
            self._now, _, act = heapq.heappop(self._heap)
            act()
        self._now = end

    def digest(self) -> str:
        """SHA-256 of all lines so far."""
        return self._hash.hexdigest()

    def _at(self, t: int, act: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (t, next(self._order), act))

    def _record(self, observer: str, kind: str, **data: Any) -> None:
        record = Record(next(self._seq), round(self._now / 1e9, 6), observer, kind, data)
        self._hash.update(record.line().encode())

    def _gossip(self, sender: int, act: Callable[[int], None]) -> None:
        for receiver in range(NODES):
            if receiver != sender:
                delay = self._delays[sender, receiver] + self._random.randrange(5_000_000)
                self._at(self._now + delay, partial(act, receiver))

    def _import(self, index: int, hash_: str, height: int, *_: int) -> None:
        node = self._nodes[index]
        if hash_ in node.blocks:
            return
        node.blocks[hash_] = height
        self._record(node.name, "head.best", height=height, hash=hash_)
        self._gossip(index, lambda receiver: self._import(receiver, hash_, height))
        self._vote(index, hash_, 0)

    def _vote(self, index: int, hash_: str, round_: int) -> None:
        self._count(index, index, hash_, round_)
        self._gossip(index, lambda receiver: self._count(receiver, index, hash_, round_))

    def _count(self, index: int, voter: int, hash_: str, round_: int) -> None:
        """Two thirds of the first votes bring a node's second vote, two thirds of those finality."""
        node = self._nodes[index]
        votes = node.votes[hash_, round_]
        before = len(votes)
        votes.add(voter)
        if before < _NEEDED <= len(votes):
            if round_ == 0:
                self._vote(index, hash_, 1)
            else:
                node.finalized = max(node.finalized, node.blocks.get(hash_, 0))
                self._record(node.name, "head.finalized", height=node.finalized, hash=hash_)

    def _read(self, hash_: str, events: bytes) -> None:
        count, offset = read_compact(events, 0)
        for index in range(count):
            event, offset = self._event(events, offset)
            ((pallet, what),) = event["event"].items()
            name = what if isinstance(what, str) else next(iter(what))
            self._counted[f"{pallet}.{name}"] += 1
            self._record("chain", "event", block=hash_, index=index, event=event)

    def _draw(self, hash_: str) -> None:
        """Who of the nodes checks which candidate when, as if by a verifiable draw."""
        tranches: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for candidate in range(2):
            for index in range(NODES):
                drawn = hashlib.sha256(f"{hash_}{candidate}{index}".encode()).digest()
                tranches[int.from_bytes(drawn[:4], "little") % 8].append((candidate, index))
        self._record("chain", "checkers", block=hash_, tranches={str(at): tranches[at] for at in sorted(tranches)})
