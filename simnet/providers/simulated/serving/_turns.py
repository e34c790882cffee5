"""Clients take turns: none has the driving thread for longer than others can wait."""

from __future__ import annotations

import time
from collections.abc import Callable

from simnet.providers.simulated.serving._conversation import Serving

_TURN = 0.05
"""Real seconds after which a batch lets others go first."""


def turn(serving: Serving) -> list[bytes] | None:
    """Serves for a turn; what the client gets when all of it is served, else None."""
    end = time.monotonic() + _TURN
    while time.monotonic() < end:
        try:
            next(serving)
        except StopIteration as done:
            texts: list[bytes] = done.value
            return texts
    return None


def in_turns(
    serving: Serving, leave: Callable[[Callable[[], None]], None], done: Callable[[list[bytes]], None]
) -> None:
    """Serves to the end, a turn at a time; ``leave`` queues the next one."""

    def serve() -> None:
        texts = turn(serving)
        if texts is None:
            leave(serve)
        else:
            done(texts)

    leave(serve)
