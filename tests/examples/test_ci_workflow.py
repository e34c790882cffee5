"""The workflow that users copy: GitHub can read it, and its commands do what it needs of them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from tests.docs.page_runner import unreadable
from tests.examples.installed import ROOT

PROJECT = ROOT / "examples" / "ci-workflow"
WORKFLOW: dict[Any, Any] = yaml.safe_load((PROJECT / ".github" / "workflows" / "rehearse.yaml").read_text("utf-8"))
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]
AT_NIGHT = "github.event_name == 'schedule'"


def commands(job: str) -> list[str]:
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]


def kept(job: str) -> list[str]:
    """The folders that a job uploads, whatever came of it."""
    uploads = (step["with"] for step in JOBS[job]["steps"] if step.get("if") == "always()")
    return [path for upload in uploads for path in upload["path"].split()]


def test_it_runs_on_pushes_pull_requests_and_at_night() -> None:
    assert set(WORKFLOW[True]) == {"push", "pull_request", "schedule"}, "YAML 1.1 reads the key `on` as true"


def test_real_nodes_and_searches_wait_for_the_night() -> None:
    assert {name for name, job in JOBS.items() if job.get("if") == AT_NIGHT} == {"real-nodes", "search"}


def test_no_job_may_write_to_the_repository_or_run_for_ever() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] <= 60 for job in JOBS.values())


def test_what_it_installs_is_simnet_as_it_is_here_and_pytest() -> None:
    wanted = [Requirement(line) for line in (PROJECT / "requirements.txt").read_text("utf-8").splitlines()]
    assert [one.name for one in wanted] == ["polkadot-simnet", "pytest"]
    assert all(metadata.version(one.name) in one.specifier for one in wanted)
    assert all("pip install -r requirements.txt" in commands(job) for job in JOBS)


@pytest.mark.parametrize("line", [line for job in JOBS for line in commands(job) if line.startswith("simnet ")])
def test_simnet_takes_every_command_of_it(line: str) -> None:
    words = shlex.split(line.replace('"$GITHUB_RUN_NUMBER"', "7"))
    assert unreadable(words[1:]) is None


def test_its_commands_hold_and_leave_what_it_uploads(tmp_path: Path) -> None:
    repository = shutil.copytree(PROJECT, tmp_path / "repository")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    for line in commands("simulated"):
        if not line.startswith("pip "):
            done = subprocess.run(
                ["bash", "-e", "-c", line], cwd=repository, env=env, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
    assert kept("simulated") == ["runs", "results"]
    assert all(any((repository / folder).iterdir()) for folder in kept("simulated"))


def test_what_is_searched_at_night_can_be_searched(tmp_path: Path) -> None:
    from simnet.search.space_file import load_space

    (line,) = (line for line in commands("search") if line.startswith("simnet search"))
    file = PROJECT / shlex.split(line)[2]
    assert file.is_file()
    load_space(file)
