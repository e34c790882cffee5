"""Cases that begin at checkpoints along the run without faults are runs like any other."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simnet.faults import Stop
from simnet.scenario import Scenario
from simnet.scenario.timeline import Timeline
from simnet.search import checkpoints as checkpoints_module
from simnet.search.checkpoints import CHECKPOINTS, INTERVAL, first_fault
from simnet.search.fork_server import ForkServer
from tests.search.small_searches import breakable, windows
from tests.search.test_fork_server import WITH_MAIL, as_if_judged, from_scratch


def stopped(at: str, seconds: int = 9) -> tuple[dict[str, Any], ...]:
    return windows({"stop": {"targets": "bob"}, "at": at, "for": f"{seconds}s"})


def case(schedule: Any, base: Scenario = WITH_MAIL, length: int = 150) -> Scenario:
    """Waits look at their states at the moments of windows too, so one that finds its state at such a moment shows
    whether checkpoints look then."""
    mail = {"send": {"from": "2000", "to": "relay", "count": 3, "every": 11}, "label": "back"}
    waits = ({"wait": {"state": "delivered", "within": 90}}, {"wait": {"until": f"{length}s"}})
    steps = (*base.steps, mail, *waits) if base is WITH_MAIL else (*base.steps, {"wait": {"until": f"{length}s"}})
    return Scenario.model_validate({**dict(base), "steps": steps, "schedule": schedule})


@pytest.mark.parametrize(
    ("moments", "seconds"),
    [((), 0.0), (("2min", "40s"), 40.0), (("40s", "3 blocks"), 0.0), (("session + 40s",), 0.0)],
)
def test_the_first_fault_is_at_the_first_moment_if_all_are_known(moments: tuple[str, ...], seconds: float) -> None:
    assert first_fault(tuple(window for at in moments for window in stopped(at))) == seconds


def test_a_case_from_a_checkpoint_has_the_journal_of_a_run_from_scratch(tmp_path: Path) -> None:
    later = windows(
        {"pause": {"targets": "alice"}, "at": "61s", "for": "15s"},
        {"stop": {"targets": "bob"}, "at": "95s", "for": "5s"},
    )
    cases = [case(stopped("30s")), case(stopped("121s")), case(later), case(stopped("29s")), case(stopped("60500ms"))]
    with ForkServer(WITH_MAIL) as fork_server:
        for number, one in enumerate(cases):
            assert fork_server.run(one, tmp_path / f"{number}.jsonl").verdict.harness_error is None
        assert fork_server._checkpoints is not None
        assert fork_server._checkpoints._made == 4
    for number, one in enumerate(cases):
        assert as_if_judged(tmp_path / f"{number}.jsonl") == from_scratch(one, tmp_path / f"{number}")


@pytest.fixture
def fork_server() -> Iterator[ForkServer]:
    with ForkServer(breakable(), patience=20.0) as one:
        yield one


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def made(fork_server: ForkServer) -> int:
    return 0 if fork_server._checkpoints is None else fork_server._checkpoints._made


def test_checkpoints_are_made_as_far_as_cases_want_them_and_end_with_the_network(tmp_path: Path) -> None:
    with ForkServer(breakable()) as fork_server:
        fork_server.run(case(stopped("20s"), breakable()))
        assert made(fork_server) == 0
        fork_server.run(case(stopped("95s"), breakable()))
        assert made(fork_server) == 3
        fork_server.run(case(stopped("65s"), breakable()))
        assert made(fork_server) == 3
        fork_server.run(case(stopped("1000s"), breakable(), length=1020))
        assert made(fork_server) == 3, "another scenario: that one began at the barrier"
        assert fork_server._checkpoints is not None
        first = fork_server._checkpoints._first
        assert alive(first)
    assert not alive(first)


def test_the_last_checkpoint_serves_what_comes_after_it(fork_server: ForkServer, tmp_path: Path) -> None:
    late = case(stopped("700s"), breakable(), length=720)
    assert CHECKPOINTS * INTERVAL < 700
    assert fork_server.run(late, tmp_path / "late.jsonl").verdict.harness_error is None
    assert made(fork_server) == CHECKPOINTS
    assert as_if_judged(tmp_path / "late.jsonl") == from_scratch(late, tmp_path / "late")


def test_a_case_that_hangs_after_a_checkpoint_is_ended_and_told(
    fork_server: ForkServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = Timeline._open

    def hang(self: Timeline, fault: Any, *more: Any) -> None:
        if isinstance(fault, Stop) and fault.targets == ("alice",):
            (tmp_path / "pid").write_text(str(os.getpid()))
            signal.pause()
        real(self, fault, *more)

    monkeypatch.setattr(Timeline, "_open", hang)
    one = case(windows({"stop": {"targets": "alice"}, "at": "40s", "for": "5s"}), breakable())
    monkeypatch.setattr(fork_server, "_patience", 5.0)
    verdict = fork_server.run(one).verdict
    assert "had not ended after 5 s" in str(verdict.harness_error)
    assert not alive(int((tmp_path / "pid").read_text()))
    assert fork_server.run(case(stopped("40s"), breakable())).verdict.harness_error is None
    assert made(fork_server) == 1


def test_cases_begin_at_the_barrier_when_the_checkpoints_are_lost(fork_server: ForkServer, tmp_path: Path) -> None:
    one = case(stopped("95s"), breakable())
    fork_server.run(one, tmp_path / "before.jsonl")
    assert fork_server._checkpoints is not None
    os.kill(fork_server._checkpoints._first, signal.SIGKILL)
    assert fork_server._checkpoints._calls[2][1].poll(60), "each ends when the one that made it has, the third last"
    assert fork_server.run(one, tmp_path / "after.jsonl").verdict.harness_error is None
    assert fork_server._lost
    assert (tmp_path / "after.jsonl").read_bytes() == (tmp_path / "before.jsonl").read_bytes()


def test_a_run_that_hangs_before_a_checkpoint_does_not_hold_cases_up_for_ever(
    fork_server: ForkServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(checkpoints_module.CheckpointedTimeline, "_wait_for_requests", lambda *_: signal.pause())
    monkeypatch.setattr(fork_server, "_patience", 3.0)
    fork_server.run(case(stopped("40s"), breakable()))
    assert fork_server._lost
    monkeypatch.setattr(fork_server, "_patience", 20.0)
    assert fork_server.run(case(stopped("40s"), breakable())).verdict.harness_error is None
