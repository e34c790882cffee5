"""What a user installs: the wheel, in an environment that has nothing else.

Without a package registry it skips and says why; SIMNET_REQUIRE_REGISTRY=1 turns that into a failure.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from provenance.packages import ROOT, LockedPackage, locked

NAME = "polkadot-simnet"
EMPTY = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
"""What an environment has to do with this one: nothing but where packages come from, and the user's cache."""


def run(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, command)), cwd=cwd, env=EMPTY, capture_output=True, text=True, check=False)


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    done = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "dist", cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = (tmp_path / "dist").iterdir()
    return built


def needed(distribution: str) -> set[str]:
    """What a distribution needs here, by name, as what is installed here says."""
    found: set[str] = set()
    waiting = [Requirement(distribution)]
    while waiting:
        one = waiting.pop()
        for text in metadata.requires(one.name) or ():
            other = Requirement(text)
            applies = other.marker is None or any(
                other.marker.evaluate({"extra": extra}) for extra in ("", *one.extras)
            )
            if applies and canonicalize_name(other.name) not in found:
                found.add(canonicalize_name(other.name))
                waiting.append(other)
    return found


def as_requirement(package: LockedPackage) -> str:
    marker = f" ; {package.marker}" if package.marker else ""
    return f"{package.name}=={package.version}{marker} " + " ".join(f"--hash=sha256:{one}" for one in package.digests)


def test_the_wheel_has_the_library_and_the_runtimes_and_no_tests(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    scenarios = {path.relative_to(ROOT / "scenarios").as_posix() for path in (ROOT / "scenarios").rglob("*.yaml")}
    assert {f"simnet/library/{name}" for name in scenarios} <= names
    assert {"simnet/py.typed", "simnet/report/templates/report.html.j2"} <= names
    bundled = {path.name for path in (ROOT / "simnet" / "runtime" / "bundled").iterdir() if path.is_file()}
    assert "SHA256SUMS" in bundled
    assert {f"simnet/runtime/bundled/{name}" for name in bundled} <= names
    assert {name.partition("/")[0] for name in names} == {
        "simnet",
        f"polkadot_simnet-{metadata.version(NAME)}.dist-info",
    }


def test_the_wheel_alone_runs_the_quickstart_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    wanted = needed(NAME)
    lines = [as_requirement(one) for one in locked() if canonicalize_name(one.name) in wanted]
    lines.append(f"{NAME} @ {wheel.as_uri()} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}")
    (tmp_path / "requirements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    python, here = tmp_path / "venv" / "bin" / "python", tmp_path / "elsewhere"
    here.mkdir()
    assert run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv", cwd=here).returncode == 0
    pip = [sys.executable, "-m", "pip", "--python", python, "--retries", 1, "--timeout", 20]
    install = ["install", "--no-compile", "--require-hashes", "--only-binary", ":all:", "-r"]
    done = run(*pip, *install, tmp_path / "requirements.txt", cwd=here)
    if done.returncode != 0:
        skip_without_registry(pip, here)
    assert done.returncode == 0, done.stdout + done.stderr

    simnet = tmp_path / "venv" / "bin" / "simnet"
    assert run(simnet, "--version", cwd=here).stdout == f"simnet {metadata.version(NAME)}\n"
    listed = json.loads(run(simnet, "list", "--json", cwd=here).stdout)["scenarios"]
    (file,) = (one["file"] for one in listed if one["name"] == "quickstart")
    assert Path(file).is_relative_to(tmp_path / "venv"), "nothing of the checkout leaks in"
    ended = run(simnet, "run", "quickstart", "--json", cwd=here)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (told,) = json.loads(ended.stdout)["runs"]
    stored = json.loads((here / told["folder"] / "run.json").read_text(encoding="utf-8"))
    assert (stored["verdict"], stored["exit_code"], stored["commit"]) == ("held", 0, None)
    assert (here / told["folder"] / "report.html").is_file()


def skip_without_registry(pip: list[object], here: Path) -> None:
    """Skips where not even one package is to be had, by whatever name it has here."""
    one = next(package for package in locked() if package.name == "packaging")
    (here / "one.txt").write_text(as_requirement(one) + "\n", encoding="utf-8")
    asked = run(*pip, "download", "--no-cache-dir", "--no-deps", "--require-hashes", "-r", "one.txt", cwd=here)
    if asked.returncode != 0 and os.environ.get("SIMNET_REQUIRE_REGISTRY") != "1":
        pytest.skip(f"no package registry answers: {asked.stderr.strip().splitlines()[-1]}")
