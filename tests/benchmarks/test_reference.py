"""The work of the reference never changes, and it says so when it would."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.reference import EDITION, AnotherRuntimeError, AnotherWorkError, Work
from benchmarks.reference import work as work_module
from benchmarks.reference.recording import BUNDLED, FILE, load
from benchmarks.reference.work import CHECKSUM

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def work() -> Work:
    return Work()


def test_a_pass_comes_to_what_it_ever_did(work: Work) -> None:
    assert work.run() == CHECKSUM


def test_a_pass_leaves_nothing_for_the_next(work: Work) -> None:
    assert work.run() == work.run()


def test_another_runtime_is_refused_by_its_digest(tmp_path: Path) -> None:
    for code in load().codes.values():
        shutil.copy(BUNDLED / code.file, tmp_path)
    changed = tmp_path / "rococo.compact.compressed.wasm"
    changed.write_bytes(changed.read_bytes() + b"\0")
    with pytest.raises(AnotherRuntimeError, match=hashlib.sha256(changed.read_bytes()).hexdigest()):
        Work(tmp_path)


def test_a_pass_that_comes_to_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_module, "CHECKSUM", "0" * 64)
    with pytest.raises(AnotherWorkError, match="must not be"):
        work_module.measure(2)


def test_a_recording_is_written_as_it_was_read(tmp_path: Path) -> None:
    load().save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == FILE.read_bytes()


def test_the_edition_names_the_checksum() -> None:
    assert CHECKSUM.startswith(EDITION)


def test_nothing_of_simnet_is_imported() -> None:
    ask = (
        "import sys, benchmarks.reference.__main__; print([name for name in sys.modules if name.startswith('simnet')])"
    )
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
