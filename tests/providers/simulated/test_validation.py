"""One validator's executions by what they are for: when it does them, tries again, or lets them be."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from simnet.network.topology import RELAY, Node
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.clock import SECOND, Clock
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.pvf_host import ExecutionEnd
from simnet.providers.simulated.times import PREPARING, Duration
from simnet.providers.simulated.validation import Validation
from simnet.providers.simulated.view import View
from simnet.providers.simulated.weights import counted_work
from tests.providers.simulated.blocks import genesis, grow
from tests.providers.simulated.pvf_host.host_lab import run

LIMITS = SimpleNamespace(lookahead=3, backing_timeout=2_000, preparing_timeout=360_000)


class Lab:
    """Seconds; compiling takes ``compiling``, executing ``executing``."""

    def __init__(self, *, compiling: float = 8.0, executing: float = 1.0) -> None:
        self.clock = Clock()
        self.compiling, self.executing = compiling, executing
        first = genesis()
        spec = Node(name="alice", chain=RELAY, role="validator", account="//Alice", image="")
        self.node = SimulatedNode(0, spec, View(first), None, process="running", ready=True)
        self.processes = Processes(self.clock, [self.node])
        parts: Any = self
        self.validation = Validation(self.processes, parts, parts, parts, parts, parts)
        self.ends: list[tuple[float, ExecutionEnd]] = []
        self.logged: list[str] = []
        self.refused: dict[bytes, str] = {}
        self.invalid: set[bytes] = set()
        self.thaw = 0.0
        """Until then jobs hang."""
        self.deaths = 0
        """Jobs that are still to be killed."""

    # -- what validation asks of others -------------------------------------------------------------------------------

    def one(self, what: Duration) -> int:
        return int((self.compiling if what is PREPARING else self.executing) * SECOND)

    def verdict(self, candidate: bytes) -> bool:
        return candidate not in self.invalid

    def judgement(self, para: int, candidate: bytes, *, included: bool) -> None:
        """Nobody reads it."""

    def note(self, node: SimulatedNode, what: object, *, chain: str, block: ExecutedBlock) -> None:
        """Nobody observes here."""

    def commits(self, node: int, act: str, about: bytes) -> bool:
        if act == "hang_workers":
            return self.clock.now < self.thaw * SECOND
        assert act == "lose_workers"
        self.deaths -= 1
        return self.deaths >= 0

    def log(self, node: SimulatedNode, text: str) -> None:
        self.logged.append(text)

    # -- what a test does ---------------------------------------------------------------------------------------------

    def grow(self, count: int, on: ExecutedBlock | None = None) -> ExecutedBlock:
        """So many blocks that the node has, on its best one; the highest."""
        chain = grow(on or self.node.relay.best, count)
        for block in chain:
            self.node.relay.add(block, self.clock.now)
        self.node.relay.best = chain[-1]
        return chain[-1]

    def candidate(self, relay_parent: ExecutedBlock, para: int = 2000) -> Any:
        block = grow(genesis())[0]
        block.facts[counted_work] = 0
        return SimpleNamespace(hash=b"c" * 32, para=para, code_hash=b"code", relay_parent=relay_parent, blocks=(block,))

    def done(self, ending: ExecutionEnd) -> None:
        self.ends.append((self.clock.now / SECOND, ending))

    def check(self, candidate: Any) -> None:
        self.validation.check(0, candidate, self.clock.now, "approval", 12_000, self.done)

    def run(self, until: float | None = None) -> None:
        run(self.clock, until)


@pytest.fixture(autouse=True)
def _limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_state, "host_configuration", lambda block: LIMITS)


def test_a_candidate_is_executed_when_its_code_is_compiled() -> None:
    lab = Lab()
    lab.check(lab.candidate(lab.grow(1)))
    lab.run()
    assert lab.ends == [(9, "executed")]


def test_a_job_that_hangs_goes_on_when_that_is_over() -> None:
    lab = Lab()
    lab.thaw = 30.0
    lab.check(lab.candidate(lab.grow(1)))
    lab.run()
    assert lab.ends == [(31, "executed")]


def test_a_job_that_hangs_for_four_times_its_limit_has_timed_out_and_is_invalid() -> None:
    lab = Lab(compiling=0.0)
    lab.thaw = 60.0
    lab.check(lab.candidate(lab.grow(1)))
    lab.run()
    assert lab.ends == [(48, "timed out")]


def test_what_hung_and_then_dies_is_not_tried_again_when_its_time_is_up() -> None:
    lab = Lab()
    lab.thaw, lab.deaths = 30.0, 1
    lab.check(lab.candidate(lab.grow(1)))
    lab.run()
    assert lab.ends == [(30, "died")]


def test_a_code_that_is_not_compiled_in_time_is_no_opinion_on_the_candidate() -> None:
    lab = Lab(compiling=400.0)
    candidate = lab.candidate(lab.grow(1))
    lab.check(candidate)
    lab.run()
    assert lab.ends == [(360, "not prepared")]
    assert lab.validation.finds(0, candidate, "not prepared") is None


def test_a_check_tries_once_more_after_three_seconds_while_it_has_time() -> None:
    lab = Lab(compiling=400.0)
    candidate = lab.candidate(lab.grow(1))
    lab.check(candidate)
    lab.run()
    lab.ends.clear()
    lab.check(candidate)
    lab.run()
    assert lab.ends == [(363, "not prepared")], "what failed is not compiled again so soon"


def test_a_candidate_that_took_too_long_counts_as_invalid() -> None:
    lab = Lab(executing=13.0)
    candidate = lab.candidate(lab.grow(1))
    lab.check(candidate)
    lab.run()
    assert lab.ends == [(8 + 12, "timed out")]
    assert lab.validation.finds(0, candidate, "timed out") is False


def test_a_check_whose_worker_died_tries_once_more_after_three_seconds() -> None:
    lab = Lab()
    lab.deaths = 1
    lab.check(lab.candidate(lab.grow(1)))
    lab.run()
    assert lab.ends == [(8 + 3 + 1, "executed")]


def test_a_candidate_whose_worker_died_twice_counts_as_invalid() -> None:
    lab = Lab()
    lab.deaths = 2
    candidate = lab.candidate(lab.grow(1))
    lab.check(candidate)
    lab.run()
    assert lab.ends == [(8 + 3, "died")]
    assert lab.validation.finds(0, candidate, "died") is False


def test_a_check_that_has_no_time_left_after_a_death_tries_no_more() -> None:
    lab = Lab(compiling=10.0)
    lab.deaths = 1
    lab.check(lab.candidate(lab.grow(1)))
    lab.run()
    assert lab.ends == [(10, "died")]


def test_backing_does_not_try_again_after_a_death() -> None:
    lab = Lab()
    lab.deaths = 1
    lab.validation.back(0, lab.candidate(lab.grow(1)), lab.done)
    lab.run()
    assert lab.ends == [(8, "died")]


def test_what_was_executed_is_as_good_as_validate_block_says() -> None:
    lab = Lab()
    candidate = lab.candidate(lab.grow(1))
    assert lab.validation.finds(0, candidate, "executed") is True
    lab.invalid = {candidate.hash}
    assert lab.validation.finds(0, candidate, "executed") is False


def test_backing_may_take_two_seconds() -> None:
    lab = Lab(executing=2.1)
    lab.validation.back(0, lab.candidate(lab.grow(1)), lab.done)
    lab.run()
    assert lab.ends == [(10, "timed out")]


@pytest.mark.parametrize(("later", "ending"), [(2, "executed"), (3, "dropped")])
def test_backing_is_let_be_when_the_relay_parent_is_too_old(later: int, ending: ExecutionEnd) -> None:
    """Nodes take candidates on the youngest three blocks."""
    lab = Lab()
    lab.validation.back(0, lab.candidate(lab.grow(1)), lab.done)
    lab.run(4)
    lab.grow(later)
    lab.run()
    assert [one for _, one in lab.ends] == [ending]


def test_backing_on_a_fork_that_ends_near_goes_on() -> None:
    lab = Lab()
    root = lab.node.relay.best
    fork = lab.grow(1)
    lab.grow(7, root)
    lab.validation.back(0, lab.candidate(fork), lab.done)
    lab.run()
    assert [one for _, one in lab.ends] == ["executed"]


def test_system_parachains_are_backed_before_others() -> None:
    lab = Lab(compiling=0.0)
    parent = lab.grow(1)
    order: list[int] = []
    for para in (2000, 2000, 2000, 2000, 2001, 1999):
        lab.validation.back(0, lab.candidate(parent, para), lambda _, para=para: order.append(para))  # type: ignore[misc]
    lab.run()
    assert order[4:] == [1999, 2001]


def test_a_process_that_starts_has_nothing_compiled() -> None:
    lab = Lab()
    candidate = lab.candidate(lab.grow(1))
    lab.check(candidate)
    lab.run()
    lab.processes.revive(lab.node)
    lab.validation.started(0)
    lab.check(candidate)
    lab.run()
    assert lab.ends == [(9, "executed"), (18, "executed")]


def test_what_a_process_was_doing_ends_with_it() -> None:
    lab = Lab()
    lab.check(lab.candidate(lab.grow(1)))
    lab.run(4)
    lab.processes.kill(lab.node)
    lab.run()
    assert lab.ends == []
