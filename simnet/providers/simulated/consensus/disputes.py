"""Disputes: a validator says that a candidate is invalid, the others check it and vote, the chain is told and judges.

What polkadot-node-core-dispute-coordinator does: votes of backers and approval checkers count as votes for the
candidate; who has no vote takes part; a supermajority concludes; more than f votes against revert the blocks that
include it. What the runtime makes of it (slashes, disabling, freezing the parachains) it makes of the statements in its
own inherent.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from simnet.chain.scale import u32, vec
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.arrivals import Arrivals, together
from simnet.providers.simulated.clock import MILLISECOND, NEVER, Clock
from simnet.providers.simulated.consensus.paras import SECONDED, Candidate
from simnet.providers.simulated.consensus.rounds import threshold
from simnet.providers.simulated.keyring import Keyring
from simnet.providers.simulated.ledger import Block
from simnet.providers.simulated.relay_state import SessionInfo
from simnet.providers.simulated.view import View

State = Literal["raised", "confirmed", "valid", "invalid"]

_SIZE = 600
_HOP = 2 * MILLISECOND

_VALID, _INVALID = b"\x00", b"\x01"
"""Variants of polkadot-primitives' DisputeStatement; the kind of a valid one follows."""
_EXPLICIT, _BACKING_SECONDED, _BACKING_VALID, _APPROVAL = b"\x00", b"\x01", b"\x02", b"\x03"


class Host(Protocol):
    clock: Clock
    keys: Keyring

    def view(self, node: int) -> View: ...

    def commits(self, node: int, act: str, about: Hashable = None) -> bool: ...

    def valid(self, candidate: Candidate) -> bool: ...

    def validated(self, node: int, candidate: Candidate, begin: int) -> int: ...

    def recover(self, node: int, candidate: Candidate) -> int: ...

    def approvals_of(self, candidate: bytes) -> dict[int, Arrivals]: ...

    def spread(self, source: int, size: int, hop: int) -> Arrivals: ...

    def when(self, node: int, t: int, act: Callable[[], None]) -> None: ...

    def receive(self, receivers: NDArray[np.int64], t: int, act: Callable[[NDArray[np.int64]], None]) -> None: ...

    def revert(self, node: int, block: Block) -> None:
        """A node gives up a block and all that is built on it."""

    def dispute_is(self, node: int, dispute: Dispute, state: State) -> None:
        """A node is the first to see a dispute in this state."""


@dataclass(frozen=True)
class Statement:
    """One validator's vote in a dispute as the chain takes it."""

    validator: int
    valid: bool
    kind: bytes
    payload: bytes


@dataclass(eq=False)
class Dispute:
    """A dispute about one candidate. ``by`` is the validator that raised it."""

    candidate: Candidate
    session: SessionInfo
    by: int
    nodes: int
    votes: dict[tuple[int, bool], Arrivals] = field(default_factory=dict)
    """Explicit votes by validator and what they say: when each node has them."""
    states: dict[int, State] = field(default_factory=dict)
    """What each node that knows of it makes of it."""
    told: dict[State, None] = field(default_factory=dict)
    joined: dict[int, None] = field(default_factory=dict)
    """Nodes that have begun to check the candidate for it."""

    def includes(self, block: Block) -> bool:
        return any(one.candidate == self.candidate.hash for one in relay_state.included(block))


class Disputes:
    """The dispute coordinators of all nodes."""

    def __init__(self, host: Host, nodes: int) -> None:
        self._host = host
        self._nodes = nodes
        self._disputes: dict[bytes, Dispute] = {}

    def __len__(self) -> int:
        return len(self._disputes)

    def open(self, node: int, validator: int, candidate: Candidate, session: SessionInfo) -> None:
        """A validator says that a candidate is invalid."""
        dispute = self._disputes.setdefault(candidate.hash, Dispute(candidate, session, validator, self._nodes))
        if not {(validator, True), (validator, False)} & dispute.votes.keys():
            dispute.joined[node] = None
            self._vote(dispute, node, validator, valid=False)

    def imported(self, node: int, block: Block) -> None:
        """A node has a new relay block: it learns the votes that the chain has, and gives the block up when it includes
        what was found invalid."""
        if not self._disputes or block.parent is None:
            return
        for (_, hash_), (ayes, noes) in relay_state.disputed(block).items():
            dispute = self._disputes.get(hash_)
            if dispute is not None:
                self._scrape(dispute, node, ayes, noes)
        for one in relay_state.included(block):
            if self.found_invalid(node, one.candidate):
                self._host.revert(node, block)

    def exchange(self, source: int, receiver: int) -> None:
        """The receiver learns the votes that the source has."""
        now = self._host.clock.now
        for dispute in self._disputes.values():
            new = [votes for votes in dispute.votes.values() if votes[source] <= now < votes[receiver]]
            for arrivals in new:
                arrivals[receiver] = now
            if new:
                self._learnt(dispute, receiver)

    def undisputed(self, node: int, block: Block) -> bool:
        """Whether nothing that a block includes is disputed, or was found invalid, as far as a node knows."""
        if not self._disputes:
            return True
        found = (self._disputes.get(one.candidate) for one in relay_state.included(block))
        return all(dispute is None or dispute.states.get(node, "valid") == "valid" for dispute in found)

    def found_invalid(self, node: int, candidate: bytes) -> bool:
        """Whether enough votes against a candidate have reached a node to give up what includes it."""
        dispute = self._disputes.get(candidate)
        return dispute is not None and len(self._against(dispute, node)) > _f(dispute.session)

    def statements(self, author: int, parent: Block) -> list[bytes]:
        """For the inherent of a child of ``parent``: what the author knows and the chain does not, of disputes that
        have more than f votes and both sides (the runtime takes no others)."""
        out = []
        on_chain = relay_state.disputed(parent) if self._disputes else {}
        for dispute in self._disputes.values():
            session, hash_ = dispute.session, dispute.candidate.hash
            known = list(self._known(dispute, author))
            sides = {one.valid for one in known}
            if len({one.validator for one in known}) <= _f(session) or len(sides) < 2:
                continue
            have = dict(zip((True, False), on_chain.get((session.index, hash_), (0, 0)), strict=True))
            fresh = [one for one in known if not have[one.valid] >> one.validator & 1]
            if fresh:
                out.append(hash_ + u32(session.index) + vec(self._signed(dispute, one) for one in fresh))
        return out

    # -- votes ----------------------------------------------------------------------------------------------------

    def _vote(self, dispute: Dispute, node: int, validator: int, *, valid: bool) -> None:
        dispute.votes[validator, valid] = arrivals = self._host.spread(node, _SIZE, _HOP)
        for t, receivers in together(arrivals):
            self._host.receive(receivers, t, lambda nodes: self._arrived(dispute, nodes))

    def _arrived(self, dispute: Dispute, nodes: NDArray[np.int64]) -> None:
        for node in nodes:
            self._learnt(dispute, int(node))

    def _scrape(self, dispute: Dispute, node: int, ayes: int, noes: int) -> None:
        now, new = self._host.clock.now, False
        for (validator, valid), arrivals in dispute.votes.items():
            if (ayes if valid else noes) >> validator & 1 and arrivals[node] > now:
                arrivals[node] = now
                new = True
        if new:
            self._learnt(dispute, node)

    def _learnt(self, dispute: Dispute, node: int) -> None:
        """A node has a vote more."""
        self._settle(dispute, node)
        validator = self._index(dispute, node)
        if validator is None or node in dispute.joined or self._spoke(dispute, validator):
            return
        if dispute.states.get(node) == "raised" and self._only_disabled(dispute, node):
            return
        dispute.joined[node] = None
        ready = self._host.recover(node, dispute.candidate)
        if ready < NEVER:
            done = self._host.validated(node, dispute.candidate, ready)
            self._host.when(node, done, lambda: self._take_part(dispute, node, validator))

    def _take_part(self, dispute: Dispute, node: int, validator: int) -> None:
        if not self._spoke(dispute, validator):
            honest = self._host.valid(dispute.candidate)
            about = dispute.candidate.hash
            valid = honest or self._host.commits(node, "approve_invalid", about)
            valid = valid and not self._host.commits(node, "dispute_valid", about)
            self._vote(dispute, node, validator, valid=valid)

    def _settle(self, dispute: Dispute, node: int) -> None:
        """What a node makes of the votes that it has."""
        against = self._against(dispute, node)
        if not against:
            return
        votes = {one.validator for one in self._known(dispute, node) if one.valid}
        needed = threshold(len(dispute.session.validators))
        state: State = "raised"
        if len(against) >= needed:
            state = "invalid"
        elif len(votes) >= needed:
            state = "valid"
        elif len(votes | against) > _f(dispute.session):
            state = "confirmed"
        if dispute.states.get(node) != state:
            dispute.states[node] = state
            if state not in dispute.told:
                dispute.told[state] = None
                self._host.dispute_is(node, dispute, state)
        if len(against) > _f(dispute.session):
            for block in [block for block in self._host.view(node).open if dispute.includes(block)]:
                self._host.revert(node, block)

    def _against(self, dispute: Dispute, node: int) -> set[int]:
        """Validators whose votes against the candidate a node has; only counted, never iterated over."""
        now = self._host.clock.now
        return {who for (who, valid), arrivals in dispute.votes.items() if not valid and arrivals[node] <= now}

    def _known(self, dispute: Dispute, node: int) -> Iterator[Statement]:
        """All votes that a node has: explicit ones, and those of backers and approval checkers; one for each validator
        and side."""
        now, candidate = self._host.clock.now, dispute.candidate
        session = u32(dispute.session.index)
        done: set[tuple[int, bool]] = set()
        for (validator, valid), arrivals in dispute.votes.items():
            if arrivals[node] <= now:
                done.add((validator, valid))
                payload = b"DISP" + bytes([valid]) + candidate.hash + session
                yield Statement(validator, valid, (_VALID if valid else _INVALID) + _EXPLICIT, payload)
        for validator in candidate.statements:
            if (validator, True) not in done:
                done.add((validator, True))
                seconded = candidate.statement(validator) == SECONDED
                kind = _VALID + (_BACKING_SECONDED if seconded else _BACKING_VALID) + candidate.relay_parent.hash
                yield Statement(validator, True, kind, candidate.signed(validator))
        for validator, arrivals in self._host.approvals_of(candidate.hash).items():
            if (validator, True) not in done and arrivals[node] <= now:
                yield Statement(validator, True, _VALID + _APPROVAL, b"APPR" + candidate.hash + session)

    def _signed(self, dispute: Dispute, one: Statement) -> bytes:
        signer = self._host.keys.validator(dispute.session.validators[one.validator])
        assert signer is not None, "a validator that voted has a node"
        return one.kind + u32(one.validator) + self._host.keys.sign(signer, one.payload)

    def _spoke(self, dispute: Dispute, validator: int) -> bool:
        """Whether a validator has a vote on the candidate already, as backer or checker or in the dispute."""
        return (
            bool({(validator, True), (validator, False)} & dispute.votes.keys())
            or validator in dispute.candidate.statements
            or validator in self._host.approvals_of(dispute.candidate.hash)
        )

    def _only_disabled(self, dispute: Dispute, node: int) -> bool:
        """Whether nobody but disabled validators has voted against it: they alone start nothing."""
        disabled = relay_state.disabled(self._host.view(node).best)
        return all(who in disabled for who in self._against(dispute, node))

    def _index(self, dispute: Dispute, node: int) -> int | None:
        keys: Iterable[bytes] = dispute.session.validators
        return next((i for i, key in enumerate(keys) if self._host.keys.validator(key) == node), None)


def _f(session: SessionInfo) -> int:
    """Validators that may be byzantine."""
    return (len(session.validators) - 1) // 3
