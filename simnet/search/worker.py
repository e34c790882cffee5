"""A process that does one job of a campaign: ``python -m simnet.search.worker``.

The job comes as a line of JSON on standard input. Every case that was run is an empty line on standard output, and the
last line there is the job's result. Whoever gave the job may die: the next line then ends this process.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from simnet.errors import SimnetError
from simnet.search.batch import Job, work


def main() -> None:
    """Does the job. What else is printed goes to standard error."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def tell(line: str) -> None:
        out.write(line + "\n")
        out.flush()

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # what it made is removed
    job = Job.from_data(json.loads(sys.stdin.readline()))
    try:
        tell(json.dumps(work(job, lambda: tell(""))))
    except BrokenPipeError:
        os._exit(1)  # nobody is left to tell
    except SimnetError as error:
        tell(json.dumps({"batch": job.batch, "error": str(error)}))


if __name__ == "__main__":
    main()
