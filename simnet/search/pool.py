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
from dataclasses import dataclass, field
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

_TAIL = 1500
"""Bytes of what a dead worker said last that are told."""


@dataclass(frozen=True)
class Ended:
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

    def wait(self, seconds: float) -> list[Ended]:
        """Jobs that ended, as soon as there is one, or none after that time."""

    def close(self) -> None:
        """Ends all workers; what they had begun is lost."""


@dataclass
class _Worker:
    """A process and what it said so far."""

    job: Job
    process: subprocess.Popen[bytes]
    errors: IO[bytes]
    heard: float
    said: bytes = b""
    cases: int = field(default=0)


class Processes:
    """A process for each job, at most so many at a time. Signals that end a terminal's command do not reach them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._workers: dict[int, _Worker] = {}
        self._selector = selectors.DefaultSelector()

    @property
    def free(self) -> int:
        return self._most - len(self._workers)

    def under_way(self, *, shrinking: bool) -> int:
        jobs = [worker for worker in self._workers.values() if (worker.job.case != EXPLORE) == shrinking]
        return sum(worker.cases for worker in jobs)

    @property
    def pids(self) -> list[int]:
        """Of the processes that run."""
        return list(self._workers)

    def start(self, job: Job) -> None:
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the worker ended
        process = subprocess.Popen(
            [sys.executable, "-m", "simnet.search.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        worker = _Worker(job, process, errors, time.monotonic())
        self._workers[process.pid] = worker
        assert process.stdin is not None
        assert process.stdout is not None
        self._selector.register(process.stdout, selectors.EVENT_READ, worker)
        try:
            process.stdin.write(json.dumps(job.to_data()).encode() + b"\n")
            process.stdin.close()
        except BrokenPipeError:
            pass  # it died; its end is seen when its output ends

    def wait(self, seconds: float) -> list[Ended]:
        out: list[Ended] = []
        deadline = time.monotonic() + seconds
        while not out and self._workers:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            for key, _ in self._selector.select(left):
                worker: _Worker = key.data
                part = os.read(key.fd, 1 << 20)
                if part:
                    worker.heard = time.monotonic()
                    worker.said += part
                    worker.cases = worker.said.count(b"\n")
                else:
                    out.append(self._ended(worker))
            out += [self._ended(worker, silent=True) for worker in list(self._workers.values()) if _hangs(worker)]
        return out

    def _ended(self, worker: _Worker, *, silent: bool = False) -> Ended:
        process = worker.process
        if silent:
            process.kill()
        code = process.wait()
        self._forget(worker)
        worker.errors.seek(0)
        tail = worker.errors.read()[-_TAIL:].decode(errors="replace").strip()
        worker.errors.close()
        last = worker.said.rstrip(b"\n").rpartition(b"\n")[2]
        if code == 0 and last:
            return Ended(worker.job, json.loads(last))
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        if silent:
            how = f"said nothing for {SILENT + worker.job.patience:g} s and was ended"
        return Ended(worker.job, None, f"the worker {how}" + (f":\n{tail}" if tail else ""))

    def _forget(self, worker: _Worker) -> None:
        assert worker.process.stdout is not None
        self._selector.unregister(worker.process.stdout)
        worker.process.stdout.close()
        del self._workers[worker.process.pid]

    def close(self) -> None:
        for worker in self._workers.values():
            worker.process.terminate()
        for worker in list(self._workers.values()):
            try:
                worker.process.wait(_LAST)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
            self._forget(worker)
            worker.errors.close()
        self._selector.close()


def _hangs(worker: _Worker) -> bool:
    return time.monotonic() - worker.heard > SILENT + worker.job.patience


class Cluster:
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
        future = self._client.submit(do, job.to_data(), pure=False)
        self._jobs[future] = job
        future.add_done_callback(self._done.put)

    def wait(self, seconds: float) -> list[Ended]:
        try:
            return [self._ended(self._done.get(timeout=seconds))]
        except queue.Empty:
            return []

    def _ended(self, future: Future) -> Ended:
        job = self._jobs.pop(future)
        if future.status == "finished":
            result, death = future.result()
            return Ended(job, result, death)
        return Ended(job, None, f"Dask gave the job up: {future.exception()}")

    def close(self) -> None:
        self._client.cancel(list(self._jobs))
        self._client.close()


def do(job: dict[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
    """Does one job in a process of its own, since a worker's thread cannot fork: its result, or why it died."""
    pool = Processes(1)
    try:
        pool.start(Job.from_data(job))
        while True:
            for ended in pool.wait(60.0):
                return ended.result, ended.death
    finally:
        pool.close()
