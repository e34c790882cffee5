"""Subscriptions to heads: every imported block, the best ones, the finalized ones."""

from __future__ import annotations

from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.rpc._node import Subscription, subscription
from simnet.providers.simulated.rpc._values import header_json


class _Heads(Subscription):
    _last: ExecutedBlock | None = None

    def begin(self) -> None:
        self._tell(self.rpc.node.own.best)

    def _tell(self, block: ExecutedBlock) -> None:
        if block is not self._last:
            self._last = block
            self.send(header_json(block.decoded()))


@subscription("chain_subscribeAllHeads", ends=("chain_unsubscribeAllHeads",), notifies="chain_allHead")
class AllHeads(_Heads):
    """The best block, then each block as it is imported."""

    def imported(self, block: ExecutedBlock) -> None:
        self._tell(block)


@subscription(
    "chain_subscribeNewHeads",
    "chain_subscribeNewHead",
    "subscribe_newHead",
    ends=("chain_unsubscribeNewHeads", "chain_unsubscribeNewHead", "unsubscribe_newHead"),
    notifies="chain_newHead",
)
class NewHeads(_Heads):
    """The best block, and each that becomes the best."""

    def best(self, block: ExecutedBlock) -> None:
        self._tell(block)


@subscription(
    "chain_subscribeFinalizedHeads",
    "chain_subscribeFinalisedHeads",
    ends=("chain_unsubscribeFinalizedHeads", "chain_unsubscribeFinalisedHeads"),
    notifies="chain_finalizedHead",
)
class FinalizedHeads(_Heads):
    """The finalized block, and each that is finalized, without those between two."""

    def begin(self) -> None:
        self._tell(self.rpc.node.own.finalized)

    def finalized(self, block: ExecutedBlock) -> None:
        self._tell(block)
