"""Writing the journal, and reading it back from a run folder."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

from simnet.errors import JournalError
from simnet.journal._evidence import Evidence
from simnet.journal._record import FORMAT, AnyRecord, Record
from simnet.journal._record_kinds import Kind, Reader
from simnet.journal._restated import restated
from simnet.journal.records import ObservationGap, RecordData, RunEnded, RunStarted
from simnet.regular_files import read_lines


class Journal:
    """Append-only. Safe to append from several threads; ``evidence`` is always up to date with what was appended.

    ``clock`` gives seconds since the run began. With ``path`` None nothing is stored, which suits tests.
    """

    def __init__(self, clock: Callable[[], float], path: Path | None = None, *, append: bool = False) -> None:
        self._source = clock
        self._zero = 0.0
        self.evidence = Evidence()
        self.changed = threading.Condition()
        """Notified after every record, so that waiters look again."""
        self._prompt = True
        """Whether records reach the file at once, so that other processes see them and a kill loses none."""
        if path is not None and append and path.exists():
            self.evidence = read_evidence(path)
        self._file: io.TextIOWrapper | None = None
        self._open(path, "a" if append else "w")

    def append(
        self,
        data: RecordData,
        *,
        observer: str = "harness",
        incarnation: int = 0,
        chain: str | None = None,
        height: int | None = None,
        hash: str | None = None,  # noqa: A002 - the record's own word
    ) -> AnyRecord:
        """Adds one record, stamped now, and returns it."""
        with self.changed:
            record = Record(
                seq=len(self.evidence.records),
                t=round(self.clock(), 6),
                observer=observer,
                incarnation=incarnation,
                chain=chain,
                height=height,
                hash=hash,
                data=data,
            )
            self._add(record)
        return record

    def _add(self, record: AnyRecord) -> None:
        if self._file is not None:
            self._file.write(record.to_json() + "\n")
            if self._prompt and record.kind not in (Kind.EVENT, Kind.QUEUE):
                self._file.flush()
        self.evidence.add(record)
        self.changed.notify_all()

    def append_gap(self, node: str, what: Reader, start: float, reason: str) -> None:
        """Adds that a reader read nothing of a node from ``start`` to now."""
        end = round(self.clock(), 6)
        self.append(ObservationGap(start=round(start, 6), end=end, reason=reason, what=what), observer=node)

    def clock(self) -> float:
        """Seconds since the run began."""
        return self._source() - self._zero

    def run_on(self, clock: Callable[[], float]) -> None:
        """Takes the time from another clock, now zero, for a network whose time is not this machine's.

        Its runs can be repeated, so from now on records are written when enough of them have come together.
        """
        self._source, self._zero = clock, clock()
        self._prompt = False

    def prompt(self) -> None:
        """Has every record reach the file at once, now and from now on."""
        with self.changed:
            self._prompt = True
            if self._file is not None:
                self._file.flush()

    def begin(self, path: Path | None, started: RunStarted) -> None:
        """Begins another run's journal: its clock at zero, that it started, then the network's state restated.

        Those who append need not know, and nothing that they append is lost between two runs.
        """
        with self.changed:
            before = self.evidence
            self._zero = self._source()
            self._open(path, "w")
            self.evidence = Evidence()
            source, zero = self._source, self._zero
            self._source = lambda: zero
            self.append(started)
            self._source = source
            self._restate(before)

    def continue_as(self, path: Path | None, started: RunStarted) -> None:
        """Goes on as the journal of another run that began the same way: ``started`` is its first record, all else that
        was appended stands.

        For runs that share a network up to its barrier, each in a process of its own from there.
        """
        with self.changed:
            told = self.evidence.records
            first = replace(told[0], data=started)
            self._open(path, "w")
            self.evidence = Evidence()
            for record in (first, *told[1:]):
                self._add(record)

    def end(self, *, outcome: str, error: str | None = None) -> Evidence:
        """Appends the run's last record, closes the file and gives what the run shows.

        The network may outlive its run: what is appended from now on waits in memory until :meth:`begin`.
        """
        with self.changed:
            self.append(RunEnded(outcome=outcome, error=error))
            self.close()
            ended = self.evidence
            self.evidence = Evidence()
            self._restate(ended)
            return ended

    def _restate(self, before: Evidence) -> None:
        for record in restated(before):
            self._add(replace(record, seq=len(self.evidence.records), t=round(self.clock(), 6)))

    def _open(self, path: Path | None, mode: Literal["a", "w"]) -> None:
        self.close()
        self._file = path.open(mode, encoding="utf-8") if path is not None else None

    def close(self) -> None:
        with self.changed:
            if self._file is not None:
                self._file.close()
                self._file = None


def read_evidence(path: Path) -> Evidence:
    """What a stored journal shows, given its file or its run folder.

    Raises :class:`JournalError` as :func:`read_journal` does, and for a record that lacks what its kind has.
    """
    evidence = Evidence()
    for record in read_journal(path):
        try:
            evidence.add(record)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise JournalError(
                f"{path}: journal.jsonl:{record.seq + 1} lacks what a record of {record.kind.value} has: {error!r}"
            ) from error
    return evidence


def read_journal(path: Path) -> list[AnyRecord]:
    """All records of a journal, given its file or its run folder.

    A last line cut short by a killed harness is left out. Raises :class:`JournalError` for anything else that is not
    a journal.
    """
    file = path / "journal.jsonl" if path.is_dir() else path
    if not file.exists():
        raise JournalError(f"no journal at {file}; give a run folder that simnet wrote")
    lines = list(read_lines(file))
    _check_format(file, lines)
    records: list[AnyRecord] = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(Record.from_json(line))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            if 1 < number == len(lines) and not line.endswith(b"\n"):
                break
            raise JournalError(f"{file}:{number} is not a journal record: {error}") from error
    for number, (one, two) in enumerate(pairwise(records), start=2):
        if two.seq != one.seq + 1:
            raise JournalError(f"{file}:{number} has sequence {two.seq} after {one.seq}; records are missing")
    return records


def _check_format(file: Path, lines: list[bytes]) -> None:
    """Refuses a journal of another version before any of its records is read."""
    if not lines:
        raise JournalError(f"{file} is empty")
    try:
        first = json.loads(lines[0])
        version = first["data"].get("format") if first["kind"] == Kind.RUN_STARTED.value else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise JournalError(f"{file}:1 is not a journal record: no JSON object with kind and data") from None
    if version != FORMAT:
        raise JournalError(f"{file} has format {version}; this simnet reads format {FORMAT}")
