"""Where messages wait: the queues of sender, relay chain and receiver, read at one block.

Each reading is journal data: ``queue`` (its name), ``sender``, ``recipient``, ``count``, ``bytes``, ``ids`` (topics
of simnet's messages found in it, first come first) and, for HRMP, ``mqc_head`` (head of the channel's message queue
chain). Where the relay chain has no such channel, or no such parachain, the reading is ``closed``: what waited there
was discarded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from simnet.chain.metadata import Metadata
from simnet.chain.rpc import Rpc
from simnet.chain.storage import key_of, values_at
from simnet.codec import blake2_256, read_bytes, read_compact, u32
from simnet.journal.records import QueueRead
from simnet.network.topology import RELAY, Channel


class QueueReader:
    """Reads the queues of one chain. ``topics`` gives the topics (32 bytes) of messages that have not ended."""

    def __init__(
        self,
        chain: str,
        parachains: Iterable[str],
        channels: Callable[[], Iterable[Channel]],
        topics: Callable[[], Iterable[bytes]],
        given: Callable[[], Iterable[bytes]] = tuple,
    ) -> None:
        """``given`` are those topics that chains gave themselves."""
        self._chain = chain
        self._parachains = tuple(parachains)
        self._channels = channels
        self._topics = topics
        self._given = given
        self._sought: tuple[bytes, ...] = ()
        """Topics that are looked for in the block that is read."""
        self._decoded: dict[str, tuple[Metadata, bytes | None, Any]] = {}
        """By storage key what was decoded last, from what: most queues stand for many blocks."""

    def read(self, rpc: Rpc, metadata: Metadata, at: str) -> list[QueueRead]:
        """All queues of the chain at that block; empty ones too, which shows that nothing waits."""
        self._sought = tuple(self._topics())
        if self._chain == RELAY:
            return [*self._relay(rpc, metadata, at), *self._inbound(rpc, metadata, at)]
        return [*self._outbound(rpc, metadata, at), *self._inbound(rpc, metadata, at), *self._heads(rpc, metadata, at)]

    def _ids(self, content: bytes) -> list[str]:
        found = [(place, topic) for topic in self._sought if (place := content.find(topic)) >= 0]
        return ["0x" + topic.hex() for _, topic in sorted(found)]

    def _value(self, metadata: Metadata, pallet: str, item: str, key: str, raw: bytes | None) -> Any:
        """The value of a storage item; not to be changed."""
        last = self._decoded.get(key)
        if last is None or last[0] is not metadata or last[1] != raw:
            last = self._decoded[key] = (metadata, raw, metadata.decode_storage(pallet, item, raw))
        return last[2]

    def _relay(self, rpc: Rpc, metadata: Metadata, at: str) -> list[QueueRead]:
        """The channels between parachains and the queues down to them."""
        channels = list(self._channels())
        ends = [u32(int(channel.sender)) + u32(int(channel.recipient)) for channel in channels]
        states = [key_of(metadata, "Hrmp", "HrmpChannels", both) for both in ends]
        contents = [key_of(metadata, "Hrmp", "HrmpChannelContents", both) for both in ends]
        lives = [key_of(metadata, "Paras", "ParaLifecycles", u32(int(para))) for para in self._parachains]
        found = values_at(rpc, [*states, *contents, *lives], at)
        hrmp = [
            self._hrmp(metadata, channel, state, found.get(state), found.get(content, b""))
            for channel, state, content in zip(channels, states, contents, strict=True)
        ]
        downward = [
            self._downward(rpc, para, at)
            if life in found
            else _reading("relay downward queue", RELAY, para, closed=True)
            for para, life in zip(self._parachains, lives, strict=True)
        ]
        return [*hrmp, *downward]

    def _hrmp(self, metadata: Metadata, channel: Channel, key: str, raw: bytes | None, content: bytes) -> QueueRead:
        name, sender, recipient = "relay HRMP channel", channel.sender, channel.recipient
        if raw is None:
            return _reading(name, sender, recipient, closed=True)
        state = self._value(metadata, "Hrmp", "HrmpChannels", key, raw)
        return _reading(
            name,
            sender,
            recipient,
            count=state["msg_count"],
            size=state["total_size"],
            capacity=state["max_capacity"],
            max_bytes=state["max_total_size"],
            ids=self._ids(content),
            mqc_head=state["mqc_head"],
        )

    def _downward(self, rpc: Rpc, para: str, at: str) -> QueueRead:
        answer = rpc.call("state_call", ["ParachainHost_dmq_contents", "0x" + u32(int(para)).hex(), at])
        content = bytes.fromhex(answer[2:])
        count, offset = read_compact(content, 0)
        size = 0
        hashes: dict[str, str] = {}
        for _ in range(count):
            message, offset = read_bytes(content, offset + 4)  # behind the height at which it was sent
            size += len(message)
            hashes |= {_hex(one): _hex(blake2_256(message)) for one in self._given() if one in message}
        ids = self._ids(content)
        return _reading("relay downward queue", RELAY, para, count=count, size=size, ids=ids, hashes=hashes or None)

    def _outbound(self, rpc: Rpc, metadata: Metadata, at: str) -> list[QueueRead]:
        pages: dict[str, list[bytes]] = {c.recipient: [] for c in self._channels() if c.sender == self._chain}
        if "XcmpQueue" in metadata.pallets:
            prefix = key_of(metadata, "XcmpQueue", "OutboundXcmpMessages")
            for key, value in _under(rpc, prefix, at).items():
                number = bytes.fromhex(key[len(prefix) + 32 : len(prefix) + 40])  # behind its hash
                pages.setdefault(str(int.from_bytes(number, "little")), []).append(value)
        out = [
            _reading(
                "sender's XCMP queue",
                self._chain,
                recipient,
                count=len(held),
                size=sum(map(len, held)),
                ids=self._ids(b"".join(held)),
            )
            for recipient, held in pages.items()
        ]
        keys = [key_of(metadata, "ParachainSystem", item) for item in ("PendingUpwardMessages", "UpwardMessages")]
        upward = b"".join(values_at(rpc, keys, at).values())
        count, ids = int(len(upward) > 2), self._ids(upward)
        return [*out, _reading("sender's upward queue", self._chain, RELAY, count=count, size=len(upward), ids=ids)]

    def _inbound(self, rpc: Rpc, metadata: Metadata, at: str) -> list[QueueRead]:
        if "MessageQueue" not in metadata.pallets:
            return []
        content = b"".join(_under(rpc, key_of(metadata, "MessageQueue", "Pages"), at).values())
        ids = self._ids(content)
        return [_reading("receiver's message queue", "any", self._chain, count=len(ids), size=len(content), ids=ids)]

    def _heads(self, rpc: Rpc, metadata: Metadata, at: str) -> list[QueueRead]:
        key = key_of(metadata, "ParachainSystem", "LastHrmpMqcHeads")
        raw = values_at(rpc, [key], at).get(key)
        heads = self._value(metadata, "ParachainSystem", "LastHrmpMqcHeads", key, raw)
        return [_reading("receiver's HRMP head", str(sender), self._chain, mqc_head=head) for sender, head in heads]


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _reading(
    queue: str, sender: str, recipient: str, *, count: int = 0, size: int = 0, ids: Sequence[str] = (), **more: Any
) -> QueueRead:
    return QueueRead(queue=queue, sender=sender, recipient=recipient, count=count, bytes=size, ids=[*ids], **more)


def _under(rpc: Rpc, prefix: str, at: str) -> dict[str, bytes]:
    """Keys and values under a prefix, at most 1000: bounds of the queues allow far fewer."""
    return values_at(rpc, rpc.call("state_getKeysPaged", [prefix, 1000, None, at]), at)
