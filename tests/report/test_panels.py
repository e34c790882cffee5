"""Pictures: axes, where marks stand, and what stays readable."""

from __future__ import annotations

import pytest

from simnet.journal.records import NodeDown, NodePaused
from simnet.report.backdrop import name_rows
from simnet.report.chain_panels import heights_panel
from simnet.report.lanes_panel import MOST_LANES, lanes_panel
from simnet.report.messages_panel import MOST_MESSAGES, messages_panel
from simnet.report.panel import LEFT, RIGHT, WIDTH, TimeAxis, ValueAxis, round_steps
from simnet.report.series import node_lines
from tests.report.story import Story, forked


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0.0, 465.1, 12, [50.0 * n for n in range(10)]),
        (17.0, 21.0, 6, [17.0, 18.0, 19.0, 20.0, 21.0]),
        (0.0, 0.9, 5, [0.0, 0.2, 0.4, 0.6, 0.8]),
        (5.0, 5.0, 6, [5.0]),
    ],
)
def test_axes_have_round_steps(low: float, high: float, most: int, expected: list[float]) -> None:
    assert round_steps(low, high, most) == expected


def test_the_time_axis_fills_the_plot() -> None:
    time = TimeAxis(200.0)
    assert (time.x(0.0), time.x(200.0)) == (LEFT, WIDTH - RIGHT)


def test_an_axis_of_one_value_places_it_at_the_bottom() -> None:
    assert ValueAxis(3.0, 3.0, 10.0, 50.0).y(3.0) == 50.0


def test_names_of_faults_that_overlap_stand_in_rows() -> None:
    story = forked()
    story.fault(1, "first", 10.0, 60.0)
    story.fault(2, "second", 30.0, 90.0)
    story.fault(3, "third", 70.0, None)
    assert name_rows(story.evidence, TimeAxis(100.0)) == {1: 0, 2: 1, 3: 0}


def test_the_main_picture_names_faults_and_ends_of_processes() -> None:
    story = forked()
    story.fault(1, "cut", 14.0, 16.0)
    story.t = 27.0
    story.node("bob", NodeDown(intended=False, exit_code=1, oom_killed=False, log_tail=[]))
    panel = heights_panel(story.evidence, node_lines(story.evidence, "relay", 30.0), TimeAxis(30.0))
    titles = [label.title for label in panel.labels if label.css == "end"]
    assert titles == ["bob crashed at 27.0 s"]
    assert [label.text for label in panel.labels if label.css == "fault"] == ["cut"]
    assert [shape.css for shape in panel.shapes].count("edge") == 2


def test_lost_blocks_are_rings() -> None:
    panel = lanes_panel(forked().evidence, TimeAxis(30.0))
    assert [shape.title for shape in panel.shapes if shape.css == "dot hole"] == [
        "alice: relay block 2 a2, forked off, first seen at 12.0 s"
    ]


def test_with_very_many_nodes_those_that_something_happened_to_have_lanes() -> None:
    count = MOST_LANES + 60
    story = Story(tuple((f"v{index}", "relay", "validator") for index in range(count)))
    story.node(f"v{count - 1}", NodePaused())
    panel = lanes_panel(story.evidence, TimeAxis(30.0))
    assert f"v{count - 1}" in [text for _, text in panel.ticks]
    assert len(panel.ticks) == MOST_LANES
    assert panel.note.startswith("60 nodes left out")


def test_a_message_that_has_not_ended_reaches_the_end_and_stands_out() -> None:
    story = forked()
    story.submit("m", "relay", "2000")
    story.event("b2", 2, "XcmPallet", "Sent", message_id="m")
    time = TimeAxis(30.0)
    panel = messages_panel(story.evidence, story.evidence.messages(), time)
    (line,) = [shape for shape in panel.shapes if shape.css == "msg unended"]
    assert line.d.endswith(f"H{time.x(30.0):g}")
    assert "not ended" in line.title


def test_of_too_many_messages_those_not_delivered_are_drawn() -> None:
    story = Story()
    for index in range(MOST_MESSAGES + 5):
        story.submit(f"m{index}", "relay", "2000", index=index)
    panel = messages_panel(story.evidence, story.evidence.messages(), TimeAxis(30.0))
    assert panel.note == "5 messages left out, delivered ones first."
