"""What is read from the histograms of real nodes, and the worker that loses its jobs."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.node_load import Samples, line, quantile

WORKER = Path(__file__).parents[2] / "benchmarks" / "storm_image" / "polkadot-execute-worker"
REAL = """#!/bin/sh
echo "$1" >"$OUT/args"
while :; do
    sleep 60 &
    echo $! >"$OUT/job.new"; mv "$OUT/job.new" "$OUT/job"
    wait $!
    echo $? >>"$OUT/ended"
done
"""
"""A worker whose jobs are processes that take a minute."""


def node(*counts: int) -> Samples:
    edges = ("0.1", "0.2", "0.4", "+Inf")
    buckets = {f'time_bucket{{chain="x",le="{edge}"}}': float(n) for edge, n in zip(edges, counts, strict=True)}
    return {**buckets, 'time_sum{chain="x"}': 0.15 * counts[-1], "other_sum": 9.0, 'other_bucket{le="+Inf"}': 9.0}


def test_histograms_of_all_nodes_are_one() -> None:
    told = line([node(0, 6, 10, 10), node(0, 4, 10, 10)], "time", None)
    assert told == "   20 times, mean   0.150 s; 5, 50, 95 %: 0.110, 0.200, 0.380 s"


def test_a_histogram_without_samples_is_told() -> None:
    assert line([node(0, 0, 0, 0)], "time", None) == "none"


def test_what_is_beyond_the_last_edge_is_told_as_that() -> None:
    assert quantile([(0.1, 0.0), (0.2, 1.0), (float("inf"), 10.0)], 0.5) == 0.2


def until(state: Callable[[], bool]) -> None:
    """Waits for a state of the worker for a while."""
    deadline = time.monotonic() + 20
    while not state():
        assert time.monotonic() < deadline, "the worker did not come so far"
        time.sleep(0.01)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc")
def test_a_worker_loses_its_jobs_while_the_file_is_there_and_only_then(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_text(REAL)
    real.chmod(0o755)
    storm, job, ended = tmp_path / "storm", tmp_path / "job", tmp_path / "ended"
    env = {**os.environ, "REAL_WORKER": str(real), "STORM_FILE": str(storm), "OUT": str(tmp_path)}
    worker = subprocess.Popen([WORKER, "execute-worker", "--more"], env=env, start_new_session=True)
    try:
        until(job.exists)
        first = job.read_text()
        assert (tmp_path / "args").read_text() == "execute-worker\n"
        storm.touch()
        until(lambda: ended.exists() and len(ended.read_text().split()) >= 3)
        assert set(ended.read_text().split()) == {str(128 + signal.SIGKILL)}
        storm.unlink()
        until(lambda: _stands(job))
        assert job.read_text() != first
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def _stands(job: Path) -> bool:
    """Whether the job that runs now still does a little later."""
    before = job.read_text()
    time.sleep(0.3)
    return job.read_text() == before


def test_a_worker_that_is_asked_for_its_version_is_the_real_one(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_text('#!/bin/sh\necho "version of $1"\n')
    real.chmod(0o755)
    env = {**os.environ, "REAL_WORKER": str(real)}
    told = subprocess.run([WORKER, "--version"], env=env, capture_output=True, text=True, check=True)
    assert told.stdout == "version of --version\n"
