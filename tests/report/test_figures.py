"""The numbers in the report's tables."""

from __future__ import annotations

from collections import Counter

import pytest

from simnet.journal.records import PhaseTimed
from simnet.report import figures
from simnet.report.chain_tables import messages_table, parachains_table
from simnet.report.figures import Ending, Fate
from simnet.report.run_tables import total
from tests.report.story import Story, forked


def mail(*endings: tuple[str, float | None, str]) -> Story:
    """Messages from the relay chain to 2000, one sent each second: (topic, time of its end, terminal event)."""
    story = Story()
    for index, (topic, _, _) in enumerate(endings):
        story.t = float(index)
        story.submit(topic, "relay", "2000", index=index)
        story.block(f"r{index + 1}", index + 1, f"r{index}", "alice")
        story.event(f"r{index + 1}", index + 1, "XcmPallet", "Sent", message_id=topic)
    ends = sorted((end, topic, event) for topic, end, event in endings if end is not None)
    for height, (end, topic, event) in enumerate(ends, start=1):
        story.t = end
        story.block(f"p{height}", height, f"p{height - 1}", "collator", chain="2000", relay_parent=height + 4)
        success = {"success": True} if event == "Processed" else {"error": "Unsupported"}
        story.event(f"p{height}", height, "MessageQueue", event, chain="2000", id=topic, **success)
    story.final("alice", f"r{len(endings)}", len(endings))
    if ends:
        story.final("collator", f"p{len(ends)}", len(ends), chain="2000")
    return story


def test_percentiles_are_values_that_occurred() -> None:
    found = figures.spread([float(n) for n in range(100, 0, -1)])
    assert found is not None
    assert (found.p50, found.p95, found.max) == (50.0, 95.0, 100.0)


def test_no_values_have_no_percentiles() -> None:
    assert figures.spread([]) is None


def test_a_channel_counts_each_message_once_and_its_latency_from_the_asking_to_the_end() -> None:
    story = mail(("m0", 10.0, "Processed"), ("m1", 21.0, "Processed"), ("m2", None, ""))
    (row,) = messages_table(story.evidence).rows
    assert list(row.values())[:5] == ["relay → 2000", 3, 3, 2, "yes"]
    assert [row[f"#latency {which}"] for which in ("p50", "p95", "max")] == ["10.0 s", "20.0 s", "20.0 s"]
    assert [row[f"#relay blocks {which}"] for which in ("p50", "p95", "max")] == ["4", "4", "4"]
    assert row["trouble"] == "1 not ended"


def test_a_message_received_before_an_earlier_one_overtook_it() -> None:
    story = mail(("m0", 12.0, "Processed"), ("m1", 11.0, "Processed"), ("m2", 13.0, "Processed"))
    assert messages_table(story.evidence).rows[0]["in order"] == "no, 1 overtaken"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("Processed", Ending.DELIVERED),
        ("ProcessingFailed", Ending.FAILED),
        ("OverweightEnqueued", Ending.OVERWEIGHT),
    ],
)
def test_endings_follow_the_terminal_event(event: str, expected: Ending) -> None:
    (trace,) = mail(("m0", 9.0, event)).evidence.messages()
    assert figures.ending(trace) is expected


def test_a_message_that_ended_twice_is_told_by_that() -> None:
    story = mail(("m0", 9.0, "Processed"), ("m1", 10.0, "Processed"))
    story.event("p2", 2, "MessageQueue", "Processed", chain="2000", id="m0", success=True)
    assert figures.ending(story.evidence.messages()[0]) is Ending.TWICE


def test_blocks_are_finalized_forked_off_or_open() -> None:
    assert figures.fates(forked().evidence, "relay") == {
        "a1": Fate.FINALIZED,
        "a2": Fate.FORKED,
        "b2": Fate.FINALIZED,
        "b3": Fate.FINALIZED,
        "b4": Fate.OPEN,
    }


def test_every_node_that_could_author_has_a_row() -> None:
    rows = {author: blocks for (_, author), blocks in figures.authors(forked().evidence).items()}
    assert rows["alice"] == Counter({Fate.FINALIZED: 1, Fate.FORKED: 1})
    assert rows["bob"] == Counter({Fate.FINALIZED: 2, Fate.OPEN: 1})
    assert rows["collator"].total() == 0


def test_a_reorganisation_is_told_with_its_depth() -> None:
    (found,) = figures.all_reorganisations(forked().evidence)
    assert (found.node, found.t, found.depth) == ("alice", 20.0, 1)


def test_the_longest_wait_for_inclusion_counts_from_t0_to_the_end() -> None:
    story = forked()
    story.event("a1", 1, "ParaInclusion", "CandidateIncluded", para_id=2000)
    story.event("b2", 2, "ParaInclusion", "CandidateIncluded", para_id=2000)
    story.event("a2", 2, "ParaInclusion", "CandidateIncluded", para_id=2000)
    story.t = 40.0
    story.journal.append(PhaseTimed(name="teardown", start=36.0, end=40.0))
    (row,) = parachains_table(story.evidence).rows
    assert (row["#included"], row["#longest time without inclusion"]) == (2, "23.0 s")


def test_a_span_without_an_end_lasts_until_the_runs_end() -> None:
    assert total([(5.0, 7.0), (10.0, None)], 12.0) == 4.0
