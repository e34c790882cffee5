"""How functions come to answer methods, and classes to serve subscriptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from simnet.providers.simulated.rpc._node import ENDINGS, METHODS, SUBSCRIPTIONS, Answer, NodeRpc, Subscription

_A = TypeVar("_A", bound=Answer)
_S = TypeVar("_S", bound="type[Subscription]")


def method(*names: str) -> Callable[[_A], _A]:
    """Has a function answer these methods."""

    def register(function: _A) -> _A:
        METHODS.update(dict.fromkeys(names, function))
        return function

    return register


def subscription(*names: str, ends: tuple[str, ...], notifies: str) -> Callable[[_S], _S]:
    """Has a class serve the subscriptions that these methods begin; ``notifies`` is the method of its
    notifications."""

    def register(kind: _S) -> _S:
        kind.notifies = notifies
        SUBSCRIPTIONS.update(dict.fromkeys(names, kind))
        METHODS.update(dict.fromkeys(ends, _end))
        ENDINGS.update(ends)
        return kind

    return register


def _end(rpc: NodeRpc, number: str) -> bool:
    return rpc.unsubscribe(number)
