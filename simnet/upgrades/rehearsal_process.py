"""A process that runs rehearsals one after another: ``python -m simnet.upgrades.rehearsal_process``.

Each comes as a line of JSON on standard input; a line of JSON on standard output is what came of it. With the input the
process ends.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from pydantic import TypeAdapter

from simnet.errors import SimnetError
from simnet.providers.registry import provider_named
from simnet.rehearsal import Options
from simnet.scenario import Scenario
from simnet.upgrades.performing import perform
from simnet.upgrades.rehearsal_job import JobEnd, RehearsalJob


def _answer(job: RehearsalJob) -> JobEnd:
    try:
        scenario = Scenario.model_validate(job.scenario)
        options = Options(out=job.out, start_within=job.start_within)
        return JobEnd(performed=perform(scenario, provider_named(job.provider), options))
    except SimnetError as error:
        return JobEnd(error=str(error), exit_code=error.exit_code)


@contextmanager
def _answers() -> Iterator[IO[str]]:
    """Standard output, which nothing else that runs here writes to."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        yield out


def _main() -> None:
    jobs: TypeAdapter[Any] = TypeAdapter(RehearsalJob)
    answers: TypeAdapter[Any] = TypeAdapter(JobEnd)
    with _answers() as out:
        for line in sys.stdin:
            out.write(answers.dump_json(_answer(jobs.validate_json(line))).decode() + "\n")
            out.flush()


if __name__ == "__main__":
    _main()
