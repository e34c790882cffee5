"""Rehearsals in processes of this machine, as many at a time as it has cores."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, Self

from pydantic import TypeAdapter

from simnet.exit_codes import ExitCode
from simnet.upgrades.rehearsal_job import JobEnd, RehearsalJob

_LAST = 5.0
"""Seconds that a process has to end before it is killed."""

_TAIL = 1500
"""Bytes of what a dead process said last that are told."""


@dataclass(frozen=True)
class _RehearsalProcess:
    process: subprocess.Popen[bytes]
    errors: IO[bytes]

    def do(self, job: RehearsalJob) -> JobEnd:
        """Has it run a rehearsal, and waits for it."""
        jobs: TypeAdapter[Any] = TypeAdapter(RehearsalJob)
        answers: TypeAdapter[Any] = TypeAdapter(JobEnd)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(BrokenPipeError):  # it died, which its output's end tells
            self.process.stdin.write(jobs.dump_json(job) + b"\n")
            self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line.endswith(b"\n"):
            return JobEnd(error=self._death(), exit_code=ExitCode.HARNESS_FAILED)
        answer: JobEnd = answers.validate_json(line)
        return answer

    def _death(self) -> str:
        code = self.process.wait()
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        size = os.fstat(self.errors.fileno()).st_size
        tail = os.pread(self.errors.fileno(), _TAIL, max(0, size - _TAIL)).decode(errors="replace").strip()
        return f"its process {how}" + (f": {tail}" if tail else "")

    def end(self) -> None:
        """Ends it, whatever it does."""
        self.process.terminate()
        try:
            self.process.wait(_LAST)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            with suppress(BrokenPipeError):
                if stream is not None:
                    stream.close()


class RehearsalProcesses:
    """Processes that run rehearsals, from when they are made until the context ends; signals that end a terminal's
    command do not reach them. ``most`` is how many rehearsals will be asked for."""

    def __init__(self, most: int) -> None:
        count = max(1, min(most, len(os.sched_getaffinity(0))))
        self._all = [_begun() for _ in range(count)]
        self._idle: queue.SimpleQueue[_RehearsalProcess] = queue.SimpleQueue()
        for one in self._all:
            self._idle.put(one)
        self._threads = ThreadPoolExecutor(count)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for one in self._all:
            one.end()
        self._threads.shutdown(cancel_futures=True)

    def begin(self, jobs: Sequence[RehearsalJob]) -> list[Future[JobEnd]]:
        """Has rehearsals run, the first ones first."""
        return [self._threads.submit(self._do, job) for job in jobs]

    def _do(self, job: RehearsalJob) -> JobEnd:
        process = self._idle.get()
        answer = process.do(job)
        if process.process.poll() is not None:
            process = _begun()
            self._all.append(process)
        self._idle.put(process)
        return answer


def _begun() -> _RehearsalProcess:
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process ended
    command = [sys.executable, "-m", "simnet.upgrades.rehearsal_process"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
    )
    return _RehearsalProcess(process, errors)
