"""Where jobs of a campaign are done: in processes of this machine, or on a Dask cluster."""

from __future__ import annotations

import json
import os
import queue
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Protocol

from simnet.errors import EngineError, InputError
from simnet.search.batch import EXPLORE, Job

if TYPE_CHECKING:
    from distributed import Client, Future

SILENT = 600.0
"""Seconds beside the time of one case in which a worker says nothing, after which it hangs: a launch compiles runtimes
for half a minute on an idle machine."""

_LAST = 5.0
"""Seconds that a worker has to remove what it made before it is killed."""

ENDED = "ended"
"""How the line of a worker begins that tells the exit code of a job's process."""

_TAIL = 1500
"""Bytes of what a dead worker said last that are told."""


@dataclass(frozen=True)
class FinishedJob:
    """A job that is over: with a result, or with why its worker died."""

    job: Job
    result: dict[str, Any] | None
    death: str | None = None


class Pool(Protocol):
    """Workers. A job given to :meth:`start` comes back from :meth:`wait` once."""

    @property
    def free(self) -> int:
        """How many more jobs would begin at once."""

    def under_way(self, *, shrinking: bool) -> int:
        """Cases that were run in jobs that are not over, as far as it is known."""

    def start(self, job: Job) -> None:
        """Begins a job."""

    def wait(self, seconds: float) -> list[FinishedJob]:
        """Jobs that ended, as soon as there is one, or none after that time."""

    def close(self) -> None:
        """Ends all workers; what they had begun is lost."""


@dataclass
class _Worker:
    """A process that does jobs, and what it said of the one that it does now, if any."""

    process: subprocess.Popen[bytes]
    errors: IO[bytes]
    job: Job | None = None
    heard: float = 0.0
    said: bytes = b""
    """The beginning of a line."""
    result: bytes = b""
    cases: int = 0
    printed: int = 0
    """Bytes of errors that earlier jobs printed."""

    def begin(self, job: Job) -> None:
        """Gives it a job."""
        assert self.process.stdin is not None
        self.job, self.heard = job, time.monotonic()
        self.said, self.result, self.cases = b"", b"", 0
        self.printed = os.fstat(self.errors.fileno()).st_size
        with suppress(BrokenPipeError):  # it died; its end is seen when its output ends
            self.process.stdin.write(job.model_dump_json().encode() + b"\n")
            self.process.stdin.flush()

    def hear(self, part: bytes) -> int | None:
        """Takes what it said; the exit code of its job's process if the job is over."""
        self.heard = time.monotonic()
        *lines, self.said = (self.said + part).split(b"\n")
        for line in lines:
            if line.startswith(ENDED.encode()):
                return int(line.removeprefix(ENDED.encode()))
            self.cases += not line
            self.result = line or self.result
        return None

    def hangs(self) -> bool:
        return self.job is not None and time.monotonic() - self.heard > SILENT + self.job.plan.patience

    def ended(self, code: int, how: str | None = None) -> FinishedJob:
        """Its job is over, with the exit code of the process that did it."""
        job, self.job = self.job, None
        assert job is not None
        if code == 0 and self.result:
            return FinishedJob(job, json.loads(self.result))
        how = how or (f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}")
        size = os.fstat(self.errors.fileno()).st_size
        last = os.pread(self.errors.fileno(), _TAIL, max(self.printed, size - _TAIL))
        tail = last.decode(errors="replace").strip()
        return FinishedJob(job, None, f"the worker {how}" + (f":\n{tail}" if tail else ""))


class WorkerProcesses(Pool):
    """Workers of this machine, at most so many. Signals that end a terminal's command do not reach them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._workers: dict[int, _Worker] = {}
        self._selector = selectors.DefaultSelector()

    def _busy(self) -> list[_Worker]:
        return [worker for worker in self._workers.values() if worker.job is not None]

    @property
    def free(self) -> int:
        return self._limit - len(self._busy())

    def under_way(self, *, shrinking: bool) -> int:
        return sum(one.cases for one in self._busy() if one.job and (one.job.case != EXPLORE) == shrinking)

    @property
    def pids(self) -> list[int]:
        """Of the workers that do a job."""
        return [worker.process.pid for worker in self._busy()]

    def start(self, job: Job) -> None:
        idle = [worker for worker in self._workers.values() if worker.job is None]
        worker = idle[0] if idle else self._new()
        worker.begin(job)

    def _new(self) -> _Worker:
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the worker ended
        process = subprocess.Popen(
            [sys.executable, "-m", "simnet.search.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        assert process.stdout is not None
        worker = self._workers[process.pid] = _Worker(process, errors)
        self._selector.register(process.stdout, selectors.EVENT_READ, worker)
        return worker

    def wait(self, seconds: float) -> list[FinishedJob]:
        out: list[FinishedJob] = []
        deadline = time.monotonic() + seconds
        while not out and self._busy():
            left = deadline - time.monotonic()
            if left <= 0:
                break
            for key, _ in self._selector.select(left):
                worker: _Worker = key.data
                part = os.read(key.fd, 1 << 20)
                code = worker.hear(part) if part else self._end(worker)
                if code is not None and worker.job is not None:
                    out.append(worker.ended(code))
                if not part:
                    worker.errors.close()
            for worker in [one for one in self._busy() if one.hangs()]:
                assert worker.job is not None
                how = f"said nothing for {SILENT + worker.job.plan.patience:g} s and was ended"
                out.append(worker.ended(self._end(worker, kill=True), how))
                worker.errors.close()
        return out

    def _end(self, worker: _Worker, *, kill: bool = False) -> int:
        """Forgets a worker whose output ended, or that is to be killed; its exit code."""
        process = worker.process
        if kill:
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        assert process.stdin is not None
        assert process.stdout is not None
        self._selector.unregister(process.stdout)
        process.stdout.close()
        with suppress(BrokenPipeError):
            process.stdin.close()
        del self._workers[process.pid]
        return code

    def close(self) -> None:
        for worker in self._workers.values():
            worker.process.terminate()
        for worker in list(self._workers.values()):
            try:
                worker.process.wait(_LAST)
            except subprocess.TimeoutExpired:
                os.killpg(worker.process.pid, signal.SIGKILL)
            self._end(worker)
            worker.errors.close()
        self._selector.close()


class DaskCluster(Pool):
    """The workers of a Dask cluster: a job for each of their threads, each in a process of its own there.

    simnet of the same version must be installed there, and files that a network names must be at the same places.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client  # noqa: PLC0415 - an extra that few have
        except ImportError:
            raise InputError("--dask needs Dask; install it with `pip install 'polkadot-simnet[dask]'`") from None
        try:
            self._client: Client = Client(address, set_as_default=False)
        except (OSError, ValueError) as error:
            raise EngineError(f"no Dask scheduler answers at {address}: {error}") from error
        self._jobs: dict[Future, Job] = {}
        self._done: queue.Queue[Future] = queue.Queue()

    @property
    def free(self) -> int:
        threads = sum(worker["nthreads"] for worker in self._client.scheduler_info(n_workers=-1)["workers"].values())
        return int(threads) - len(self._jobs)

    def under_way(self, *, shrinking: bool) -> int:
        return 0  # a cluster tells of jobs only when they are over

    def start(self, job: Job) -> None:
        future = self._client.submit(do, job.model_dump(mode="json"), pure=False)
        self._jobs[future] = job
        future.add_done_callback(self._done.put)

    def wait(self, seconds: float) -> list[FinishedJob]:
        try:
            return [self._ended(self._done.get(timeout=seconds))]
        except queue.Empty:
            return []

    def _ended(self, future: Future) -> FinishedJob:
        job = self._jobs.pop(future)
        if future.status == "finished":
            result, death = future.result()
            return FinishedJob(job, result, death)
        return FinishedJob(job, None, f"Dask gave the job up: {future.exception()}")

    def close(self) -> None:
        self._client.cancel(list(self._jobs))
        self._client.close()


def do(job: dict[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
    """Does one job in a process of its own, since a worker's thread cannot fork: its result, or why it died."""
    pool = WorkerProcesses(1)
    try:
        pool.start(Job.model_validate(job))
        while True:
            for ended in pool.wait(60.0):
                return ended.result, ended.death
    finally:
        pool.close()
