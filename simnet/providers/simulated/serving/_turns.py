"""Clients take turns: none has the driving thread, nor its memory, for longer than others can wait."""

from __future__ import annotations

import time
from collections.abc import Callable

from simnet.providers.simulated.serving._client_limits import LARGE
from simnet.providers.simulated.serving._conversation import Conversation, Serving

_TURN = 0.05
"""Real seconds after which a batch lets others go first."""


class ClientTurns:
    """Of all clients of one service; used by the driving thread."""

    def __init__(self) -> None:
        self._large: ClientTask | None = None

    def take(self, task: ClientTask) -> list[bytes] | None:
        """Serves for a turn; what the client gets when all of it is served, else None."""
        if task.size > LARGE and not task.given_up:
            if not (self._large is None or self._large.given_up or self._large is task):
                return None
            self._large = task
        done = task.go_on()
        if done is not None and self._large is task:
            self._large = None
        return done


class ClientTask:
    """One thing that a client sent, until it is served or given up."""

    def __init__(self, conversation: Conversation, text: str | bytes) -> None:
        self.size = len(text)
        self.given_up = False
        self._conversation = conversation
        self._text: str | bytes | None = text
        self._serving: Serving | None = None

    def give_up(self) -> None:
        """The client is gone; called in any thread."""
        self.given_up = True
        self._text = None

    def go_on(self) -> list[bytes] | None:
        """Serves for a turn, as :meth:`ClientTurns.take`; nothing of what was given up."""
        text, self._text = self._text, None
        if self._serving is None and text is not None:
            self._serving = self._conversation.serve(text)
        del text
        end = time.monotonic() + _TURN
        while self._serving is not None and not self.given_up and time.monotonic() < end:
            try:
                next(self._serving)
            except StopIteration as done:
                texts: list[bytes] = done.value
                return texts
        if self.given_up:
            self._serving = None
            return []
        return None


def in_turns(
    turns: ClientTurns,
    task: ClientTask,
    leave: Callable[[Callable[[], None]], None],
    done: Callable[[list[bytes]], None],
) -> None:
    """Serves to the end, a turn at a time; ``leave`` queues the next one."""

    def serve() -> None:
        texts = turns.take(task)
        if texts is None:
            leave(serve)
        else:
            done(texts)

    leave(serve)
