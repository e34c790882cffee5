"""Approval voting: validators that backing had nothing to do with check what was included, before it may be final.

Each included candidate has checkers drawn for it by tranche; who is drawn announces it, recovers the proof, checks it
and approves. What counts as approved, and who has to step in for a no-show, :mod:`tranches` says. Nodes look at a
candidate on ticks of 500 ms, as their wake-ups are, and each from what has reached it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from simnet.faults import LATE_AFTER
from simnet.journal.records import NoShow
from simnet.network.topology import RELAY
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.arrivals import ArrivalTimes, ticks
from simnet.providers.simulated.candidates import Candidate
from simnet.providers.simulated.clock import MILLISECOND, NEVER, SECOND
from simnet.providers.simulated.consensus import assignments
from simnet.providers.simulated.consensus.approval_entries import ApprovalEntry, BlockEntry
from simnet.providers.simulated.consensus.availability import Availability
from simnet.providers.simulated.consensus.disputes import DisputeCoordinators
from simnet.providers.simulated.consensus.tranches import APPROVAL_DELAY, Required, approved, required, triggers
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.observer import Observer
from simnet.providers.simulated.protocols import ValidatorProtocol
from simnet.providers.simulated.pvf_host import ExecutionEnd
from simnet.providers.simulated.relay_values import Included, SessionInfo
from simnet.providers.simulated.validation import Validation
from simnet.providers.simulated.view import View
from simnet.providers.simulated.wall_time import WallTime

TICK = 500 * MILLISECOND
"""polkadot-node-core-approval-voting time.rs."""

RETRY = 60 * SECOND
"""After a proof could not be recovered (approval-voting lib.rs, RETRY_BACKOFF)."""

RETRIES = 16

CHECKING_TIMEOUT = 120 * SECOND
"""A checker that has no result by then gives up (APPROVAL_CHECKING_TIMEOUT)."""

COALESCE_WAIT = 12
"""Ticks that a signature waits for others at most (MAX_APPROVAL_COALESCE_WAIT_TICKS)."""

SYNCING_LOOK = 2
"""Ticks after which it is seen again whether a node that is far behind has caught up."""

RESTART_WAKEUP = 12
"""Ticks after a start until assignments that are not triggered are looked at (RESTART_WAKEUP_DELAY)."""

_SIZE = 300
_HOP = 2 * MILLISECOND
_SLOT_TICKS = 12


_NO_PLACE = -1
"""In the place of a validator's index: a node that looks without one."""


@dataclass(eq=False)
class Approvals(ValidatorProtocol):
    """The approval voting of all validators."""

    validation: Validation
    availability: Availability
    disputes: DisputeCoordinators
    candidates: Mapping[bytes, Candidate]
    wall: WallTime
    observer: Observer
    _blocks: dict[ExecutedBlock, BlockEntry] = field(init=False, default_factory=dict)
    _votes: dict[bytes, dict[int, ArrivalTimes]] = field(init=False, default_factory=dict)
    """Approvals by candidate and validator; they hold under every block that includes it."""
    _sent: dict[bytes, dict[int, None]] = field(init=False, default_factory=dict)
    """Of these, the ones that are signed and were sent."""

    def __post_init__(self) -> None:
        self._nodes = len(self.processes.nodes)

    # -- a node's life --------------------------------------------------------------------------------------------

    def imported(self, node: int, block: ExecutedBlock) -> None:
        """A validator has a new relay block: it announces the checks that it is drawn for at once."""
        if self.processes.nodes[node].spec.role != "validator":
            return
        if block not in self._blocks:
            included = relay_state.included(block)
            if not included:
                return
            self._blocks[block] = self._open(block, included)
        here = self._blocks[block]
        self._late(here, node)
        mine = here.places.get(node)
        if mine is not None:
            self._trigger(here, [check for check in here.checks if check.drawn[mine] == 0], mine, node)
        self._wake(here, self._now() + 1)

    def started(self, node: int) -> None:
        """A process started: it takes up the checks that it had announced, and a little later looks at the others."""
        view = self.processes.view(node)
        for here in self._open_blocks(view):
            mine = here.places.get(node)
            if mine is not None:
                for check in here.checks:
                    if mine in check.assigned and mine not in check.given:
                        self._launch(here, check, mine, node, 0)
                self._sign(here, mine, node)
            self._wake(here, self._now() + RESTART_WAKEUP)

    def thawed(self, node: int) -> None:
        """A frozen process goes on: it makes up for the looks that fell due meanwhile."""
        for here in self._open_blocks(self.processes.view(node)):
            self._wake(here, self._now() + 1)

    def restored(self, node: int, kept: None) -> None:
        """The node's database is an old one: what others approved it learns anew, as it does after a start."""
        self.wiped(node)

    def wiped(self, node: int) -> None:
        """The node's database is empty."""
        for here in self._blocks.values():
            for check in here.checks:
                check.approved[node] = False
                for arrivals in (*check.assigned.values(), *self._votes.get(check.what.candidate, {}).values()):
                    arrivals[node] = NEVER
                    here.partial.append(arrivals)

    def exchange(self, source: int, receiver: int) -> None:
        """The receiver learns which assignments and approvals the source has, of blocks that both have."""
        now = self.processes.clock.now
        theirs = self.processes.view(source)
        common = [here for here in self._open_blocks(self.processes.view(receiver)) if here.block in theirs]
        fresh = [(here, one) for here in common for one in here.partial if one[source] <= now < one[receiver]]
        for here, arrivals in fresh:  # an approval may count for several blocks
            arrivals[receiver] = now
            self._wake(here, self._now() + 1)

    def _late(self, here: BlockEntry, node: int) -> None:
        """A node that imports a block late learns what its peers have on it, as it would have missed it."""
        now = self.processes.clock.now
        for arrivals in here.partial:
            if arrivals[node] == NEVER:
                having = np.flatnonzero(arrivals <= now)
                if any(self.transport.carries(int(peer), node) for peer in having):
                    arrivals[node] = now

    def _note(self, here: BlockEntry, arrivals: ArrivalTimes) -> None:
        """A message was sent: whom it does not reach learns it later from others."""
        if int(arrivals.max()) == NEVER:
            here.partial.append(arrivals)

    def prune(self, below: int) -> None:
        """Blocks under a finalized height are settled."""
        for block in [block for block in self._blocks if block.number < below]:
            for check in self._blocks.pop(block).checks:
                self._votes.pop(check.what.candidate, None)
                self._sent.pop(check.what.candidate, None)

    # -- what others ask ------------------------------------------------------------------------------------------

    def is_approved(self, node: int, block: ExecutedBlock) -> bool:
        """Whether everything that a block includes is approved, as a node sees it."""
        here = self._blocks.get(block)
        return here is None or all(check.at_once or check.approved[node] for check in here.checks)

    def of(self, candidate: bytes) -> dict[int, ArrivalTimes]:
        """Approvals of a candidate that were sent, by validator, and when each node has them."""
        votes = self._votes.get(candidate, {})
        return {who: votes[who] for who in self._sent.get(candidate, {})}

    def sent_to(self, node: int, candidate: bytes) -> list[int]:
        """Validators whose approvals of a candidate a node has, its own among them once it is sent."""
        return [who for who, arrivals in self.of(candidate).items() if arrivals[node] <= self.processes.clock.now]

    # -- what nodes do --------------------------------------------------------------------------------------------

    def _open(self, block: ExecutedBlock, included: tuple[Included, ...]) -> BlockEntry:
        assert block.parent is not None
        session = relay_state.session_info(block.parent)
        owners = [self.keys.validator(key) for key in session.validators]
        drawn = assignments.draw(block, session, [(one.core, one.group) for one in included])
        checks = []
        for one, row in zip(included, drawn, strict=True):
            group = session.groups[one.group] if one.group < len(session.groups) else ()
            at_once = session.needed == 0 or len(session.validators) - len(group) < session.needed
            checks.append(ApprovalEntry(one, row, np.zeros(self._nodes, dtype=np.bool_), at_once))
        nodes = np.array([-1 if owner is None else owner for owner in owners], dtype=np.int64)
        onlookers = tuple(self.keys.others(frozenset(session.validators)))
        configuration = relay_state.host_configuration(block.parent)
        return BlockEntry(
            block, session, configuration, self.wall.slot_start(block.slot) // TICK, nodes, onlookers, tuple(checks)
        )

    def _open_blocks(self, view: View) -> Iterator[BlockEntry]:
        for here in list(self._blocks.values()):
            if here.block.number > view.finalized.number and here.block in view:
                yield here

    def _now(self) -> int:
        return self.processes.clock.now // TICK

    def _wake(self, here: BlockEntry, tick: int) -> None:
        """Has the nodes look at a block on a tick."""
        if tick not in here.planned:
            here.planned[tick] = None
            self.processes.clock.at(tick * TICK, lambda: self._look(here, tick))

    def _wake_after(self, here: BlockEntry, arrivals: ArrivalTimes) -> None:
        """Has the nodes look on the tick after each got a message."""
        for tick in ticks(arrivals, TICK):
            self._wake(here, tick)

    def _look(self, here: BlockEntry, tick: int) -> None:
        """All nodes that have the block look at what it includes and is not approved. One that is told nothing, since
        it is far behind, looks when that is over, as approval-voting does when it becomes active."""
        del here.planned[tick]
        if here.block not in self._blocks:
            return
        following = NEVER
        present: dict[int, bool] = {}
        validators = np.flatnonzero(here.nodes >= 0)
        for check in here.checks:
            looking = []
            waiting = [validator for validator, at in check.own.items() if at <= tick]
            for validator in waiting:
                del check.own[validator]
            open_ = validators[~check.approved[here.nodes[validators]]].tolist()
            places = [(validator, int(here.nodes[validator])) for validator in [*open_, *waiting]]
            places += [(_NO_PLACE, node) for node in here.onlookers if not check.approved[node]]
            for validator, node in places:
                if node not in present:
                    view = self.processes.view(node)
                    known = self.processes.runs(node) and here.block in view
                    present[node] = known and not view.silent
                    if known and view.silent:
                        following = min(following, tick + SYNCING_LOOK)
                if present[node]:
                    looking.append((validator, node))
            if looking:
                following = min(following, self._judge(here, check, looking, tick))
        if following < NEVER:
            self._wake(here, max(following, tick + 1))

    def _judge(self, here: BlockEntry, check: ApprovalEntry, looking: list[tuple[int, int]], tick: int) -> int:
        """Each node sees whether a candidate is approved, and whether it has to check it; when to look again.

        A checker's turn comes also when a third of all have approved already, under another block that includes the
        candidate: under this one there may be too few for others to go by (process_wakeup in approval-voting lib.rs).
        """
        session, now = here.session, self.processes.clock.now
        announced = list(check.assigned.items())
        votes = list(self._votes.get(check.what.candidate, {}).items())
        came = np.array([arrivals for _, arrivals in announced], dtype=np.int64).reshape(len(announced), self._nodes)
        came = np.where(came <= now, came // TICK, NEVER)
        voted = np.array([arrivals for _, arrivals in votes], dtype=np.int64).reshape(len(votes), self._nodes) <= now
        seen: dict[bytes, tuple[Required, bool, int]] = {}
        following = NEVER
        for validator, node in looking:
            key = came[:, node].tobytes() + voted[:, node].tobytes()
            if key not in seen:
                assigned: dict[int, list[tuple[int, int]]] = {}
                for place, (who, _) in enumerate(announced):
                    if came[place, node] < NEVER:
                        assigned.setdefault(int(check.drawn[who]), []).append((who, int(came[place, node])))
                yes = frozenset(who for place, (who, _) in enumerate(votes) if voted[place, node])
                terms = {"validators": len(session.validators), "now": tick}
                what = required(
                    assigned,
                    yes,
                    **terms,
                    block=here.tick,
                    no_show=session.no_show_slots * _SLOT_TICKS,
                    needed=session.needed,
                )
                seen[key] = (what, approved(assigned, yes, what, **terms), len(yes))
            what, done, count = seen[key]
            for late in what.no_shows:
                if late not in check.late:
                    check.late[late] = None
                    name, hash_ = self.keys.owner(session.validators[late]), "0x" + check.what.candidate.hex()
                    missed = NoShow(validator=name, para=check.what.para, candidate=hash_)
                    self.observer.note(self.processes.nodes[node], missed, chain=RELAY, block=here.block)
            tranche = assignments.NOT_DRAWN if validator == _NO_PLACE else int(check.drawn[validator])
            if tranche != assignments.NOT_DRAWN and validator not in check.assigned:
                if triggers(tranche, what, count, validators=len(session.validators), tranche_now=tick - here.tick):
                    self._trigger(here, [check], validator, node)
                elif what.need == "pending" and tranche > what.tranche:
                    at = here.tick + what.drift + tranche
                    following = min(following, at)
                    if done:
                        check.own[validator] = at
                        self._wake(here, max(at, tick + 1))
            if done:
                check.approved[node] = True
            else:
                following = min(following, _again(what, tick))
        return following

    def _trigger(self, here: BlockEntry, checks: list[ApprovalEntry], validator: int, node: int) -> None:
        """A validator announces that it checks candidates, and begins."""
        fresh = [check for check in checks if validator not in check.assigned]
        if not fresh:
            return
        arrivals = self.transport.spread(node, _SIZE, _HOP)
        for check in fresh:
            check.assigned[validator] = own = arrivals.copy()
            self._note(here, own)
            if not self.misdeeds.commits(node, "withhold_approvals", check.what.candidate):
                self._launch(here, check, validator, node, 0)
        self._wake_after(here, arrivals)

    def _launch(self, here: BlockEntry, check: ApprovalEntry, validator: int, node: int, tries: int) -> None:
        candidate = self.candidates.get(check.what.candidate)
        if candidate is None:
            return
        known = self._votes.get(candidate.hash, {}).get(validator)
        if known is not None and known[node] < NEVER:  # checked under another block, whose result it has
            self._judged(here, check, candidate, validator, node, valid=True)
            return
        ready = self.availability.recover(node, candidate)
        if ready == NEVER:
            if tries < RETRIES and not check.approved[node]:
                again = self.processes.clock.now + RETRY
                self.processes.when(node, again, lambda: self._launch(here, check, validator, node, tries + 1))
            return
        begun = self.processes.clock.now

        def executed(ending: ExecutionEnd) -> None:
            valid = self.validation.finds(node, candidate, ending)
            if valid is not None and self.processes.clock.now - begun < CHECKING_TIMEOUT:
                self._judged(here, check, candidate, validator, node, valid=valid)

        self.validation.check(node, candidate, ready, "approval", here.configuration.approval_timeout, executed)

    def _judged(
        self, here: BlockEntry, check: ApprovalEntry, candidate: Candidate, validator: int, node: int, *, valid: bool
    ) -> None:
        good = valid or self.misdeeds.commits(node, "approve_invalid", candidate.hash)
        if not good or self.misdeeds.commits(node, "dispute_valid", candidate.hash):
            self.disputes.open(node, validator, candidate, here.session)
            return
        if validator in check.given:
            return
        check.given[validator] = None
        votes = self._votes.setdefault(candidate.hash, {})
        if validator not in votes:
            votes[validator] = np.full(self._nodes, NEVER, dtype=np.int64)
            if self.misdeeds.tempted(node, "dispute_late", candidate.hash):
                late = self.processes.clock.now + round(LATE_AFTER * SECOND)
                self.processes.when(node, late, lambda: self._dispute_late(here, candidate, validator, node))
        votes[validator][node] = min(votes[validator][node], self.processes.clock.now)
        self._wake(here, self._now() + 1)
        latest = min(self._now() + COALESCE_WAIT, here.tick + int(check.drawn[validator]) + _half(here.session))
        here.unsigned.setdefault(validator, []).append((check, latest))
        self._sign(here, validator, node)

    def _dispute_late(self, here: BlockEntry, candidate: Candidate, validator: int, node: int) -> None:
        self.misdeeds.did(node, "dispute_late", candidate.hash)
        self.disputes.open(node, validator, candidate, here.session)

    def _sign(self, here: BlockEntry, validator: int, node: int) -> None:
        """Signs and sends approvals once there are enough for one signature, or the first of them cannot wait."""
        waiting = here.unsigned.get(validator, [])
        if not waiting:
            return
        first = min(latest for _, latest in waiting)
        if len(waiting) < here.session.coalesce and first > self._now():
            self.processes.when(node, first * TICK, lambda: self._sign(here, validator, node))
            return
        here.unsigned[validator] = []
        sent = self.transport.spread(node, _SIZE, _HOP)
        for check, _ in waiting:
            self._sent.setdefault(check.what.candidate, {})[validator] = None
            arrivals = self._votes[check.what.candidate][validator]
            np.minimum(arrivals, sent, out=arrivals)
            self._note(here, arrivals)
        self._wake_after(here, sent)


def _half(session: SessionInfo) -> int:
    """Half of the time after which a checker is a no-show, in ticks."""
    return session.no_show_slots * _SLOT_TICKS // 2


def _again(what: Required, tick: int) -> int:
    """The next tick at which time alone changes something."""
    ticks = [] if what.next_no_show is None else [what.next_no_show]
    if what.need == "exact" and what.last_assignment is not None and what.last_assignment + APPROVAL_DELAY > tick:
        ticks.append(what.last_assignment + APPROVAL_DELAY)
    return min(ticks, default=NEVER)
