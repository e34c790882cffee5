"""Runs that stand are found by the beginning of their id, wherever they stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from simnet.cli import _run_finder
from simnet.errors import EngineError, InputError
from simnet.providers.deployments import Deployment, Deployments, NodeStatus

Ask = Callable[..., _run_finder.Survey]


class Somewhere:
    """Deployments with these ids; without any nobody can say."""

    def __init__(self, *runs: str) -> None:
        self._runs = runs
        self.removed: list[str] = []

    def runs(self) -> list[Deployment]:
        if not self._runs:
            raise EngineError("no Docker engine answers")
        return [Deployment(run=run, what="a toy", alive=False, kept=True, folder=Path(run)) for run in self._runs]

    def nodes(self, run: str) -> list[NodeStatus]:
        return [NodeStatus(name="alice", process="running", rpc=None)]

    def remove(self, run: str) -> None:
        self.removed.append(run)


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    def survey(*deployments: Somewhere) -> _run_finder.Survey:
        monkeypatch.setattr(_run_finder, "all_deployments", lambda: cast(tuple[Deployments, ...], deployments))
        return _run_finder.survey()

    return survey


@pytest.mark.parametrize(("run", "found"), [("two", "two-1"), ("one-1", "one-1"), ("one-12", "one-12")])
def test_a_run_is_found_by_its_beginning_or_all_of_it(ask: Ask, run: str, found: str) -> None:
    assert ask(Somewhere("one-1", "one-12"), Somewhere("two-1")).one(run).deployment.run == found


def test_the_only_run_needs_no_name(ask: Ask) -> None:
    assert ask(Somewhere("one-1"), Somewhere()).one(None).deployment.run == "one-1"


@pytest.mark.parametrize(
    ("deployments", "error", "said"),
    [
        (
            (Somewhere("one-1", "two-1"), Somewhere("one-2")),
            InputError,
            "'one' may be one-1 or one-2; write more of it",
        ),
        ((Somewhere("on-1"),), InputError, "no run 'one' is up"),
        ((Somewhere("two-1"), Somewhere()), EngineError, "no Docker engine answers"),
    ],
)
def test_what_cannot_be_told_is_not_guessed(
    ask: Ask, deployments: tuple[Somewhere, ...], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        ask(*deployments).one("one")


def test_a_run_in_one_place_is_found_though_another_does_not_answer(ask: Ask) -> None:
    seen: Any = ask(Somewhere(), Somewhere("one-1"))
    assert seen.one("one").deployments.runs()[0].run == "one-1"
    assert [str(error) for error in seen.unasked] == ["no Docker engine answers"]
