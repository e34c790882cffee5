"""An audit never calls free of vulnerabilities what nobody looked up."""

from __future__ import annotations

import json
import subprocess
from importlib.metadata import Distribution, distribution
from pathlib import Path
from types import SimpleNamespace

import pytest

from provenance import audit
from provenance.audit import Known, altered, known_of, not_as_locked
from provenance.packages import LockedPackage

BUG = {"id": "CVE-2026-1", "fix_versions": ["1.1", "2.0"]}
ASKED = {"name": "rich", "version": "15.0.0", "vulns": []}
BAD = {"name": "jinja2", "version": "1.0", "vulns": [BUG]}
SKIPPED = {"name": "aiohttp", "skip_reason": "Dependency not found and could not be audited"}


def report(*packages: dict[str, object]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


@pytest.fixture(autouse=True)
def nothing_wrong_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_offline", lambda: iter([("all here", [])]))


def audited(monkeypatch: pytest.MonkeyPatch, stdout: str, stderr: str = "") -> int:
    """The exit code when pip-audit prints that."""
    done = SimpleNamespace(stdout=stdout, stderr=stderr, returncode=0)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    return audit.main()


def test_packages_that_the_service_does_not_know_were_not_looked_up() -> None:
    assert known_of(report(ASKED, SKIPPED)) == Known(found=(), unasked=("aiohttp",))


def test_a_vulnerability_is_told_with_the_versions_that_mend_it() -> None:
    assert known_of(report(BAD)).found == ("jinja2 1.0: CVE-2026-1, mended in 1.1, 2.0",)


def test_all_looked_up_and_nothing_found_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert audited(monkeypatch, report(ASKED)) == 0


def test_a_service_that_knows_only_some_is_inconclusive(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """pip-audit ends with 0 then, and says that no known vulnerabilities were found."""
    assert audited(monkeypatch, report(ASKED, SKIPPED)) == 4
    assert "inconclusive" in capsys.readouterr().out


def test_no_service_is_inconclusive_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audited(monkeypatch, "", "Traceback\nConnectionError: no route") == 4
    assert "ConnectionError: no route" in capsys.readouterr().out


def test_a_vulnerability_fails_whatever_else_was_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert audited(monkeypatch, report(BAD, SKIPPED)) == 1


def test_what_is_wrong_on_this_machine_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_offline", lambda: iter([("files", ["a was altered"])]))
    assert audited(monkeypatch, report(ASKED)) == 1


def test_another_version_than_the_locks_is_told() -> None:
    packages = [LockedPackage("rich", "15.0.0", "", ()), LockedPackage("typer", "0.29.2", "", ())]
    told = not_as_locked(packages, {"rich": "15.0.0", "typer": "0.16.0", "stranger": "1"})
    assert told == [
        "stranger 1 is installed, and the lock has none",
        "typer 0.16.0 is installed, and the lock has 0.29.2",
    ]


def test_a_file_that_was_altered_after_it_was_installed_is_told(tmp_path: Path) -> None:
    info = tmp_path / "some-1.0.dist-info"
    info.mkdir()
    (tmp_path / "some.py").write_text("kind = 1\n")
    digest = "vBuO6JydWk96yU5lYdQkTB5BX3LkK7tdmjbIvVVYJvE"
    (info / "METADATA").write_text("Name: some\nVersion: 1.0\n")
    (info / "RECORD").write_text(f"some.py,sha256={digest},9\ngone.py,sha256={digest},9\nsome-1.0.dist-info/RECORD,,\n")
    assert altered(Distribution.at(info)) == [
        "some.py was altered after it was installed",
        "gone.py is not there",
    ]


def test_files_that_are_as_they_were_recorded_are_told_nothing_of() -> None:
    assert altered(distribution("packaging")) == []
