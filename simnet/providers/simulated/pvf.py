"""Validation of candidates: the parachain's own ``validate_block`` on the candidate's proof, once for all validators.

It runs in a second thread beside the simulation, which waits for the verdict only when a validator needs it; the
verdict depends on nothing but the candidate, so this changes no run.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Literal

from simnet.codec import map_key, read_bytes, read_compact, u32, vec_bytes
from simnet.errors import HostError, RuntimeTrap, SimnetError
from simnet.journal.records import CandidateJudged
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.candidates import Candidate
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.relay_values import HostConfiguration
from simnet.runtime.host import VALIDATION, Heap, Host

_STACK_AND_DATA = 32
"""Pages that validation code has beside what MaxMemoryPages gives it (DEFAULT_HEAP_PAGES_ESTIMATE)."""

_TRUSTED: Future[str | None] = Future()
_TRUSTED.set_result(None)
"""The verdict on a candidate that was not judged."""


class Validator:
    """Judges candidates. ``refused`` has the reason for each that is invalid."""

    def __init__(self) -> None:
        self._host: Host | None = None
        """Of the one thread, and of the next one when that has ended."""
        self._pool = self._thread()
        self._verdicts: dict[bytes, Future[str | None]] = {}
        self._codes: dict[bytes, bytes] = {}
        """Validation code by its hash: reading and hashing a megabyte takes longer than some candidates do."""
        self.refused: dict[bytes, str] = {}
        self.every = 1
        """Of candidates that honest collators made, one in so many is judged, beside the first of each code."""
        self.offered = 0
        self.judged = 0
        self.seconds = 0.0
        """Time spent in ``validate_block``."""

    def judge(self, candidate: Candidate, pov: bytes, *, doubtful: bool = False) -> None:
        """Begins to judge a candidate by its validation code, which the relay chain has.

        Where samples suffice, those that are not ``doubtful`` are taken for valid.
        """
        self.offered += 1
        code_hash = candidate.code_hash
        if not doubtful and code_hash in self._codes and self.offered % self.every:
            self._verdicts[candidate.hash] = _TRUSTED
            return
        if code_hash not in self._codes:
            self._codes[code_hash] = validation_code(candidate.relay_parent, code_hash)
        code = self._codes[code_hash]
        root = bytes.fromhex(candidate.relay_parent.decoded().state_root[2:])
        params = vec_bytes(candidate.parent.header) + vec_bytes(pov) + u32(candidate.relay_parent.number) + root
        limits = relay_state.host_configuration(candidate.relay_parent)
        self._verdicts[candidate.hash] = self._pool.submit(self._run, code, params, candidate, limits)
        self.judged += 1

    def verdict(self, candidate: bytes) -> bool:
        """Whether a candidate that is being judged is valid; waits for it."""
        why = self._verdicts[candidate].result()
        if why is not None:
            self.refused[candidate] = why
        return why is None

    def judgement(self, para: int, candidate: bytes, *, included: bool) -> CandidateJudged:
        """What is known of a parachain's candidate; waits for it where it is being judged."""
        word: Literal["valid", "refused", "not judged"] = "not judged"
        why = None
        if self._verdicts.get(candidate, _TRUSTED) is not _TRUSTED:
            word = "valid" if self.verdict(candidate) else "refused"
            why = None if word == "valid" else self.refused[candidate].splitlines()[-1]
        return CandidateJudged(para=para, candidate="0x" + candidate.hex(), judged=word, why=why, included=included)

    def rest(self) -> None:
        """Waits until all that was to be judged is, and ends the thread; the next candidate starts another.

        For a process that is about to fork: threads do not survive it, and what they hold stays held.
        """
        self._pool.shutdown(wait=True)
        self._pool = self._thread()

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _thread(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="pvf", initializer=self._begin)

    def _begin(self) -> None:
        if self._host is None:
            self._host = Host()
        else:
            self._host.take_over()

    def _run(self, code: bytes, params: bytes, candidate: Candidate, limits: HostConfiguration) -> str | None:
        assert self._host is not None
        start = time.perf_counter()
        pages = limits.memory_pages
        heap = VALIDATION if pages is None else Heap(most=_STACK_AND_DATA + pages)
        owners = (f"parachain {candidate.para}",)
        try:
            result = self._host.run(code, "validate_block", params, heap, values=limits.stack_values, owners=owners)
        except (RuntimeTrap, HostError) as error:
            return str(error)
        finally:
            self.seconds += time.perf_counter() - start
        if result != _expected(candidate):
            return "validate_block commits to something else than the collator did"
        return None


def _expected(candidate: Candidate) -> bytes:
    """ValidationResult from the commitments, which have the same fields in another order: upward messages,
    horizontal messages, new code, head, processed downward messages, watermark."""
    data = candidate.commitments
    messages = _after_vector(data, _after_vector(data, 0, prefix=0), prefix=4)
    code = read_bytes(data, messages + 1)[1] if data[messages] else messages + 1
    _, head = read_bytes(data, code)
    return data[code:head] + data[messages:code] + data[:messages] + data[head:]


def _after_vector(data: bytes, offset: int, *, prefix: int) -> int:
    """The offset behind a vector of messages; ``prefix`` bytes stand before each one's content."""
    count, offset = read_compact(data, offset)
    for _ in range(count):
        _, offset = read_bytes(data, offset + prefix)
    return offset


def validation_code(relay_block: ExecutedBlock, code_hash: bytes) -> bytes:
    """Validation code that the relay chain knows by its hash."""
    raw = relay_block.state.get(map_key("Paras", "CodeByHash", code_hash))
    if raw is None:
        raise SimnetError(f"the relay chain has no validation code 0x{code_hash.hex()}")
    return read_bytes(raw, 0)[0]
