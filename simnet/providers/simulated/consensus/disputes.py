"""Disputes: a validator says that a candidate is invalid, the others check it and vote, the chain is told and judges.

What polkadot-node-core-dispute-coordinator does, node by node and each from its own store: votes come by messages, from
approval checking and from the chain; what only disabled validators raise is no dispute before more than f have voted;
who has no vote takes part; a supermajority concludes; more than f votes against revert the blocks that include the
candidate, once. What the runtime makes of it (slashes, disabling, freezing the parachains) it makes of the statements
in its own inherent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from simnet.codec import u32, vec
from simnet.journal.records import DisputeSeen, DisputeState
from simnet.network.topology import RELAY
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.candidates import Candidate
from simnet.providers.simulated.clock import NEVER
from simnet.providers.simulated.consensus.availability import Availability
from simnet.providers.simulated.consensus.dispute_distribution import DisputeDistribution
from simnet.providers.simulated.consensus.dispute_store import PARALLEL, Memory, Recent, Store
from simnet.providers.simulated.consensus.dispute_votes import (
    NONE,
    CandidateVoteState,
    DisputedCandidate,
    Statement,
    Votes,
    disabled_for,
    vote_state,
)
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.observer import Observer
from simnet.providers.simulated.protocols import ValidatorProtocol
from simnet.providers.simulated.pvf_host import ExecutionEnd
from simnet.providers.simulated.relay_values import SessionInfo
from simnet.providers.simulated.validation import Validation

KEPT_AFTER_FINALITY = 10
"""Blocks after finality for which a candidate counts as backed or included
(DISPUTE_CANDIDATE_LIFETIME_AFTER_FINALIZATION)."""


@dataclass(eq=False)
class DisputeCoordinators(ValidatorProtocol):
    """The dispute coordinators of all nodes."""

    validation: Validation
    availability: Availability
    revert: Callable[[int, ExecutedBlock], None]
    observer: Observer
    approvals_of: Callable[[int, bytes], Iterable[int]]
    _disputes: dict[bytes, DisputedCandidate] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._stores = [Store() for _ in self.processes.nodes]
        self._memory = [Memory() for _ in self.processes.nodes]
        self._distribution = DisputeDistribution(self.processes, self.transport, self._import)

    def __len__(self) -> int:
        return len(self._disputes)

    # -- a node's life --------------------------------------------------------------------------------------------

    def started(self, node: int) -> None:
        """A process started: it knows who lost disputes from its database, and takes part in those that go on."""
        self._memory[node] = memory = Memory()
        self._distribution.started(node)
        store = self._stores[node]
        for hash_, recent in store.recent.items():
            memory.losers[self._disputes[hash_].session.index].note(store.votes[hash_], recent.state)
        for hash_, recent in list(store.recent.items()):
            if recent.active(self.processes.clock.now):
                self._resume(node, self._disputes[hash_], store.votes[hash_])

    def wiped(self, node: int) -> None:
        """The node's database is empty."""
        self._stores[node] = Store()

    def saved(self, node: int) -> Store:
        """A copy of the node's database."""
        return self._stores[node].copy()

    def restored(self, node: int, kept: Store) -> None:
        """The node's database is an old one. Of disputes that nobody keeps any more it knows no candidates."""
        self._stores[node] = store = kept.copy()
        for hash_ in [hash_ for hash_ in store.votes if hash_ not in self._disputes]:
            del store.votes[hash_]
            store.recent.pop(hash_, None)

    def prune(self, below: int) -> None:
        """Disputes that no node has in its database any more are over."""
        for hash_ in [hash_ for hash_ in self._disputes if all(hash_ not in store.votes for store in self._stores)]:
            del self._disputes[hash_]

    # -- what happens ---------------------------------------------------------------------------------------------

    def open(self, node: int, validator: int, candidate: Candidate, session: SessionInfo) -> None:
        """A validator says that a candidate is invalid; a byzantine one may have backed or approved it before."""
        dispute = self._disputes.setdefault(candidate.hash, DisputedCandidate(candidate, session, validator))
        if not {(validator, True), (validator, False)} & dispute.said.keys():
            self._say(node, dispute, dispute.explicit(validator, valid=False))

    def imported(self, node: int, block: ExecutedBlock) -> None:
        """A node has a new relay block: it learns the votes that the chain has, and gives up what that reverts."""
        if not self._disputes or block.parent is None:
            return
        self._see_session(node, relay_state.session(block))
        for hash_, backers in relay_state.backers(block).items():
            dispute = self._disputes.get(hash_)
            if dispute is not None:
                self._import(node, dispute, [dispute.backing(who) for who in backers])
        for (_, hash_), sides in relay_state.disputed(block).items():
            dispute = self._disputes.get(hash_)
            if dispute is not None:
                self._scrape(node, dispute, sides)
        for one in relay_state.included(block):
            if one.candidate in self._memory[node].best_effort:
                self._memory[node].queue(one.candidate, included=True)
        for number in relay_state.reversions(block):
            reverted = block.ancestor(number)
            if reverted is not None:
                self.revert(node, reverted)
        self._check_next(node)

    def exchange(self, source: int, receiver: int) -> None:
        """The receiver learns the votes that the source has on disputes that go on."""
        theirs, now = self._stores[source], self.processes.clock.now
        for hash_ in [hash_ for hash_, recent in theirs.recent.items() if recent.active(now)]:
            self._import(receiver, self._disputes[hash_], theirs.votes[hash_].all)

    def undisputed(self, node: int, block: ExecutedBlock) -> bool:
        """Whether nothing that a block includes is disputed, or was found invalid, as far as a node knows."""
        recent = self._stores[node].recent
        if not recent:
            return True
        found = (recent.get(one.candidate) for one in relay_state.included(block))
        return all(one is None or one.state == "valid" for one in found)

    def statements(self, author: int, parent: ExecutedBlock) -> list[bytes]:
        """For the inherent of a child of ``parent``: what the author knows and the chain does not, of disputes that are
        confirmed or that the chain knows (polkadot-node-core-provisioner, prioritized_selection)."""
        store = self._stores[author]
        if not store.recent:
            return []
        on_chain = relay_state.disputed(parent)
        out = []
        for hash_, recent in store.recent.items():
            dispute = self._disputes[hash_]
            key = (dispute.session.index, hash_)
            if recent.state == "raised" and key not in on_chain:
                continue
            ayes, noes = on_chain.get(key, (0, 0))
            fresh = [one for one in store.votes[hash_].all if not (ayes if one.valid else noes) >> one.validator & 1]
            if fresh:
                out.append((key, hash_ + u32(key[0]) + vec(self._signed(dispute, one) for one in fresh)))
        return [encoded for _, encoded in sorted(out)]

    # -- votes ----------------------------------------------------------------------------------------------------

    def _say(self, node: int, dispute: DisputedCandidate, own: Statement) -> None:
        self._send(node, dispute, own, self._votes(node, dispute))
        self._import(node, dispute, [own])

    def _send(self, node: int, dispute: DisputedCandidate, own: Statement, votes: Votes) -> None:
        """Sends a vote of one's own with one of the other side, without which others would not take it
        (make_dispute_message)."""
        others = votes.invalid if own.valid else votes.valid
        if not others:
            return
        self._distribution.send(node, dispute, (own, next(iter(others.values()))))

    def _scrape(self, node: int, dispute: DisputedCandidate, sides: tuple[int, int]) -> None:
        known = self._votes(node, dispute)
        found = [
            dispute.statement(validator, valid)
            for valid, bits, have in ((True, sides[0], known.valid), (False, sides[1], known.invalid))
            for validator in range(bits.bit_length())
            if bits >> validator & 1 and validator not in have
        ]
        if found:
            self._import(node, dispute, [one for one in found if one is not None])

    def _votes(self, node: int, dispute: DisputedCandidate) -> Votes:
        """The votes that a node has on a candidate; at first those of the backers that blocks of its tell of."""
        known = self._stores[node].votes.get(dispute.candidate.hash)
        if known is None:
            known, view = Votes(), self.processes.view(node)
            for block in dispute.candidate.backed_in:
                if block in view:
                    for who in relay_state.backers(block).get(dispute.candidate.hash, ()):
                        known.add(dispute.backing(who))
        return known

    def _import(self, node: int, dispute: DisputedCandidate, statements: Sequence[Statement]) -> None:
        """A node takes in votes and does what follows from them (handle_import_statements)."""
        self._see_session(node, relay_state.session(self.processes.view(node).best))
        store, memory = self._stores[node], self._memory[node]
        hash_, session = dispute.candidate.hash, dispute.session.index
        if session < store.earliest:
            return
        validators, disabled = len(dispute.session.validators), self._disabled(node, dispute)
        votes = self._votes(node, dispute)
        before = vote_state(votes, disabled, validators)
        fresh = [one for one in statements if votes.add(one)]
        now = vote_state(votes, disabled, validators)
        if (now.state and not before.state) or (now.concluded and not before.concluded):
            fresh += [one for one in map(dispute.approval, self.approvals_of(node, hash_)) if votes.add(one)]
            now = vote_state(votes, disabled, validators)
        spam = self._spam(node, dispute, votes, now, disabled)
        raised = [one.validator for one in fresh if not one.valid]
        if not spam:
            memory.spam.pop(hash_, None)
        elif raised:
            slots = [memory.takes_slot(hash_, who, self._session_of) for who in raised]
            if not any(slots):
                for one in fresh:
                    votes.drop(one)
                return
        store.votes[hash_] = votes
        if now.state is None:
            return
        self._changed(node, dispute, before, now)
        own = self._place(node, dispute)
        if own is not None and not votes.by(own) and not spam:
            self._queue(node, dispute)
        elif own in votes.valid and not before.state and votes.valid[own].approves:
            self._send(node, dispute, votes.valid[own], votes)

    def _changed(
        self, node: int, dispute: DisputedCandidate, before: CandidateVoteState, now: CandidateVoteState
    ) -> None:
        store, memory, hash_ = self._stores[node], self._memory[node], dispute.candidate.hash
        assert now.state is not None
        if now.state != before.state:
            store.recent[hash_] = Recent(now.state, self.processes.clock.now if now.concluded else None)
            if now.state not in dispute.told:
                dispute.told[now.state] = None
                self._tell(node, dispute, now.state)
            if now.concluded:
                memory.losers[dispute.session.index].note(store.votes[hash_], now.state)
                self._strike(node, dispute.session.index)
        if now.reverts and not before.reverts:
            view = self.processes.view(node)
            for block in [block for block in dispute.candidate.included_in if block in view]:
                self.revert(node, block)

    def _tell(self, node: int, dispute: DisputedCandidate, state: DisputeState) -> None:
        """A node is the first to see a dispute in this state."""
        view, by = self.processes.view(node), dispute.session.validators[dispute.by]
        block = next((one for one in reversed(view.imported) if one in dispute.candidate.included_in), view.finalized)
        para, hash_ = dispute.candidate.para, "0x" + dispute.candidate.hash.hex()
        seen = DisputeSeen(state=state, para=para, candidate=hash_, by=self.keys.owner(by))
        self.observer.note(self.processes.nodes[node], seen, chain=RELAY, block=block)

    def _strike(self, node: int, session: int) -> None:
        """Unconfirmed disputes that only losers raised are none any more (revisit_active_disputes_after_disabling)."""
        store, losers = self._stores[node], set(self._memory[node].losers[session].in_order)
        for hash_, recent in list(store.recent.items()):
            if recent.state == "raised" and self._session_of(hash_) == session:
                against = store.votes[hash_].invalid
                if against and against.keys() <= losers:
                    del store.recent[hash_]

    # -- taking part ----------------------------------------------------------------------------------------------

    def _resume(self, node: int, dispute: DisputedCandidate, votes: Votes) -> None:
        own = self._place(node, dispute)
        disabled = self._disabled(node, dispute)
        now = vote_state(votes, disabled, len(dispute.session.validators))
        if own is None or self._spam(node, dispute, votes, now, disabled):
            return
        if not votes.by(own):
            self._queue(node, dispute)
        for side in (votes.valid, votes.invalid):
            if own in side:
                self._send(node, dispute, side[own], votes)

    def _queue(self, node: int, dispute: DisputedCandidate) -> None:
        memory, candidate = self._memory[node], dispute.candidate
        if candidate.hash not in memory.checking:
            memory.queue(candidate.hash, included=self._lives(node, candidate.included_in))
            self._check_next(node)

    def _check_next(self, node: int) -> None:
        if self.processes.view(node).silent:
            return  # takes part from the next leaf on (participation/mod.rs, recent_block)
        memory = self._memory[node]
        while len(memory.checking) < PARALLEL:
            hash_ = memory.next(lambda one: (self._disputes[one].candidate.relay_parent.number, one))
            if hash_ is None:
                return
            memory.checking[hash_] = None
            self._check(node, self._disputes[hash_])

    def _check(self, node: int, dispute: DisputedCandidate) -> None:
        candidate = dispute.candidate
        ready = self.availability.recover(node, candidate)
        if ready == NEVER:
            self.processes.when(node, self.processes.clock.now, lambda: self._checked(node, dispute, None))
            return
        timeout = relay_state.host_configuration(candidate.relay_parent).approval_timeout
        self.validation.check(
            node, candidate, ready, "dispute", timeout, lambda ending: self._checked(node, dispute, ending)
        )

    def _checked(self, node: int, dispute: DisputedCandidate, ending: ExecutionEnd | None) -> None:
        """A node has checked a candidate for a dispute: it votes, unless it could not recover the proof or execute it;
        then it tries again when another vote comes."""
        candidate = dispute.candidate
        self._memory[node].checking.pop(candidate.hash, None)
        validator = self._place(node, dispute)
        found = None if ending is None else self.validation.finds(node, candidate, ending)
        if found is not None and validator is not None and not self._votes(node, dispute).by(validator):
            valid = found or self.misdeeds.commits(node, "approve_invalid", candidate.hash)
            valid = valid and not self.misdeeds.commits(node, "dispute_valid", candidate.hash)
            self._say(node, dispute, dispute.explicit(validator, valid=valid))
        self._check_next(node)

    # -- what a node knows ----------------------------------------------------------------------------------------

    def _disabled(self, node: int, dispute: DisputedCandidate) -> frozenset[int]:
        parent, losers = dispute.candidate.relay_parent, self._memory[node].losers[dispute.session.index]
        on_chain = relay_state.disabled(parent) if parent in self.processes.view(node) else ()
        return disabled_for(on_chain, losers.in_order, len(dispute.session.validators))

    def _spam(
        self, node: int, dispute: DisputedCandidate, votes: Votes, now: CandidateVoteState, disabled: frozenset[int]
    ) -> bool:
        """Whether a dispute may be made up: its candidate is in no block that the node knows, or only disabled
        validators raised it (is_potential_spam)."""
        if now.confirmed:
            return False
        if all(who in disabled for who in votes.invalid):
            return True
        candidate = dispute.candidate
        known = self._lives(node, candidate.included_in) or self._lives(node, candidate.backed_in)
        return now != NONE and not known

    def _lives(self, node: int, blocks: Iterable[ExecutedBlock]) -> bool:
        """Whether a node has one of the blocks, not final for long."""
        view = self.processes.view(node)
        lowest = view.finalized.number - (KEPT_AFTER_FINALITY - 1)
        return any(block.number >= lowest and block in view for block in blocks)

    def _see_session(self, node: int, session: int) -> None:
        """Disputes of sessions that are long past go."""
        store, memory = self._stores[node], self._memory[node]
        if session <= store.session:
            return
        store.session = session
        for hash_ in [hash_ for hash_ in store.votes if self._session_of(hash_) < store.earliest]:
            del store.votes[hash_]
            store.recent.pop(hash_, None)
            for where in (memory.spam, memory.priority, memory.best_effort):
                where.pop(hash_, None)
        for past in [past for past in memory.losers if past < store.earliest]:
            del memory.losers[past]

    def _session_of(self, candidate: bytes) -> int:
        return self._disputes[candidate].session.index

    def _place(self, node: int, dispute: DisputedCandidate) -> int | None:
        """The node's index among the validators of the dispute's session."""
        owner = self.keys.validator
        return next((i for i, key in enumerate(dispute.session.validators) if owner(key) == node), None)

    def _signed(self, dispute: DisputedCandidate, one: Statement) -> bytes:
        key = dispute.session.validators[one.validator]
        return one.kind + u32(one.validator) + self.keys.sign(key, one.payload)
