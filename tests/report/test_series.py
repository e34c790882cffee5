"""Lines over time: heights, their breaks, finality lag, sums of many nodes."""

from __future__ import annotations

from simnet.journal.records import NodeDown, NodeUp, ObservationGap
from simnet.report.series import MOST_LINES, MOST_POINTS, Line, node_lines
from tests.report.story import Story, forked


def test_a_line_holds_its_value_to_the_end() -> None:
    alice = node_lines(forked().evidence, "relay", 30.0)[0]
    assert alice.of["best"].pieces == (((6.0, 1.0), (12.0, 2.0), (20.0, 3.0), (30.0, 3.0)),)


def test_a_line_breaks_while_its_node_is_down() -> None:
    story = forked()
    story.t = 28.0
    story.node("bob", NodeDown(intended=True, exit_code=137, oom_killed=False, log_tail=[]))
    story.t = 40.0
    story.node("bob", NodeUp(image="node:1", flags=[], reason="heal"))
    story.t = 45.0
    story.best("bob", "b4", 4)
    bob = node_lines(story.evidence, "relay", 50.0)[1]
    assert [(piece[0][0], piece[-1][0]) for piece in bob.of["best"].pieces] == [(6.0, 28.0), (45.0, 50.0)]
    assert bob.of["best"].at(35.0) is None


def test_a_line_breaks_at_an_observation_gap() -> None:
    story = forked()
    story.t = 32.0
    story.node("alice", ObservationGap(start=27.0, end=32.0, reason="no answer"))
    story.best("alice", "b4", 4)
    alice = node_lines(story.evidence, "relay", 40.0)[0]
    assert [(piece[0][0], piece[-1][0]) for piece in alice.of["best"].pieces] == [(6.0, 27.0), (32.0, 40.0)]


def test_finality_lag_changes_with_either_head() -> None:
    alice = node_lines(forked().evidence, "relay", 26.0)[0]
    assert alice.of["lag"].points == [(6.0, 1.0), (12.0, 2.0), (20.0, 3.0), (24.0, 0.0), (26.0, 0.0)]


def test_there_is_no_lag_before_both_heads_are_known() -> None:
    story = Story()
    story.t = 3.0
    story.best("alice", "a1", 1)
    assert node_lines(story.evidence, "relay", 5.0)[0].of["lag"].pieces == ()


def test_many_nodes_are_summed_up() -> None:
    count = MOST_LINES + 1
    story = Story(tuple((f"v{index}", "relay", "validator") for index in range(count)))
    for index in range(count):
        story.best(f"v{index}", f"b{index}", index)
    story.t = 10.0
    story.barrier()
    highest, median, lowest = node_lines(story.evidence, "relay", 10.0)
    assert [one.of["best"].at(5.0) for one in (highest, median, lowest)] == [8.0, 4.0, 0.0]
    assert highest.name == "highest of 9 nodes"


def test_the_highest_lag_of_many_nodes_is_that_of_the_node_that_lags_most() -> None:
    story = Story(tuple((f"v{index}", "relay", "validator") for index in range(MOST_LINES + 1)))
    for index in range(MOST_LINES + 1):
        story.best(f"v{index}", "b9", 9)
        story.final(f"v{index}", "b2" if index == 4 else "b8", 2 if index == 4 else 8)
    story.t = 10.0
    story.barrier()
    highest, _, lowest = node_lines(story.evidence, "relay", 10.0)
    assert (highest.of["lag"].at(5.0), lowest.of["lag"].at(5.0)) == (7.0, 1.0)


def test_a_line_of_very_many_points_keeps_its_extremes_and_ends() -> None:
    points = [(float(t), 3.0) for t in range(20 * MOST_POINTS)]
    points[777] = (777.0, 40.0)
    points[20_001] = (20_001.0, 0.0)
    thin = Line((tuple(points),)).thinned()
    assert len(thin.points) <= 2 * MOST_POINTS
    assert {points[0], points[777], points[20_001], points[-1]} <= set(thin.points)
    assert thin.points == sorted(thin.points)


def test_a_line_of_few_points_is_drawn_as_it_is() -> None:
    line = node_lines(forked().evidence, "relay", 30.0)[0].of["best"]
    assert line.thinned() is line
