"""One node's JSON-RPC: calls, and subscriptions that the node's imports and heads drive.

Functions answer methods and classes serve subscriptions by the decorators :func:`method` and :func:`subscription`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from simnet.chain.rpc import CALL_TIMEOUT
from simnet.errors import HostError, RpcError, RuntimeTrap
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.rpc._errors import METHOD_NOT_FOUND, RefusedError
from simnet.providers.simulated.rpc._failures import Failures
from simnet.providers.simulated.rpc._parameters import Parameters, Text
from simnet.providers.simulated.rpc._values import as_hex

if TYPE_CHECKING:
    from simnet.providers.simulated.simulation import Simulation

_CLIENT_ERROR = 4003
"""sc-rpc-api's state errors: what the client behind the call refused."""

Answer = Callable[..., Any]
_A = TypeVar("_A", bound=Answer)
_S = TypeVar("_S", bound="type[Subscription]")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Served(Generic[_T]):
    """What serves a method, and the parameters that it takes."""

    by: _T
    parameters: Parameters


METHODS: dict[str, Served[Answer]] = {}
"""Functions by method; each takes the node's :class:`NodeRpc` and the call's parameters."""

SUBSCRIPTIONS: dict[str, Served[type[Subscription]]] = {}
"""Classes by the method that subscribes."""

ENDINGS: set[str] = set()
"""Methods that end a subscription by its id."""


def method(*names: str) -> Callable[[_A], _A]:
    """Has a function answer these methods."""

    def register(function: _A) -> _A:
        METHODS.update(dict.fromkeys(names, Served(function, Parameters.of(function))))
        return function

    return register


def subscription(*names: str, ends: tuple[str, ...], notifies: str) -> Callable[[_S], _S]:
    """Has a class serve the subscriptions that these methods begin; ``notifies`` is the method of its
    notifications."""

    def register(kind: _S) -> _S:
        kind.notifies = notifies
        SUBSCRIPTIONS.update(dict.fromkeys(names, Served(kind, Parameters.of(kind.begin))))
        METHODS.update(dict.fromkeys(ends, Served(NodeRpc.unsubscribe, Parameters.of(NodeRpc.unsubscribe))))
        ENDINGS.update(ends)
        return kind

    return register


class NodeRpc:
    """What one node answers from its own view of its chain. Calls take no virtual time.

    ``spec`` is the chain spec, of which nodes tell name, type and properties. A call raises
    :class:`~simnet.errors.RpcError` while the node is down, and :class:`RefusedError` for an error answer.
    """

    def __init__(self, simulation: Simulation, node: SimulatedNode, seed: int, spec: Mapping[str, Any]) -> None:
        self.code_hashes: dict[int, str | None] = {}
        """Hashes of codes by their numbers in the host, since they are long."""
        self.simulation = simulation
        self.node = node
        self.seed = seed
        self.spec = spec
        self.ledger = simulation.ledgers[node.spec.chain]
        self.subscriptions: dict[str, Subscription] = {}
        self.failures = Failures(partial(simulation.observer.log, node))
        self._life = node.life
        self._numbers = itertools.count(1)

    def call(self, method: str, params: Sequence[Any] | Mapping[str, Any] = (), timeout: float = CALL_TIMEOUT) -> Any:
        """The result of a method."""
        served = self._known(METHODS, method)
        return _answered(served.by, self, *served.parameters.read(params))

    def subscribe(self, method: str, params: Sequence[Any] | Mapping[str, Any], handler: Callable[[Any], None]) -> str:
        """Subscribes; the id. ``handler`` gets each notification's result, the first ones before this returns, in the
        thread that drives the network. Subscriptions end with the node's process."""
        served = self._known(SUBSCRIPTIONS, method)
        arguments = served.parameters.read(params)
        self._of_this_life()
        number = self.number()
        one = self.subscriptions[number] = served.by(self, number, handler)
        try:
            _answered(one.begin, *arguments)
        except Exception:
            self.unsubscribe(number)
            raise
        return number

    def _known(self, table: Mapping[str, _T], method: str) -> _T:
        """What serves the method, while the node does."""
        node = self.node
        if not node.ready or node.process != "running":
            raise RpcError(f"{node.name} does not answer: its process is {node.process}")
        if method not in table:
            raise RefusedError(METHOD_NOT_FOUND, "Method not found", method)
        return table[method]

    def unsubscribe(self, number: Text) -> bool:
        """Ends a subscription; False when there is none of that id."""
        return self.subscriptions.pop(number, None) is not None

    def lasts(self, number: str) -> bool:
        """Whether there is a subscription of that id."""
        return number in self.subscriptions

    def number(self) -> str:
        """An id that this node has not given yet."""
        return str(next(self._numbers))

    def peers(self) -> int:
        """How many nodes the node is connected to."""
        return self.simulation.links.peers(self.node.index)

    def close(self) -> None:
        """Nothing is open."""

    # -- what the node did; only called when there are subscriptions ----------------------------------------------

    def imported(self, block: ExecutedBlock) -> None:
        self._drive(lambda one: one.imported(block))

    def best(self, block: ExecutedBlock) -> None:
        self._drive(lambda one: one.best(block))

    def finalized(self, block: ExecutedBlock) -> None:
        self._drive(lambda one: one.finalized(block))

    def _drive(self, tell: Callable[[Subscription], None]) -> None:
        """Has each subscription told; one that fails at it is over."""
        for one in self._of_this_life():
            try:
                tell(one)
            except Exception as error:
                one.finish()
                self.failures.tell(f"a subscription for {one.notifies}", error)

    def _of_this_life(self) -> list[Subscription]:
        """The subscriptions, without those that an earlier process had."""
        if self._life != self.node.life:
            self._life = self.node.life
            self.subscriptions.clear()
        return list(self.subscriptions.values())

    # -- finding blocks -------------------------------------------------------------------------------------------

    def find(self, at: bytes | None) -> ExecutedBlock | None:
        """The block of a hash, the best one for None; None when the node does not have it."""
        if at is None:
            return self.node.own.best
        block = self.ledger.get(at)
        return block if block is not None and block in self.node.own else None

    def block(self, at: bytes | None) -> ExecutedBlock:
        """As :meth:`find`; raises :class:`RefusedError` when the node does not have it with its state."""
        block = self.find(at)
        unknown = "Client error: UnknownBlock:"
        if block is None:
            raise RefusedError(_CLIENT_ERROR, f"{unknown} Header was not found in the database: {as_hex(at or b'')}")
        if 0 < block.number < self.node.own.states_from:
            raise RefusedError(_CLIENT_ERROR, f"{unknown} State already discarded for {as_hex(block.hash)}")
        return block


def _answered(answer: Answer, *params: Any) -> Any:
    """What it answers. Raises :class:`RefusedError` when the runtime fails."""
    try:
        return answer(*params)
    except (RuntimeTrap, HostError) as error:
        raise RefusedError(_CLIENT_ERROR, f"Client error: Execution failed: {error}") from error


class Subscription:
    """What one client wants to be told of one node."""

    notifies: ClassVar[str]
    most: ClassVar[int | None] = None
    """How many of the kind a connection may have, where nodes bound that."""
    pooled: ClassVar[bool] = False
    """Whether what it is asked with is an extrinsic, for which nodes have their pool."""

    def __init__(self, rpc: NodeRpc, number: str, send: Callable[[Any], None]) -> None:
        self.rpc = rpc
        self.id = number
        self._send = send

    @property
    def finished(self) -> bool:
        """Whether it is over, and nothing more will be sent."""
        return self.rpc.subscriptions.get(self.id) is not self

    def send(self, result: Any) -> None:
        """Hands the client a result while it lasts."""
        if not self.finished:
            self._send(result)

    def begin(self, *params: Any) -> None:
        """Takes the parameters and sends what there is to say at once. Raises :class:`RefusedError`."""

    def imported(self, block: ExecutedBlock) -> None:
        """The node has a new block of its own chain."""

    def best(self, block: ExecutedBlock) -> None:
        """The node calls another block the best."""

    def finalized(self, block: ExecutedBlock) -> None:
        """The node finalized a block."""

    def finish(self) -> None:
        """Nothing more will be sent."""
        self.rpc.unsubscribe(self.id)
