"""What killed commands left is removed, and nothing else: by its owner, by whether that lives, and by age."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simnet import scratch
from simnet.cli import app
from simnet.ownership import process_start
from simnet.paths import cache_dir, write_whole
from simnet.scratch import ABANDONED, scratch_folder, sweep

SEARCH = """
from simnet.scenario import Scenario
from simnet.search import fork_server
fork_server.launch = die
fork_server.ForkServer(Scenario.model_validate({"name": "killed", "network": {"relay": {"validators": 1}}})).__enter__()
"""
"""A search that is killed while it launches the network that its cases go on from."""

COMPILING = """
from wasmtime import wat2wasm
from simnet.runtime.host import _modules
wasm = wat2wasm('(module (memory 2) (data (i32.const 0) "' + "a" * _modules._WORTH_KEEPING + '"))')
os.replace = die
_modules.module(bytes(wasm))
"""
"""A command that is killed while it keeps what it compiled."""

KILLED = {"a search": SEARCH, "compiling": COMPILING}


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The temporary directory and the cache, of this test alone."""
    folders = [tmp_path / "tmp", tmp_path / "cache"]
    for name, folder in zip(("TMPDIR", "SIMNET_CACHE"), folders, strict=True):
        folder.mkdir()
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folders[1]))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folders


def debris(places: list[Path]) -> list[Path]:
    """What is named as scratch things are."""
    return [path for folder in places for path in folder.rglob("simnet-*")]


def kill(code: str) -> None:
    """Runs code in a process whose ``die`` kills it."""
    die = "import os, signal\ndef die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
    done = subprocess.run([sys.executable, "-c", die + code], check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def aged(path: Path) -> Path:
    """A file that nobody changed for longer than anything is waited for."""
    path.touch()
    then = time.time() - ABANDONED - 60
    os.utime(path, (then, then))
    return path


@pytest.mark.parametrize("what", KILLED)
def test_down_removes_what_a_killed_command_left(what: str, places: list[Path]) -> None:
    kill(KILLED[what])
    (left,) = debris(places)
    told = CliRunner().invoke(app, ["down"])
    assert f"removed {left}" in told.output
    assert debris(places) == []


def test_the_next_command_that_makes_such_things_removes_them(places: list[Path]) -> None:
    kill(SEARCH)
    code = "from simnet.scratch import scratch_folder\nwith scratch_folder('trial'): pass\n"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert debris(places) == []


def test_what_a_living_process_uses_stays() -> None:
    with scratch_folder("warm") as folder:
        assert sweep() == []
        assert Path(folder).is_dir()


def test_a_pid_that_was_given_anew_is_no_owner(places: list[Path]) -> None:
    started = int(process_start(os.getpid()) or 0)
    left = places[0] / f"simnet-warm-{scratch._place()}.{os.getpid()}.{started + 1}-abcdefgh"
    left.mkdir()
    (left / "result").touch()
    assert sweep() == [left]
    assert not left.exists()


def test_what_another_user_made_stays(places: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    aged(places[0] / "simnet-warm-abcdefgh")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert sweep() == []


def test_what_a_link_points_to_stays(places: list[Path], tmp_path: Path) -> None:
    kept = aged(tmp_path / "kept")
    (places[0] / "simnet-warm-abcdefgh").symlink_to(kept)
    assert sweep() == []
    assert kept.exists()


@pytest.mark.parametrize(
    "name", ["simnet-warm-00000000.1.1-abcdefgh", "simnet-warm-abcdefgh", "simnet-partial-00000000.1.1-abcdefgh"]
)
def test_what_has_no_owner_here_to_ask_stays_until_nothing_in_it_has_changed_for_a_week(
    name: str, places: list[Path]
) -> None:
    left = places[0] / name
    left.touch()
    assert sweep() == []
    aged(left)
    assert sweep() == [left]


def test_folders_of_others_stay_however_old_they_are(places: list[Path]) -> None:
    names = ("simnet-load-e3hdcaxl", "simnet-ci-dockerd.log", "simnet-abcdefgh.traceback.txt", "tmpabcdefgh")
    kept = [aged(places[0] / name) for name in names]
    assert sweep() == []
    assert all(path.exists() for path in kept)


def test_a_file_that_could_not_be_written_leaves_nothing(places: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(cache_dir("standing") / "run.json", b"{}")
    assert debris(places) == []


def test_a_private_file_is_its_owners_alone() -> None:
    file = cache_dir("standing") / "run.json"
    write_whole(file, b"{", b"}", mode=0o600)
    assert file.read_bytes() == b"{}"
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_is_written_into_a_folder_of_others_goes_nowhere_else(tmp_path: Path) -> None:
    mine, link, pipe = tmp_path / "mine", tmp_path / "report.html", tmp_path / "junit.xml"
    mine.write_text("kept")
    link.symlink_to(mine)
    os.mkfifo(pipe)
    for place in (link, pipe):
        write_whole(place, b"a report")
        assert not place.is_symlink()
        assert place.read_bytes() == b"a report"
    assert mine.read_text() == "kept"


def test_a_file_is_written_anew(tmp_path: Path) -> None:
    for text in (b"longer than what follows", b"short"):
        write_whole(tmp_path / "file", text)
    assert (tmp_path / "file").read_bytes() == b"short"
