"""Messages and calls of a toy network: waiting for the sender's next block, then for the receiver's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simnet.chain.calls import Calls
from simnet.chain.client import RuntimeCalls
from simnet.chain.storage_writes import StorageWrite
from simnet.chain.xcm import Message
from simnet.codec import blake2_256
from simnet.errors import RpcError
from simnet.journal import Journal
from simnet.journal.records import OurExtrinsic, QueueRead, RuntimeEvent
from simnet.network.topology import RELAY
from simnet.providers.extrinsics import CallAsked, HandedIn, Pending, calls_in_words
from simnet.providers.messenger import Messenger

if TYPE_CHECKING:
    from simnet.providers.network import Network

UNDER_WAY = 2
"""Slots from the sender's block to the receiver's."""


@dataclass(frozen=True)
class _Extrinsic:
    hash: str
    message: Message | None = None
    error: str | None = None


@dataclass
class Mail:
    """What waits for blocks, by chain."""

    outgoing: dict[str, list[_Extrinsic]] = field(default_factory=lambda: defaultdict(list))
    arriving: dict[str, list[tuple[int, Message]]] = field(default_factory=lambda: defaultdict(list))
    """Messages with the slot from which the receiver may process them."""

    def into_block(self, journal: Journal, place: dict[str, Any], slot: int) -> None:
        """Journals what a block at ``place`` holds of it: extrinsics, messages sent and processed, its queue."""
        chain = place["chain"]
        for index, extrinsic in enumerate(self.outgoing.pop(chain, ()), start=1):
            self._include(journal, place, slot, index, extrinsic)
        waiting = self.arriving[chain]
        for due, message in list(waiting):
            if due <= slot:
                waiting.remove((due, message))
                fields = {"id": message.id, "success": True}
                processed = RuntimeEvent(pallet="MessageQueue", name="Processed", fields=fields, extrinsic=None)
                journal.append(processed, **place)
        journal.append(
            QueueRead(
                queue="receiver's message queue",
                sender="any",
                recipient=chain,
                count=len(waiting),
                bytes=sum(message.size for _, message in waiting),
                ids=[message.id for due, message in waiting if due - UNDER_WAY < slot],
            ),
            **place,
        )

    def _include(self, journal: Journal, place: dict[str, Any], slot: int, index: int, extrinsic: _Extrinsic) -> None:
        message = extrinsic.message
        if message is not None:
            pallet = "XcmPallet" if message.sender == RELAY else "PolkadotXcm"
            sent = RuntimeEvent(pallet=pallet, name="Sent", fields={"message_id": message.id}, extrinsic=index)
            journal.append(sent, **place)
            self.arriving[message.recipient].append((slot + UNDER_WAY, message))
        error = extrinsic.error
        journal.append(OurExtrinsic(extrinsic=extrinsic.hash, index=index, success=error is None, error=error), **place)


class ToyMessenger(Messenger):
    """Submits to a toy network's mail instead of signing for nodes. Calls of the pallet ``Fail`` fail."""

    def __init__(self, network: Network, mail: Mail) -> None:
        super().__init__(network)
        self._mail = mail
        self._submitted = 0
        self._messages: dict[str, Message] = {}
        """By the hash of their extrinsic, those that are being handed in."""

    def prepare(self) -> None:
        """Nothing: a toy chain encodes nothing."""

    def _signed(self, message: Message) -> Pending:
        hash_ = self._new_hash()
        self._messages[hash_] = message
        return Pending(message.sender, "", hash_, self.network.now(), code="", anew=lambda _: ("", hash_))

    def hand_over(self, pending: Pending) -> None:
        extrinsic = _Extrinsic(pending.hash, self._messages.pop(pending.hash))
        self._mail.outgoing[pending.chain].append(extrinsic)

    def runtime(self, chain: str) -> RuntimeCalls:
        raise RpcError("a toy chain has no runtime")

    def root_by_relay(self, chain: str) -> bool:
        return False

    def hand_in_composed(
        self,
        calls: Sequence[CallAsked],
        compose: Callable[[Calls], bytes],
        *,
        chain: str,
        uri: str,
        concerns: str | None = None,
        message: Message | None = None,
        before: Callable[[Pending], None] | None = None,
        written: Sequence[StorageWrite] = (),
    ) -> HandedIn:
        what = calls_in_words(call for call, _ in calls)
        self.network.marks.append(f"calls of {chain}: {what}")
        error = "Fail.Asked" if any(call.startswith("Fail.") for call, _ in calls) else None
        extrinsic = _Extrinsic(self._new_hash(), error=error)
        self._mail.outgoing[chain].append(extrinsic)
        pending = Pending(chain, "", extrinsic.hash, self.network.now(), code="", anew=lambda _: ("", extrinsic.hash))
        return HandedIn(what, pending)

    def _new_hash(self) -> str:
        self._submitted += 1
        return "0x" + blake2_256(f"toy extrinsic {self.network.seed} {self._submitted}".encode()).hex()
