"""How mail ends that governance discards, and that mail which is lost otherwise has no such end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.report.story import Story

NODES = (("alice", "relay", "validator"), ("c0", "2000", "collator"), ("c1", "2001", "collator"))
HRMP, DOWNWARD, OUTBOUND = "relay HRMP channel", "relay downward queue", "sender's XCMP queue"
WAY = "2000>2001"
SENT, INCLUDED, GONE = 2, 4, 6
"""Relay blocks: the parent of the sender's block, the one that included it, and the one without the message."""


def told(way: str = WAY) -> Story:
    """Twelve relay blocks; the sender's block p1 sends the message m."""
    story = Story(NODES)
    sender, recipient = way.split(">")
    story.submit("m", sender, recipient)
    for height in range(1, 13):
        story.t = 6.0 * height
        story.block(f"r{height}", height, f"r{height - 1}", "alice")
    story.t = 90.0
    if sender == "relay":
        story.event(f"r{SENT}", SENT, "XcmPallet", "Sent", message_id="m")
    else:
        story.block("p1", 1, "p0", "c0", chain="2000", relay_parent=SENT)
        story.event("p1", 1, "PolkadotXcm", "Sent", chain="2000", message_id="m")
        story.event(f"r{INCLUDED}", INCLUDED, "ParaInclusion", "CandidateIncluded", para_id=2000, para_head="p1")
    return story


def governed(story: Story, height: int, *events: tuple[str, str]) -> None:
    """What may have closed a queue in a relay block."""
    for pallet, name in events or (("Sudo", "Sudid"),):
        fields: dict[str, Any] = {
            "Hrmp": {"channel_id": {"sender": 2000, "recipient": 2001}},
            "MessageQueue": {"id": "x"},
        }
        story.event(f"r{height}", height, pallet, name, **fields.get(pallet, {}))


def finished(story: Story) -> Story:
    """All of it is final."""
    story.t = 100.0
    story.final("alice", "r12", 12)
    story.final("c0", "p1", 1, chain="2000")
    return story


def ends(story: Story) -> list[tuple[str, str, int]]:
    (trace,) = story.evidence.messages()
    return [(end.event, end.chain, end.height) for end in trace.terminals]


@pytest.mark.parametrize(
    ("way", "queue", "outcome"), [(WAY, HRMP, "ChannelClosed"), ("relay>2001", DOWNWARD, "ParaOffboarded")]
)
def test_mail_that_goes_with_its_queue_has_ended_in_that(way: str, queue: str, outcome: str) -> None:
    story = told(way)
    for height in range(SENT if way.startswith("relay") else INCLUDED, GONE):
        story.queue(f"r{height}", height, way, "m", queue=queue)
    story.queue(f"r{GONE}", GONE, way, queue=queue, closed=True)
    governed(story, GONE, ("Sudo", "Sudid") if queue == HRMP else ("Session", "NewSession"))
    assert ends(finished(story)) == [(outcome, "relay", GONE)]


@pytest.mark.parametrize(
    ("asked", "then", "ended"),
    [
        ((), (("Session", "NewSession"),), False),
        ((("Hrmp", "ChannelClosed"),), (), False),
        ((("Hrmp", "ChannelClosed"),), (("Session", "NewSession"),), True),
        ((("Sudo", "Sudid"),), (), False),
        ((), (("Scheduler", "Dispatched"),), True),
        ((), (("MessageQueue", "Processed"),), True),
    ],
    ids=["a session", "asked for", "asked for, then a session", "root before", "root by schedule", "root by message"],
)
def test_a_channel_goes_by_root_or_when_a_session_follows_the_asking(
    asked: tuple[tuple[str, str], ...], then: tuple[tuple[str, str], ...], ended: bool
) -> None:
    """Else a runtime that forgets a channel would have its mail discarded by governance."""
    story = told()
    for height in range(INCLUDED, GONE):
        story.queue(f"r{height}", height, WAY, "m", queue=HRMP)
    story.queue(f"r{GONE}", GONE, WAY, queue=HRMP, closed=True)
    for height, events in ((INCLUDED, asked), (GONE, then)):
        for event in events:
            governed(story, height, event)
    assert bool(ends(finished(story))) is ended


def test_a_channel_goes_with_its_recipient() -> None:
    story = told()
    for height in range(INCLUDED, GONE + 1):
        story.queue(f"r{height}", height, "relay>2001", queue=DOWNWARD, closed=height == GONE)
        here = ("m",) if height < GONE else ()
        story.queue(f"r{height}", height, WAY, *here, queue=HRMP, closed=height == GONE)
    governed(story, GONE, ("Session", "NewSession"))
    assert ends(finished(story)) == [("ChannelClosed", "relay", GONE)]


@pytest.mark.parametrize("queue", [HRMP, DOWNWARD])
def test_mail_that_goes_before_its_queue_does_has_not_ended(queue: str) -> None:
    way = WAY if queue == HRMP else "relay>2001"
    story = told(way)
    story.queue(f"r{INCLUDED}", INCLUDED, way, "m", queue=queue)
    story.queue(f"r{GONE - 1}", GONE - 1, way, queue=queue)
    story.queue(f"r{GONE}", GONE, way, queue=queue, closed=True)
    governed(story, GONE, ("Sudo", "Sudid"), ("Session", "NewSession"))
    assert ends(finished(story)) == []


def test_a_channel_that_is_closed_on_a_lost_fork_ends_nothing() -> None:
    story = told()
    story.queue(f"r{INCLUDED}", INCLUDED, WAY, "m", queue=HRMP)
    story.block("f5", INCLUDED + 1, f"r{INCLUDED}", "alice")
    story.queue("f5", INCLUDED + 1, WAY, queue=HRMP, closed=True)
    story.event("f5", INCLUDED + 1, "Sudo", "Sudid")
    story.queue(f"r{INCLUDED + 1}", INCLUDED + 1, WAY, "m", queue=HRMP)
    assert ends(finished(story)) == []


@pytest.mark.parametrize("closed", [SENT, INCLUDED])
def test_mail_of_a_block_that_is_included_when_its_channel_is_closed_has_ended(closed: int) -> None:
    """Whether the sender knew it and dropped the page, or the relay chain skips what comes for a channel that it has no
    more."""
    story = told()
    story.queue("p1", 1, WAY, queue=OUTBOUND)
    for height in range(1, 13):
        story.queue(f"r{height}", height, WAY, queue=HRMP, closed=height >= closed)
    governed(story, closed)
    assert ends(finished(story)) == [("ChannelClosed", "relay", closed)]


def test_mail_that_its_open_channel_never_got_has_not_ended() -> None:
    story = told()
    story.queue("p1", 1, WAY, queue=OUTBOUND)
    for height in range(1, 13):
        story.queue(f"r{height}", height, WAY, queue=HRMP, closed=height > INCLUDED)
    governed(story, INCLUDED + 1)
    assert ends(finished(story)) == []


def test_mail_that_its_sender_still_has_waits_for_the_channel_to_open_again() -> None:
    story = told()
    story.queue("p1", 1, WAY, "m", queue=OUTBOUND)
    for height in range(1, 13):
        story.queue(f"r{height}", height, WAY, queue=HRMP, closed=True)
    assert ends(finished(story)) == []


def test_what_the_recipient_had_already_ends_there() -> None:
    story = told()
    story.queue(f"r{INCLUDED}", INCLUDED, WAY, "m", queue=HRMP)
    story.queue(f"r{INCLUDED + 1}", INCLUDED + 1, WAY, queue=HRMP, closed=True)
    story.block("q1", 1, "q0", "c1", chain="2001", relay_parent=INCLUDED)
    story.event("q1", 1, "MessageQueue", "Processed", chain="2001", id="m", success=True)
    story.final("c1", "q1", 1, chain="2001")
    assert ends(finished(story)) == [("Processed", "2001", 1)]
