"""Reading a journal from its beginning while somebody may still write it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from simnet.errors import JournalError
from simnet.journal._record import AnyRecord, Record
from simnet.journal.records import NetworkLaunched
from simnet.regular_files import LINE, only_regular


class JournalTail:
    """The records of a run folder's journal in their order, as far as it is written; a context manager.

    Its seals are not looked at: this is for showing, not for judging. Raises :class:`JournalError` where there is no
    journal, and for a line that is no record.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "journal.jsonl"
        if not self._path.exists():
            raise JournalError(f"no journal at {self._path}; give a run folder that simnet wrote")
        self._file = open(self._path, "rb", opener=only_regular)  # noqa: SIM115 - closed by __exit__
        self._number = 0
        self._begun = b""
        """A line whose end is not there yet."""

    def __enter__(self) -> JournalTail:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def more(self) -> Iterator[AnyRecord]:
        """What was written since the last call."""
        while part := self._file.readline(LINE + 1):
            self._begun += part
            if not self._begun.endswith(b"\n"):
                if len(self._begun) > LINE:
                    raise JournalError(f"{self._path}:{self._number + 1} has more than a record may have")
                return
            line, self._begun = self._begun, b""
            self._number += 1
            try:
                record = Record.from_json(line)
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise JournalError(f"{self._path}:{self._number} is not a journal record: {error}") from error
            yield record


def launched_network(folder: Path) -> NetworkLaunched:
    """The network of a run, by its folder; raises :class:`JournalError` where its journal does not tell it."""
    with JournalTail(folder) as journal:
        found = next((one.data for one in journal.more() if isinstance(one.data, NetworkLaunched)), None)
    if found is None:
        raise JournalError(f"the journal in {folder} ends before a network was launched")
    return found
