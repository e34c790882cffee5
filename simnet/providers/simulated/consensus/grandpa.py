"""GRANDPA: rounds of prevotes and precommits, a voter in every node, changes of the authority set, catch-up.

Every node follows the rounds; those whose key is in the set also vote. What a voter casts is one fact; who has seen it
is a matrix of nodes and voters, so that a thousand validators stay affordable. Timing follows sc-consensus-grandpa:
prevote two gossip durations after a round began, precommit after four, both at once when the round can be completed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import InitVar, dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.clock import SECOND
from simnet.providers.simulated.consensus.ballots import SUBROUNDS, AuthoritySet, Round, RoundState, Subround, Vote
from simnet.providers.simulated.consensus.offence_reports import Reports
from simnet.providers.simulated.consensus.rounds import NOTHING, evaluate, threshold
from simnet.providers.simulated.consensus.set_changes import (
    AuthoritySets,
    announced,
    first_bound,
    forced_by,
    refusal,
    taking_hold,
)
from simnet.providers.simulated.consensus.vote_gossip import VoteGossip
from simnet.providers.simulated.consensus.voters import Seen, Voter, VoterState, VotesTwice
from simnet.providers.simulated.consensus.voting_rule import VotingRule, target
from simnet.providers.simulated.keyring import Keyring
from simnet.providers.simulated.ledger import ExecutedBlock, ancestry
from simnet.providers.simulated.misdeeds import Misdeeds
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.protocols import NodeProtocol
from simnet.providers.simulated.transport import Transport

GOSSIP_DURATION = SECOND
"""polkadot-service builder: gossip_duration 1000 ms."""

COMMIT_DELAY = 2 * SECOND
"""A commit is sent after up to this long, unless another one was seen (finality-grandpa environment)."""

NEIGHBOR_PERIOD = 120 * SECOND
"""How often a node tells its peers where it stands (sc-consensus-grandpa communication)."""


@dataclass(eq=False)
class Grandpa(NodeProtocol):
    """The finality gadget of all nodes. ``authorities`` are those of the first set."""

    processes: Processes
    transport: Transport
    misdeeds: Misdeeds
    rule: VotingRule
    reports: Reports
    finalized: Callable[[int, ExecutedBlock], None]
    genesis: InitVar[ExecutedBlock]
    authorities: InitVar[Sequence[bytes]]
    keys: Keyring
    random: Random

    def __post_init__(self, genesis: ExecutedBlock, authorities: Sequence[bytes]) -> None:
        self._clock, nodes = self.processes.clock, len(self.processes.nodes)
        self._gossip = VoteGossip(self.processes, self.transport, nodes, self._advance)
        self._first = first = AuthoritySet(0, tuple(authorities), genesis)
        self.sets = AuthoritySets(first)
        self.voters = [Voter(node, first, genesis) for node in range(nodes)]
        for voter in self.voters:
            voter.take_place(self.keys)

    # -- a node's life --------------------------------------------------------------------------------------------

    def wiped(self, node: int) -> None:
        """The node's database is empty: it begins again with the first authority set."""
        self.restored(node, VoterState(self._first, 1, frozenset(), self._first.base, paused=False))

    def saved(self, node: int) -> VoterState:
        """What the node's database has of its voter."""
        voter = self.voters[node]
        return VoterState(voter.set, voter.round, voter.own, voter.base, voter.paused)

    def restored(self, node: int, kept: VoterState) -> None:
        """The node's database is an old one: it goes on where that stood."""
        voter = self.voters[node]
        self._enter(voter, kept.set, kept.base)
        voter.round, voter.own, voter.paused = kept.round, kept.own, kept.paused
        voter.commits, voter.committed = [], 0

    def started(self, node: int) -> None:
        """The process started: the voter goes on in the round that its database has, with its own votes in it."""
        voter = self.voters[node]
        voter.seen.clear()
        for votes in self._current(voter):
            for subround in SUBROUNDS:
                votes.ballot(subround).forget(node, voter.index)
        self._begin_round(voter)

    def stored(self, node: int, block: ExecutedBlock) -> None:
        """A node has a new block: votes and commits may have waited for it, and a forced change takes hold with it or
        stops the voter until it does."""
        voter = self.voters[node]
        change = announced(block)
        voter.paused |= change is not None and change.forced
        self._force(voter, block)
        waiting = [one for one in voter.commits if one[0] is block]
        voter.commits = [one for one in voter.commits if one[0] is not block]
        for _, authorities in waiting[:1]:
            self._accept_commit(voter, block, authorities)
        if any(block in one.ballot(subround).targets for one in self._current(voter) for subround in SUBROUNDS):
            self._advance(voter)

    def exchange(self, source: int, receiver: int) -> None:
        """The receiver learns what the source knows: its finalized block by its justification, and its rounds.

        Nothing is learnt of blocks that the receiver does not have.
        """
        one, two = self.voters[source], self.voters[receiver]
        view = self.processes.view(receiver)
        final = self.processes.view(source).finalized
        if final in view and final.number > view.finalized.number:
            self._learn(two, final, one.set)
        if one.set is not two.set:
            return
        behind = one.round >= two.round + 2
        wanted = (one.round - 1, one.round) if behind else (two.round - 1, two.round, one.round)
        for number in sorted(set(wanted)):
            if number in one.set.rounds:
                for subround in SUBROUNDS:
                    one.set.rounds[number].ballot(subround).share(source, receiver)
        if behind:
            two.round = one.round
            self._begin_round(two)
        else:
            self._advance(two)

    def justified(self, node: int, block: ExecutedBlock, peer: int) -> None:
        """A block came from a peer, with the justification that nodes keep of one with which a set ends."""
        voter = self.voters[node]
        if taking_hold(block, voter.set) is not None and self.processes.view(peer).finalized.descends_from(block):
            self._learn(voter, block, self.voters[peer].set)

    def warped(self, node: int, block: ExecutedBlock, authorities: AuthoritySet) -> None:
        """The node's database begins with a finalized block, whose state says who votes."""
        voter = self.voters[node]
        self._enter(voter, authorities, block)
        voter.commits, voter.committed = [], block.number
        self._begin_round(voter)

    # -- rounds ---------------------------------------------------------------------------------------------------

    def _enter(self, voter: Voter, authorities: AuthoritySet, base: ExecutedBlock) -> None:
        voter.set, voter.base, voter.paused = authorities, base, False
        voter.take_place(self.keys)
        voter.round = 1
        voter.seen.clear()

    def _begin_round(self, voter: Voter) -> None:
        now = self._clock.now
        voter.take_place(self.keys)
        voter.set.round(voter.round, len(self.voters))
        voter.seen = {number: kept for number, kept in voter.seen.items() if number >= voter.round - 1}
        voter.prevote_due = now + 2 * GOSSIP_DURATION
        voter.precommit_due = now + 4 * GOSSIP_DURATION
        voter.own = frozenset(one for one in voter.own if one[:2] >= (voter.set.id, voter.round - 1))
        voter.prevoted = (voter.set.id, voter.round, "prevote") in voter.own
        voter.precommitted = (voter.set.id, voter.round, "precommit") in voter.own
        for old in [number for number in voter.set.rounds if number < voter.round - 8]:
            if all(other.round > old + 1 for other in self.voters if other.set is voter.set):
                del voter.set.rounds[old]
        me = np.array([voter.node])
        for due in (voter.prevote_due, voter.precommit_due):
            self.processes.receive(me, due, lambda _: self._advance(voter))
        self._advance(voter)

    def _current(self, voter: Voter) -> list[Round]:
        return [voter.set.rounds[n] for n in (voter.round - 1, voter.round) if n in voter.set.rounds]

    def state(self, voter: Voter, number: int) -> RoundState:
        """A round as the node sees it now."""
        votes = voter.set.rounds.get(number)
        if votes is None:
            return NOTHING
        view, node = self.processes.view(voter.node), voter.node
        prevotes, precommits = votes.prevotes.count.item(node), votes.precommits.count.item(node)
        if prevotes < threshold(len(voter.set.keys)):
            return NOTHING
        of = (prevotes, precommits, len(view.imported))
        kept = voter.seen.get(number)
        if kept is None or kept.of != of:
            one, two = (
                kept.counts[i]
                if kept is not None and kept.stands(i, of) and not votes.ballot(subround).seconds
                else votes.ballot(subround).counts(node, view)
                for i, subround in enumerate(SUBROUNDS)
            )
            known = (voter.base, *one.targets.items(), one.equivocators, *two.targets.items(), two.equivocators)
            if known not in votes.states:
                votes.states[known] = evaluate(len(voter.set.keys), voter.base, one, two)
            kept = voter.seen[number] = Seen(of, (one, two), votes.states[known])
        return kept.state

    def _decided(self, voter: Voter, number: int) -> RoundState:
        """The round's state if precommits may have decided something, else NOTHING."""
        votes = voter.set.rounds.get(number)
        if votes is None or votes.precommits.count.item(voter.node) < threshold(len(voter.set.keys)):
            return NOTHING
        kept = voter.seen.get(number)
        done = kept.state.finalized if kept is not None and kept.state.finalized is kept.state.ghost else None
        if (
            done is not None
            and number < voter.round
            and done.number <= self.processes.view(voter.node).finalized.number
        ):
            return NOTHING
        return self.state(voter, number)

    def _estimate(self, voter: Voter) -> ExecutedBlock | None:
        """Last round's estimate, from which this round's votes must descend."""
        if voter.round == 1:
            return voter.base
        return self.state(voter, voter.round - 1).estimate or self.processes.view(voter.node).finalized

    def _advance(self, voter: Voter) -> None:
        """Does all that the votes seen and the timers allow."""
        if voter.paused or not self.processes.runs(voter.node):
            return
        now, authorities, number = self._clock.now, voter.set, voter.round
        completable = False
        for one in (number - 1, number):
            state = self._decided(voter, one)
            completable = state.completable
            if state.finalized is not None and self._finalize(voter, state.finalized):
                self._plan_commit(voter, state.finalized)
                if voter.set is not authorities:
                    return
        if not voter.prevoted and (now >= voter.prevote_due or completable):
            voter.prevoted = self._prevote(voter)
        if voter.prevoted and not voter.precommitted and (now >= voter.precommit_due or completable):
            voter.precommitted = self._precommit(voter, self.state(voter, number))
        if voter.precommitted and self._decided(voter, number).completable:
            voter.round += 1
            self._begin_round(voter)

    def _prevote(self, voter: Voter) -> bool:
        if voter.index is None:
            return True
        view = self.processes.view(voter.node)
        base = self._estimate(voter)
        best = view.best_on(base) if base is not None else None
        if base is None or best is None:
            return False
        known = base.number >= view.finalized.number  # of what is below, chain selection and approvals keep nothing
        allowed = self.rule.votable(voter.node, best, base) if known else base
        vote = target(best, base, first_bound(best, voter.base, voter.set), allowed.number)
        self._cast(voter, "prevote", vote)
        if vote.parent is not None and vote.number > base.number and self._twice(voter, "prevote"):
            self._cast(voter, "prevote", vote.parent)
        return True

    def _precommit(self, voter: Voter, state: RoundState) -> bool:
        estimate = self._estimate(voter)
        if state.ghost is None or estimate is None or not state.ghost.descends_from(estimate):
            return False
        if voter.index is not None:
            self._cast(voter, "precommit", state.ghost)
            above = state.ghost.number > estimate.number
            if above and state.ghost.parent is not None and self._twice(voter, "precommit"):
                self._cast(voter, "precommit", state.ghost.parent)
        return True

    def _twice(self, voter: Voter, subround: Subround) -> bool:
        return self.misdeeds.commits(voter.node, "equivocate_votes", (voter.set.id, voter.round, subround))

    # -- votes on their way ---------------------------------------------------------------------------------------

    def _cast(self, voter: Voter, subround: Subround, block: ExecutedBlock) -> None:
        assert voter.index is not None
        votes = voter.set.round(voter.round, len(self.voters))
        ballot = votes.ballot(subround)
        authorities, needed = voter.set, threshold(len(voter.set.keys))
        voter.own |= {(voter.set.id, voter.round, subround)}
        vote = ballot.vote(voter.index, voter.node, block)

        def arrive(receivers: NDArray[np.int64]) -> None:
            ballot.show(vote, receivers)
            if ballot.seconds:
                self._catch(authorities, votes, subround, vote, receivers)
            for node in receivers[ballot.count[receivers] >= needed]:
                other = self.voters[node]
                current = other.set is authorities and other.round - 1 <= votes.number <= other.round
                if current and (subround == "precommit" or self._awaits_prevotes(other, votes, needed)):
                    self._gossip.seen(other)

        self._gossip.send(voter.node, arrive)

    def _awaits_prevotes(self, voter: Voter, votes: Round, needed: int) -> bool:
        """Whether another prevote may change what a voter does: it is late, or precommits could complete the round."""
        if votes.precommits.count[voter.node] >= needed:
            return True
        return not voter.precommitted and self._clock.now >= voter.precommit_due

    def _catch(
        self, authorities: AuthoritySet, votes: Round, subround: Subround, vote: Vote, receivers: NDArray[np.int64]
    ) -> None:
        """Nodes that have both votes of a voter notice, if they follow that round or have just left it: gossip of older
        ones is dropped. A node that has the voter's key does not report itself (sc-consensus-grandpa environment)."""
        ballot = votes.ballot(subround)
        if vote.voter not in ballot.seconds:
            return
        first, second = ballot.both(vote.voter)
        twice = VotesTwice(authorities.keys[vote.voter], authorities.id, votes.number, subround, first, second)
        for node in np.intersect1d(receivers, ballot.caught(vote.voter)):
            here = self.voters[node]
            follows = here.set is authorities and here.round - 1 <= votes.number <= here.round
            if follows and here.index != vote.voter:
                self.reports.votes(int(node), twice)

    # -- finality -------------------------------------------------------------------------------------------------

    def _plan_commit(self, voter: Voter, block: ExecutedBlock) -> None:
        delay = round(self.random.random() * COMMIT_DELAY)
        self.processes.receive(np.array([voter.node]), self._clock.now + delay, lambda _: self._commit(voter, block))

    def _commit(self, voter: Voter, block: ExecutedBlock) -> None:
        if voter.committed >= block.number:
            return
        voter.committed = block.number
        authorities = voter.set

        def arrive(receivers: NDArray[np.int64]) -> None:
            for node in receivers:
                self._accept_commit(self.voters[node], block, authorities)

        self._gossip.send(voter.node, arrive)

    def _accept_commit(self, voter: Voter, block: ExecutedBlock, authorities: AuthoritySet) -> None:
        if voter.paused or voter.set.line is not authorities.line:
            return
        voter.committed = max(voter.committed, block.number)
        if block not in self.processes.view(voter.node):
            voter.commits.append((block, authorities))
        elif self._finalize(voter, block):
            self._advance(voter)

    def _learn(self, voter: Voter, block: ExecutedBlock, authorities: AuthoritySet) -> None:
        """A peer whose set that is has the block's justification. A voter that is paused asks for those of blocks
        alone with which sets take hold."""
        if voter.set.line is not authorities.line:
            return
        bound = first_bound(block, self.processes.view(voter.node).finalized, voter.set) if voter.paused else None
        if bound is not None:
            self._finalize(voter, block.ancestor(bound) or block)
        elif not voter.paused:
            self._finalize(voter, block)

    def _finalize(self, voter: Voter, block: ExecutedBlock) -> bool:
        """Finalizes a block at a node, changes of the authority set in its chain one by one; whether it is new.

        Only with more than f voters that vote twice, or after a forced change, can a block be final that the node's
        finalized one does not lead to. It finalizes none: real nodes refuse to import unknown blocks at heights that
        are final already (sc-service client.rs, NotInFinalizedChain), so they never come to.
        """
        view = self.processes.view(voter.node)
        if block.number <= view.finalized.number:
            return False
        chain = list(ancestry(block, above=view.finalized.number))
        if chain[-1].parent is not view.finalized:
            return False
        before = voter.set
        for one in reversed(chain):
            change = taking_hold(one, voter.set)
            if change is not None:
                self._enter(voter, self.sets.after(voter.set, change, one), one)
        self.finalized(voter.node, block)
        if voter.set is not before:
            self._begin_round(voter)
        return True

    # -- forced changes -------------------------------------------------------------------------------------------

    def refused(self, node: int, block: ExecutedBlock) -> str | None:
        """Why a node may not import a block whose parent it has: a forced change would take hold with it that
        presupposes one which is not final."""
        return refusal(block, self.voters[node].set)

    def _force(self, voter: Voter, block: ExecutedBlock) -> None:
        """Lets a forced change take hold that does so with a block: its authorities begin where most were, or where the
        node is if that is lower."""
        change = forced_by(block, voter.set)
        if change is None:
            return
        assert change.median is not None
        final = self.processes.view(voter.node).finalized
        base = final.ancestor(min(final.number, change.median))
        assert base is not None
        self._enter(voter, self.sets.after(voter.set, change, block), base)
        voter.commits, voter.committed = [], base.number
        self._begin_round(voter)
