"""Workers do job after job, and survive what happens to the process of one."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simnet.search.batch import EXPLORE, Job
from simnet.search.plan import SearchPlan
from simnet.search.pool import FinishedJob, WorkerProcesses
from tests.search.small_searches import space

PLAN = SearchPlan(space=space(), seed=1, schedules=None, batch=2)
JOB = Job(plan=PLAN, batch=0)
WITHIN = 60.0
"""Seconds that any of these takes at most."""


@pytest.fixture
def pool() -> Iterator[WorkerProcesses]:
    one = WorkerProcesses(1)
    yield one
    one.close()


def children(process: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def lives(process: int) -> bool:
    """Whether it runs; one that ended may wait for someone to ask how."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def soon(state: Callable[[], Any], pool: WorkerProcesses) -> Any:
    """What a state gives once it is true, looked at while the pool works."""
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        if found := state():
            return found
        assert not pool.wait(0.02), "the job ended too early"
    raise AssertionError("that state never came")


def end(pool: WorkerProcesses) -> FinishedJob:
    (ended,) = pool.wait(WITHIN)
    return ended


def of(ended: FinishedJob) -> dict[str, Any]:
    assert ended.result is not None, ended.death
    return {**ended.result, "seconds": 0}


def test_one_worker_does_job_after_job(pool: WorkerProcesses) -> None:
    pool.start(JOB)
    assert pool.free == 0
    (worker,) = pool.pids
    assert soon(lambda: pool.under_way(shrinking=False), pool) == 1
    assert pool.under_way(shrinking=True) == 0
    first = of(end(pool))
    assert first["cases"] == 2
    assert (pool.free, pool.pids, pool.under_way(shrinking=False)) == (1, [], 0)
    pool.start(JOB)
    assert pool.pids == [worker]
    assert of(end(pool)) == first


def test_a_job_whose_process_is_killed_is_told_and_the_worker_goes_on(pool: WorkerProcesses) -> None:
    pool.start(JOB)
    (worker,) = pool.pids
    soon(lambda: pool.under_way(shrinking=False), pool)
    os.kill(children(worker)[0], signal.SIGKILL)
    ended = end(pool)
    assert (ended.job, ended.result, ended.death) == (JOB, None, "the worker was ended by SIGKILL")
    pool.start(JOB)
    assert pool.pids == [worker]
    assert of(end(pool))["cases"] == 2


@pytest.mark.parametrize("busy", [True, False])
def test_another_worker_takes_the_place_of_one_that_is_killed(pool: WorkerProcesses, busy: bool) -> None:
    pool.start(JOB)
    (worker,) = pool.pids
    (job,) = soon(lambda: children(worker), pool)
    if not busy:
        assert of(end(pool))
    os.kill(worker, signal.SIGKILL)
    if not busy:
        pool.start(JOB)
    assert end(pool).death == "the worker was ended by SIGKILL"
    pool.start(JOB)
    assert pool.pids != [worker]
    assert soon(lambda: not lives(job), pool), "it ends with its worker"
    assert of(end(pool))["cases"] == 2


def test_what_a_job_printed_last_is_told_of_its_own_death(
    pool: WorkerProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool.start(Job(plan=PLAN.model_copy(update={"batch": 1}), batch=0))
    assert of(end(pool))
    monkeypatch.setattr(Job, "model_dump_json", lambda _: '{"plan": null}')
    pool.start(JOB)
    death = end(pool).death
    assert death is not None
    assert death.startswith("the worker ended with exit code 1:\nTraceback")


def test_jobs_that_are_given_up_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    pool = WorkerProcesses(1)
    pool.start(JOB)
    (worker,) = pool.pids
    soon(lambda: list(tmp_path.glob("simnet-warm-*")), pool)
    below = [worker, *children(worker)]
    pool.close()
    assert not list(tmp_path.iterdir())
    assert not any(map(lives, below))


def test_a_case_to_shrink_counts_as_such(pool: WorkerProcesses) -> None:
    stop = {"stop": {"targets": ["bob"]}, "at": "20s", "for": "30s"}
    job = Job(plan=PLAN, batch=0, case=1, first=[stop], name="finality_lag at_most=1")
    assert job.case != EXPLORE
    pool.start(job)
    assert soon(lambda: pool.under_way(shrinking=True), pool)
    assert pool.under_way(shrinking=False) == 0
    assert of(end(pool))["repeated"]
