"""Messages that governance discards: a channel is closed, or a parachain offboarded, while they wait.

No event names them: ``Hrmp.force_clean_hrmp`` and offboarding drop a channel with all that is in it
(polkadot-runtime-parachains hrmp.rs, ``close_hrmp_channel``), and what parachains ask to be closed is when the session
changes. What shows it is that the queue is gone in the very block after the one that had the message, and that this
block has what may do that. A message that goes from a queue which stays, or with one for no reason, was lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from simnet.journal._observations import Block
from simnet.journal._record import DataT, Record
from simnet.journal.records import QueueRead, RuntimeEvent

Canonical = Callable[[str, str], Block | None]

HRMP, DOWNWARD, OUTBOUND = "relay HRMP channel", "relay downward queue", "sender's XCMP queue"
"""Queues as readings call them."""

CLOSED = "ChannelClosed"
"""How a message ends whose HRMP channel is closed before its recipient took it."""

OFFBOARDED = "ParaOffboarded"
"""How one ends that waits on the relay chain for a parachain that is offboarded."""

DISCARDED = {CLOSED, OFFBOARDED}
"""How a message ends that governance discards: no event tells of it."""

ROOT = {("Sudo", "Sudid"), ("Sudo", "SudoAsDone"), ("Scheduler", "Dispatched"), ("MessageQueue", "Processed")}
"""Events of what may be dispatched as root: sudo, a referendum's call, a message of a chain that governs."""

TOLD = {*ROOT, ("Session", "NewSession"), ("Hrmp", "ChannelClosed"), ("ParaInclusion", "CandidateIncluded")}
"""Events of the relay chain that tell of discards."""

_Way = tuple[str, str, str]
"""Queue, sender, recipient."""


@dataclass
class Discards:
    """Readings of the queues that can be discarded, and the relay chain's events that have to do with it."""

    readings: dict[_Way, list[Record[QueueRead]]] = field(default_factory=lambda: defaultdict(list))
    closed: set[_Way] = field(default_factory=set)
    """Queues that some block did not have."""
    inclusions: dict[str, list[Record[RuntimeEvent]]] = field(default_factory=lambda: defaultdict(list))
    """By the hash of the parachain's block."""
    root: set[str] = field(default_factory=set)
    """Relay blocks, by hash, in which something may have been dispatched as root."""
    sessions: set[str] = field(default_factory=set)
    """Relay blocks, by hash, that begin a session."""
    requests: dict[tuple[str, str], list[Record[RuntimeEvent]]] = field(default_factory=lambda: defaultdict(list))
    """By sender and recipient, that one of them asked for their channel to be closed."""

    def reading(self, record: Record[QueueRead]) -> None:
        """Takes in the reading of a queue."""
        data = record.data
        if data.queue in (HRMP, DOWNWARD, OUTBOUND):
            way = data.queue, data.sender, data.recipient
            self.readings[way].append(record)
            if data.closed:
                self.closed.add(way)

    def event(self, record: Record[RuntimeEvent]) -> None:
        """Takes in one of the events that are :data:`TOLD`."""
        if record.chain != "relay":
            return
        name, fields = (record.data.pallet, record.data.name), record.data.fields
        if name in ROOT:
            self.root.add(record.hash or "")
        elif name == ("Session", "NewSession"):
            self.sessions.add(record.hash or "")
        elif name == ("Hrmp", "ChannelClosed"):
            channel = fields["channel_id"]
            self.requests[str(channel["sender"]), str(channel["recipient"])].append(record)
        else:
            self.inclusions[fields.get("para_head", "")].append(record)

    def of(
        self, topic: str, sender: str, recipient: str, sent: Block, canonical: Canonical
    ) -> tuple[str, Record[QueueRead], Block] | None:
        """How a message that has not ended was discarded: the outcome, the reading and the relay block that show it.

        ``sent`` is the sender's block. None for one that was not.
        """
        queue = DOWNWARD if sender == "relay" else HRMP
        way = queue, sender, recipient
        if way not in self.closed:
            return None
        at = self._readings(way, canonical)
        held = [height for height, (record, _) in at.items() if topic in record.data.ids]
        if held:
            heights = [held[-1] + 1]
        elif queue == HRMP:
            heights = self._passed_on(topic, sender, recipient, sent, canonical)
        else:
            return None
        found = next((at[height] for height in heights if height in at and _is_closed(at[height])), None)
        if found is None or not self._meant(way, found[1].height, at, canonical):
            return None
        return CLOSED if queue == HRMP else OFFBOARDED, *found

    def _readings(self, way: _Way, canonical: Canonical) -> dict[int, tuple[Record[QueueRead], Block]]:
        """By relay height."""
        return {block.height: (record, block) for record, block in final(self.readings.get(way, ()), canonical)}

    def _meant(
        self, way: _Way, height: int, at: dict[int, tuple[Record[QueueRead], Block]], canonical: Canonical
    ) -> bool:
        """Whether something may have closed a queue that is closed at that height. One that no block had open may have
        been closed before queues were read."""
        while height - 1 in at and _is_closed(at[height - 1]):
            height -= 1
        if height - 1 not in at:
            return True
        block, (queue, sender, recipient) = at[height][1], way
        if queue == HRMP and block.hash in self.root:
            return True
        if block.hash not in self.sessions:
            return False
        asked = [request for _, request in final(self.requests.get((sender, recipient), ()), canonical)]
        return (
            queue == DOWNWARD
            or any(one.height < height for one in asked)
            or any(
                height in gone and _is_closed(gone[height])
                for gone in (self._readings((DOWNWARD, "relay", para), canonical) for para in (sender, recipient))
            )
        )

    def _passed_on(self, topic: str, sender: str, recipient: str, sent: Block, canonical: Canonical) -> list[int]:
        """Relay blocks at which a message that no reading of its channel has must have been dropped.

        It left the sender's own queue in some block: the sender knew its channel as closed, which it learns at the
        relay parent, or the channel was closed when that block was included.
        """
        outbound = [
            (record, block)
            for record, block in final(self.readings[OUTBOUND, sender, recipient], canonical)
            if block.height >= sent.height
        ]
        held = [block.height for record, block in outbound if topic in record.data.ids]
        gone = next((block for _, block in outbound if not held or block.height > held[-1]), None)
        if gone is None or gone.relay_parent is None:
            return []
        return [gone.relay_parent, *(block.height for _, block in final(self.inclusions.get(gone.hash, ()), canonical))]


def _is_closed(reading: tuple[Record[QueueRead], Block]) -> bool:
    return bool(reading[0].data.closed)


def final(records: Iterable[Record[DataT]], canonical: Canonical) -> list[tuple[Record[DataT], Block]]:
    """Records of finalized blocks with these, from the lowest up."""
    found = ((record, canonical(record.chain or "", record.hash or "")) for record in records)
    return sorted(
        ((record, block) for record, block in found if block is not None),
        key=lambda pair: (pair[1].height, pair[0].seq),
    )
