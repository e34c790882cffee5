"""What a validator's PVF host knows of validation codes, and what it does when one is to be executed or checked.

Follows polkadot-node-core-pvf 36, host.rs. A host lives as long as its node's process: nodes delete what they compiled
when they start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from simnet.providers.simulated.clock import SECOND
from simnet.providers.simulated.cores import Cores
from simnet.providers.simulated.pvf_host._execute_queue import ExecuteJob, ExecuteQueue
from simnet.providers.simulated.pvf_host._prepare_queue import PrepareJob, PrepareQueue

COOLDOWN = 15 * 60 * SECOND
"""After a code could not be compiled in time, until that may be tried again (PREPARE_FAILURE_COOLDOWN)."""

RETRIES = 5
"""How often (NUM_PREPARE_RETRIES; nodes count the first failure too, and try again while there are no more)."""


@dataclass(eq=False, slots=True)
class _Code:
    """A validation code that was asked for."""

    state: Literal["preparing", "prepared", "failed"] = "preparing"
    checks: list[Callable[[bool], None]] = field(default_factory=list)
    """Who wants to know whether it can be compiled."""
    executions: list[ExecuteJob] = field(default_factory=list)
    """What waits for it."""
    failures: int = 0
    failed: int = 0
    """When it failed last."""


class PvfHost:
    """``now`` reads the clock, ``after`` has something done when so much time has passed, in nanoseconds."""

    def __init__(self, cores: Cores, now: Callable[[], int], after: Callable[[int, Callable[[], None]], None]) -> None:
        self._now = now
        self._executions = ExecuteQueue(cores, after)
        self._preparations = PrepareQueue(cores, after)
        self._codes: dict[bytes, _Code] = {}
        self._takes: dict[bytes, int] = {}
        """How long compiling each code takes, which is drawn when it is asked for first."""

    def prepared(self, code: bytes) -> bool:
        """Whether a code is compiled."""
        return code in self._codes and self._codes[code].state == "prepared"

    def expect(self, code: bytes, draw: Callable[[], int]) -> None:
        """Says that a code will be asked for; ``draw`` gives how long it takes, if that is not known."""
        if code not in self._takes:
            self._takes[code] = draw()

    def execute(self, code: bytes, execution: ExecuteJob, limit: int) -> None:
        """Has a candidate executed once its code is compiled, for which there may be ``limit`` of CPU time."""
        known = self._codes.get(code)
        if known is not None and known.state == "prepared":
            self._executions.add(execution)
        elif known is not None and known.state == "failed" and not self._may_retry(known):
            execution.done("not prepared")
        else:
            if known is None or known.state == "failed":
                known = self._prepare(code, limit, urgent=execution.kind in ("dispute", "approval"))
            known.executions.append(execution)

    def check(self, code: bytes, limit: int, done: Callable[[bool], None]) -> None:
        """Tells whether a code can be compiled with ``limit`` of CPU time, as soon as that is known. One that could not
        be is not tried again for that."""
        known = self._codes.get(code)
        if known is None:
            known = self._prepare(code, limit, urgent=False)
        if known.state == "preparing":
            known.checks.append(done)
        else:
            done(known.state == "prepared")

    def _may_retry(self, code: _Code) -> bool:
        return self._now() >= code.failed + COOLDOWN and code.failures <= RETRIES

    def _prepare(self, code: bytes, limit: int, *, urgent: bool) -> _Code:
        known = self._codes.setdefault(code, _Code())
        known.state = "preparing"
        takes = self._takes[code]

        def ended(in_time: bool) -> None:
            known.state = "prepared" if in_time else "failed"
            if not in_time:
                known.failures, known.failed = known.failures + 1, self._now()
                del self._takes[code]
            checks, executions = known.checks, known.executions
            known.checks, known.executions = [], []
            for done in checks:
                done(in_time)
            for execution in executions:
                if in_time:
                    self._executions.add(execution)
                else:
                    execution.done("not prepared")

        self._preparations.add(PrepareJob(takes, limit, urgent, ended))
        return known
