"""Compiled modules on disk are machine code: only what is surely the user's own is read, and for this machine."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from simnet.runtime.host import _compiled, _modules
from simnet.runtime.host._compiled import keep, kept

CODE = b"machine code"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with one entry, ``x``."""
    monkeypatch.setenv("SIMNET_CACHE", str(tmp_path))
    monkeypatch.setattr(_compiled, "_said", set())
    keep("x", CODE)
    assert kept("x") == CODE
    return tmp_path / "simnet" / "compiled"


def entry(folder: Path) -> Path:
    [file] = folder.iterdir()
    return file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_and_files_are_for_their_owner_alone_whatever_the_umask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMNET_CACHE", str(tmp_path))
    before = os.umask(0)
    try:
        keep("x", CODE)
    finally:
        os.umask(before)
    folder = tmp_path / "simnet" / "compiled"
    assert (mode(folder), mode(entry(folder))) == (0o700, 0o600)


@pytest.mark.parametrize("other", [0o755, 0o770, 0o1700, 0o500])
def test_a_folder_of_another_mode_is_neither_read_nor_written_and_it_is_said_once(
    folder: Path, capfd: pytest.CaptureFixture[str], other: int
) -> None:
    folder.chmod(other)
    assert kept("x") is None
    keep("y", CODE)
    assert len(list(folder.iterdir())) == 1
    [line] = capfd.readouterr().err.splitlines()
    assert f"{folder} is to be a folder of user {os.geteuid()} with mode 0700" in line
    assert f"with mode {other:04o}" in line


def test_a_folder_of_another_user_is_neither_read_nor_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert kept("x") is None
    keep("y", CODE)
    assert len(list(folder.iterdir())) == 1
    assert f"it belongs to user {owner}" in capfd.readouterr().err


def test_a_link_in_the_folders_place_is_not_followed(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    elsewhere = folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(elsewhere)
    assert kept("x") is None
    assert "it is a link" in capfd.readouterr().err


def test_an_entry_that_is_a_link_is_not_followed(folder: Path) -> None:
    file = entry(folder)
    file.symlink_to(file.rename(folder.parent / "elsewhere"))
    assert kept("x") is None


@pytest.mark.parametrize("other", [0o644, 0o620, 0o4600])
def test_an_entry_of_another_mode_is_not_read_and_is_written_anew(folder: Path, other: int) -> None:
    entry(folder).chmod(other)
    assert kept("x") is None
    keep("x", b"made anew")
    assert kept("x") == b"made anew"
    assert mode(entry(folder)) == 0o600


def test_a_fifo_in_an_entrys_place_holds_nobody_up(folder: Path) -> None:
    file = entry(folder)
    file.unlink()
    os.mkfifo(file, 0o600)
    assert kept("x") is None


def test_a_damaged_entry_is_not_read(folder: Path) -> None:
    file = entry(folder)
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    assert kept("x") is None


def test_an_entry_is_moved_into_its_place_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "replace", fails)
    keep("x", b"another")
    assert kept("x") == CODE
    assert len(list(folder.iterdir())) == 1


def test_what_another_machine_or_wasmtime_made_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_compiled, "_machine", lambda: "another")
    assert kept("x") is None
    assert entry(folder)


def test_entries_go_by_the_engines_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    before = _modules._name(bytes(32), "own")
    monkeypatch.setitem(_modules._SETTINGS, "max_wasm_stack", 1 << 20)
    assert _modules._name(bytes(32), "own") != before


def test_one_rule_says_where_all_that_is_kept_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMNET_CACHE", str(tmp_path / "first"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "second"))
    keep("x", CODE)
    monkeypatch.delenv("SIMNET_CACHE")
    assert kept("x") is None
    keep("x", CODE)
    assert sorted(str(one.relative_to(tmp_path)) for one in tmp_path.glob("*/simnet/compiled")) == [
        "first/simnet/compiled",
        "second/simnet/compiled",
    ]
