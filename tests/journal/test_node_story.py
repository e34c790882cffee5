"""What one node did, as lines of a log, told from a journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.errors import JournalError
from simnet.faults import Partition
from simnet.journal import Journal, JournalTail, NodeStory, launched_network
from simnet.journal.records import (
    CandidateJudged,
    DisputeSeen,
    FaultApplied,
    FaultHealed,
    NodeDown,
    NoShow,
    PeerCount,
    SlotLost,
)
from tests.report.story import Story
from tests.runs import started


def told(story: Story, node: str = "alice", *, beside_log: bool = False) -> list[str]:
    """Its lines, without the one of its start and the one of being ready."""
    teller = NodeStory(node, beside_log=beside_log)
    lines = [line for record in story.evidence.records for line in teller.tell(record)]
    assert [text for _, text in lines[:2]] == ["starts (launch)", "answers JSON-RPC"]
    return [text for _, text in lines[2:]]


def test_blocks_of_others_are_imported_and_its_own_authored() -> None:
    story = Story()
    story.block("0xa1", 1, "0x00", "bob", slot=7, claim="secondary_vrf")
    story.event("0xa1", 1, "ParaInclusion", "CandidateBacked", para_id=2000)
    story.best("alice", "0xa0", 0)
    story.best("alice", "0xa1", 1)
    story.block("0xa2", 2, "0xa1", "alice", slot=8, claim="primary")
    story.best("alice", "0xa2", 2)
    story.final("alice", "0xa1", 1)
    assert told(story) == [
        "best is #0 0xa0",
        "imports #1 0xa1 of bob, slot 7 (secondary vrf): backs 2000",
        "authors #2 0xa2, slot 8 (primary)",
        "finalizes #1 0xa1",
    ]


def test_a_fork_that_it_leaves_is_told_and_one_that_grows_is_none() -> None:
    story = Story()
    for name, height, parent in (("0xa1", 1, "0x00"), ("0xa2", 2, "0xa1"), ("0xa3", 3, "0xa2"), ("0xb2", 2, "0xa1")):
        story.block(name, height, parent, "bob")
    story.best("alice", "0xa1", 1)
    story.best("alice", "0xb2", 2)
    story.best("alice", "0xa3", 3)
    assert told(story) == [
        "best is #1 0xa1",
        "imports #2 0xb2 of bob",
        "leaves its best block #2 0xb2 for another fork",
        "imports #3 0xa3 of bob",
    ]


def test_several_blocks_at_once_are_one_line() -> None:
    story = Story()
    for height in range(1, 5):
        story.block(f"0xa{height}", height, f"0xa{height - 1}", "bob")
    story.best("alice", "0xa1", 1)
    story.best("alice", "0xa4", 4)
    assert told(story)[1:] == ["imports 2 more up to #4 0xa4 of bob"]


def test_what_it_refuses_and_what_others_notice_of_it() -> None:
    story = Story()
    refused = CandidateJudged(para=2000, candidate="0x0123456789", judged="refused", why="no such head", included=False)
    story.node("alice", refused)
    story.node("alice", DisputeSeen(state="raised", para=2000, candidate="0x0123456789", by="alice"))
    story.node("bob", NoShow(validator="alice", para=2000, candidate="0x0123456789"))
    story.node("alice", NoShow(validator="bob", para=2000, candidate="0x0123456789"))
    assert told(story) == [
        "refuses candidate 0x01234567 of 2000: no such head",
        "its own dispute over candidate 0x01234567 of 2000 is raised",
        "did not approve candidate 0x01234567 of 2000 in time: a no-show, noticed by bob",
        "notices a no-show: bob did not approve candidate 0x01234567 of 2000 in time",
    ]


def test_faults_that_act_on_it_are_told_and_others_are_not() -> None:
    story = Story()
    cut = Partition(groups=(("alice",), ("bob",))).as_data()
    for number, nodes in ((1, ["alice", "bob"]), (2, ["bob"])):
        story.journal.append(FaultApplied(id=number, name=f"cut{number}", fault=cut, nodes=nodes, start=0, end=0))
        story.journal.append(FaultHealed(id=number, name=f"cut{number}", start=0, end=0))
    story.node("alice", NodeDown(intended=False, exit_code=139, oom_killed=False, log_tail=["last words"]))
    assert told(story) == [
        "-- fault cut1 (partition groups=alice|bob) acts",
        "-- fault cut1 is healed",
        "ends by itself, exit code 139",
        "  its log: last words",
    ]


@pytest.mark.parametrize("beside_log", [True, False])
def test_a_lost_slot_is_told_where_the_nodes_own_log_does_not(beside_log: bool) -> None:
    story = Story()
    story.node("alice", SlotLost(slot=9, why="out of fuel"))
    assert told(story, beside_log=beside_log) == ([] if beside_log else ["loses slot 9: out of fuel"])


def test_a_journal_is_read_as_far_as_it_is_written(tmp_path: Path) -> None:
    journal = Journal(lambda: 0.0, tmp_path / "journal.jsonl")
    journal.append(started())
    with JournalTail(tmp_path) as tail:
        assert [record.seq for record in tail.more()] == [0]
        with (tmp_path / "journal.jsonl").open("a") as file:
            file.write('{"seq":1,"t":1.0,"observer":"alice","incarnation":0,"chain":null,"height":null,')
            file.flush()
            assert list(tail.more()) == []
            file.write('"hash":null,"kind":"peers","data":{"count":3,"syncing":false}}\n')
        assert [record.data for record in tail.more()] == [PeerCount(count=3, syncing=False)]
    journal.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "no journal at"), ("", "ends before a network was launched"), ("{}\n", "journal.jsonl:1 is not a journal")],
)
def test_what_has_no_network_is_told(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "journal.jsonl").write_text(text)
    with pytest.raises(JournalError, match=said):
        launched_network(tmp_path)
