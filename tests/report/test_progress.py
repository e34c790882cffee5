"""What a run says while it runs."""

from __future__ import annotations

import io
import time
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from simnet.journal.records import NodeDown, NodePaused, NodeUp, PeerCount, RecordData
from simnet.report import progress
from simnet.report.glance import glance, heights_text
from simnet.report.progress import Progress
from tests.report.story import Story, forked


def network(story: Story) -> Any:
    return cast(Any, SimpleNamespace(journal=story.journal, evidence=story.evidence))


def test_a_glance_has_heights_states_faults_and_messages() -> None:
    story = forked()
    story.fault(1, "cut", 14.0, None)
    story.fault(2, "over", 14.0, 16.0)
    story.submit("m", "relay", "2000")
    story.node("alice", PeerCount(count=3, syncing=False))
    story.node("bob", NodePaused())
    seen = glance(story.evidence)
    states = [(node.name, node.best, node.finalized, node.peers, node.state) for node in seen.nodes]
    assert states[:2] == [("alice", 3, 3, 3, "running"), ("bob", 4, 3, None, "paused")]
    assert (seen.since_t0, seen.faults, seen.messages, seen.messages_ended) == (20.0, ("cut",), 1, 0)


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (NodeDown(intended=True, exit_code=0, oom_killed=False, log_tail=[]), "down"),
        (NodeDown(intended=False, exit_code=0, oom_killed=False, log_tail=[]), "crashed"),
        (NodeUp(image="node:1", flags=[], reason="launch"), "starting"),
    ],
)
def test_a_node_is_in_the_state_that_its_last_record_says(data: RecordData, state: str) -> None:
    story = Story()
    story.node("alice", data)
    assert glance(story.evidence).nodes[0].state == state


def test_a_network_that_has_shown_nothing_is_told_as_such() -> None:
    assert heights_text(glance(Story().evidence)) == "before t0; relay best –, finalized –; 2000 best –"


def test_without_a_terminal_each_event_is_a_timestamped_line() -> None:
    out = io.StringIO()
    with Progress(Console(file=out, width=40)) as shown:
        shown.say("inject partition groups=region:eu|region:us [bold]for 60s, a line that is longer than 40")
    (line,) = out.getvalue().splitlines()
    assert line.startswith("[    0.")
    assert line.endswith("[bold]for 60s, a line that is longer than 40")


def test_without_a_terminal_heights_are_told_from_time_to_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "HEARTBEAT", 0.01)
    out = io.StringIO()
    with Progress(Console(file=out)) as shown:
        shown.attach(network(forked()))
        deadline = time.monotonic() + 5
        while "relay best 3 to 4, finalized 3" not in out.getvalue():
            assert time.monotonic() < deadline


def test_a_terminal_shows_nodes_and_what_is_done() -> None:
    story = forked()
    story.fault(1, "cut", 14.0, None)
    out = io.StringIO()
    with Progress(Console(file=out, force_terminal=True, width=80)) as shown:
        shown.attach(network(story))
        shown.say("wait for 60s")
    text = out.getvalue()
    for part in ("wait for 60s", "faults: cut", "alice", "finalized"):
        assert part in text
