"""Loads: messages between chains, as send steps that run in the background."""

from __future__ import annotations

from hypothesis import strategies as st

from simnet.network.topology import RELAY, Topology
from simnet.scenario import Send, Step

EVERY = (6.0, 12.0, 2.0, 0.0)
"""Seconds between messages: one a block, slower, faster, all at once."""

SIZES = (32, 256, 1024)
"""Bytes; a channel of the local presets holds 8 KiB (docs/protocol.md, Messages)."""


def loads(topology: Topology, *, most: int = 3, messages: int = 12) -> st.SearchStrategy[tuple[Step, ...]]:
    """Up to ``most`` send steps of up to ``messages`` each, between chains that have a way to each other.

    They are labelled ``load-1`` and so on. The simplest is a single message of 32 bytes along the first way; a network
    without parachains has no load.
    """
    ways = [(channel.sender, channel.recipient) for channel in topology.channels]
    ways += [way for para in topology.parachains for way in ((RELAY, para.id), (para.id, RELAY))]
    if not ways:
        return st.just(())
    sends = st.builds(
        lambda way, count, every, size: Send(sender=way[0], recipient=way[1], count=count, every=every, size=size),
        st.sampled_from(ways),
        st.integers(1, messages),
        st.sampled_from(EVERY),
        st.sampled_from(SIZES),
    )
    return st.lists(sends, min_size=1, max_size=most).map(
        lambda drawn: tuple(Step(label=f"load-{number}", send=send) for number, send in enumerate(drawn, 1))
    )
