"""Cases that fork from a network at its barrier are runs like any other, and none disturbs the next."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from wasmtime import wat2wasm

from simnet.checks import Status
from simnet.errors import DeadlineError
from simnet.journal import read_journal, without_seal
from simnet.journal.records import RuntimeEvent
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, rehearse
from simnet.run_file import JOURNAL_FILE
from simnet.runtime.host import _modules
from simnet.scenario import Scenario
from simnet.search import fork_server as fork_server_module
from simnet.search.fork_server import ForkServer
from tests.search.small_searches import breakable, windows

WITH_MAIL = Scenario.model_validate(
    {
        "name": "with-mail",
        "seed": 5,
        "network": {
            "relay": {"runtime": "rococo", "validators": 2},
            "parachains": [{"id": 2000, "runtime": "penpal", "collators": 1}],
        },
        "steps": [{"send": {"from": "relay", "to": "2000", "count": 2, "every": 6}, "label": "mail"}],
    }
)
"""A parachain, so that candidates are validated in the second thread, which no fork survives."""

STOPPED = windows({"stop": {"targets": "bob"}, "at": "12s", "for": "9s"})
PAUSED = windows({"pause": {"targets": "alice"}, "at": "6s", "for": "15s"})


def with_schedule(scenario: Scenario, schedule: Any, more: tuple[Any, ...] = ()) -> Scenario:
    steps = (*scenario.steps, *more, {"wait": {"for": "45s"}})
    return Scenario.model_validate({**dict(scenario), "steps": steps, "schedule": schedule})


def as_if_judged(journal: Path) -> bytes:
    """A case's journal without its seals, with the candidates that it took for valid called so."""
    return _unsealed(journal).replace(b'"judged":"not judged"', b'"judged":"valid"')


def _unsealed(journal: Path) -> bytes:
    return b"".join(map(without_seal, journal.read_bytes().splitlines(keepends=True)))


def from_scratch(scenario: Scenario, folder: Path) -> bytes:
    """The journal that `simnet run` writes, without its seals."""
    return _unsealed(rehearse(scenario, SimulatedProvider(), Options(out=folder)).folder / JOURNAL_FILE)


def test_a_case_has_the_journal_of_a_run_from_scratch(tmp_path: Path) -> None:
    cases = [
        with_schedule(WITH_MAIL, STOPPED),
        with_schedule(WITH_MAIL, PAUSED, ({"send": {"from": "2000", "to": "relay"}, "label": "back"},)),
        with_schedule(WITH_MAIL, STOPPED),
    ]
    with ForkServer(WITH_MAIL) as fork_server:
        for number, case in enumerate(cases):
            trial = fork_server.run(case, tmp_path / f"{number}.jsonl")
            assert trial.verdict.harness_error is None
    forked = [as_if_judged(tmp_path / f"{number}.jsonl") for number in range(3)]
    assert forked[0] == from_scratch(cases[0], tmp_path / "one")
    assert forked[1] == from_scratch(cases[1], tmp_path / "two")
    assert forked[2] == forked[0]
    names = {
        (record.data.pallet, record.data.name)
        for record in read_journal(tmp_path / "1.jsonl")
        if isinstance(record.data, RuntimeEvent)
    }
    assert {("ParaInclusion", "CandidateIncluded"), ("MessageQueue", "Processed")} <= names


def test_another_seed_has_a_network_of_its_own(tmp_path: Path) -> None:
    other = with_schedule(breakable(seed=2), STOPPED)
    with ForkServer(breakable(seed=1)) as fork_server:
        fork_server.run(with_schedule(breakable(seed=1), STOPPED))
        fork_server.run(other, tmp_path / "other.jsonl")
    assert as_if_judged(tmp_path / "other.jsonl") == from_scratch(other, tmp_path)


def test_a_trial_tells_verdict_and_coverage_and_keeps_no_journal(fork_server: ForkServer) -> None:
    trial = fork_server.run(with_schedule(breakable(), windows({"stop": {"targets": "bob"}, "at": "1s", "for": "44s"})))
    assert trial.verdict.status is Status.FAILED
    assert [finding.check for finding in trial.verdict.failures] == ["finality_lag at_most=4"]
    assert "finality stalled" in trial.coverage.items()
    assert trial.evidence is None


@pytest.fixture(scope="module")
def fork_server() -> Iterator[ForkServer]:
    with ForkServer(breakable(), patience=20.0) as one:
        yield one


Break = Callable[[Callable[[], None]], None]


@pytest.fixture
def instead_of_driving(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Has cases do this instead of their steps."""

    def do(act: Callable[[], None]) -> None:
        monkeypatch.setattr(fork_server_module, "drive", lambda *_: act())

    return do


def test_a_case_that_hangs_is_ended_and_told(
    fork_server: ForkServer, instead_of_driving: Break, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang() -> None:
        (tmp_path / "pid").write_text(str(os.getpid()))
        signal.pause()

    instead_of_driving(hang)
    monkeypatch.setattr(fork_server, "_patience", 1.0)
    verdict = fork_server.run(breakable()).verdict
    assert "had not ended after 1 s" in str(verdict.harness_error)
    assert verdict.exit_code == 3
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_case_whose_process_dies_is_told(fork_server: ForkServer, instead_of_driving: Break) -> None:
    instead_of_driving(lambda: os.kill(os.getpid(), signal.SIGKILL))
    assert "was ended by SIGKILL, perhaps for lack of memory" in str(fork_server.run(breakable()).verdict.harness_error)
    instead_of_driving(lambda: os._exit(7))
    assert "ended with exit code 7" in str(fork_server.run(breakable()).verdict.harness_error)


def test_a_case_whose_process_is_killed_once_is_run_again(
    fork_server: ForkServer, instead_of_driving: Break, tmp_path: Path
) -> None:
    """As for lack of memory: what the case shows does not depend on that."""
    once = tmp_path / "once"

    def die_once() -> None:
        if not once.exists():
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    instead_of_driving(die_once)
    trial = fork_server.run(breakable())
    assert once.exists()
    assert trial.verdict.harness_error is None
    assert not trial.killed


def test_an_error_of_simnet_itself_is_told_with_its_traceback(
    fork_server: ForkServer, instead_of_driving: Break
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("of the case")

    instead_of_driving(fail)
    error = str(fork_server.run(breakable()).verdict.harness_error)
    assert "ZeroDivisionError: of the case" in error
    assert "in fail" in error


def test_what_ends_a_run_early_is_part_of_the_verdict(fork_server: ForkServer, instead_of_driving: Break) -> None:
    def late() -> None:
        raise DeadlineError("waited in vain")

    instead_of_driving(late)
    assert fork_server.run(breakable()).verdict.harness_error == "waited in vain"


def test_cases_after_such_ones_are_as_before(fork_server: ForkServer, tmp_path: Path) -> None:
    case = with_schedule(breakable(), STOPPED)
    assert fork_server.run(case, tmp_path / "case.jsonl").verdict.harness_error is None
    assert as_if_judged(tmp_path / "case.jsonl") == from_scratch(case, tmp_path)


def test_a_case_can_compile_what_no_process_had_compiled_before(
    fork_server: ForkServer, instead_of_driving: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads of the compiler that the parent had used are gone after a fork; waiting for them is waiting for ever."""
    monkeypatch.setattr(_modules, "keep", lambda *_: None)
    monkeypatch.setattr(_modules, "_read", lambda _: None)
    functions = "".join(f"(func (result i64) (i64.const {number << 40}))" for number in range(6000))
    small, large = (bytes(wat2wasm(f"(module {text})")) for text in ("(func)" * 50, functions))
    assert len(small) < _modules._WORTH_KEEPING < len(large)
    _modules.module(large + b"\0\2\1x")  # an empty custom section makes it another module

    def compile_both() -> None:
        _modules.module(small)
        _modules.module(large)

    instead_of_driving(compile_both)
    assert fork_server.run(breakable()).verdict.harness_error is None
