"""How commands end: every exit code with its meaning, and which of several counts."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """An exit code of the ``simnet`` command. ``meaning`` says in a sentence what it tells."""

    meaning: str

    def __new__(cls, number: int, meaning: str) -> ExitCode:
        code = int.__new__(cls, number)
        code._value_ = number
        code.meaning = meaning
        return code

    HELD = 0, "What was asked holds."
    FAILED = 1, "It does not hold: a check or an invariant failed, a search found something, a replay failed again."
    BAD_INPUT = 2, "The input is wrong: a file, an option, an argument, an image that is not to be had."
    HARNESS_FAILED = 3, "simnet, the engine or the machine failed, so that nothing is said about the network."
    INCONCLUSIVE = 4, "It cannot be told: a fault did not take hold, a node was not watched, a check saw too little."
    HUNG_UP = 129, "Ended by SIGHUP; what was made was removed, and what was seen was judged."
    INTERRUPTED = 130, "Ended by Ctrl-C (SIGINT); what was made was removed, and what was seen was judged."
    UNREAD = 141, "Who read what the command prints has gone (SIGPIPE)."
    TERMINATED = 143, "Ended by SIGTERM; what was made was removed, and what was seen was judged."


WORST_FIRST = (
    ExitCode.HARNESS_FAILED,
    ExitCode.BAD_INPUT,
    ExitCode.FAILED,
    ExitCode.INCONCLUSIVE,
    ExitCode.HELD,
)
"""Of several runs the first in this order counts. A failure of the harness says least about the network, so it comes
before a failed check; an inconclusive run may have failed, so it comes before one that held."""

_BY_NUMBER = {code.value: code for code in ExitCode}


def worst(codes: Iterable[int]) -> ExitCode:
    """The exit code that stands for several runs; that of no run is 0."""
    return min((_BY_NUMBER[code] for code in codes), key=WORST_FIRST.index, default=ExitCode.HELD)
