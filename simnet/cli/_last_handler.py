"""How a command ends when something was raised in it: what is said, and by which exit code; never by a traceback."""

from __future__ import annotations

import errno
import os
import tempfile
import traceback

from simnet.cli._annotations import annotate_error
from simnet.cli._screen import say
from simnet.cli._signals import exit_code_of_signal
from simnet.environment import TRACEBACK
from simnet.errors import SimnetError
from simnet.exit_codes import ExitCode

_OF_PATHS = {
    *(errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST),
    *(errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP),
}
"""What is wrong with the path that somebody gave."""

_OF_MACHINES = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO, errno.ENOMEM}
"""What is wrong with the machine."""


def exit_code_of(error: BaseException) -> int:
    """Says what ended a command, on stderr, and gives its exit code. Notes of the error say where its run's folder is.

    A traceback goes into a file, which is named, and nowhere else unless ``SIMNET_TRACEBACK`` asks for it.
    """
    if isinstance(error, SimnetError):
        _say(f"error: {error}", error)
        annotate_error(error)
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        _say("interrupted", error)
        return exit_code_of_signal(error)
    if isinstance(error, OSError) and error.filename is not None and error.errno in _OF_PATHS | _OF_MACHINES:
        say(f"error: {os.fspath(error.filename)!s}: {error.strerror}", err=True)
        return ExitCode.BAD_INPUT if error.errno in _OF_PATHS else ExitCode.HARNESS_FAILED
    if isinstance(error, BrokenPipeError):
        return ExitCode.UNREAD
    if isinstance(error, OSError) and error.errno in _OF_MACHINES:
        say(f"error: what this command prints or writes finds no place: {error.strerror}", err=True)
        return ExitCode.HARNESS_FAILED
    _report(error)
    return ExitCode.HARNESS_FAILED


def _say(text: str, error: BaseException) -> None:
    say("\n".join((text, *getattr(error, "__notes__", ()))), err=True)


def _report(error: BaseException) -> None:
    """Asks for a report."""
    text = "".join(traceback.format_exception(error))
    said = f"{type(error).__name__}: {error}".splitlines()[0]
    _say(f"error: simnet itself failed: {said}", error)
    try:
        handle, path = tempfile.mkstemp(prefix="simnet-", suffix=".traceback.txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as full:
        say(f"The traceback below cannot be stored ({full.strerror}); please report it.\n{text}", err=True)
        return
    say(f"The traceback is in {path}; please report it. What a run left goes with `simnet down`.", err=True)
    if TRACEBACK.get() == "1":
        say(text, err=True)
