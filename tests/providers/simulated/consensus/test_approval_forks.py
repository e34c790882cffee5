"""Approvals of a candidate that two forks include, among nodes whose blocks, draws and links are made by hand.

Validator and node have the same number. Validator 0 backed the candidate; who of the others is drawn, and when, differs
from fork to fork. Two approvals are needed, or more than a third of all.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simnet.providers.simulated import relay_state
from simnet.providers.simulated.candidates import Candidate
from simnet.providers.simulated.clock import NEVER, SECOND, Clock
from simnet.providers.simulated.consensus import assignments
from simnet.providers.simulated.consensus.approval import TICK, Approvals
from simnet.providers.simulated.consensus.assignments import NOT_DRAWN
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.pvf_host import ExecutionEnd
from simnet.providers.simulated.relay_values import HostConfiguration, Included
from simnet.providers.simulated.view import View
from tests.providers.simulated.blocks import genesis, grow, session_info

COUNT = 7
CANDIDATE = b"c" * 32
SESSION = session_info(COUNT, (0,))


CONFIGURATION = HostConfiguration(
    session=0,
    backing_votes=2,
    lookahead=3,
    v2_receipts=True,
    memory_pages=None,
    backing_timeout=2000,
    approval_timeout=12000,
    pre_checking_timeout=60000,
    preparing_timeout=360_000,
    stack_values=65_536,
    largest_code=1 << 24,
)


class Lab:
    """Seven nodes of which ``groups`` are connected; frozen ones do nothing until they thaw."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.views = [View(first) for first in [genesis()] * COUNT]
        self.groups: list[Sequence[int]] = [range(COUNT)]
        self.frozen: set[int] = set()
        self.checking = SECOND // 5
        self.late_ones = False
        self.ending: ExecutionEnd = "executed"
        self.keys: Any = SimpleNamespace(validator=lambda key: int(key[4:]), others=lambda _: [], owner=bytes.decode)
        self.nodes = [SimpleNamespace(spec=SimpleNamespace(role="validator"))] * COUNT
        parts: Any = self
        candidates: Any = {CANDIDATE: SimpleNamespace(hash=CANDIDATE)}
        self.approvals = Approvals(parts, parts, self.keys, parts, parts, parts, parts, candidates, parts, parts)

    def view(self, node: int) -> View:
        return self.views[node]

    def runs(self, node: int) -> bool:
        return node not in self.frozen

    def carries(self, one: int, two: int) -> bool:
        return any(one in group and two in group for group in self.groups)

    def commits(self, node: int, act: str, about: Hashable = None) -> bool:
        return False

    def tempted(self, node: int, act: str, about: Hashable = None) -> bool:
        return False

    def did(self, node: int, act: str, about: Hashable) -> None:
        raise AssertionError("nobody is tempted")

    def slot_start(self, slot: int) -> int:
        return slot * 6 * SECOND

    def finds(self, node: int, candidate: Candidate, ending: ExecutionEnd) -> bool | None:
        return True if ending == "executed" else None

    def check(
        self, node: int, candidate: Candidate, begin: int, kind: str, timeout: int, done: Callable[[ExecutionEnd], None]
    ) -> None:
        self.clock.at(begin + self.checking, lambda: done(self.ending))

    def recover(self, node: int, candidate: Candidate) -> int:
        return self.clock.now

    def spread(self, source: int, size: int, hop: int) -> NDArray[np.int64]:
        reached = [self.carries(source, node) for node in range(COUNT)]
        return np.where(reached, self.clock.now, NEVER).astype(np.int64)

    def when(self, node: int, t: int, act: Callable[[], None]) -> None:
        self.clock.at(t, act)

    def note(self, node: object, what: object, *, chain: str, block: ExecutedBlock) -> None:
        assert self.late_ones, "nobody is late here"

    # -- what a test does -----------------------------------------------------------------------------------------

    def give(self, block: ExecutedBlock, nodes: Sequence[int]) -> None:
        for node in nodes:
            self.views[node].add(block, self.clock.now)
            self.approvals.imported(node, block)

    def wait(self, ticks: int) -> None:
        end = self.clock.now + ticks * TICK
        while self.clock.now < end:
            self.clock.advance(end)

    def meet(self) -> None:
        """All are connected again and tell one another what they have."""
        self.groups = [range(COUNT)]
        for one in range(COUNT):
            for two in range(COUNT):
                if one != two:
                    self.approvals.exchange(one, two)

    def unapproved(self, block: ExecutedBlock) -> list[int]:
        return [node for node in range(COUNT) if not self.approvals.is_approved(node, block)]


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    included = (Included(CANDIDATE, 2000, core=0, group=0),)
    monkeypatch.setattr(relay_state, "included", lambda block: included)
    monkeypatch.setattr(relay_state, "session_info", lambda block: SESSION)
    monkeypatch.setattr(relay_state, "host_configuration", lambda block: CONFIGURATION)
    return Lab()


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> Callable[[ExecutedBlock, dict[int, int]], None]:
    """Says who is drawn under a block, each with the tranche; nobody else is."""
    known: dict[ExecutedBlock, NDArray[np.int64]] = {}

    def say(block: ExecutedBlock, drawn: dict[int, int]) -> None:
        known[block] = np.array([[drawn.get(number, NOT_DRAWN) for number in range(COUNT)]], dtype=np.int64)

    monkeypatch.setattr(assignments, "draw", lambda block, session, cores: known[block])
    return say


def forks(lab: Lab) -> tuple[ExecutedBlock, ExecutedBlock]:
    """Two blocks of the slot that begins now."""
    lab.clock.advance(lab.slot_start(1))
    first = lab.views[0].finalized
    return grow(first, name="left")[0], grow(first, name="right")[0]


def test_a_checker_approves_under_each_fork_that_draws_it(
    lab: Lab, draws: Callable[[ExecutedBlock, dict[int, int]], None]
) -> None:
    """Nodes that have one fork only would otherwise never learn what was approved under the other."""
    left, right = forks(lab)
    draws(left, {1: 0, 2: 0})
    draws(right, {1: 0, 5: 0})
    lab.groups = [range(4), range(4, COUNT)]
    lab.give(left, range(4))
    lab.give(right, range(4, COUNT))
    lab.wait(20)
    assert lab.unapproved(left) == [4, 5, 6]
    assert lab.unapproved(right) == [0, 1, 2, 3, 4, 5, 6], "one of two checkers is on the other side"
    lab.meet()
    lab.give(right, range(4))
    lab.wait(20)
    assert lab.unapproved(right) == []


def test_what_the_other_fork_approved_does_not_keep_a_checker_from_its_turn(
    lab: Lab, draws: Callable[[ExecutedBlock, dict[int, int]], None]
) -> None:
    """Three of seven approvals decide for those who have them; the others know too few checkers of their own fork."""
    left, right = forks(lab)
    draws(left, {1: 0, 2: 0, 3: 0})
    draws(right, {5: 0, 2: 30})
    lab.groups = [range(4), range(4, COUNT)]
    lab.give(left, range(4))
    lab.give(right, range(4, COUNT))
    lab.wait(10)
    lab.meet()
    lab.give(right, range(4))
    lab.wait(10)
    assert lab.unapproved(right) == [4, 5, 6], "three have approved, and the other side knows of one"
    lab.wait(60)
    assert lab.unapproved(right) == [], "validator 2 announced its check when its tranche came"


def test_a_thawed_node_makes_up_for_its_looks(lab: Lab, draws: Callable[[ExecutedBlock, dict[int, int]], None]) -> None:
    left, _ = forks(lab)
    draws(left, {1: 0, 2: 0})
    lab.give(left, range(COUNT))
    lab.frozen = {6}
    lab.wait(20)
    assert lab.unapproved(left) == [6]
    lab.wait(20)
    lab.frozen = set()
    lab.approvals.thawed(6)
    lab.wait(2)
    assert lab.unapproved(left) == []


@pytest.mark.parametrize(("seconds", "approved"), [(119, True), (121, False)])
def test_a_check_is_given_two_minutes(
    seconds: int, approved: bool, lab: Lab, draws: Callable[[ExecutedBlock, dict[int, int]], None]
) -> None:
    left, _ = forks(lab)
    draws(left, {1: 0, 2: 0})
    lab.checking, lab.late_ones = seconds * SECOND, True
    lab.give(left, range(COUNT))
    lab.wait(2 * 122)
    assert (lab.unapproved(left) == []) is approved


def test_who_cannot_execute_a_candidate_approves_nothing(
    lab: Lab, draws: Callable[[ExecutedBlock, dict[int, int]], None]
) -> None:
    left, _ = forks(lab)
    draws(left, {1: 0, 2: 0})
    lab.ending = "not prepared"
    lab.give(left, range(COUNT))
    lab.wait(20)
    assert lab.unapproved(left) == list(range(COUNT))
