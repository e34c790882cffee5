"""Validators execute candidates: what they find, and how long it takes them."""

from __future__ import annotations

from dataclasses import dataclass, field

from simnet.network.topology import RELAY
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.candidates import Candidate
from simnet.providers.simulated.clock import MILLISECOND
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.observer import Observer
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.pvf import Validator, validation_code
from simnet.providers.simulated.relay_values import HostConfiguration
from simnet.providers.simulated.times import PREPARING, VALIDATING, Executed, Times
from simnet.runtime.host import refusal


@dataclass(eq=False)
class Validation:
    """``times`` draws what executing takes, ``preparing`` what compiling takes."""

    processes: Processes
    validator: Validator
    times: Times
    preparing: Times
    observer: Observer
    _prepared: dict[tuple[bytes, bool, int], str | None] = field(init=False, default_factory=dict)
    """Why a validation code cannot be prepared, None if it can be: by its hash and the limits that it is under."""
    _refused: dict[bytes, None] = field(init=False, default_factory=dict)
    """Candidates that some node executed and found invalid, and that were told as such."""

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

    def pre_check(self, node: int, code: bytes, block: ExecutedBlock) -> Executed:
        """When a validator that is asked now whether it can prepare a code knows, and whether it can, in the time that
        it may take. What it has prepared before stays prepared, what took longer is not; what it cannot compile it sees
        at once. The code is one that the chain of a block knows by its hash, and by that block go the limits."""
        prepared, now = self.processes.nodes[node].prepared, self.processes.clock.now
        limits = relay_state.host_configuration(block)
        if code in prepared:
            return Executed(max(now, prepared[code]), in_time=True)
        if self._refusal(node, code, block, limits) is not None:
            return Executed(now, in_time=False)
        takes, may = self.preparing.one(PREPARING), limits.pre_checking_timeout * MILLISECOND
        if takes > may:
            return Executed(now + may, in_time=False)
        prepared[code] = now + takes
        return Executed(prepared[code], in_time=True)

    def _refusal(self, node: int, code: bytes, block: ExecutedBlock, limits: HostConfiguration) -> str | None:
        """Why a code cannot be prepared, also in the node's log; None if it can be."""
        asked = code, limits.bulk_memory, limits.largest_code
        if asked not in self._prepared:
            self._prepared[asked] = refusal(
                validation_code(block, code), largest=limits.largest_code, bulk_memory=limits.bulk_memory
            )
        why = self._prepared[asked]
        if why is not None:
            self.observer.log(
                self.processes.nodes[node], f"validation code 0x{code.hex()[:8]} cannot be prepared: {why}"
            )
        return why

    def executed(self, node: int, candidate: Candidate, begin: int, timeout: int) -> Executed:
        """When a validator that has a candidate's proof at ``begin`` has executed it, which may take ``timeout``
        milliseconds. The first candidate of each validation code waits until that is compiled, and so do those that
        come meanwhile. Each of several blocks takes its time."""
        prepared, code = self.processes.nodes[node].prepared, candidate.code_hash
        if code not in prepared:
            prepared[code] = begin + self.preparing.one(PREPARING)
        takes = sum(self.times.one(VALIDATING) for _ in candidate.blocks)
        return Executed(max(begin, prepared[code]) + min(takes, timeout * MILLISECOND), takes <= timeout * MILLISECOND)

    def report_refused(self, node: int, candidate: Candidate, *, in_time: bool) -> None:
        """Writes in a node's log why it does not back a candidate."""
        why = self.validator.refused[candidate.hash] if in_time else "executing it took longer than it may"
        what = f"candidate 0x{candidate.hash.hex()[:8]} of parachain {candidate.para}"
        self.observer.log(self.processes.nodes[node], f"{what} refused: {why}")
