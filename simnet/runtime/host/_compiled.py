"""Compiled modules on disk. They are machine code, which whoever can write them runs as this user: so they lie in a
folder that nobody else can enter, and what is not surely the user's own is not read.

The folder is opened once and looked at through that handle, files only within it, none by a link: what is swapped in
between changes nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import stat
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from simnet.paths import cache_path
from simnet.scratch import scratch_name

_KIND = "compiled"
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_DIGEST = 32
_CPU_INFO = Path("/proc/cpuinfo")
_FLAGS = ("flags", "Features")
"""How Linux begins the line of a processor's features, on x86 and on ARM."""

_said: set[str] = set()


def kept(name: str) -> bytes | None:
    """What was kept by this name for this machine; None where nothing was, it is damaged, or may be somebody else's."""
    with contextlib.suppress(OSError), _folder(make=False) as folder:
        if folder is not None:
            handle = os.open(_file(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
            with os.fdopen(handle, "rb") as file:
                if not _own(os.fstat(handle), stat.S_ISREG, _FILE_MODE):
                    return None
                content = file.read()
            code = content[_DIGEST:]
            return code if _digest(code) == content[:_DIGEST] else None
    return None


def keep(name: str, code: bytes) -> None:
    """Writes beside the file and moves it there, so that no one reads half of it. A full or read-only disk is fine."""
    with contextlib.suppress(OSError), _folder(make=True) as folder:
        if folder is not None:
            partial = scratch_name()
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            try:
                with os.fdopen(os.open(partial, flags, _FILE_MODE, dir_fd=folder), "wb") as file:
                    os.fchmod(file.fileno(), _FILE_MODE)
                    file.write(_digest(code))
                    file.write(code)
                os.replace(partial, _file(name), src_dir_fd=folder, dst_dir_fd=folder)
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(partial, dir_fd=folder)


@contextlib.contextmanager
def _folder(*, make: bool) -> Iterator[int | None]:
    """The folder's handle; None, with a line that says why, where it is not the user's own alone.

    Raises OSError where it is not there or cannot be.
    """
    path = cache_path(_KIND)
    if make:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=_FOLDER_MODE)
    if path.is_symlink():
        _say(path, "it is a link")
        yield None
        return
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = os.fstat(handle)
        if _own(found, stat.S_ISDIR, _FOLDER_MODE):
            yield handle
        else:
            _say(path, f"it belongs to user {found.st_uid} with mode {stat.S_IMODE(found.st_mode):04o}")
            yield None
    finally:
        os.close(handle)


def _own(found: os.stat_result, is_kind: Callable[[int], bool], mode: int) -> bool:
    return is_kind(found.st_mode) and found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) == mode


def _say(path: Path, why: str) -> None:
    """Once a process: without the folder all is compiled anew, which takes seconds."""
    if str(path) not in _said:
        _said.add(str(path))
        wanted = f"a folder of user {os.geteuid()} with mode {_FOLDER_MODE:04o}"
        print(
            f"compiled runtimes are neither read nor kept: {path} is to be {wanted}, and {why}; remove it",
            file=sys.stderr,
            flush=True,
        )


def _digest(code: bytes) -> bytes:
    return hashlib.blake2b(code, digest_size=_DIGEST).digest()


def _file(name: str) -> str:
    return f"{name}-{_machine()}.cwasm"


@cache
def _machine() -> str:
    """What made the machine code and what runs it: wasmtime's version, the target, the processor's features."""
    features = ""
    with contextlib.suppress(OSError), _CPU_INFO.open(encoding="utf-8", errors="replace") as lines:
        features = next((line for line in lines if line.startswith(_FLAGS)), "")
    target = f"{sys.platform} {platform.machine()} {' '.join(sorted(features.partition(':')[2].split()))}"
    return f"{version('wasmtime')}-{hashlib.sha256(target.encode()).hexdigest()[:8]}"
