"""The running hash of a journal: each line has it, so that the first one that was changed later is found.

It finds accidents and careless edits. Who edits on purpose can seal anew; against that stands the digest of the whole
journal, kept elsewhere.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

_LETTERS = 16
"""Of the hash in a line: 64 bits, for what nobody forges."""

_OF_LINE = re.compile(rb',"seal":"([0-9a-f]{%d})"\}\n?$' % _LETTERS)


class RunningSeal:
    """The hash of what was written so far. A line's seal is that of all bytes before it in the file; the digest at the
    end is SHA-256 of the file, as other tools compute it."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def seal(self, record: str) -> str:
        """The line of a record, which is a JSON object: with its seal as last member, and its end."""
        body = record[:-1]
        self._hash.update(body.encode())
        end = f',"seal":"{self._hash.hexdigest()[:_LETTERS]}"}}\n'
        self._hash.update(end.encode())
        return body + end

    def fits(self, line: bytes) -> bool | None:
        """Whether the next line of a journal is what was written then; None if it has no seal."""
        found = _OF_LINE.search(line)
        self._hash.update(line if found is None else line[: found.start()])
        if found is None:
            return None
        fits = self._hash.hexdigest()[:_LETTERS].encode() == found[1]
        self._hash.update(line[found.start() :])
        return fits

    @property
    def digest(self) -> str:
        """SHA-256 of all lines so far, in hexadecimal."""
        return self._hash.hexdigest()


@dataclass(frozen=True, slots=True)
class JournalSeal:
    """``digest`` is the SHA-256 of a journal's whole lines, ``records`` how many they are. Journals that were written
    before there were seals are not ``sealed``."""

    digest: str
    records: int
    sealed: bool


def without_seal(line: bytes) -> bytes:
    """A journal's line as it was before it was sealed: it says the same on every machine but for the run's first."""
    return _OF_LINE.sub(b"}\n" if line.endswith(b"\n") else b"}", line)


def broken_seal(lines: Iterable[bytes]) -> tuple[int, str] | None:
    """Number of the first line, from 1, that is not as it was written, and what is wrong; None if all are."""
    running, sealed = RunningSeal(), False
    for number, line in enumerate(lines, start=1):
        fits = running.fits(line)
        if number == 1:
            sealed = fits is not None
        if fits is False:
            return number, "is not as it was written, or something before it was taken out or put in"
        if (fits is not None) is not sealed:
            return (
                number,
                "is without its seal, unlike those before" if sealed else "has a seal, unlike those before",
            )
    return None
