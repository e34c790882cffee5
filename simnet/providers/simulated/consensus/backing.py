"""Backing: the validators of a core's group check a candidate's proof and say so; authors collect enough of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simnet.codec import blake2_256
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.clock import MILLISECOND, NEVER, Clock
from simnet.providers.simulated.consensus.paras import Candidate
from simnet.providers.simulated.keyring import Keyring
from simnet.providers.simulated.ledger import Block
from simnet.providers.simulated.times import Executed
from simnet.providers.simulated.view import View

_HOP = 3 * MILLISECOND
_STATEMENT = 400


class Host(Protocol):
    clock: Clock
    keys: Keyring

    def view(self, node: int) -> View: ...

    def spread(self, source: int, size: int, hop: int) -> NDArray[np.int64]: ...

    def direct(self, source: int, target: int, size: int) -> int: ...

    def when(self, node: int, t: int, act: Callable[[], None]) -> None: ...

    def executed(self, node: int, candidate: Candidate, begin: int, timeout: int) -> Executed:
        """When a validator that has a candidate's proof at ``begin`` has executed it; ``timeout`` in milliseconds."""

    def valid(self, node: int, candidate: Candidate) -> bool:
        """The verdict of the parachain's own ``validate_block``."""

    def verdict(self, candidate: Candidate) -> bool:
        """The same, whoever asks; nobody has executed it for that."""

    def keep_proof(self, node: int, candidate: Candidate) -> None:
        """A validator that backs a candidate keeps its proof for who asks."""

    def tell_refused(self, node: int, candidate: Candidate, *, in_time: bool) -> None:
        """Writes in a node's log why it does not back a candidate."""

    def does(self, node: int, act: str) -> bool:
        """Whether the node is byzantine in that way."""

    def tempted(self, node: int, act: str, about: Hashable = None) -> bool:
        """The same, where it has an occasion to be."""

    def did(self, node: int, act: str, about: Hashable) -> None:
        """It used that occasion, if it had it."""


class Backing:
    """Candidates of all parachains and the statements on them."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.candidates: dict[bytes, Candidate] = {}
        self._by_relay_parent: dict[Block, list[Candidate]] = {}
        self._waiting: dict[tuple[int, Block], list[Callable[[], None]]] = {}

    def offer(self, collator: int, candidate: Candidate) -> None:
        """A collator hands a candidate to the validators that may back it."""
        self.candidates[candidate.hash] = candidate
        self._by_relay_parent.setdefault(candidate.relay_parent, []).append(candidate)
        for validator in candidate.group:
            self._carry(collator, validator, candidate)

    def imported(self, node: int, block: Block) -> None:
        """A node has a relay block: proofs may have waited for it."""
        for act in self._waiting.pop((node, block), []):
            act()

    def backable(self, author: int, parent: Block) -> list[tuple[Candidate, bytes]]:
        """What an author of a child of ``parent`` can back: for each core the candidate that continues its
        parachain, and its encoding with the votes that have reached the author."""
        out = []
        heads: dict[int, bytes] = {}
        taken = _were_pending(parent)
        for core in relay_state.cores(parent):
            if core.para is not None and core.candidate is not None and core.head_hash is not None:
                heads[core.para] = core.head_hash
        for core_index, paras in sorted(relay_state.claims(parent).items()):
            if not paras:
                continue
            para = paras[0]
            head = heads.get(para) or blake2_256(relay_state.para_head(parent, para))
            found = self._continuing(para, core_index, head, author, parent, taken)
            if found is not None:
                candidate, votes = found
                taken.add(candidate.hash)
                self._note(candidate, votes)
                heads[para] = blake2_256(candidate.block.header)
                out.append((candidate, candidate.backed(votes)))
        return out

    def prune(self, below: int) -> None:
        """Candidates with relay parents under a height can no longer be backed or asked for."""
        for block in [block for block in self._by_relay_parent if block.number < below]:
            for candidate in self._by_relay_parent.pop(block):
                self.candidates.pop(candidate.hash, None)

    def _continuing(
        self, para: int, core: int, head: bytes, author: int, parent: Block, taken: set[bytes]
    ) -> tuple[Candidate, dict[int, bytes]] | None:
        """The candidate for a core whose parachain stands at ``head``: the one with the youngest relay parent."""
        relay_parent: Block | None = parent
        terms = relay_state.terms(parent)
        for _ in range(terms.lookahead):
            if relay_parent is None:
                return None
            for candidate in self._by_relay_parent.get(relay_parent, ()):
                if candidate.para != para or candidate.core != core or candidate.hash in taken:
                    continue
                assert candidate.block.parent is not None
                if candidate.block.parent.hash != head:
                    continue
                votes = self._votes(candidate, author)
                if len(votes) >= min(terms.backing_votes, len(candidate.group)):
                    return candidate, votes
            relay_parent = relay_parent.parent
        return None

    def _votes(self, candidate: Candidate, author: int) -> dict[int, bytes]:
        now, keys = self._host.clock.now, relay_state.validators(candidate.relay_parent)
        out = {}
        for validator, arrivals in candidate.statements.items():
            signer = self._host.keys.validator(keys[validator])
            if signer is not None and arrivals[author] <= now:
                out[validator] = self._host.keys.sign(signer, candidate.signed(validator))
        return out

    def _note(self, candidate: Candidate, votes: Iterable[int]) -> None:
        """An author backs a candidate: if it is invalid, those who voted for it got it so far."""
        keys = relay_state.validators(candidate.relay_parent)
        for validator in votes:
            node = self._host.keys.validator(keys[validator])
            if node is not None:
                self._host.did(node, "back_invalid", candidate.hash)

    def _wrong(self, candidate: Candidate) -> Candidate:
        """What a byzantine validator states in place of a candidate."""
        wrong = candidate.garbage or candidate
        if wrong.hash not in self.candidates:
            self.candidates[wrong.hash] = wrong
            self._by_relay_parent.setdefault(wrong.relay_parent, []).append(wrong)
        return wrong

    def _carry(self, source: int, validator: int, candidate: Candidate) -> None:
        """Takes the proof from a node that has it to a validator of the group, which checks it."""
        node = self._host.keys.validator(relay_state.validators(candidate.relay_parent)[validator])
        if node is None or validator in candidate.fetching:
            return
        arrival = self._host.direct(source, node, candidate.pov_size)
        if arrival < NEVER:
            candidate.fetching.add(validator)
            self._host.when(node, arrival, lambda: self._check(node, validator, candidate))

    def _check(self, node: int, validator: int, candidate: Candidate) -> None:
        if candidate.relay_parent not in self._host.view(node):
            again = lambda: self._check(node, validator, candidate)  # noqa: E731
            self._waiting.setdefault((node, candidate.relay_parent), []).append(again)
            return
        timeout = relay_state.terms(candidate.relay_parent).backing_timeout
        run = self._host.executed(node, candidate, self._host.clock.now, timeout)
        self._host.when(node, run.done, lambda: self._state(node, validator, candidate, in_time=run.in_time))

    def _state(self, node: int, validator: int, candidate: Candidate, *, in_time: bool) -> None:
        """The validator makes its statement; the rest of the group fetches the proof from it."""
        if self._host.does(node, "back_invalid"):
            candidate = self._wrong(candidate)
            if not self._host.verdict(candidate):
                self._host.tempted(node, "back_invalid", candidate.hash)
        elif not in_time or not self._host.valid(node, candidate):
            self._host.tell_refused(node, candidate, in_time=in_time)
            return
        if validator in relay_state.disabled(self._host.view(node).best):
            return
        if candidate.first is None:
            candidate.first = validator
        self._host.keep_proof(node, candidate)
        candidate.statements[validator] = arrivals = self._host.spread(node, _STATEMENT, _HOP)
        keys = relay_state.validators(candidate.relay_parent)
        for other in candidate.group:
            peer = self._host.keys.validator(keys[other])
            if other not in candidate.fetching and peer is not None and arrivals[peer] < NEVER:
                self._host.when(peer, int(arrivals[peer]), lambda o=other: self._carry(node, o, candidate))  # type: ignore[misc]


def _were_pending(parent: Block) -> set[bytes]:
    """Candidates that have waited for availability on this chain. Nodes keep none of them as backable on what follows,
    also when a dispute or the time took it off its core (prospective-parachains, fragment_chain
    `populate_from_previous`)."""
    found: set[bytes] = set()
    block: Block | None = parent
    for _ in range(relay_state.terms(parent).lookahead):
        if block is None:
            break
        found |= {core.candidate for core in relay_state.cores(block) if core.candidate is not None}
        block = block.parent
    return found
