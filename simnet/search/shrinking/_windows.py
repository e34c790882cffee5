"""Fewer windows."""

from __future__ import annotations

from simnet.search.shrinking._pass import Shrinking


def fewer_windows(state: Shrinking) -> None:
    """No window at all, then each by itself, then all but one."""
    if state.attempt(()):
        return
    if len(state.best) > 1 and not any(state.attempt((one,)) for one in state.best):
        index = 0
        while index < len(state.best):
            if not state.attempt(state.best[:index] + state.best[index + 1 :]):
                index += 1
