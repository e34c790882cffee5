"""Following extrinsics into blocks, and offering them again and again.

``author_submitAndWatchExtrinsic``, ``transactionWatch_v1_*``, ``transaction_v1_*``.
"""

from __future__ import annotations

from abc import abstractmethod
from contextlib import suppress
from itertools import takewhile
from typing import Literal

from simnet.codec import blake2_256
from simnet.providers.simulated.ledger import ExecutedBlock, ancestry, common_ancestor
from simnet.providers.simulated.rpc._errors import InvalidParamsError, RefusedError
from simnet.providers.simulated.rpc._limits import BROADCASTS
from simnet.providers.simulated.rpc._node import NodeRpc, Subscription, method, subscription
from simnet.providers.simulated.rpc._parameters import HexBytes, Text
from simnet.providers.simulated.rpc._pool import Validity, is_ready, submit, validate
from simnet.providers.simulated.rpc._system import connected, peer_id_of
from simnet.providers.simulated.rpc._values import as_hex

_LONGEST = 512
"""Blocks after which a node no longer waits for finality (sc-transaction-pool MAX_FINALITY_WATCHERS)."""


BlockStatus = Literal["inBlock", "retracted", "finalized", "finalityTimeout"]
"""Those of sc-transaction-pool-api's TransactionStatus that name a block."""


class _Watch(Subscription):
    """One extrinsic of the node's pool, from its submission to a finalized block."""

    pooled = True

    def begin(self, bytes_: HexBytes) -> None:
        own = self.rpc.node.own
        self._best, self._final = own.best, own.finalized
        self._block: ExecutedBlock | None = None
        self._ready = False
        self._extrinsic, validity = self._submit(bytes_)
        self._look_ready(validity)

    def best(self, block: ExecutedBlock) -> None:
        old, self._best = self._best, block
        if old is block:
            return
        base = common_ancestor(old, block)
        if self._block is not None and not base.descends_from(self._block):
            self.tell("retracted", self._block)
            self._block = None
        if self._block is None:
            self._find(block, base)
        if self._block is None:
            self._check()
        elif block.number - self._block.number > _LONGEST:
            self.tell("finalityTimeout", self._block)
            self.finish()

    def finalized(self, block: ExecutedBlock) -> None:
        self.best(self.rpc.node.own.best)
        if self._block is not None and block.descends_from(self._block):
            self.tell("finalized", self._block)
            self.finish()

    def _submit(self, extrinsic: bytes) -> tuple[bytes, Validity]:
        return submit(self.rpc, extrinsic)

    def _find(self, block: ExecutedBlock, base: ExecutedBlock) -> None:
        """Looks for it in the blocks above ``base``."""
        for here in takewhile(lambda one: one is not base, ancestry(block)):
            if self._extrinsic in here.extrinsics:
                self._block = here
                self.tell("inBlock", here)
                return

    def _check(self) -> None:
        """Whether it still may get into a block."""
        try:
            validity = validate(self.rpc, self._extrinsic)
            if blake2_256(self._extrinsic) not in self.rpc.node.pool:
                raise RefusedError(0, "Invalid Transaction", "the block's author found it invalid")
        except RefusedError as refused:
            self.invalid(refused)
            self.finish()
        else:
            self._look_ready(validity)

    def _look_ready(self, validity: Validity) -> None:
        if self._ready:
            return
        self._ready = is_ready(self.rpc, validity)
        self.waits(ready=self._ready)

    @abstractmethod
    def waits(self, *, ready: bool) -> None:
        """It is in the pool, ``ready`` for the next block or not yet."""

    @abstractmethod
    def tell(self, status: BlockStatus, block: ExecutedBlock) -> None:
        """What a block made of it."""

    @abstractmethod
    def invalid(self, refused: RefusedError) -> None: ...


@subscription("author_submitAndWatchExtrinsic", ends=("author_unwatchExtrinsic",), notifies="author_extrinsicUpdate")
class ExtrinsicUpdates(_Watch):
    """sc-transaction-pool-api's TransactionStatus."""

    _future = False

    def waits(self, *, ready: bool) -> None:
        if ready:
            self.send("ready")
            if peers := [peer_id_of(self.rpc, one.spec) for one in connected(self.rpc)]:
                self.send({"broadcast": peers})
        elif not self._future:
            self._future = True
            self.send("future")

    def tell(self, status: BlockStatus, block: ExecutedBlock) -> None:
        self.send({status: as_hex(block.hash)})

    def invalid(self, refused: RefusedError) -> None:
        self.send("invalid")


@subscription(
    "transactionWatch_v1_submitAndWatch",
    "transactionWatch_unstable_submitAndWatch",
    ends=("transactionWatch_v1_unwatch", "transactionWatch_unstable_unwatch"),
    notifies="transactionWatch_v1_watchEvent",
)
class WatchEvents(_Watch):
    """The events of the new JSON-RPC specification. A bad extrinsic is an event, not an error answer."""

    def begin(self, bytes_: HexBytes) -> None:
        try:
            super().begin(bytes_)
        except RefusedError as refused:
            self.invalid(refused)
            self.finish()

    def waits(self, *, ready: bool) -> None:
        if ready:
            self.send({"event": "validated"})

    def tell(self, status: BlockStatus, block: ExecutedBlock) -> None:
        if status == "finalityTimeout":
            self.send({"event": "dropped", "error": "Maximum number of finality watchers has been reached"})
            return
        place = {"hash": as_hex(block.hash), "index": block.extrinsics.index(self._extrinsic)}
        event = "finalized" if status == "finalized" else "bestChainBlockIncluded"
        self.send({"event": event, "block": None if status == "retracted" else place})

    def invalid(self, refused: RefusedError) -> None:
        self.send({"event": "invalid", "error": str(refused)})


class _Broadcast(Subscription):
    """Keeps offering an extrinsic to the pool until it is in a block."""

    def begin(self, bytes_: HexBytes) -> None:
        self._extrinsic = bytes_
        self._included = False
        self._offer()

    def best(self, block: ExecutedBlock) -> None:
        self._included = self._included or self._extrinsic in block.extrinsics
        if not self._included:
            self._offer()

    def _offer(self) -> None:
        with suppress(RefusedError):
            submit(self.rpc, self._extrinsic)


@method("transaction_v1_broadcast")
def broadcast(rpc: NodeRpc, bytes_: HexBytes) -> str | None:
    """Offers an extrinsic until :func:`stop`; the operation's id, or None when as many as may be are offered."""
    if sum(isinstance(one, _Broadcast) for one in rpc.subscriptions.values()) >= BROADCASTS:
        return None
    number = rpc.number()
    one = rpc.subscriptions[number] = _Broadcast(rpc, number, lambda _: None)
    one.begin(bytes_)
    return number


@method("transaction_v1_stop")
def stop(rpc: NodeRpc, operation_id: Text) -> None:
    if not isinstance(rpc.subscriptions.get(operation_id), _Broadcast):
        raise InvalidParamsError("Invalid operation id")
    rpc.unsubscribe(operation_id)
