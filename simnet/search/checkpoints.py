"""Processes that stand along the run of a case without faults, from which cases go on whose first fault comes later.

Up to its first fault every case of a space is the same run. A checkpoint is a process that has simulated it up to a
moment and stands there; a case is a fork of the last checkpoint before its first fault. Each checkpoint is the child of
the one before it, made when the first case wants it, and ends with it.
"""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal, NoReturn

from simnet.errors import SimnetError
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.scenario import Scenario, WindowSpec
from simnet.scenario.timeline import POLL, Timeline
from simnet.search.forking import fork

INTERVAL = 30.0
"""Simulated seconds from checkpoint to checkpoint."""

CHECKPOINTS = 20
"""Checkpoints of a run at most: with :data:`INTERVAL` they reach as far as cases last unless told otherwise."""

WindowSpecs = tuple[WindowSpec, ...]
Request = tuple[WindowSpecs, Path | None] | Literal["next", "end"]
"""What a checkpoint is asked: to run the case with a schedule and write its journal, to make the next checkpoint, to
end."""


def without_schedule(scenario: Scenario) -> Scenario:
    """The scenario without its schedule."""
    return scenario.model_copy(update={"schedule": ()})


def first_fault(schedule: WindowSpecs) -> float:
    """Seconds from t0 up to which a case is surely the run without faults."""
    moments = [window.at for window in schedule]
    if not moments or any(one.session is not None or one.span.seconds is None for one in moments):
        return 0.0
    return min(one.span.seconds or 0.0 for one in moments)


class CheckpointsLostError(SimnetError):
    """A process along the run ended or hung; cases can begin at the barrier still."""


class Checkpoints:
    """The checkpoints of one scenario, on a network that stands at its barrier; none of them is made yet.

    ``play`` runs the timeline that it is given, tells what the case showed, and ends the process.
    """

    def __init__(
        self, network: SimulatedNetwork, scenario: Scenario, play: Callable[[CheckpointedTimeline], NoReturn]
    ) -> None:
        self.scenario = scenario
        pairs = [(number * INTERVAL, *Pipe()) for number in range(1, CHECKPOINTS + 1)]
        self._calls = [(moment, ours) for moment, ours, _ in pairs]
        self._made = 0
        self._lost = False
        self._first = fork()
        if self._first == 0:
            for _, ours in self._calls:
                ours.close()
            play(CheckpointedTimeline(network, scenario, [(moment, theirs) for moment, _, theirs in pairs]))
        for _, _, theirs in pairs:
            theirs.close()

    def run(self, schedule: WindowSpecs, journal: Path | None, deadline: float) -> tuple[bool, int]:
        """Has the last checkpoint before the first fault, which is not before the first checkpoint, run a case: whether
        it ended before the ``deadline`` of ``time.monotonic``, and the exit code of its process.

        Raises :class:`CheckpointsLostError`.
        """
        wanted = sum(moment <= first_fault(schedule) for moment, _ in self._calls)
        try:
            while self._made < wanted:
                if self._made:
                    self._calls[self._made - 1][1].send("next")
                self._answer(self._made, deadline)
                self._made += 1
            calls = self._calls[wanted - 1][1]
            calls.send((schedule, journal))
            child = self._answer(wanted - 1, deadline)
            intime = calls.poll(max(0.0, deadline - time.monotonic()))
            if not intime:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            ended: int = calls.recv()
        except (EOFError, OSError) as error:
            self._lost = True
            raise CheckpointsLostError(f"a checkpoint ended: {error}") from error
        return intime, ended

    def _answer(self, checkpoint: int, deadline: float) -> int:
        calls = self._calls[checkpoint][1]
        if not calls.poll(max(0.0, deadline - time.monotonic())):
            raise TimeoutError(f"checkpoint {checkpoint} did not answer in time")
        answer: int = calls.recv()
        return answer

    def close(self) -> None:
        """Ends the checkpoints, the last first, so that each is waited for by the one that made it."""
        try:
            for _, calls in reversed(self._calls[: self._made]):
                calls.send("end")
        except OSError:
            self._lost = True
        if self._lost or self._made == 0:  # with the first all end
            with suppress(ProcessLookupError):
                os.kill(self._first, signal.SIGKILL)
        os.waitpid(self._first, 0)
        for _, calls in self._calls:
            calls.close()


class CheckpointedTimeline(Timeline):
    """The timeline of a run without faults that stands at checkpoints, until a fork of it turns into a case."""

    network: SimulatedNetwork

    def __init__(
        self, network: SimulatedNetwork, scenario: Scenario, checkpoints: Iterable[tuple[float, Connection]]
    ) -> None:
        super().__init__(network, scenario)
        self.journal: Path | None = None
        """Of the case."""
        self.adopt: Callable[[], None] = lambda: None
        """Called in the fork that turns into a case."""
        self._checkpoints = list(checkpoints)

    def _begin(self) -> None:
        """Looks when the windows of a case would, since waits look at their states then as well."""
        self.network.at(self.network.now(), self._look)

    def _look(self) -> None:
        t0 = self.network.evidence.t0 or 0.0
        if self._checkpoints and self.network.now() + POLL >= t0 + self._checkpoints[0][0]:
            self._wait_for_requests(self._checkpoints.pop(0)[1])
        if self.scenario.schedule:
            self._open_at(self.scenario.schedule)
        else:
            self.network.at(self.network.now() + POLL, self._look)

    def _wait_for_requests(self, calls: Connection) -> None:
        """Answers calls, each by a fork that returns from here to be the case or the next checkpoint. The process
        itself ends here."""
        self.network.simulation.validator.rest()
        gc.freeze()
        calls.send(0)
        following: int | None = None
        while True:
            call: Request = calls.recv()
            if call == "end":
                break
            child = fork()
            if child == 0:
                calls.close()
                if call != "next":
                    schedule, self.journal = call
                    self.scenario = self.scenario.model_copy(update={"schedule": schedule})
                    self.adopt()
                return
            if call == "next":
                following = child
                for _, later in self._checkpoints:
                    later.close()
            else:
                calls.send(child)
                calls.send(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        if following is not None:
            os.waitpid(following, 0)
        os._exit(0)
