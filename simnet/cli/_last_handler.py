"""How a command ends when something was raised in it: what is said, and by which exit code; never by a traceback."""

from __future__ import annotations

import errno
import os
import signal
import tempfile
import traceback

from simnet.cli._screen import say
from simnet.cli._signals import Terminated
from simnet.errors import InputError, SimnetError

HARNESS_FAILED = 3

INTERRUPTED = 130
"""Of a command that Ctrl-C ended: 128 and the number of SIGINT."""

SHOW = "SIMNET_TRACEBACK"
"""The variable that, set to 1, has tracebacks on stderr as well."""

_OF_PATHS = {
    *(errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST),
    *(errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP),
}
"""What is wrong with the path that somebody gave."""

_OF_MACHINES = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO, errno.ENOMEM}
"""What is wrong with the machine."""


def exit_code_of(error: BaseException) -> int:
    """Says what ended a command, on stderr, and gives its exit code.

    A traceback goes into a file, which is named, and nowhere else unless :data:`SHOW` asks for it.
    """
    if isinstance(error, SimnetError):
        say(f"error: {error}", err=True)
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        say("interrupted", err=True)
        return error.exit_code if isinstance(error, Terminated) else INTERRUPTED
    if isinstance(error, OSError) and error.filename is not None and error.errno in _OF_PATHS | _OF_MACHINES:
        say(f"error: {os.fspath(error.filename)!s}: {error.strerror}", err=True)
        return InputError.exit_code if error.errno in _OF_PATHS else HARNESS_FAILED
    if isinstance(error, BrokenPipeError):
        return 128 + signal.SIGPIPE  # who read what it prints has gone
    if isinstance(error, OSError) and error.errno in _OF_MACHINES:
        say(f"error: what this command prints or writes finds no place: {error.strerror}", err=True)
        return HARNESS_FAILED
    _report(error)
    return HARNESS_FAILED


def _report(error: BaseException) -> None:
    """Asks for a report. Notes of the error say where its run's folder is."""
    text = "".join(traceback.format_exception(error))
    said = f"{type(error).__name__}: {error}".splitlines()[0]
    say(f"error: simnet itself failed: {said}", err=True)
    for note in getattr(error, "__notes__", ()):
        say(note, err=True)
    try:
        handle, path = tempfile.mkstemp(prefix="simnet-", suffix=".traceback.txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as full:
        say(f"The traceback below cannot be stored ({full.strerror}); please report it.\n{text}", err=True)
        return
    say(f"The traceback is in {path}; please report it. What a run left goes with `simnet down`.", err=True)
    if os.environ.get(SHOW) == "1":
        say(text, err=True)
