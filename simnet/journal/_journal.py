"""Writing the journal, and reading it back from a run folder."""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

from simnet.errors import JournalError, StorageError
from simnet.journal._evidence import Evidence
from simnet.journal._record import FORMAT, AnyRecord, Record
from simnet.journal._record_kinds import Kind, Reader
from simnet.journal._restated import restated
from simnet.journal._seal import JournalSeal, RunningSeal, broken_seal
from simnet.journal.records import ObservationGap, RecordData, RunEnded, RunStarted
from simnet.regular_files import read_lines

_PHASE_ENDS = (Kind.BARRIER, Kind.PHASE, Kind.STEP)
"""What ends a part of a run: what was written up to then is on the disk before the run goes on."""


class Journal:
    """Append-only. Safe to append from several threads; ``evidence`` is always up to date with what was appended.

    ``clock`` gives seconds since the run began. With ``path`` None nothing is stored, which suits tests. Every method
    that writes raises :class:`~simnet.errors.StorageError` when the disk takes no more.
    """

    def __init__(self, clock: Callable[[], float], path: Path | None = None, *, append: bool = False) -> None:
        self._source = clock
        self._zero = 0.0
        self.evidence = Evidence()
        self.changed = threading.Condition()
        """Notified after every record, so that waiters look again."""
        self._prompt = True
        """Whether records reach the file at once, so that other processes see them and a kill loses none."""
        self._file: io.TextIOWrapper | None = None
        self._path: Path | None = None
        self._seal: RunningSeal | None = RunningSeal()
        """Of what is written; None while an old journal without seals goes on."""
        self._failed: str | None = None
        """Why nothing can be written any more."""
        self.took: dict[str, float] = {}
        """Seconds of this machine by what they went into, for who tells of the run: no records, since each time takes
        another."""
        self.stored: JournalSeal | None = None
        """Of the file of the run that ended last; None where it has none, or not all."""
        if path is not None and append and path.exists():
            self.evidence = read_evidence(path)
            running, _, sealed = _seal_so_far(path)
            self._seal = running if sealed else None
        self._open(path, "a" if append else "w")

    @property
    def stores(self) -> bool:
        """Whether what is appended goes into a file."""
        return self._file is not None

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
            self._write(self._file, record)
        self.evidence.add(record)
        self.changed.notify_all()

    def _write(self, file: io.TextIOWrapper, record: AnyRecord) -> None:
        if self._failed is not None:
            raise StorageError(self._failed)
        text = record.to_json()
        try:
            file.write(text + "\n" if self._seal is None else self._seal.seal(text))
            if self._prompt and record.kind not in (Kind.EVENT, Kind.QUEUE):
                file.flush()
                if record.kind in _PHASE_ENDS:
                    os.fsync(file.fileno())
        except OSError as error:
            raise self._fail(error) from error

    def _fail(self, error: OSError) -> StorageError:
        """Takes note that the file can be written no more."""
        self._failed = (
            f"{self._path} cannot be written any more: {error.strerror or error}; it has what was seen until about"
            f" {self.evidence.now:.0f} s"
        )
        return StorageError(self._failed)

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
            if self._file is not None and self._failed is None:
                self._store(self._file)

    def _store(self, file: io.TextIOWrapper) -> None:
        """Has all that was written reach the disk."""
        try:
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            raise self._fail(error) from error

    def begin(self, path: Path | None, started: RunStarted) -> None:
        """Begins another run's journal: its clock at zero, that it started, then the network's state restated.

        Those who append need not know, and nothing that they append is lost between two runs.
        """
        with self.changed:
            before = self.evidence
            self.took.clear()
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

    def end(
        self,
        *,
        outcome: str,
        error: str | None = None,
        mistaken: bool = False,
        digests: Mapping[str, str] | None = None,
    ) -> Evidence:
        """Appends the run's last record, closes the file and gives what the run shows.

        ``mistaken``: ``error`` is a mistake of the input. ``digests`` are of what the run was made of, by name; with
        them stand those of its runtimes. When the disk has taken no more, what the run shows is in memory alone: it
        ``failed``. The network may outlive its run: what is appended from now on waits in memory until :meth:`begin`.
        """
        with self.changed:
            if digests is not None:
                runtimes = self.evidence.network.runtimes
                digests = {**digests, **{f"runtime {name}": digest for name, digest in sorted(runtimes.items())}}
            last = RunEnded(outcome=outcome, error=error, digests=digests, mistaken=mistaken or None)
            path = self._file and self._path
            try:
                self.append(last)
                self._close(stored=True)
                self.stored = self._seal_of(path) if path else None
            except StorageError as full:
                self._close(stored=False)
                self.stored = None
                self.append(replace(last, outcome="failed", error=last.error or str(full)))
            ended = self.evidence
            self.evidence = Evidence()
            self._restate(ended)
            return ended

    def _seal_of(self, path: Path) -> JournalSeal:
        if self._seal is None:
            return read_seal(path)
        return JournalSeal(self._seal.digest, len(self.evidence.records), sealed=True)

    def _restate(self, before: Evidence) -> None:
        for record in restated(before):
            self._add(replace(record, seq=len(self.evidence.records), t=round(self.clock(), 6)))

    def _open(self, path: Path | None, mode: Literal["a", "w"]) -> None:
        self.close()
        self._path, self._failed = path, None
        if mode == "w":
            self._seal = RunningSeal()
        self._file = path.open(mode, encoding="utf-8") if path is not None else None

    def close(self) -> None:
        """Closes the file, with what was appended."""
        with self.changed:
            self._close(stored=self._failed is None)

    def _close(self, *, stored: bool) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        try:
            if stored:
                self._store(file)
        finally:
            with suppress(OSError):
                file.close()


def read_evidence(path: Path | str) -> Evidence:
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


def read_journal(path: Path | str) -> list[AnyRecord]:
    """All records of a journal, given its file or its run folder.

    A last line without its end, cut short by a killed harness, is left out. Raises :class:`JournalError` for anything
    else that is not a journal, and for one that was changed after it was written, naming the first line that is not as
    it was.
    """
    file, lines = _lines(path)
    _check_format(file, lines)
    whole = lines[:-1] if len(lines) > 1 and not lines[-1].endswith(b"\n") else lines
    broken = broken_seal(whole)
    if broken is not None:
        raise JournalError(f"{file}:{broken[0]} {broken[1]}; it is no evidence of the run")
    records: list[AnyRecord] = []
    for number, line in enumerate(whole, start=1):
        try:
            records.append(Record.from_json(line))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise JournalError(f"{file}:{number} is not a journal record: {error}") from error
    if whole is not lines and records[-1].kind is Kind.RUN_ENDED:
        raise JournalError(f"{file}:{len(lines)} has something after the end of the run, which simnet did not write")
    for number, (one, two) in enumerate(pairwise(records), start=2):
        if two.seq != one.seq + 1:
            raise JournalError(f"{file}:{number} has sequence {two.seq} after {one.seq}; records are missing")
    return records


def read_seal(path: Path | str) -> JournalSeal:
    """The digest of a journal as it is, given its file or its run folder; raises :class:`JournalError` where there is
    none."""
    running, records, sealed = _seal_so_far(path)
    return JournalSeal(running.digest, records, sealed)


def _seal_so_far(path: Path | str) -> tuple[RunningSeal, int, bool]:
    """The running seal of a journal's whole lines, how many they are, and whether they have it."""
    running, records, sealed = RunningSeal(), 0, False
    for line in _lines(path)[1]:
        if line.endswith(b"\n"):
            sealed, records = running.fits(line) is not None, records + 1
    return running, records, sealed


def _lines(path: Path | str) -> tuple[Path, list[bytes]]:
    file = Path(path, "journal.jsonl") if Path(path).is_dir() else Path(path)
    if not file.exists():
        raise JournalError(f"no journal at {file}; give a run folder that simnet wrote")
    return file, list(read_lines(file))


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
