"""Proofs and chunks belong to the store of the node that has them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from simnet.providers.simulated import relay_state
from simnet.providers.simulated.clock import NEVER, SECOND, Clock
from simnet.providers.simulated.consensus.availability import Availability

COUNT = 4
BACKER, OTHER = 0, 3
CANDIDATE: Any = SimpleNamespace(hash=b"c" * 32, pov_size=1000, relay_parent=None, statements={BACKER: None, 1: None})
PENDING: Any = SimpleNamespace(number=1)


class Lab:
    """Four validators; an answer takes a second."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.keys: Any = SimpleNamespace(
            validator=lambda key: key[0],
            place=lambda node, kind, places: (places[bytes([node])], bytes([node])),
        )
        self.withholding: set[int] = set()
        validator = SimpleNamespace(spec=SimpleNamespace(role="validator"), relay=SimpleNamespace(best=PENDING))
        self.nodes = [validator] * COUNT
        parts: Any = self
        self.stores = Availability(parts, parts, self.keys, parts, {CANDIDATE.hash: CANDIDATE})

    def request(self, source: int, target: int, there: int, back: int) -> int:
        return self.clock.now + SECOND

    def commits(self, node: int, act: str, about: object = None) -> bool:
        return node in self.withholding

    def when(self, node: int, t: int, act: Callable[[], None]) -> None:
        self.clock.at(t, act)

    def spread(self, source: int, size: int, hop: int) -> Any:
        raise AssertionError("no bitfield is looked at here")

    def fetch(self, *nodes: int) -> None:
        """These nodes import a block in which the candidate is pending."""
        for node in nodes:
            self.stores.imported(node, PENDING)


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.setattr(relay_state, "validators", lambda block: tuple(bytes([one]) for one in range(COUNT)))
    monkeypatch.setattr(relay_state, "validator_indices", lambda block: {bytes([one]): one for one in range(COUNT)})
    monkeypatch.setattr(relay_state, "cores", lambda block: (SimpleNamespace(candidate=CANDIDATE.hash),))
    lab = Lab()
    lab.stores.backed(BACKER, CANDIDATE)
    return lab


def test_a_backer_gives_its_proof_to_who_asks(lab: Lab) -> None:
    assert lab.stores.recover(OTHER, CANDIDATE) == SECOND
    assert lab.stores.recover(BACKER, CANDIDATE) == 0, "its own it has"


def test_a_backer_that_was_wiped_has_nothing_to_give(lab: Lab) -> None:
    lab.stores.wiped(BACKER)
    assert lab.stores.recover(OTHER, CANDIDATE) == NEVER
    lab.fetch(OTHER)
    lab.clock.advance(SECOND)
    assert lab.stores.recover(OTHER, CANDIDATE) == NEVER, "nobody had a chunk for it either"


def test_chunks_serve_when_the_backers_are_wiped(lab: Lab) -> None:
    lab.fetch(1, 2)
    lab.clock.advance(SECOND)
    lab.stores.wiped(BACKER)
    assert lab.stores.recover(OTHER, CANDIDATE) == 2 * SECOND


def test_a_chunk_on_its_way_is_lost_with_the_process_that_asked(lab: Lab) -> None:
    lab.fetch(1, 2)
    lab.stores.ended(1)
    lab.clock.advance(SECOND)
    lab.stores.wiped(BACKER)
    assert lab.stores.recover(OTHER, CANDIDATE) == NEVER, "one chunk of two"


def test_a_restored_node_has_what_its_copy_had(lab: Lab) -> None:
    before = lab.stores.saved(2)
    kept = lab.stores.saved(BACKER)
    lab.stores.wiped(BACKER)
    lab.stores.restored(2, before)
    assert lab.stores.recover(OTHER, CANDIDATE) == NEVER
    lab.stores.restored(BACKER, kept)
    assert lab.stores.recover(OTHER, CANDIDATE) == SECOND


def test_a_proof_that_is_withheld_is_not_given(lab: Lab) -> None:
    lab.withholding = {BACKER}
    assert lab.stores.recover(OTHER, CANDIDATE) == NEVER
