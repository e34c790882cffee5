"""How commands end that meet what nobody foresaw, and what they print of what others wrote."""

from __future__ import annotations

import errno
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from simnet.cli import judging
from simnet.cli._screen import Screen
from simnet.testing import ToyProvider
from tests.cli.conftest import Simnet

Write = Callable[..., str]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Exception], None]:
    """Has every `judge` raise that."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def breaks(error: Exception) -> None:
        def judge_folder(*_: object) -> None:
            raise error

        monkeypatch.setattr(judging, "judge_folder", judge_folder)

    return breaks


def test_what_nobody_foresaw_asks_for_a_report(simnet: Simnet, broken: Callable[[Exception], None]) -> None:
    error = KeyError("\x1b[31mred")
    error.add_note("The run's folder is runs/one.")
    broken(error)
    result = simnet("judge", "runs/one")
    assert result.exit_code == 3
    first, note, last = result.stderr.splitlines()
    assert first == "error: simnet itself failed: KeyError: '\\x1b[31mred'"
    assert note == "The run's folder is runs/one."
    assert "please report it" in last
    (path,) = re.findall(r"The traceback is in (\S+);", last)
    assert "Traceback (most recent call last)" in Path(path).read_text()
    assert Path(path).stat().st_mode & 0o077 == 0


def test_the_traceback_is_shown_to_who_asks_for_it(
    simnet: Simnet, broken: Callable[[Exception], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(RecursionError("deep"))
    assert "Traceback" not in simnet("judge", "one").output
    monkeypatch.setenv("SIMNET_TRACEBACK", "1")
    assert "Traceback" in simnet("judge", "one").stderr


def test_a_traceback_that_cannot_be_stored_is_shown(
    simnet: Simnet, broken: Callable[[Exception], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(MemoryError())
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    result = simnet("judge", "one")
    assert result.exit_code == 3
    assert "cannot be stored" in result.stderr
    assert "MemoryError" in result.stderr


@pytest.mark.parametrize(
    ("number", "code"), [(errno.EACCES, 2), (errno.ENAMETOOLONG, 2), (errno.ENOSPC, 3), (errno.EIO, 3)]
)
def test_paths_and_disks_are_no_faults_of_simnet(
    simnet: Simnet, broken: Callable[[Exception], None], number: int, code: int
) -> None:
    broken(OSError(number, "said by the kernel", "some/path"))
    result = simnet("judge", "one")
    assert (result.exit_code, result.stderr) == (code, "error: some/path: said by the kernel\n")


def test_a_run_that_breaks_names_its_folder(
    simnet: Simnet, scenario: Write, toy: ToyProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drive(*_: object) -> None:
        raise ZeroDivisionError("nobody foresaw this")

    monkeypatch.setattr("simnet.rehearsal.drive", drive)
    result = simnet("run", scenario(), "--provider", "toy")
    (folder,) = Path("runs").iterdir()
    assert result.exit_code == 3
    assert f"The run's folder is {folder}." in result.stderr


def test_what_an_error_says_cannot_command_the_terminal(simnet: Simnet) -> None:
    Path("odd\x1b[2J.yaml").write_text("name: x\nnam: y\n")
    result = simnet("validate", "odd\x1b[2J.yaml")
    assert result.exit_code == 2
    assert "\x1b" not in result.output
    assert "odd\\x1b[2J.yaml:2:1: unknown key 'nam'" in result.stderr


def test_a_screen_shows_what_others_wrote_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().print("a [bold]b[/] \x1b[31m\x9b\u202ec :smile:", soft_wrap=True)
    assert capsys.readouterr().out == "a [bold]b[/] \\x1b[31m\\x9b\\u202ec :smile:\n"


def test_a_screens_own_colours_reach_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    with screen.capture() as shown:
        screen.print("own", style="red", end="")
    assert shown.get() == "\x1b[31mown\x1b[0m"
