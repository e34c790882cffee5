"""Files of others, opened so that none can hang who reads it or fill the memory: regular ones alone, up to a limit.

A device, a FIFO, a socket or a folder is told by what was opened, not by what stood there before, so that nobody can
put another thing in its place in between.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simnet.errors import InputError

MIB = 1 << 20

TEXT = 4 * MIB
"""Most bytes of a file that people write: of a scenario, a network, a space. A thousand nodes, each with account,
region and flags, take 200 KiB."""

RUNTIME = 50 * MIB
"""Of a runtime: what code may be when it is unpacked (sp-maybe-compressed-blob 11.1, CODE_BLOB_BOMB_LIMIT)."""

SPEC = 512 * MIB
"""Of a chain spec: raw ones hold the whole state, those of public chains some tens of megabytes."""

NOTES = 64 * MIB
"""Of a JSON file that simnet wrote about a run, a campaign or a bundle: a topology with its genesis at the most."""

LINE = 64 * MIB
"""Of one line of a journal, which as a whole has no limit: a call carries a runtime as hex at the most."""

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class UnfitFileError(OSError, InputError):
    """What a path leads to is no regular file, or more than is read of one. ``strerror`` says so without the path.
    Name another file."""

    def __str__(self) -> str:
        return f"{self.filename} cannot be read: {self.strerror}"


def only_regular(path: str | os.PathLike[str], flags: int) -> int:
    """An opener for :func:`open` that takes regular files alone and waits for nobody; raises
    :class:`UnfitFileError` for anything else, and ``OSError`` as ``open`` does."""
    try:
        descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY, 0o666)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.EOPNOTSUPP):  # of a socket, or of a pipe that is to be written
            raise UnfitFileError(errno.EINVAL, "it is a socket or a pipe, not a file", str(path)) from None
        if error.errno == errno.ELOOP and flags & os.O_NOFOLLOW:
            raise UnfitFileError(errno.ELOOP, "it is a link, not a file", str(path)) from None
        if error.errno == errno.EISDIR:
            raise UnfitFileError(errno.EISDIR, "it is a folder, not a file", str(path)) from None
        raise
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "something else")
        raise UnfitFileError(errno.EINVAL, f"it is {kind}, not a file", str(path))
    return descriptor


def read_regular(path: Path, most: int) -> bytes:
    """The content of a file of at most so many bytes; raises as :func:`only_regular`, and
    :class:`UnfitFileError` for one that has more, of which no more than that is read."""
    with _named(path), open(path, "rb", opener=only_regular) as file:
        size = os.fstat(file.fileno()).st_size
        data = file.read(most + 1) if size <= most else b""
        if size > most or len(data or b"") > most:
            told = f"it has more than {most // MIB} MiB, the most that is read of such a file"
            raise UnfitFileError(errno.EFBIG, told, str(path))
        if data is None:  # some of the kernel's own files wait for what comes
            raise UnfitFileError(errno.EAGAIN, "it has nothing to read now", str(path))
    return data


def read_lines(path: Path, longest: int = LINE) -> Iterator[bytes]:
    """The lines of a file, one after another, each with its end; raises as :func:`only_regular`, and
    :class:`UnfitFileError` at a line of more than so many bytes."""
    with _named(path), open(path, "rb", opener=only_regular) as file:
        number = 0
        while line := file.readline(longest + 1):
            number += 1
            if len(line) > longest:
                told = f"line {number} has more than {longest // MIB} MiB, the most that is read of a line"
                raise UnfitFileError(errno.EFBIG, told, str(path))
            yield line


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Has errors of reading name the file as those of opening do, and what is no path be one of them."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise
    except ValueError as error:  # a NUL character, or half of one
        raise UnfitFileError(errno.EINVAL, "this cannot be a path", str(path)) from error
