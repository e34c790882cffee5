"""Backing: the validators of a core's group check a candidate's proof and say so; authors collect enough of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from simnet.codec import blake2_256
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.candidates import Candidate
from simnet.providers.simulated.clock import MILLISECOND, NEVER
from simnet.providers.simulated.consensus.availability import Availability
from simnet.providers.simulated.ledger import ExecutedBlock, ancestry
from simnet.providers.simulated.protocols import ValidatorProtocol
from simnet.providers.simulated.pvf_host import ExecutionEnd
from simnet.providers.simulated.validation import Validation

_HOP = 3 * MILLISECOND
_STATEMENT = 400


@dataclass(eq=False)
class Backing(ValidatorProtocol):
    """Candidates of all parachains and the statements on them."""

    validation: Validation
    availability: Availability
    candidates: dict[bytes, Candidate]
    _by_relay_parent: dict[ExecutedBlock, list[Candidate]] = field(init=False, default_factory=dict)
    _waiting: dict[tuple[int, ExecutedBlock], list[Callable[[], None]]] = field(init=False, default_factory=dict)

    def offer(self, collator: int, candidate: Candidate) -> None:
        """A collator hands a candidate to the validators that may back it."""
        self.candidates[candidate.hash] = candidate
        self._by_relay_parent.setdefault(candidate.relay_parent, []).append(candidate)
        for validator in candidate.group:
            self._carry(collator, validator, candidate)

    def imported(self, node: int, block: ExecutedBlock) -> None:
        """A node has a relay block: proofs may have waited for it."""
        for act in self._waiting.pop((node, block), []):
            act()

    def backable(self, author: int, parent: ExecutedBlock) -> list[tuple[Candidate, bytes]]:
        """What an author of a child of ``parent`` can back: for each core the candidate that continues its
        parachain, and its encoding with the votes that have reached the author."""
        out = []
        taken = _were_pending(parent)
        heads = self._pending_heads(parent)
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
                heads[para] = candidate.head.hash
                out.append((candidate, candidate.backed(votes)))
        return out

    def _pending_heads(self, parent: ExecutedBlock) -> dict[int, bytes]:
        """Hashes of the heads up to which candidates wait for availability, by parachain: of several the last."""
        found: dict[int, tuple[int, bytes]] = {}
        for core in relay_state.cores(parent):
            if core.para is not None and core.candidate is not None and core.head_hash is not None:
                known = self.candidates.get(core.candidate)
                height = 0 if known is None else known.head.number
                if core.para not in found or height > found[core.para][0]:
                    found[core.para] = height, core.head_hash
        return {para: head for para, (_, head) in found.items()}

    def prune(self, below: int) -> None:
        """Candidates with relay parents under a height can no longer be backed or asked for."""
        for block in [block for block in self._by_relay_parent if block.number < below]:
            for candidate in self._by_relay_parent.pop(block):
                self.candidates.pop(candidate.hash, None)

    def _continuing(
        self, para: int, core: int, head: bytes, author: int, parent: ExecutedBlock, taken: set[bytes]
    ) -> tuple[Candidate, dict[int, bytes]] | None:
        """The candidate for a core whose parachain stands at ``head``: the one with the youngest relay parent."""
        configuration = relay_state.host_configuration(parent)
        for relay_parent in islice(ancestry(parent), configuration.lookahead):
            for candidate in self._by_relay_parent.get(relay_parent, ()):
                if candidate.para != para or candidate.core != core or candidate.hash in taken:
                    continue
                if candidate.parent.hash != head:
                    continue
                votes = self._votes(candidate, author)
                if len(votes) >= min(configuration.backing_votes, len(candidate.group)):
                    return candidate, votes
        return None

    def _votes(self, candidate: Candidate, author: int) -> dict[int, bytes]:
        now, keys = self.processes.clock.now, relay_state.validators(candidate.relay_parent)
        out = {}
        for validator, arrivals in candidate.statements.items():
            if arrivals[author] <= now:
                out[validator] = self.keys.sign(keys[validator], candidate.signed(validator))
        return out

    def _note(self, candidate: Candidate, votes: Iterable[int]) -> None:
        """An author backs a candidate: if it is invalid, those who voted for it got it so far."""
        keys = relay_state.validators(candidate.relay_parent)
        for validator in votes:
            node = self.keys.validator(keys[validator])
            if node is not None:
                self.misdeeds.did(node, "back_invalid", candidate.hash)

    def _wrong(self, candidate: Candidate) -> Candidate:
        """What a byzantine validator states in place of a candidate."""
        wrong = candidate.garbage or candidate
        if wrong.hash not in self.candidates:
            self.candidates[wrong.hash] = wrong
            self._by_relay_parent.setdefault(wrong.relay_parent, []).append(wrong)
        return wrong

    def _carry(self, source: int, validator: int, candidate: Candidate) -> None:
        """Takes the proof from a node that has it to a validator of the group, which checks it."""
        node = self.keys.validator(relay_state.validators(candidate.relay_parent)[validator])
        if node is None or validator in candidate.fetching:
            return
        arrival = self.transport.direct(source, node, candidate.pov_size)
        if arrival < NEVER:
            candidate.fetching.add(validator)
            self.processes.when(node, arrival, lambda: self._check(node, validator, candidate))

    def _check(self, node: int, validator: int, candidate: Candidate) -> None:
        view = self.processes.view(node)
        if candidate.relay_parent not in view or candidate.relay_parent in view.silent:
            again = lambda: self._check(node, validator, candidate)  # noqa: E731
            self._waiting.setdefault((node, candidate.relay_parent), []).append(again)
            return
        self.validation.back(node, candidate, lambda ending: self._state(node, validator, candidate, ending))

    def _state(self, node: int, validator: int, candidate: Candidate, ending: ExecutionEnd) -> None:
        """The validator makes its statement; the rest of the group fetches the proof from it."""
        if self.misdeeds.does(node, "back_invalid"):
            candidate = self._wrong(candidate)
            if not self.validation.verdict(candidate):
                self.misdeeds.tempted(node, "back_invalid", candidate.hash)
        elif not self.validation.finds(node, candidate, ending):
            self.validation.report_refused(node, candidate, ending)
            return
        if validator in relay_state.disabled(self.processes.view(node).best):
            return
        if candidate.first is None:
            candidate.first = validator
        self.availability.backed(node, candidate)
        candidate.statements[validator] = arrivals = self.transport.spread(node, _STATEMENT, _HOP)
        keys = relay_state.validators(candidate.relay_parent)
        for other in candidate.group:
            peer = self.keys.validator(keys[other])
            if other not in candidate.fetching and peer is not None and arrivals[peer] < NEVER:
                self.processes.when(peer, int(arrivals[peer]), lambda o=other: self._carry(node, o, candidate))  # type: ignore[misc]


def _were_pending(parent: ExecutedBlock) -> set[bytes]:
    """Candidates that have waited for availability on this chain. Nodes keep none of them as backable on what follows,
    also when a dispute or the time took it off its core (prospective-parachains, fragment_chain
    `populate_from_previous`)."""
    blocks = islice(ancestry(parent), relay_state.host_configuration(parent).lookahead)
    return {core.candidate for block in blocks for core in relay_state.cores(block) if core.candidate is not None}
