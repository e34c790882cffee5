"""Writing the journal, and reading it back from a run folder."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simnet.errors import JournalError
from simnet.journal._evidence import Evidence
from simnet.journal._record import FORMAT, Kind, Record


class Journal:
    """Append-only. Safe to append from several threads; ``evidence`` is always up to date with what was appended.

    ``clock`` gives seconds since the run began. With ``path`` None nothing is stored, which suits tests.
    """

    def __init__(self, clock: Callable[[], float], path: Path | None = None, *, append: bool = False) -> None:
        self.clock = clock
        self.evidence = Evidence()
        self.changed = threading.Condition()
        """Notified after every record, so that waiters look again."""
        self._next = 0
        if path is not None and append and path.exists():
            for record in read_journal(path):
                self.evidence.add(record)
                self._next = record.seq + 1
        self._file: io.TextIOWrapper | None = None
        if path is not None:
            self._file = path.open("a" if append else "w", encoding="utf-8")

    def append(
        self,
        kind: Kind,
        *,
        observer: str = "harness",
        incarnation: int = 0,
        chain: str | None = None,
        height: int | None = None,
        hash: str | None = None,
        **data: Any,
    ) -> Record:
        """Adds one record, stamped now, and returns it."""
        with self.changed:
            record = Record(
                seq=self._next,
                t=round(self.clock(), 6),
                observer=observer,
                incarnation=incarnation,
                chain=chain,
                height=height,
                hash=hash,
                kind=kind,
                data=data,
            )
            self._next += 1
            if self._file is not None:
                self._file.write(record.to_json() + "\n")
                if kind not in (Kind.EVENT, Kind.QUEUE):
                    self._file.flush()
            self.evidence.add(record)
            self.changed.notify_all()
        return record

    def close(self) -> None:
        with self.changed:
            if self._file is not None:
                self._file.close()
                self._file = None


def read_journal(path: Path) -> list[Record]:
    """All records of a journal, given its file or its run folder.

    A last line cut short by a killed harness is left out. Raises :class:`JournalError` for anything else that is not a journal.
    """
    file = path / "journal.jsonl" if path.is_dir() else path
    if not file.is_file():
        raise JournalError(f"no journal at {file}; give a run folder that simnet wrote")
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    records: list[Record] = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(Record.from_json(line))
        except (ValueError, KeyError, TypeError) as error:
            if number == len(lines) and not line.endswith("\n"):
                break
            raise JournalError(f"{file}:{number} is not a journal record: {error}") from error
    if not records:
        raise JournalError(f"{file} is empty")
    version = records[0].data.get("format")
    if records[0].kind is not Kind.RUN_STARTED or version != FORMAT:
        raise JournalError(f"{file} has format {version}; this simnet reads format {FORMAT}")
    for number, (one, two) in enumerate(zip(records, records[1:], strict=False), start=2):
        if two.seq != one.seq + 1:
            raise JournalError(f"{file}:{number} has sequence {two.seq} after {one.seq}; records are missing")
    return records
