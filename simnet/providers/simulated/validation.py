"""Validators execute candidates: what they find, and how long it takes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from simnet.network.topology import RELAY
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.candidates import Candidate
from simnet.providers.simulated.clock import MILLISECOND, SECOND
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.misdeeds import Misdeeds
from simnet.providers.simulated.observer import Observer
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.pvf import Validator, validation_code
from simnet.providers.simulated.pvf_host import ExecuteJob, ExecutionEnd, ExecutionKind, PvfHost
from simnet.providers.simulated.relay_values import HostConfiguration
from simnet.providers.simulated.times import PREPARING, VALIDATING, Times
from simnet.providers.simulated.view import View
from simnet.providers.simulated.weights import beyond_ordinary
from simnet.runtime.host import refusal

_SYSTEM = 1999
"""The highest id of a system parachain (polkadot-parachain-primitives 24, SYSTEM_INDEX_END)."""

_AGAIN = 3 * SECOND
"""After an approval or a dispute could not execute a candidate for what may be no fault of its, until it tries once
more (polkadot-node-core-candidate-validation 36, PVF_APPROVAL_EXECUTION_RETRY_DELAY)."""

_RETRIED: tuple[ExecutionEnd, ...] = ("died", "not prepared")
"""Endings after which an approval or a dispute tries again, once for each (validate_candidate_with_retry)."""

_WHY: dict[ExecutionEnd, str] = {
    "timed out": "executing it took longer than it may",
    "died": "the worker that executed it was killed",
    "dropped": "its turn to be executed came too late",
    "not prepared": "its code could not be compiled in time",
}


@dataclass(eq=False)
class Validation:
    """``times`` draws what executing takes, ``preparing`` what compiling does; ``misdeeds`` tells whose workers die."""

    processes: Processes
    validator: Validator
    times: Times
    preparing: Times
    observer: Observer
    misdeeds: Misdeeds
    _hosts: dict[int, PvfHost] = field(init=False, default_factory=dict)
    """Of the processes that were asked to execute or compile something."""
    _refusals: dict[tuple[bytes, int, int], str | None] = field(init=False, default_factory=dict)
    """Why a validation code cannot be prepared, None if it can be: by its hash and the limits that it is under."""
    _refused: dict[bytes, None] = field(init=False, default_factory=dict)
    """Candidates that some node executed and found invalid, and that were told as such."""

    def started(self, node: int) -> None:
        """The node has a new process, which has nothing compiled: real nodes delete that when they start."""
        self._hosts.pop(node, None)

    def host(self, node: int) -> PvfHost:
        """The PVF host of a node's process."""
        if node not in self._hosts:
            clock = self.processes.clock

            def after(passed: int, act: Callable[[], None]) -> None:
                self.processes.when(node, clock.now + passed, act)

            self._hosts[node] = PvfHost(self.processes.cores(node), lambda: clock.now, after)
        return self._hosts[node]

    def valid(self, node: int, candidate: Candidate) -> bool:
        """What a node finds when it executes a candidate: the verdict of the parachain's own ``validate_block``."""
        valid = self.verdict(candidate)
        if not valid and candidate.hash not in self._refused:
            self._refused[candidate.hash] = None
            judged = self.validator.judgement(candidate.para, candidate.hash, included=False)
            self.observer.note(self.processes.nodes[node], judged, chain=RELAY, block=candidate.relay_parent)
        return valid

    def verdict(self, candidate: Candidate) -> bool:
        """The same, whoever asks; nobody has executed it for that."""
        return self.validator.verdict(candidate.hash)

    def finds(self, node: int, candidate: Candidate, ending: ExecutionEnd) -> bool | None:
        """Whether a node holds a candidate for valid whose execution ended so; None where it has no opinion."""
        if ending == "executed":
            return self.valid(node, candidate)
        return False if ending in ("timed out", "died") else None

    def pre_check(self, node: int, code: bytes, block: ExecutedBlock, done: Callable[[bool], None]) -> None:
        """Tells whether a validator that is asked now can prepare a code in the time that it may take, as soon as it
        knows. What it has prepared before stays prepared, what took longer is not; what it cannot compile it sees
        at once. The code is one that the chain of a block knows by its hash, and by that block go the limits."""
        host, limits = self.host(node), relay_state.host_configuration(block)

        def tell(answer: bool) -> Callable[[], None]:
            return lambda: done(answer)

        if host.prepared(code):
            self.processes.when(node, self.processes.clock.now, tell(True))
        elif self._refusal(node, code, block, limits) is not None:
            self.processes.when(node, self.processes.clock.now, tell(False))
        else:
            host.expect(code, lambda: self.preparing.one(PREPARING))
            host.check(code, limits.pre_checking_timeout * MILLISECOND, done)

    def _refusal(self, node: int, code: bytes, block: ExecutedBlock, limits: HostConfiguration) -> str | None:
        """Why a code cannot be prepared, also in the node's log; None if it can be."""
        asked = code, limits.stack_values, limits.largest_code
        if asked not in self._refusals:
            self._refusals[asked] = refusal(
                validation_code(block, code), largest=limits.largest_code, values=limits.stack_values
            )
        why = self._refusals[asked]
        if why is not None:
            self.observer.log(
                self.processes.nodes[node], f"validation code 0x{code.hex()[:8]} cannot be prepared: {why}"
            )
        return why

    def back(self, node: int, candidate: Candidate, done: Callable[[ExecutionEnd], None]) -> None:
        """Has a validator execute a candidate, whose proof it has, to back it. It does not once it builds on blocks on
        which the candidate's relay parent is too old (prune_old_jobs)."""
        kind: ExecutionKind = "backing" if candidate.para > _SYSTEM else "backing of a system parachain"
        limits = relay_state.host_configuration(candidate.relay_parent)

        def wanted() -> bool:
            return _may_be_backed(self.processes.view(node), candidate.relay_parent, limits.lookahead)

        takes, share = self._takes(node, candidate)
        limit = limits.backing_timeout * MILLISECOND
        execution = self._job(node, candidate, kind, (takes, share, limit), wanted, done)
        self.host(node).execute(candidate.code_hash, execution, limits.preparing_timeout * MILLISECOND)

    def check(
        self,
        node: int,
        candidate: Candidate,
        begin: int,
        kind: ExecutionKind,
        timeout: int,
        done: Callable[[ExecutionEnd], None],
    ) -> None:
        """Has a validator execute a candidate for an approval or a dispute, from ``begin`` on, when it has the proof,
        in ``timeout`` milliseconds of CPU time. Where its code could not be compiled, or its worker died, it tries once
        more."""
        takes, share = self._takes(node, candidate)
        limit = timeout * MILLISECOND
        self.processes.when(node, begin, lambda: self._check(node, candidate, kind, (takes, share, limit), done))

    def _check(
        self,
        node: int,
        candidate: Candidate,
        kind: ExecutionKind,
        times: tuple[int, float, int],
        done: Callable[[ExecutionEnd], None],
        retried: tuple[ExecutionEnd, ...] = _RETRIED,
    ) -> None:
        (takes, share, limit), begun = times, self.processes.clock.now

        def ended(ending: ExecutionEnd) -> None:
            passed = self.processes.clock.now - begun + _AGAIN
            if ending not in retried or passed > limit:
                done(ending)
                return
            again, left = (takes, share, limit - passed), tuple(one for one in retried if one != ending)
            later = self.processes.clock.now + _AGAIN
            self.processes.when(node, later, lambda: self._check(node, candidate, kind, again, done, left))

        host, limits = self.host(node), relay_state.host_configuration(candidate.relay_parent)
        host.expect(candidate.code_hash, lambda: self.preparing.one(PREPARING))
        execution = self._job(node, candidate, kind, (takes, share, limit), lambda: True, ended)
        host.execute(candidate.code_hash, execution, limits.preparing_timeout * MILLISECOND)

    def _job(
        self,
        node: int,
        candidate: Candidate,
        kind: ExecutionKind,
        times: tuple[int, float, int],
        wanted: Callable[[], bool],
        done: Callable[[ExecutionEnd], None],
    ) -> ExecuteJob:
        """An execution on workers which the node's machine may hold still, or kill."""
        takes, share, limit = times

        def meets(act: str) -> Callable[[], bool]:
            return lambda: self.misdeeds.commits(node, act, candidate.hash)

        return ExecuteJob(kind, takes, share, limit, wanted, meets("hang_workers"), meets("lose_workers"), done)

    def _takes(self, node: int, candidate: Candidate) -> tuple[int, float]:
        """Draws how long a validator that is asked now needs which share of a core to execute a candidate, each of
        several blocks by itself, and to compile its code if that is new to it. What is beyond ordinary work is
        computed all the time."""
        self.host(node).expect(candidate.code_hash, lambda: self.preparing.one(PREPARING))
        drawn = sum(self.times.one(VALIDATING) for _ in candidate.blocks)
        beyond = sum(map(beyond_ordinary, candidate.blocks))
        return drawn + beyond, (drawn * VALIDATING.share + beyond) / (drawn + beyond)

    def report_refused(self, node: int, candidate: Candidate, ending: ExecutionEnd) -> None:
        """Writes in a node's log why it does not back a candidate."""
        why = self.validator.refused[candidate.hash] if ending == "executed" else _WHY[ending]
        what = f"candidate 0x{candidate.hash.hex()[:8]} of parachain {candidate.para}"
        self.observer.log(self.processes.nodes[node], f"{what} refused: {why}")


def _may_be_backed(view: View, relay_parent: ExecutedBlock, lookahead: int) -> bool:
    """Whether a block that ends a chain of the node's has a relay parent among the youngest for candidates."""
    parents = {block.parent for block in view.open}
    return any(
        leaf not in parents and 0 <= leaf.number - relay_parent.number < lookahead and leaf.descends_from(relay_parent)
        for leaf in view.open
    )
