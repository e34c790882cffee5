"""Campaigns give the same whoever works on them, in whatever order, however they were stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from simnet.errors import InputError, SimnetError
from simnet.search.batch import EXPLORE, Job
from simnet.search.bundle import read_bundle
from simnet.search.campaign import BATCHES_FILE, CAMPAIGN_FILE, DEATHS, Campaign
from simnet.search.corpus import MOST_SHRUNK, Corpus
from simnet.search.plan import SearchPlan, drawn, search_plan
from simnet.search.pool import FinishedJob, WorkerProcesses
from tests.search.small_searches import space, texts

ROOT = Path(__file__).parents[2]
PLAN = SearchPlan(space=space(), seed=1, schedules=4, batch=2)


def outcome(folder: Path) -> dict[str, Any]:
    """All that a campaign found: its results without the time that they took, and every file of its corpus."""
    lines = [json.loads(line) for line in (folder / BATCHES_FILE).read_text().splitlines()]
    results = {(line["batch"], line.get("case", EXPLORE)): {**line, "seconds": 0} for line in lines}
    return {"results": results, "corpus": texts(folder / "corpus"), "coverage": (folder / "coverage.json").read_text()}


def run(folder: Path, jobs: int, act: Callable[[Campaign, WorkerProcesses], None] = lambda *_: None) -> Campaign:
    """Runs or resumes the campaign; ``act`` is called after each change."""
    begun = Campaign.resume(folder) if folder.exists() else Campaign.begin(folder, PLAN)
    pool = WorkerProcesses(jobs)
    try:
        with begun as campaign:
            campaign.run(pool, on_change=lambda: act(campaign, pool))
            return campaign
    finally:
        pool.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign that one worker did without a break."""
    folder = tmp_path_factory.mktemp("whole") / "campaign"
    run(folder, 1)
    return folder


def test_it_runs_its_schedules_and_keeps_what_failed(whole: Path) -> None:
    with Campaign.resume(whole) as campaign:
        corpus = campaign.corpus
        assert corpus.cases == 4
        assert corpus.failed > 0
        failures = corpus.failures()
        assert [failure.suspect.name for failure in failures] == ["finality_lag at_most=1"]
        assert list(failures[0].suspect.schedule[0]) == ["stop", "at", "for"]
        assert failures[0].schedule == [], "it needs no fault to fail"
        assert not campaign.unrepeated()
        bundle = read_bundle(campaign.bundle(failures[0]))
    assert bundle.stands
    kept = [name for name in texts(whole / "corpus") if name.startswith("reached-")]
    assert kept
    coverage = json.loads((whole / "coverage.json").read_text())
    assert coverage["schedules"] == 4
    assert sum(coverage["faults"]["stop"].values()) > 0
    assert "stop / another fault" in coverage["missing"]
    assert list(coverage["faults"]) == ["stop"]


def test_a_campaign_that_was_killed_ends_as_if_it_had_not_been(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "campaign"
    with Campaign.begin(folder, PLAN):
        pass
    code = f"from tests.search.test_campaign import run; from pathlib import Path; run(Path({str(folder)!r}), 1)"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    try:
        deadline = time.monotonic() + 60
        while not (folder / BATCHES_FILE).exists() or b"\n" not in (folder / BATCHES_FILE).read_bytes():
            assert time.monotonic() < deadline, "no batch was done"
            assert process.poll() is None, "it ended by itself"
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.05)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with Campaign.resume(folder) as campaign:
        assert 0 < campaign.corpus.cases < 4
    run(folder, 2)
    assert outcome(folder) == outcome(whole)


def test_a_worker_that_was_killed_costs_nothing(whole: Path, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill_once(_: Campaign, pool: WorkerProcesses) -> None:
        if not killed and pool.pids:
            killed.append(pool.pids[0])
            os.kill(pool.pids[0], signal.SIGKILL)

    folder = tmp_path / "campaign"
    run(folder, 2, kill_once)
    assert killed
    assert outcome(folder) == outcome(whole)


# -- with workers that only pretend -----------------------------------------------------------------------------------


class Pretended:
    """Workers that give results at once, in an order of their own; ``result`` is None for a death."""

    def __init__(self, result: Callable[[Job], dict[str, Any] | None], order: Random, free: int = 4) -> None:
        self._result = result
        self._order = order
        self._most = free
        self._jobs: list[Job] = []
        self.started: list[tuple[int, int]] = []

    @property
    def free(self) -> int:
        return self._most - len(self._jobs)

    def under_way(self, *, shrinking: bool) -> int:
        return 0

    def start(self, job: Job) -> None:
        self.started.append(job.key)
        self._jobs.append(job)

    def wait(self, seconds: float) -> list[FinishedJob]:
        job = self._jobs.pop(self._order.randrange(len(self._jobs)))
        result = self._result(job)
        return [FinishedJob(job, result, None if result is not None else "the worker died of nothing")]

    def close(self) -> None:
        pass


STOP = {"stop": {"targets": "bob"}, "at": "20s", "for": "30s"}
PAUSE = {"pause": {"targets": "bob"}, "at": "20s", "for": "30s"}


def pretended(job: Job) -> dict[str, Any]:
    """Batches from the third on fail, the odd ones of them under two faults; each reaches something new."""
    if job.case != EXPLORE:
        assert job.first
        return {
            "batch": job.batch,
            "case": job.case,
            "repeated": True,
            "schedule": job.first[:1],
            "why": [job.name],
            "shrunk_in": 5,
        }
    failure = {
        "case": 1,
        "why": ["finality_lag at_most=1"],
        "schedule": [PAUSE, STOP] if job.batch % 2 else [STOP],
        "times": 1,
    }
    return {
        "batch": job.batch,
        "cases": job.plan.examples(job.batch),
        "failed": int(job.batch > 2),
        "inconclusive": 0,
        "reached": {"stop / quiet": 1, f"item {job.batch % 5}": 1},
        "kept": [{"case": 0, "new": ["stop / quiet", f"item {job.batch % 5}"], "schedule": [STOP]}],
        "failures": [failure] if job.batch > 2 else [],
        "broken": [],
    }


def many(folder: Path, result: Callable[[Job], dict[str, Any] | None], order: int) -> tuple[Corpus, Pretended]:
    plan = SearchPlan(space=space(), seed=0, schedules=100, batch=5)
    pool = Pretended(result, Random(order))
    with Campaign.begin(folder, plan) as campaign:
        campaign._write_failures = lambda: None  # type: ignore[method-assign]
        campaign.run(pool)
        return campaign.corpus, pool


@pytest.mark.parametrize("order", range(5))
def test_the_order_in_which_batches_end_changes_nothing(tmp_path: Path, order: int) -> None:
    corpus, pool = many(tmp_path / "one", pretended, order)
    other, _ = many(tmp_path / "two", pretended, 99)
    assert corpus.cases == 100
    assert corpus.failures() == other.failures()
    assert corpus.kept() == other.kept()
    assert corpus.reached() == other.reached()
    assert [kept.key for kept in corpus.kept()] == [(number, 0) for number in range(5)]
    assert [failure.suspect.key for failure in corpus.failures()] == [(3, 1), (4, 1)]
    assert len(pool.started) == len(set(pool.started)) == 20 + 2


def test_no_more_than_some_failures_of_a_kind_are_shrunk(tmp_path: Path) -> None:
    kinds = ["stop", "pause", "kill", "isolate", "outage", "wipe"]

    def differing(job: Job) -> dict[str, Any]:
        result = pretended(job)
        for one in result.get("failures", ()):
            one["schedule"] = [{**STOP, kinds[job.batch % 6]: STOP["stop"]}]
        return result

    corpus, pool = many(tmp_path / "one", differing, 0)
    assert corpus.failed == 17
    assert len([key for key in pool.started if key[1] != EXPLORE]) == MOST_SHRUNK


def test_a_batch_that_no_worker_survives_is_put_aside(tmp_path: Path) -> None:
    corpus, pool = many(tmp_path / "one", lambda job: None if job.batch == 4 else pretended(job), 0)
    assert corpus.aside == {(4, EXPLORE): "the worker died of nothing"}
    assert pool.started.count((4, EXPLORE)) == DEATHS
    assert corpus.cases == 95
    assert corpus.failures(), "those of later batches are shrunk all the same"


def killed(job: Job) -> dict[str, Any]:
    """One case of the fifth batch showed nothing, since something killed its process each time."""
    result = pretended(job)
    if job.key == (4, EXPLORE):
        result["broken"] = [{"case": 0, "why": "was ended by SIGKILL", "schedule": [STOP], "killed": True}]
    return result


def files(folder: Path) -> dict[str, Any]:
    """All that a campaign has, but for the order of its results."""
    content = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {**content, BATCHES_FILE: sorted(content[BATCHES_FILE].splitlines())}


@pytest.mark.parametrize("spoilt", [lambda job: None if job.batch == 4 else pretended(job), killed])
def test_what_was_killed_from_outside_is_run_again_when_the_campaign_is_resumed(
    tmp_path: Path, spoilt: Callable[[Job], dict[str, Any] | None]
) -> None:
    many(tmp_path / "one", pretended, 0)
    many(tmp_path / "two", spoilt, 0)
    assert files(tmp_path / "one") != files(tmp_path / "two")
    pool = Pretended(pretended, Random(0))
    with Campaign.resume(tmp_path / "two") as campaign:
        campaign._write_failures = lambda: None  # type: ignore[method-assign]
        campaign.run(pool)
    assert [key for key in pool.started if key[1] == EXPLORE] == [(4, EXPLORE)]
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_a_campaign_stopped_between_batches_leaves_the_same_files(tmp_path: Path) -> None:
    """A later batch may have been the first to reach what an earlier one, done after the stop, reaches too."""
    many(tmp_path / "one", pretended, 0)
    many(tmp_path / "two", pretended, 0)
    path = tmp_path / "two" / BATCHES_FILE
    whole = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in whole if json.loads(line)["batch"] >= 10))
    with Campaign.resume(tmp_path / "two") as campaign:
        campaign._write_failures = lambda: None  # type: ignore[method-assign]
        campaign.write()
        assert files(tmp_path / "one") != files(tmp_path / "two")
        campaign.run(Pretended(pretended, Random(3)))
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_a_network_that_cannot_be_launched_ends_the_campaign(tmp_path: Path) -> None:
    with pytest.raises(SimnetError, match=r"batch \d cannot be run: no such runtime"):
        many(tmp_path / "one", lambda job: {"batch": job.batch, "error": "no such runtime"}, 1)


def test_a_line_cut_short_by_a_kill_is_done_again(tmp_path: Path) -> None:
    corpus, _ = many(tmp_path / "one", pretended, 0)
    path = tmp_path / "one" / BATCHES_FILE
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][:20])
    pool = Pretended(pretended, Random(0))
    with Campaign.resume(tmp_path / "one") as campaign:
        campaign._write_failures = lambda: None  # type: ignore[method-assign]
        campaign.run(pool)
        assert len(pool.started) == 1
        assert campaign.corpus.failures() == corpus.failures()
        assert campaign.corpus.cases == corpus.cases
    assert sorted(path.read_bytes().splitlines()) == sorted(line.rstrip(b"\n") for line in lines)


def test_a_line_that_is_no_result_is_told(tmp_path: Path) -> None:
    many(tmp_path / "one", pretended, 0)
    path = tmp_path / "one" / BATCHES_FILE
    path.write_bytes(b"no JSON\n" + path.read_bytes())
    with pytest.raises(InputError, match=r"batches.jsonl:1 is no result"), Campaign.resume(tmp_path / "one"):
        pass


def test_another_version_or_runtime_is_refused(tmp_path: Path) -> None:
    with Campaign.begin(tmp_path / "one", PLAN):
        pass
    path = tmp_path / "one" / CAMPAIGN_FILE
    data = json.loads(path.read_text())
    for changed in ({"versions": {**data["versions"], "simnet": "0.0.1"}}, {"runtimes": {"relay": "00" * 32}}):
        path.write_text(json.dumps(data | changed))
        with pytest.raises(InputError, match="begin another"), Campaign.resume(tmp_path / "one"):
            pass


def test_two_processes_cannot_work_on_one_campaign(tmp_path: Path) -> None:
    one = tmp_path / "one"
    with Campaign.begin(one, PLAN), pytest.raises(InputError, match="another process"), Campaign.resume(one):
        pass


@pytest.mark.parametrize("content", [None, "{}", "no JSON"])
def test_what_is_no_campaign_is_told(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / CAMPAIGN_FILE).write_text(content)
    with pytest.raises(InputError, match="simnet search"), Campaign.resume(tmp_path):
        pass


def test_batches_have_seeds_of_their_own() -> None:
    seeds = [drawn(7, "network", number) for number in range(50)]
    assert len(set(seeds)) == 50
    assert seeds != [drawn(8, "network", number) for number in range(50)]


@pytest.mark.parametrize(("schedules", "batch"), [(1, 5), (40, 5), (200, 25), (5000, 50), (None, 50)])
def test_the_plan_does_not_depend_on_the_machine(schedules: int | None, batch: int) -> None:
    plan = search_plan(space(), seed=0, schedules=schedules)
    assert plan.batch == batch
    if schedules is not None:
        examples = [plan.examples(number) for number in range(-(-schedules // batch) + 1)]
        assert sum(examples) == schedules
        assert examples[-1] == 0


def test_spaces_and_jobs_survive_as_data() -> None:
    plan = SearchPlan(space=space(quiet_period=5.0), seed=1, schedules=None, batch=3, defects=("no-catch-up",))
    job = Job(plan=plan, batch=2, first=[STOP], case=1, name="x")
    assert Job.model_validate_json(job.model_dump_json()) == job


def test_a_dask_cluster_gives_the_same(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    from simnet.search.pool import DaskCluster

    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    folder = tmp_path / "campaign"
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "local_directory": str(tmp_path)}
    with distributed.LocalCluster(**options) as cluster:
        pool = DaskCluster(cluster.scheduler_address)
        try:
            assert pool.free == 2
            with Campaign.begin(folder, PLAN) as campaign:
                campaign.run(pool)
        finally:
            pool.close()
    assert outcome(folder) == outcome(whole)


def test_no_scheduler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    from simnet.search.pool import DaskCluster

    with pytest.raises(SimnetError, match="no Dask scheduler answers at nonsense"):
        DaskCluster("nonsense:1:1")
