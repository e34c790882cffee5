"""Where in a file a call is wrong, by where its encoder says."""

from __future__ import annotations

from collections.abc import Iterable

from simnet.chain.calls import EncodeError
from simnet.fields import KeyPath
from simnet.scenario.mistakes import Mistake
from simnet.scenario.steps import Submit


def keys_of(path: Iterable[str]) -> list[str | int]:
    """An encoder's path as keys and positions: a nested call, ``System.remark``, is one step of it, and two keys."""
    steps = (part for step in path for part in step.split("."))
    return [int(step[1:-1]) if step[:1] == "[" else step for step in steps]


def wrong_call(way: KeyPath, submit: Submit, error: EncodeError) -> Mistake:
    """The mistake at the argument to which the encoder's path leads; what has no path is wrong with the call's name."""
    if not error.path:
        return Mistake((*way, "call"), str(error))
    of_key = error.key is not None
    message = error.reason if len(error.path) == 1 else f"{' > '.join(error.path[1:])}: {error.reason}"
    more = [] if error.key is None else [error.key]
    return Mistake((*way, "args", *keys_of(error.path[1:]), *more), message, of_key)
