"""Which blocks a node that is behind asks of whom, and in which order it imports what came."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from simnet.providers.simulated.clock import MILLISECOND, NEVER, SECOND, Clock
from simnet.providers.simulated.consensus import block_sync
from simnet.providers.simulated.consensus.block_sync import AT_ONCE, FAR, BlockSync
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.times import Times
from simnet.providers.simulated.view import View
from tests.providers.simulated.blocks import genesis, grow

_NOTHING: Any = None


class Lab:
    """Node 0 is behind; ``peers`` others have a chain of ``height`` blocks. Answers take ``way`` nanoseconds."""

    def __init__(self, height: int, peers: int = 3) -> None:
        self.clock = Clock()
        self.first = genesis()
        self.chain = "relay"
        self.blocks = grow(self.first, height)
        spec: Any = type("Spec", (), {"chain": "relay", "name": "late", "cpus": None})()
        self.nodes = [SimulatedNode(n, spec, View(self.first), None, "running", True) for n in range(peers + 1)]
        for node in self.nodes[1:]:
            self.give(node.index, *self.blocks)
        self.cut: set[int] = set()
        self.way = dict.fromkeys(range(1, peers + 1), MILLISECOND)
        self.asked: list[tuple[int, int]] = []
        """Peers that were asked, and for how many bytes."""
        self.stored: list[tuple[int, bool]] = []
        """Heights in the order of import, and whether the node told of it."""
        self.refused: ExecutedBlock | None = None
        self.finished = 0
        self.compiled = SimpleNamespace(when_ready=lambda node, block, act: act())
        parts: Any = self
        self.sync = BlockSync(
            Processes(self.clock, self.nodes), parts, Times(np.random.default_rng(1)),
            np.ones(peers + 1, dtype=np.bool_), parts, parts, lambda *_: None, self.done, lambda _: False,
        )  # fmt: skip

    # -- what it needs of the simulation --------------------------------------------------------------------------

    def view(self, node: int) -> View:
        return self.nodes[node].relay

    def comes(self, node: int, block: ExecutedBlock) -> bool:
        return False

    def store(self, node: int, block: ExecutedBlock, *, told: bool) -> str | None:
        if block is self.refused:
            return "it is refused"
        self.stored.append((block.number, told))
        self.give(node, block)
        return None

    def carries(self, one: int, two: int) -> bool:
        return not {one, two} & self.cut

    def direct(self, source: int, target: int, size: int) -> int:
        return self.clock.now + MILLISECOND if self.carries(source, target) else NEVER

    def ask(self, node: int, peer: int, there: int, back: int) -> int:
        self.asked.append((peer, back))
        return self.clock.now + self.way[peer] if self.carries(node, peer) else NEVER

    def log(self, node: SimulatedNode, line: str) -> None: ...

    def behind(self, node: SimulatedNode) -> None: ...

    def done(self, node: int) -> None:
        self.finished += 1

    # -- what a test does -----------------------------------------------------------------------------------------

    def give(self, node: int, *blocks: ExecutedBlock) -> None:
        for block in blocks:
            self.view(node).add(block, self.clock.now)
            self.view(node).prefer(block)

    def meet(self) -> None:
        """Node 0 reaches all others."""
        for peer in self.nodes[1:]:
            self.sync.reached(peer.index, 0)

    def wait(self, seconds: float = 60) -> None:
        end = self.clock.now + int(seconds * SECOND)
        while self.clock.now < end:
            self.clock.advance(end)


@pytest.mark.parametrize("height", [1, 5, 200])
def test_blocks_are_imported_in_their_order_each_once(height: int) -> None:
    lab = Lab(height)
    lab.meet()
    lab.wait()
    assert [number for number, _ in lab.stored] == list(range(1, height + 1))
    assert lab.finished == 1


def test_each_peer_is_asked_for_a_range_of_its_own_of_bounded_size() -> None:
    lab = Lab(3 * AT_ONCE)
    lab.meet()
    lab.wait(0.002)
    one = lab.asked[0][1]
    assert lab.asked == [(1, one), (2, one), (3, one)]
    lab.wait()
    assert len(lab.asked) == 3


def test_what_comes_out_of_order_waits_for_what_is_before_it() -> None:
    lab = Lab(2 * AT_ONCE, peers=2)
    lab.way[1] = 5 * SECOND
    lab.meet()
    lab.wait(4)
    assert lab.stored == []
    lab.wait()
    assert [number for number, _ in lab.stored] == list(range(1, 2 * AT_ONCE + 1))


def test_imports_take_a_time_each(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(50)
    lab.meet()
    lab.wait(0.2)
    assert 0 < len(lab.stored) < 50
    lab.wait(5)
    assert len(lab.stored) == 50


@pytest.mark.parametrize(("missed", "far"), [(FAR, False), (FAR + 1, True)])
def test_who_missed_more_than_five_blocks_is_far_behind_and_tells_none_of_them(missed: int, far: bool) -> None:
    lab = Lab(missed)
    lab.meet()
    lab.wait(0.002)
    assert lab.nodes[0].behind == far
    lab.wait()
    assert not lab.nodes[0].behind
    assert {told for _, told in lab.stored} == {not far}


def test_the_median_of_the_peers_decides_who_is_far_behind() -> None:
    lab = Lab(20)
    for peer in (2, 3):
        lab.nodes[peer].relay = View(lab.first)
    lab.meet()
    lab.wait(0.002)
    assert not lab.nodes[0].behind


def test_nobody_is_asked_for_what_it_does_not_have() -> None:
    lab = Lab(20)
    for peer in (1, 3):
        lab.nodes[peer].relay = View(lab.first)
    lab.meet()
    lab.wait()
    assert {peer for peer, _ in lab.asked} == {2}
    assert len(lab.stored) == 20


def test_what_a_peer_did_not_deliver_is_asked_of_another_one() -> None:
    lab = Lab(20, peers=2)
    lab.way[1] = SECOND
    lab.meet()
    lab.wait(0.5)
    lab.cut.add(1)
    lab.wait()
    assert [peer for peer, _ in lab.asked] == [1, 2]
    assert len(lab.stored) == 20


def test_without_a_peer_a_download_waits_for_one() -> None:
    lab = Lab(200, peers=1)
    lab.meet()
    lab.wait(0.002)
    lab.cut.add(1)
    lab.wait(5)
    here = len(lab.stored)
    lab.wait(60)
    assert len(lab.stored) == here < 200
    lab.cut.clear()
    lab.meet()
    lab.wait()
    assert len(lab.stored) == 200


def test_a_refused_block_ends_the_download_and_the_next_block_begins_it_anew() -> None:
    lab = Lab(20)
    lab.refused = lab.blocks[9]
    lab.meet()
    lab.wait()
    assert len(lab.stored) == 9
    assert lab.nodes[0].behind
    lab.refused = None
    (following,) = grow(lab.blocks[-1])
    for peer in (1, 2, 3):
        lab.give(peer, following)
    lab.sync.learn(0, following)
    lab.wait()
    assert len(lab.stored) == 21
    assert not lab.nodes[0].behind


def test_a_process_that_ended_has_nothing_of_what_it_fetched() -> None:
    lab = Lab(50)
    lab.meet()
    lab.wait(0.1)
    here = len(lab.stored)
    lab.sync.ended(0)
    lab.wait()
    assert len(lab.stored) == here < 50


def test_no_more_is_asked_for_than_can_wait_to_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_sync, "AHEAD", AT_ONCE)
    lab = Lab(3 * AT_ONCE)
    lab.meet()
    lab.wait(0.002)
    assert len(lab.asked) == 1
    lab.wait()
    assert len(lab.stored) == 3 * AT_ONCE
