"""What the nodes of a run wrote, by the run's folder, while it is up and afterwards.

Real nodes write logs of their own. Simulated ones write a few lines; the rest of their story is told from the journal.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from simnet.errors import InputError
from simnet.journal import JournalTail, NodeStory, launched_network
from simnet.network.topology import nearest
from simnet.regular_files import only_regular, read_lines

_DATED = re.compile(r"(?P<t>\d+\.\d{3}) (?P<text>.*)")

_POLL = 0.1
"""Real seconds between looks at files that another process writes."""


def node_log(
    folder: Path, node: str, *, tail: int | None = None, goes_on: Callable[[], bool] = lambda: False
) -> Iterator[bytes]:
    """Lines of a node's log: the last ``tail`` or all, and then what is added while it ``goes_on``.

    Raises :class:`InputError` for a node that the run has not, and for one of whose log nothing was kept.
    """
    network = launched_network(folder)
    names = [one.name for one in network.nodes]
    if node not in names:
        raise InputError(f"the run in {folder} has no node {node!r}{nearest(node, names)}")
    file = folder / "logs" / f"{node}.log"
    if not network.images:  # of simulated nodes
        return _story(folder, node, file, tail, goes_on)
    if not file.exists():
        raise InputError(f"the run in {folder} kept no log of {node}")
    return iter(deque(read_lines(file), maxlen=tail))


def _story(folder: Path, node: str, file: Path, tail: int | None, goes_on: Callable[[], bool]) -> Iterator[bytes]:
    story, own = NodeStory(node, beside_log=file.exists()), _OwnLines(file)
    with JournalTail(folder) as journal:
        while True:
            last = not goes_on()
            told = [line for record in journal.more() for line in story.tell(record)]
            told += own.more()
            told.sort(key=lambda line: line[0])
            yield from (f"{t:10.3f}  {text}\n".encode() for t, text in deque(told, maxlen=tail))
            tail = None
            if last:
                return
            time.sleep(_POLL)


class _OwnLines:
    """What a simulated node writes itself: lines with the run's seconds before them, or without, as of a traceback."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._now = 0.0

    def more(self) -> list[tuple[float, str]]:
        """What was added since the last call."""
        if not self._path.exists():
            return []
        with open(self._path, "rb", opener=only_regular) as file:
            file.seek(self._read)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        return [self._dated(line) for line in whole.decode("utf-8", "backslashreplace").splitlines()]

    def _dated(self, line: str) -> tuple[float, str]:
        dated = _DATED.fullmatch(line)
        if dated is None:
            return self._now, line
        self._now = float(dated["t"])
        return self._now, dated["text"]
