"""CI works elsewhere: the workflow file is sound, and images are loaded or pulled, or are told to be missing."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from simnet.network.topology import COLLATOR_IMAGE, RELAY_IMAGE
from tests.docs.pages import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "ci.yaml"
SCRIPTS = sorted(path for path in (ROOT / ".ci").iterdir() if path.is_file())
TARGETS = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))

ENGINE = """#!/usr/bin/env bash
# An engine with the images that the file "here" lists; "registry" is its registry, beside an archive is what that has.
cd "$(dirname "$0")/.."
echo "$*" >> asked
case "$1 $2" in
  "image inspect") shift 2; for image in "$@"; do grep -qxF "$image" here || exit 1; done ;;
  "load -q") cat "$4.tags" >> here ;;
  "pull -q") grep -qxF "$3" registry && echo "$3" >> here || { echo "no such host" >&2; exit 1; } ;;
esac
"""

MAKE = """#!/usr/bin/env bash
echo "made $* with SIMNET_REQUIRE_DOCKER=${SIMNET_REQUIRE_DOCKER:-}"
"""


def steps() -> list[str]:
    """The commands of all jobs."""
    workflow: dict[Any, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    return [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]


def made(commands: str) -> set[str]:
    return set(re.findall(r"\bmake ([\w-]+)", commands))


def test_the_workflow_lints_and_tests_by_targets_that_there_are() -> None:
    assert {"lint", "test"} <= made("\n".join(steps())) <= TARGETS


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_of_ci_can_be_read_by_bash_and_make_targets_that_there_are(script: Path) -> None:
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert os.access(script, os.X_OK)
    assert made(re.sub(r"^say .*$", "", script.read_text(encoding="utf-8"), flags=re.MULTILINE)) <= TARGETS


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    """The folder of an engine without images, whose registry has none, and which keeps what it was asked."""
    (tmp_path / "bin").mkdir()
    for name, script in (("docker", ENGINE), ("make", MAKE)):
        (tmp_path / "bin" / name).write_text(script)
        (tmp_path / "bin" / name).chmod(0o755)
    for name in ("here", "registry", "asked"):
        (tmp_path / name).touch()
    (tmp_path / "archives").mkdir()
    return tmp_path


def done(engine: Path, script: str) -> subprocess.CompletedProcess[str]:
    """What a script of CI does on that engine; what it makes is told, not made."""
    path = f"{engine / 'bin'}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "SIMNET_IMAGES": str(engine / "archives")}
    env.pop("SIMNET_REQUIRE_DOCKER", None)
    return subprocess.run([str(ROOT / ".ci" / script)], env=env, capture_output=True, text=True, check=False)


def images(engine: Path) -> subprocess.CompletedProcess[str]:
    return done(engine, "images")


def wanted(engine: Path) -> list[str]:
    """The images that it looks for."""
    images(engine)
    asked = (engine / "asked").read_text().splitlines()
    return [line.removeprefix("pull -q ") for line in asked if line.startswith("pull -q ")]


def archive(engine: Path, name: str, *images: str) -> None:
    """An archive as the engine saves it, as far as CI reads it: the manifest tells which images it holds."""
    file = engine / "archives" / f"{name}.tar.xz"
    manifest = json.dumps([{"Config": "0.json", "RepoTags": [image], "Layers": []} for image in images]).encode()
    with tarfile.open(file, "w:xz") as out:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(manifest)
        out.addfile(entry, io.BytesIO(manifest))
    file.with_name(f"{file.name}.tags").write_text("".join(f"{image}\n" for image in images))


def test_ci_looks_for_the_images_that_the_code_names(engine: Path) -> None:
    assert {RELAY_IMAGE, COLLATOR_IMAGE, "debian:bookworm-slim"} <= set(wanted(engine))


def test_images_are_loaded_from_the_folder_that_the_environment_names(engine: Path) -> None:
    archive(engine, "all", *wanted(engine))
    (engine / "asked").write_text("")
    assert images(engine).returncode == 0
    assert "pull" not in (engine / "asked").read_text()


def test_each_archive_of_which_an_image_is_missing_is_loaded_whatever_the_code_names(engine: Path) -> None:
    (engine / "here").write_text("\n".join(wanted(engine)) + "\nparity/there:v1\n")
    archive(engine, "older", "parity/there:v1", "parity/older:v1")
    archive(engine, "same", "parity/there:v1")
    assert images(engine).returncode == 0
    loaded = [line for line in (engine / "asked").read_text().splitlines() if line.startswith("load")]
    assert [Path(line.split()[-1]).name for line in loaded] == ["older.tar.xz"]
    assert "parity/older:v1" in (engine / "here").read_text().splitlines()


def test_images_that_no_archive_has_are_pulled(engine: Path) -> None:
    (engine / "registry").write_text("\n".join(wanted(engine)) + "\n")
    assert images(engine).returncode == 0
    assert RELAY_IMAGE in (engine / "here").read_text().splitlines()


def test_images_that_are_there_are_neither_loaded_nor_pulled(engine: Path) -> None:
    (engine / "here").write_text("\n".join(wanted(engine)) + "\n")
    archive(engine, "all", *wanted(engine))
    (engine / "asked").write_text("")
    assert images(engine).returncode == 0
    assert not re.search("load|pull", (engine / "asked").read_text())


def test_images_that_cannot_be_had_are_told_with_the_reason(engine: Path) -> None:
    told = images(engine)
    assert told.returncode == 1
    assert "no such host" in told.stdout
    assert RELAY_IMAGE in told.stdout.splitlines()[-1]


def test_an_archive_that_lacks_an_image_lets_tests_demand_it(engine: Path) -> None:
    archive(engine, "other", "parity/other:v1")
    assert images(engine).returncode == 0


def test_an_archive_that_cannot_be_read_lets_tests_demand_what_it_was_to_bring(engine: Path) -> None:
    (engine / "archives" / "torn.tar.xz").write_text("torn")
    told = images(engine)
    assert told.returncode == 0
    assert "torn.tar.xz cannot be read" in told.stdout


def test_tests_demand_real_nodes_where_their_images_are(engine: Path) -> None:
    (engine / "here").write_text("\n".join(wanted(engine)) + "\n")
    assert "made test with SIMNET_REQUIRE_DOCKER=1" in done(engine, "run").stdout


def test_tests_do_without_real_nodes_where_there_are_no_images(engine: Path) -> None:
    assert "made test with SIMNET_REQUIRE_DOCKER=\n" in done(engine, "run").stdout
