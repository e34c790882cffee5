"""A process that has jobs of a campaign done, one after another: ``python -m simnet.search.worker``.

Each job comes as a line of JSON on standard input and is done by a fork of this process, so that it finds simnet
imported and runtimes compiled, and nothing that another job left. On standard output every case that was run is an
empty line, a line of JSON is the job's result, and ``ended`` with the exit code of its process is its end.

Whoever gives jobs may die: the next line that nobody takes then ends the job, and with the input this process ends.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

from simnet.errors import SimnetError
from simnet.network.topology import Chain, Topology
from simnet.runtime.bundled import runtime_code
from simnet.runtime.host import Host
from simnet.search.batch import Job, work
from simnet.search.forking import fork
from simnet.search.pool import ENDED

WriteLine = Callable[[str], None]


class Worker:
    """Has jobs done; ``write_line`` takes the lines for whoever gave them."""

    def __init__(self, write_line: WriteLine) -> None:
        self._write_line = write_line
        self._child: int | None = None
        self._ending = False
        self._loaded: tuple[Chain, ...] = ()
        signal.signal(signal.SIGTERM, self._end)

    def do(self, job: Job) -> None:
        """Returns when the job has ended, however it did."""
        self._load(job.plan.space.base.topology)
        with _unbroken():
            child = fork()
            if child == 0:
                _work(job, self._write_line)
            self._child = child
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        self._child = None
        if self._ending:
            sys.exit(128 + signal.SIGTERM)
        self._write_line(f"\n{ENDED} {code}")  # the last line of one that was killed may lack its end

    def _load(self, topology: Topology) -> None:
        """Loads what every job on this network loads, compiled with all cores if it never was. What is wrong with it is
        for the job to tell."""
        chains = (topology.relay, *topology.parachains)
        if chains == self._loaded:
            return
        self._loaded = chains
        with suppress(SimnetError):
            host = Host()
            for chain in chains:
                if chain.spec_file is None:
                    host.runtime(runtime_code(chain))
        gc.collect()
        gc.freeze()

    def _end(self, *_: object) -> None:
        """SIGTERM: the job removes what it made, then this process ends as well."""
        if self._child is None:
            sys.exit(128 + signal.SIGTERM)
        self._ending = True
        with suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGTERM)


@contextmanager
def _unbroken() -> Iterator[None]:
    """Within, SIGTERM waits."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def _work(job: Job, write_line: WriteLine) -> NoReturn:
    """Does the job and ends the process."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # what it made is removed
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    code = 1
    try:
        try:
            write_line(json.dumps(work(job, lambda: write_line(""))))
        except SimnetError as error:
            write_line(json.dumps({"batch": job.batch, "error": str(error)}))
        code = 0
    except SystemExit:
        code = 128 + signal.SIGTERM
    except BrokenPipeError:
        pass  # nobody is left to tell
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def main() -> None:
    """Has jobs done until there are no more. What they print goes to standard error."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def write_line(line: str) -> None:
        out.write(line + "\n")
        out.flush()

    worker = Worker(write_line)
    with suppress(BrokenPipeError):
        for line in sys.stdin:
            worker.do(Job.model_validate_json(line))


if __name__ == "__main__":
    main()
