"""The dispute coordinators of ten nodes whose blocks, proofs and links are made by hand.

Validator and node have the same number; f is 3, seven votes conclude. Validators 0 and 1 backed every candidate in the
first block, which includes them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simnet.providers.simulated import relay_state
from simnet.providers.simulated.candidates import VALID
from simnet.providers.simulated.clock import NEVER, SECOND, Clock
from simnet.providers.simulated.consensus.dispute_store import DISPUTE_WINDOW, PARALLEL
from simnet.providers.simulated.consensus.disputes import DisputeCoordinators
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.pvf_host import ExecutionEnd
from simnet.providers.simulated.relay_values import Included
from simnet.providers.simulated.view import View
from tests.providers.simulated.blocks import genesis, grow, session_info

COUNT = 10
SESSION = session_info(COUNT, (0, 1), index=3)


class Lab:
    """Ten nodes that know one block, ``top``; checking a proof takes a second."""

    def __init__(self) -> None:
        self.clock = Clock()
        first = genesis()
        self.top = grow(first, name="top")[0]
        self.views = [View(first) for _ in range(COUNT)]
        for view in self.views:
            view.add(self.top, 0)
            view.best = self.top
        self.keys: Any = SimpleNamespace(
            validator=lambda key: int(key[4:]), sign=lambda node, message: b"s" * 64, owner=lambda key: key.decode()
        )
        self.nodes: list[None] = [None] * COUNT
        self.unreachable: set[int] = set()
        self.unavailable: set[int] = set()
        self.without_code: set[int] = set()
        self.without_proof: set[bytes] = set()
        self.invalid: set[bytes] = set()
        self.approved: dict[int, list[int]] = {}
        self.checks: list[int] = []
        self.reverted: list[tuple[int, ExecutedBlock]] = []
        self.session = SESSION.index
        parts: Any = self
        self.disputes = DisputeCoordinators(
            parts,
            parts,
            self.keys,
            parts,
            parts,
            parts,
            self.revert,
            parts,
            lambda node, _: self.approved.get(node, []),
        )

    def candidate(self, name: str) -> Any:
        """Votes are valid statements of validators 0 and 1, of which blocks tell."""
        hash_ = name.encode().ljust(32, b".")
        found: Any = SimpleNamespace(
            para=2000,
            hash=hash_,
            relay_parent=self.top,
            statements={0: None, 1: None},
            included_in=[self.top],
            backed_in=[self.top],
            statement=lambda validator: VALID,
            signed=lambda validator: b"backing",
        )
        return found

    # -- what disputes ask of the network ---------------------------------------------------------------------------

    def view(self, node: int) -> View:
        return self.views[node]

    def commits(self, node: int, act: str, about: object = None) -> bool:
        return False

    def finds(self, node: int, candidate: Any, ending: ExecutionEnd) -> bool | None:
        return None if ending == "not prepared" else candidate.hash not in self.invalid

    def check(
        self, node: int, candidate: Any, begin: int, kind: str, timeout: int, done: Callable[[ExecutionEnd], None]
    ) -> None:
        self.checks.append(node)
        ending: ExecutionEnd = "not prepared" if node in self.without_code else "executed"
        self.clock.at(begin + SECOND, lambda: done(ending))

    def recover(self, node: int, candidate: Any) -> int:
        return NEVER if node in self.unavailable or candidate.hash in self.without_proof else self.clock.now

    def spread(self, source: int, size: int, hop: int) -> NDArray[np.int64]:
        cut = [node in self.unreachable or source in self.unreachable for node in range(COUNT)]
        return np.where(cut, NEVER, self.clock.now).astype(np.int64)

    def when(self, node: int, t: int, act: Callable[[], None]) -> None:
        self.clock.at(t, act)

    def work(self, node: int, begin: int, takes: int, act: Callable[[], None]) -> None:
        self.clock.at(begin + takes, act)

    def receive(self, receivers: NDArray[np.int64], t: int, act: Callable[[NDArray[np.int64]], None]) -> None:
        self.clock.at(t, lambda: act(receivers))

    def revert(self, node: int, block: ExecutedBlock) -> None:
        self.reverted.append((node, block))

    def note(self, node: None, what: object, *, chain: str, block: ExecutedBlock) -> None:
        """Nobody observes here."""

    # -- what a test does -------------------------------------------------------------------------------------------

    def against(self, validator: int, candidate: Any) -> None:
        self.disputes.open(validator, validator, candidate, SESSION)

    def wait(self, seconds: float) -> None:
        end = self.clock.now + int(seconds * SECOND)
        while self.clock.now < end:
            self.clock.advance(end)

    def states(self, candidate: Any) -> list[str | None]:
        """What each node makes of a candidate's votes; None where it is no dispute."""
        stores = self.disputes._stores
        return [one.recent[candidate.hash].state if candidate.hash in one.recent else None for one in stores]


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    lab = Lab()
    everything = type("Everything", (dict,), {"get": lambda self, hash_, default=(): (0, 1)})
    monkeypatch.setattr(relay_state, "session", lambda block: lab.session)
    monkeypatch.setattr(relay_state, "backers", lambda block: everything())
    monkeypatch.setattr(relay_state, "disabled", lambda block: ())
    monkeypatch.setattr(relay_state, "disputed", lambda block: {})
    monkeypatch.setattr(relay_state, "reversions", lambda block: ())
    monkeypatch.setattr(relay_state, "host_configuration", lambda block: SimpleNamespace(approval_timeout=12_000))
    monkeypatch.setattr(relay_state, "included", lambda block: ())
    return lab


def test_who_has_no_vote_takes_part_and_a_valid_candidate_wins(lab: Lab) -> None:
    one = lab.candidate("one")
    lab.against(6, one)
    lab.wait(3)
    assert lab.states(one) == ["valid"] * COUNT
    assert sorted(lab.checks) == [2, 3, 4, 5, 7, 8, 9], "backers and the disputant have voted"
    assert lab.reverted == []


def test_more_than_f_against_revert_what_includes_it_once(lab: Lab) -> None:
    one = lab.candidate("one")
    lab.invalid = {one.hash}
    lab.against(6, one)
    lab.wait(3)
    assert lab.states(one) == ["invalid"] * COUNT
    assert sorted(node for node, block in lab.reverted if block is lab.top) == list(range(COUNT)), "each node once"


def test_three_candidates_are_checked_at_a_time(lab: Lab) -> None:
    many = [lab.candidate(f"number {i}") for i in range(PARALLEL + 2)]
    for one in many:
        lab.against(6, one)
    lab.wait(0.5)
    assert lab.checks.count(2) == PARALLEL
    lab.wait(3)
    assert lab.checks.count(2) == len(many)
    assert all(lab.states(one)[2] == "valid" for one in many)


def test_an_approval_that_was_sent_counts_and_its_giver_takes_no_part(lab: Lab) -> None:
    one = lab.candidate("one")
    lab.approved = {2: [2], 3: [2]}
    lab.against(6, one)
    lab.wait(3)
    assert 2 not in lab.checks
    votes = [store.votes[one.hash].valid[2].kind for store in lab.disputes._stores]
    assert set(votes) == {b"\x00\x03"}, "it sends its approval to all as its vote"


def test_who_lost_a_dispute_raises_no_other_one_alone(lab: Lab) -> None:
    first, second = lab.candidate("one"), lab.candidate("two")
    lab.against(6, first)
    lab.wait(3)
    lab.checks.clear()
    lab.against(6, second)
    lab.wait(3)
    assert lab.states(second) == [None] * COUNT
    assert lab.checks == []
    assert lab.disputes.undisputed(0, lab.top)
    lab.against(5, second)
    lab.wait(3)
    assert lab.states(second) == ["valid"] * COUNT, "with one who lost nothing it is a dispute"


def test_what_only_losers_raised_is_struck_off_when_they_lose(lab: Lab) -> None:
    """Both are raised before one is lost; for the other one nobody gets the proof."""
    first, second = lab.candidate("one"), lab.candidate("two")
    lab.without_proof = {second.hash}
    lab.against(6, first)
    lab.against(6, second)
    lab.wait(0.5)
    assert lab.states(second) == ["raised"] * COUNT
    lab.wait(3)
    assert lab.states(first) == ["valid"] * COUNT
    assert lab.states(second) == [None] * COUNT


def test_a_node_that_could_not_check_tries_again_when_a_vote_comes(lab: Lab) -> None:
    one = lab.candidate("one")
    lab.unavailable = set(range(COUNT))
    lab.against(6, one)
    lab.wait(3)
    assert lab.states(one)[2] == "raised"
    assert lab.checks == []
    lab.unavailable.remove(2)
    lab.against(5, one)
    lab.wait(3)
    assert lab.checks == [2]


def test_a_restarted_node_goes_on_with_its_disputes_and_a_wiped_one_knows_none(lab: Lab) -> None:
    one = lab.candidate("one")
    lab.unavailable = set(range(COUNT))
    lab.against(6, one)
    lab.wait(3)
    lab.unavailable.remove(2)
    lab.disputes.wiped(3)
    lab.disputes.started(3)
    lab.disputes.started(2)
    assert lab.states(one)[3] is None
    lab.wait(3)
    assert lab.checks == [2]
    assert lab.states(one)[3] is not None, "it hears of it by the vote of the other"


def test_a_restored_node_knows_the_disputes_of_its_copy(lab: Lab) -> None:
    one = lab.candidate("one")
    before = lab.disputes.saved(2)
    lab.against(6, one)
    lab.wait(3)
    after = lab.disputes.saved(2)
    lab.disputes.restored(2, before)
    assert lab.states(one)[2] is None
    lab.disputes.restored(2, after)
    assert lab.states(one)[2] == "valid"


def test_who_was_cut_off_learns_votes_when_it_is_reached(lab: Lab) -> None:
    one = lab.candidate("one")
    lab.unreachable = {2}
    lab.against(6, one)
    lab.wait(3)
    assert lab.states(one)[2] is None
    lab.unreachable = set()
    lab.disputes.exchange(3, 2)
    assert lab.states(one)[2] == lab.states(one)[3]


def test_disputes_of_sessions_long_past_are_forgotten(lab: Lab) -> None:
    one, two = lab.candidate("one"), lab.candidate("two")
    lab.against(6, one)
    lab.wait(3)
    lab.session += DISPUTE_WINDOW
    for node in range(COUNT):
        lab.disputes.imported(node, lab.top)
    lab.disputes.prune(0)
    assert lab.states(one) == [None] * COUNT
    assert len(lab.disputes) == 0
    lab.against(6, two)
    lab.wait(3)
    assert lab.states(two) == [None] * COUNT, "its session is past as well"


def test_the_inherent_has_what_the_chain_lacks_of_confirmed_disputes(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    one = lab.candidate("one")
    lab.against(6, one)
    lab.wait(3)
    sets = lab.disputes.statements(0, lab.top)
    assert len(sets) == 1
    assert sets[0].startswith(one.hash)
    everybody = 2**COUNT - 1
    monkeypatch.setattr(relay_state, "disputed", lambda block: {(SESSION.index, one.hash): (everybody, everybody)})
    assert lab.disputes.statements(0, lab.top) == []


def test_a_block_whose_digest_reverts_an_ancestor_is_heeded(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.against(6, lab.candidate("one"))
    child = grow(lab.top)[0]
    lab.views[4].add(child, 0)
    monkeypatch.setattr(relay_state, "reversions", lambda block: (1,))
    lab.disputes.imported(4, child)
    assert lab.reverted == [(4, lab.top)]


def included(candidates: Sequence[Any]) -> tuple[Included, ...]:
    return tuple(Included(one.hash, 2000, core=0, group=0) for one in candidates)


def test_a_disputed_candidate_holds_back_the_block_that_includes_it(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    one = lab.candidate("one")
    monkeypatch.setattr(relay_state, "included", lambda block: included([one]))
    lab.unavailable = set(range(COUNT))
    assert lab.disputes.undisputed(2, lab.top)
    lab.against(6, one)
    lab.wait(1)
    assert not lab.disputes.undisputed(2, lab.top)
    lab.unavailable = set()
    lab.against(5, one)
    lab.wait(3)
    assert lab.disputes.undisputed(2, lab.top), "it was found valid"


def test_who_cannot_execute_a_candidate_casts_no_vote_and_tries_again_with_the_next_votes(lab: Lab) -> None:
    one = lab.candidate("one")
    lab.without_code = {2}
    lab.against(6, one)
    lab.wait(5)
    assert lab.states(one) == ["valid"] * COUNT
    assert not any(store.votes[one.hash].by(2) for store in lab.disputes._stores)
    assert lab.checks.count(2) >= 2
