"""Validators execute candidates: what they find, and how long it takes them."""

from __future__ import annotations

from simnet.providers.simulated.candidates import Candidate
from simnet.providers.simulated.clock import MILLISECOND
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.observer import Observer
from simnet.providers.simulated.pvf import Validator
from simnet.providers.simulated.times import PREPARING, VALIDATING, Executed, Times


class Validation:
    """``times`` draws what executing takes, ``preparing`` what compiling takes."""

    def __init__(
        self, nodes: list[SimulatedNode], validator: Validator, times: Times, preparing: Times, observer: Observer
    ) -> None:
        self._nodes = nodes
        self._validator = validator
        self._times = times
        self._preparing = preparing
        self._observer = observer
        self._refused: dict[bytes, None] = {}
        """Candidates that some node executed and found invalid, and that were told as such."""

    def valid(self, node: int, candidate: Candidate) -> bool:
        """What a node finds when it executes a candidate: the verdict of the parachain's own ``validate_block``."""
        valid = self.verdict(candidate)
        if not valid and candidate.hash not in self._refused:
            self._refused[candidate.hash] = None
            self._observer.refused(self._nodes[node], candidate, self._validator.judgement(candidate.hash))
        return valid

    def verdict(self, candidate: Candidate) -> bool:
        """The same, whoever asks; nobody has executed it for that."""
        return self._validator.verdict(candidate.hash)

    def executed(self, node: int, candidate: Candidate, begin: int, timeout: int) -> Executed:
        """When a validator that has a candidate's proof at ``begin`` has executed it, which may take ``timeout``
        milliseconds. The first candidate of each validation code waits until that is compiled, and so do those that
        come meanwhile."""
        prepared, code = self._nodes[node].prepared, candidate.code_hash
        if code not in prepared:
            prepared[code] = begin + self._preparing.one(PREPARING)
        takes = self._times.one(VALIDATING)
        return Executed(max(begin, prepared[code]) + min(takes, timeout * MILLISECOND), takes <= timeout * MILLISECOND)

    def report_refused(self, node: int, candidate: Candidate, *, in_time: bool) -> None:
        """Writes in a node's log why it does not back a candidate."""
        why = self._validator.refused[candidate.hash] if in_time else "executing it took longer than it may"
        what = f"candidate 0x{candidate.hash.hex()[:8]} of parachain {candidate.para}"
        self._observer.log(self._nodes[node], f"{what} refused: {why}")
