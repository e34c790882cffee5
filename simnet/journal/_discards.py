"""Messages that governance discards: a channel is closed, or a parachain offboarded, while they wait.

No event names them: ``Hrmp.force_clean_hrmp`` and offboarding drop a channel with all that is in it
(polkadot-runtime-parachains hrmp.rs, ``close_hrmp_channel``), a request to close one does so when the session changes.
What shows it is that the queue is gone in the very block after the one that had the message. A message that goes from a
queue which stays is no such thing: it was lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simnet.journal._record import Record

if TYPE_CHECKING:
    from simnet.journal._evidence import Block

    Canonical = Callable[[str, str], Block | None]

HRMP, DOWNWARD, OUTBOUND = "relay HRMP channel", "relay downward queue", "sender's XCMP queue"
"""Queues as readings call them."""

CLOSED = "ChannelClosed"
"""How a message ends whose HRMP channel is closed before its recipient took it."""

OFFBOARDED = "ParaOffboarded"
"""How one ends that waits on the relay chain for a parachain that is offboarded."""

_Way = tuple[str, str, str]
"""Queue, sender, recipient."""


@dataclass
class Discards:
    """Readings of the queues that can be discarded, and which relay block included which parachain block."""

    readings: dict[_Way, list[Record]] = field(default_factory=lambda: defaultdict(list))
    closed: set[_Way] = field(default_factory=set)
    """Queues that some block did not have."""
    inclusions: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    """By the hash of the parachain's block."""

    def reading(self, record: Record) -> None:
        """Takes in the reading of a queue."""
        data = record.data
        if data["queue"] in (HRMP, DOWNWARD, OUTBOUND):
            way = data["queue"], data["sender"], data["recipient"]
            self.readings[way].append(record)
            if data.get("closed"):
                self.closed.add(way)

    def included(self, record: Record) -> None:
        """Takes in the event of a candidate's inclusion."""
        self.inclusions[record.data["fields"].get("para_head", "")].append(record)

    def of(
        self, topic: str, sender: str, recipient: str, sent: Block, canonical: Canonical
    ) -> tuple[str, Record, Block] | None:
        """How a message that has not ended was discarded: the outcome, the reading and the relay block that show it.

        ``sent`` is the sender's block. None for one that was not.
        """
        queue = DOWNWARD if sender == "relay" else HRMP
        way = queue, sender, recipient
        if way not in self.closed:
            return None
        at = {block.height: (record, block) for record, block in final(self.readings[way], canonical)}
        held = [height for height, (record, _) in at.items() if topic in record.data["ids"]]
        if held:
            heights = [held[-1] + 1]
        elif queue == HRMP:
            heights = self._passed_on(topic, sender, recipient, sent, canonical)
        else:
            return None
        found = next((at[height] for height in heights if height in at and at[height][0].data.get("closed")), None)
        return None if found is None else (CLOSED if queue == HRMP else OFFBOARDED, *found)

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
        held = [block.height for record, block in outbound if topic in record.data["ids"]]
        gone = next((block for _, block in outbound if not held or block.height > held[-1]), None)
        if gone is None or gone.relay_parent is None:
            return []
        return [gone.relay_parent, *(block.height for _, block in final(self.inclusions.get(gone.hash, ()), canonical))]


def final(records: Iterable[Record], canonical: Canonical) -> list[tuple[Record, Block]]:
    """Records of finalized blocks with these, from the lowest up."""
    found = ((record, canonical(record.chain or "", record.hash or "")) for record in records)
    return sorted(
        ((record, block) for record, block in found if block is not None),
        key=lambda pair: (pair[1].height, pair[0].seq),
    )
