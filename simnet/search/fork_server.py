"""A network that stands at its barrier, from which every case goes on in a process of its own.

All cases of a space share network, load and seed, so what comes before the barrier t0 is the same in all of them. It is
simulated once, and each case is a fork of that process: the parent stays at the barrier, the child drives the case's
steps and schedule, judges, and sends back what it showed. Cases whose first fault comes later are forked later, from
:mod:`~simnet.search.checkpoints`. Such a case has the journal of a run from scratch, to the last byte, but that
candidates which it took for valid are called not judged.
"""

from __future__ import annotations

import gc
import os
import pickle
import select
import signal
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from simnet.checks import Status
from simnet.checks.verdict import Verdict, judge
from simnet.errors import SimnetError
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, Run, beginning, digests_of, drive, launch, plan_of
from simnet.scenario import Scenario
from simnet.scenario.save import save_scenario
from simnet.scratch import scratch_folder
from simnet.search.case_coverage import CaseCoverage, coverage_of
from simnet.search.checkpoints import (
    INTERVAL,
    CheckpointedTimeline,
    Checkpoints,
    CheckpointsLostError,
    first_fault,
    without_schedule,
)
from simnet.search.forking import end_with, fork
from simnet.search.trial import Trial

PATIENCE = 300.0
"""Seconds of real time that a case may take: a hundred times what ten simulated minutes of four validators take."""

SAMPLE = 16
"""One in so many candidates of honest collators is validated in a case: a search looks for schedules, and a fifth of
its time went into validating what the same runtime had just built. A run from scratch validates all."""

ATTEMPTS = 3
"""How often a case is run whose process is killed from outside, such as for lack of memory: what it would have shown
does not depend on that."""

_Result = tuple[Verdict, CaseCoverage]
_End = tuple[bytes | None, int]
"""What the process of a case told, None when it did not end in time, and its exit code."""


class ForkServer:
    """A context manager around the network of ``base``, launched when the first case needs it.

    A case with another network or seed than the one that stands has its own launched in its place. Use it from one
    thread, and from a process without other threads that hold locks. ``patience`` is in seconds of real time.
    """

    def __init__(
        self, base: Scenario, provider: SimulatedProvider | None = None, *, patience: float = PATIENCE
    ) -> None:
        self._base = base
        self._provider = provider or SimulatedProvider()
        self._patience = patience
        self._network: SimulatedNetwork | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._checkpoints: Checkpoints | None = None
        self._lost = False
        """Whether the checkpoints are lost, and all cases begin at the barrier."""

    def __enter__(self) -> ForkServer:
        self._launch()
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def run(self, scenario: Scenario, journal: Path | None = None) -> Trial:
        """Runs a case and judges it; ``journal`` is the file that its journal is written to, if it is wanted.

        A case that takes too long, or whose process ends however often it is run, is a trial whose verdict has the
        harness's failure. Raises
        :class:`~simnet.errors.SimnetError` when the case has a network of its own that cannot be launched.
        """
        begun = time.perf_counter()
        if (scenario.network, scenario.seed) != (self._base.network, self._base.seed):
            self._close()
            self._base = scenario
        network = self._network or self._launch()
        for _ in range(ATTEMPTS):
            deadline = time.monotonic() + self._patience
            told, ended = self._from_checkpoint(network, scenario, journal, deadline) or self._from_barrier(
                network, scenario, journal, deadline
            )
            killed = told == b"" and ended < 0
            if not killed:
                break
        verdict, coverage = _result(told, ended, self._patience)
        return Trial(scenario, verdict, coverage, time.perf_counter() - begun, killed=killed)

    def _from_barrier(
        self, network: SimulatedNetwork, scenario: Scenario, journal: Path | None, deadline: float
    ) -> _End:
        reader, writer = os.pipe()
        process = fork()
        if process == 0:
            os.close(reader)
            _tell(writer, network, scenario, self._provider, journal)
        os.close(writer)
        try:
            told = _read(reader, deadline)
        finally:
            os.close(reader)
            ended = _end(process)
        return told, ended

    def _from_checkpoint(
        self, network: SimulatedNetwork, scenario: Scenario, journal: Path | None, deadline: float
    ) -> _End | None:
        """None when the case is to begin at the barrier."""
        if first_fault(scenario.schedule) < INTERVAL or self._lost:
            return None
        assert self._folder is not None
        result = Path(self._folder.name, "result")
        if self._checkpoints is None:
            self._checkpoints = Checkpoints(
                network, without_schedule(scenario), lambda timeline: _play(timeline, self._provider, result)
            )
        if without_schedule(scenario) != self._checkpoints.scenario:
            return None
        result.unlink(missing_ok=True)
        try:
            intime, ended = self._checkpoints.run(scenario.schedule, journal, deadline)
        except CheckpointsLostError:
            self._lost = True
            return None
        if not intime:
            return None, ended
        return (result.read_bytes() if result.exists() else b""), ended

    def _launch(self) -> SimulatedNetwork:
        self._folder = scratch_folder("warm")
        out = Path(self._folder.name)
        try:
            run = Run(self._base, self._provider, out)
            network = launch(run, plan_of(self._base), self._provider, Options(out=out))
            assert isinstance(network, SimulatedNetwork)
            run.journal.continue_as(None, beginning(self._base, self._provider, run.id))
            network.simulation.validator.rest()
            network.simulation.validator.every = SAMPLE
        except BaseException:
            self._folder.cleanup()
            raise
        self._network = network
        # What is here now is in all children: collecting garbage in them need not look at it, nor copy its pages.
        gc.collect()
        gc.freeze()
        return network

    def _close(self) -> None:
        if self._checkpoints is not None:
            self._checkpoints.close()
            self._checkpoints = None
        self._lost = False
        if self._network is not None:
            self._network.close()
            self._network = None
            gc.unfreeze()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


# -- in the child ------------------------------------------------------------------------------------------------------


def _told(network: SimulatedNetwork, act: Callable[[], None], scenario: Callable[[], Scenario]) -> bytes:
    """Lets a case happen: what it showed, or the traceback of simnet's own failure."""
    error: str | None = None
    try:
        try:
            act()
        except SimnetError as raised:
            error = str(raised)
        digests = digests_of(scenario(), save_scenario(scenario())) if network.journal.stores else None
        outcome = "finished" if error is None else "failed"
        evidence = network.journal.end(outcome=outcome, error=error, digests=digests)
        return pickle.dumps((judge(evidence, scenario().checks), coverage_of(evidence)))
    except Exception:
        return pickle.dumps(traceback.format_exc())


def _tell(
    writer: int, network: SimulatedNetwork, scenario: Scenario, provider: SimulatedProvider, path: Path | None
) -> NoReturn:
    """Runs the case, writes what it showed, and ends the process."""

    def act() -> None:
        network.journal.continue_as(path, beginning(scenario, provider, network.run))
        drive(network, scenario, Options())

    def tell() -> None:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(_told(network, act, lambda: scenario))

    end_with(tell)


def _play(timeline: CheckpointedTimeline, provider: SimulatedProvider, result: Path) -> NoReturn:
    """Runs the timeline, which turns into a case on its way, writes what that showed, and ends the process."""
    network = timeline.network

    def adopt() -> None:
        network.journal.continue_as(timeline.journal, beginning(timeline.scenario, provider, network.run))

    def act() -> None:
        timeline.run()
        network.settle()

    timeline.adopt = adopt
    end_with(lambda: result.write_bytes(_told(network, act, lambda: timeline.scenario)))


# -- in the parent -----------------------------------------------------------------------------------------------------


def _read(reader: int, deadline: float) -> bytes | None:
    """All that the child wrote; None when it has not ended by the deadline."""
    poll = select.poll()
    poll.register(reader, select.POLLIN | select.POLLHUP)
    parts: list[bytes] = []
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            return None
        part = os.read(reader, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)


def _end(process: int) -> int:
    """Ends a child that still runs, and gives how it ended, as ``Popen.returncode`` does."""
    with suppress(ProcessLookupError):
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended == 0:
            os.kill(process, signal.SIGKILL)
            _, status = os.waitpid(process, 0)
        return os.waitstatus_to_exitcode(status)
    return 0


def _result(told: bytes | None, ended: int, patience: float) -> _Result:
    if told is None:
        return _failed(f"the case had not ended after {patience:g} s and was ended; run it by itself to see why")
    if not told:
        how = f"was ended by {signal.Signals(-ended).name}" if ended < 0 else f"ended with exit code {ended}"
        hint = ", perhaps for lack of memory" if ended == -signal.SIGKILL else ""
        return _failed(f"the process of the case {how}{hint}; run the case by itself to see more")
    result = pickle.loads(told)
    if isinstance(result, str):
        return _failed(f"simnet itself failed in this case:\n{result}")
    verdict, coverage = result
    return verdict, coverage


def _failed(why: str) -> _Result:
    return Verdict(Status.INCONCLUSIVE, (), harness_error=why), CaseCoverage()
