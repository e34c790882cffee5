"""Files of others: regular ones alone are read, and of those no more than a limit."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from simnet.errors import InputError
from simnet.regular_files import UnfitFileError, only_regular, read_lines, read_regular


@pytest.fixture
def unfit(tmp_path: Path) -> Iterator[dict[str, Path]]:
    """What is no file, by what it is."""
    pipe, folder, link = tmp_path / "pipe", tmp_path / "folder", tmp_path / "link"
    os.mkfifo(pipe)
    folder.mkdir()
    link.symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        yield {
            "a named pipe": pipe,
            "a folder": folder,
            "a device": Path("/dev/zero"),
            "a socket": tmp_path / "socket",
            "a link to a device": link,
        }


KINDS = ("a named pipe", "a folder", "a device", "a socket", "a link to a device")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_is_refused_in_one_sentence(unfit: dict[str, Path], kind: str) -> None:
    with pytest.raises(UnfitFileError) as caught:
        read_regular(unfit[kind], 100)
    assert kind.removeprefix("a link to ") in str(caught.value)
    assert str(caught.value).startswith(f"{unfit[kind]} cannot be read: it is a ")
    assert (caught.value.exit_code, isinstance(caught.value, InputError)) == (2, True)


@pytest.mark.parametrize("kind", KINDS)
def test_lines_are_read_of_files_alone(unfit: dict[str, Path], kind: str) -> None:
    with pytest.raises(UnfitFileError):
        next(read_lines(unfit[kind]))


def test_a_file_that_is_to_be_written_is_no_pipe(unfit: dict[str, Path]) -> None:
    with pytest.raises(UnfitFileError):
        only_regular(unfit["a named pipe"], os.O_WRONLY | os.O_APPEND)


def test_a_file_of_the_most_bytes_is_read_and_one_more_is_too_many(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 100)
    assert read_regular(file, 100) == b"x" * 100
    with pytest.raises(UnfitFileError, match="the most that is read"):
        read_regular(file, 99)


def test_a_file_that_hides_its_size_is_read_to_the_limit_only() -> None:
    assert Path("/proc/self/status").stat().st_size == 0
    with pytest.raises(UnfitFileError, match="the most that is read"):
        read_regular(Path("/proc/self/status"), 10)


def test_a_line_that_never_ends_is_told_by_its_number(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"short\n" + b"x" * 100)
    lines = read_lines(file, longest=50)
    assert next(lines) == b"short\n"
    with pytest.raises(UnfitFileError, match="line 2 has more"):
        next(lines)


def test_a_name_that_no_path_can_have(tmp_path: Path) -> None:
    with pytest.raises(UnfitFileError, match="cannot be a path"):
        read_regular(tmp_path / "a\0b", 10)


def test_what_is_not_there_is_told_as_ever(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "gone", 10)
