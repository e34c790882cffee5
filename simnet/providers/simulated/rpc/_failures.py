"""Errors that nobody foresaw: the client is told that there was one, the log what it was, and the network goes on."""

from __future__ import annotations

import traceback
from collections.abc import Callable

_LONGEST = 20_000
"""Letters of a traceback; a message may repeat all that a client sent."""


class Failures:
    """``write`` takes the text of a log."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._told: set[tuple[type[Exception], str, int | None]] = set()

    def tell(self, what: str, error: Exception) -> None:
        """Logs the traceback of what failed; once for each place that raises it, however often it is asked for."""
        place = traceback.extract_tb(error.__traceback__)[-1]
        key = (type(error), place.filename, place.lineno)
        if key not in self._told:
            self._told.add(key)
            text = "".join(traceback.format_exception(error))
            self._write(f"{what} failed, which is a fault of simnet:\n{text[-_LONGEST:]}")
