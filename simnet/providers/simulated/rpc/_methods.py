"""Which function answers which method, and which class serves which subscription."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

if TYPE_CHECKING:
    from simnet.providers.simulated.ledger import Block
    from simnet.providers.simulated.rpc._node import NodeRpc

Answer = Callable[..., Any]
_A = TypeVar("_A", bound=Answer)
_S = TypeVar("_S", bound="type[Subscription]")

METHODS: dict[str, Answer] = {}
"""Functions by method; each takes the node's :class:`NodeRpc` and the call's parameters."""

SUBSCRIPTIONS: dict[str, type[Subscription]] = {}
"""Classes by the method that subscribes."""

ENDINGS: set[str] = set()
"""Methods that end a subscription by its id."""


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


class Subscription:
    """What one client wants to be told of one node. :meth:`send` hands it a result."""

    notifies: ClassVar[str]

    def __init__(self, rpc: NodeRpc, number: str, send: Callable[[Any], None]) -> None:
        self.rpc = rpc
        self.id = number
        self.send = send

    def begin(self, *params: Any) -> None:
        """Takes the parameters and sends what there is to say at once. Raises :class:`RefusedError`."""

    def imported(self, block: Block) -> None:
        """The node has a new block of its own chain."""

    def best(self, block: Block) -> None:
        """The node calls another block the best."""

    def finalized(self, block: Block) -> None:
        """The node finalized a block."""

    def finish(self) -> None:
        """Nothing more will be sent."""
        self.rpc.unsubscribe(self.id)
