"""Where messages wait: the queues of sender, relay chain and receiver, read at one block.

Each reading is journal data: ``queue`` (its name), ``sender``, ``recipient``, ``count``, ``bytes``, ``ids`` (topics
of simnet's messages found in it, first come first) and, for HRMP, ``mqc_head`` (head of the channel's message queue
chain). Where the relay chain has no such channel, or no such parachain, the reading is ``closed``: what waited there
was discarded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from simnet.chain.metadata import Metadata
from simnet.chain.rpc import Rpc
from simnet.codec import read_bytes, read_compact, u32
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
    ) -> None:
        self._chain = chain
        self._parachains = tuple(parachains)
        self._channels = channels
        self._topics = topics
        self._sought: tuple[bytes, ...] = ()
        """Topics that are looked for in the block that is read."""
        self._decoded: dict[bytes, tuple[Metadata, bytes | None, Any]] = {}
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

    def _value(self, metadata: Metadata, pallet: str, item: str, key: bytes, raw: bytes | None) -> Any:
        """The value of a storage item; not to be changed."""
        last = self._decoded.get(key)
        if last is None or last[0] is not metadata or last[1] != raw:
            last = self._decoded[key] = (metadata, raw, metadata.decode_storage(pallet, item, raw))
        return last[2]

    def _relay(self, rpc: Rpc, metadata: Metadata, at: str) -> list[QueueRead]:
        """The channels between parachains and the queues down to them."""
        lives = [metadata.storage_key("Paras", "ParaLifecycles", u32(int(para))) for para in self._parachains]
        channels = list(self._channels())
        places = [
            [
                metadata.storage_key("Hrmp", item, u32(int(channel.sender)) + u32(int(channel.recipient)))
                for item in ("HrmpChannels", "HrmpChannelContents")
            ]
            for channel in channels
        ]
        found = _values(rpc, [*lives, *(key for both in places for key in both)], at)
        hrmp = [
            self._hrmp(metadata, channel, place, found.get(place), found.get(contents, b""))
            for channel, (place, contents) in zip(channels, places, strict=True)
        ]
        downward = [
            self._downward(rpc, para, at) if life in found else _closed("relay downward queue", RELAY, para)
            for para, life in zip(self._parachains, lives, strict=True)
        ]
        return [*hrmp, *downward]

    def _hrmp(self, metadata: Metadata, channel: Channel, place: bytes, raw: bytes | None, content: bytes) -> QueueRead:
        if raw is None:
            return _closed("relay HRMP channel", channel.sender, channel.recipient)
        state = self._value(metadata, "Hrmp", "HrmpChannels", place, raw)
        return QueueRead(
            queue="relay HRMP channel",
            sender=channel.sender,
            recipient=channel.recipient,
            count=state["msg_count"],
            bytes=state["total_size"],
            capacity=state["max_capacity"],
            max_bytes=state["max_total_size"],
            ids=self._ids(content),
            mqc_head=state["mqc_head"],
        )

    def _downward(self, rpc: Rpc, para: str, at: str) -> QueueRead:
        raw = rpc.call("state_call", ["ParachainHost_dmq_contents", "0x" + u32(int(para)).hex(), at])
        content = bytes.fromhex(raw[2:])
        count, offset = read_compact(content, 0)
        size = 0
        for _ in range(count):
            message, offset = read_bytes(content, offset + 4)
            size += len(message)
        return _reading("relay downward queue", RELAY, para, count, size, self._ids(content))

    def _outbound(self, rpc: Rpc, metadata: Metadata, at: str) -> list[QueueRead]:
        pages: dict[str, list[bytes]] = {c.recipient: [] for c in self._channels() if c.sender == self._chain}
        if "XcmpQueue" in metadata.pallets:
            prefix = metadata.storage_key("XcmpQueue", "OutboundXcmpMessages")
            for key, value in _under(rpc, prefix, at):
                recipient = str(int.from_bytes(key[len(prefix) + 16 : len(prefix) + 20], "little"))
                pages.setdefault(recipient, []).append(value)
        out = [
            _reading(
                "sender's XCMP queue", self._chain, recipient, len(held), sum(map(len, held)), self._ids(b"".join(held))
            )
            for recipient, held in pages.items()
        ]
        keys = [metadata.storage_key("ParachainSystem", item) for item in ("PendingUpwardMessages", "UpwardMessages")]
        upward = b"".join(_values(rpc, keys, at).values())
        return [
            *out,
            _reading("sender's upward queue", self._chain, RELAY, int(len(upward) > 2), len(upward), self._ids(upward)),
        ]

    def _inbound(self, rpc: Rpc, metadata: Metadata, at: str) -> list[QueueRead]:
        if "MessageQueue" not in metadata.pallets:
            return []
        content = b"".join(value for _, value in _under(rpc, metadata.storage_key("MessageQueue", "Pages"), at))
        ids = self._ids(content)
        return [_reading("receiver's message queue", "any", self._chain, len(ids), len(content), ids)]

    def _heads(self, rpc: Rpc, metadata: Metadata, at: str) -> list[QueueRead]:
        key = metadata.storage_key("ParachainSystem", "LastHrmpMqcHeads")
        raw = _values(rpc, [key], at).get(key)
        value = self._value(metadata, "ParachainSystem", "LastHrmpMqcHeads", key, raw)
        pairs = value.items() if isinstance(value, dict) else value
        return [
            replace(_reading("receiver's HRMP head", str(sender), self._chain, 0, 0, []), mqc_head=head)
            for sender, head in pairs
        ]


def _reading(queue: str, sender: str, recipient: str, count: int, size: int, ids: list[str]) -> QueueRead:
    return QueueRead(queue=queue, sender=sender, recipient=recipient, count=count, bytes=size, ids=ids)


def _closed(queue: str, sender: str, recipient: str) -> QueueRead:
    return replace(_reading(queue, sender, recipient, 0, 0, []), closed=True)


def _values(rpc: Rpc, keys: list[bytes], at: str) -> dict[bytes, bytes]:
    """Values of the keys that exist at a block."""
    if not keys:
        return {}
    answer = rpc.call("state_queryStorageAt", [["0x" + key.hex() for key in keys], at])
    changes = answer[0]["changes"] if answer else []
    return {bytes.fromhex(key[2:]): bytes.fromhex(value[2:]) for key, value in changes if value is not None}


def _under(rpc: Rpc, prefix: bytes, at: str) -> list[tuple[bytes, bytes]]:
    """Keys and values under a prefix, at most 1000: bounds of the queues allow far fewer."""
    keys = rpc.call("state_getKeysPaged", ["0x" + prefix.hex(), 1000, None, at])
    return list(_values(rpc, [bytes.fromhex(key[2:]) for key in keys], at).items())
