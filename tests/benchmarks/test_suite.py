"""How figures of versions without a reference are read, and that a comparison leaves nothing behind."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from benchmarks.beside import ROOT, Figure
from benchmarks.compare import worktree
from benchmarks.suite import BENCHMARKS, has_reference, older_figures

CAMPAIGN, NETWORK = BENCHMARKS[:2]


def test_an_older_campaign_is_read() -> None:
    line = "jobs 1: 60 schedules in 46.6 s, 77.3 a minute; 45.9 s of CPU, 78.4 a minute of it; 3 failed; load 1.0"
    assert older_figures(CAMPAIGN, line) == [
        Figure("campaign, jobs 1", 77.3, "schedules/min"),
        Figure("campaign, jobs 1, of CPU", 78.4, "schedules/CPU-min"),
    ]


def test_an_older_network_is_read() -> None:
    lines = "quickstart  held, virtual s 343.3, factor 219.4\n      4+2  genesis s 0.4, factor 1,367, relay blocks 47"
    assert older_figures(NETWORK, lines) == [
        Figure("quickstart", 219.4, "times real time"),
        Figure("network 4+2", 1367.0, "times real time"),
    ]


def test_this_version_has_the_reference() -> None:
    assert has_reference(ROOT)


def test_a_version_without_it_is_known(tmp_path: Path) -> None:
    assert not has_reference(tmp_path)


def test_a_version_with_another_reference_is_known(tmp_path: Path) -> None:
    work = tmp_path / "benchmarks/reference/work.py"
    work.parent.mkdir(parents=True)
    work.write_text('CHECKSUM = "00000000"\n')
    assert not has_reference(tmp_path)


def test_a_worktree_is_removed_when_a_comparison_fails() -> None:
    if subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("these sources are not in a git repository")
    with pytest.raises(ZeroDivisionError), worktree("HEAD") as path:
        assert (path / "benchmarks").is_dir()
        raise ZeroDivisionError
    listed = subprocess.run(["git", "worktree", "list"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not path.exists()
    assert str(path) not in listed
