"""What all rehearsals come to."""

from __future__ import annotations

import pytest

from simnet.checks import Finding, Status
from simnet.checks.verdict import Verdict
from simnet.exit_codes import ExitCode
from simnet.upgrades import NotRehearsed, Rehearsed, UpgradeDecision
from simnet.upgrades.page import page


def _ran(name: str, status: Status, missed: str | None = None) -> Rehearsed:
    finding = Finding("upgraded chain=2000", status, "the code", "0 of 1 <b>nodes</b> have it")
    return Rehearsed(
        name=name,
        shows="What it shows.",
        folder=f"{name}-1",
        seed=0,
        seconds=1.0,
        verdict=Verdict(status, (finding,)),
        missed=missed,
        course=None,
        repeat=f"simnet run {name}",
    )


def _not_run(code: ExitCode = ExitCode.INCONCLUSIVE) -> NotRehearsed:
    return NotRehearsed(name="partition", shows="What it shows.", exit_code=code, why="one validator cannot be parted")


def _of(*rehearsals: Rehearsed | NotRehearsed) -> UpgradeDecision:
    return UpgradeDecision(
        chain="2000",
        runtime="/somewhere/new.wasm",
        code="0x" + "00" * 32,
        size=1,
        size_limit=None,
        path="authorized",
        network="net.yaml",
        provider="simulated",
        seed=0,
        taken=("its network was taken",),
        rehearsals=rehearsals,
        diff=None,
        not_compared="it tells nothing",
        not_rehearsed=("a live chain",),
        folder="runs/upgrade-2000",
        repeat="simnet rehearse-upgrade",
    )


CLEAN = _ran("clean", Status.HELD)


def test_it_goes_if_every_rehearsal_held() -> None:
    decision = _of(CLEAN, _ran("links-slow", Status.HELD))
    assert (decision.word, decision.exit_code, decision.reasons) == ("GO", 0, ())


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (_ran("other", Status.FAILED), ExitCode.FAILED),
        (_ran("other", Status.INCONCLUSIVE), ExitCode.INCONCLUSIVE),
        (_ran("other", Status.HELD, missed="cut was over before"), ExitCode.INCONCLUSIVE),
        (_not_run(), ExitCode.INCONCLUSIVE),
        (_not_run(ExitCode.HARNESS_FAILED), ExitCode.HARNESS_FAILED),
    ],
    ids=["failed", "inconclusive", "missed its moment", "could not be run", "harness"],
)
def test_it_does_not_go_over_one_that_did_not_hold(other: Rehearsed | NotRehearsed, code: ExitCode) -> None:
    decision = _of(CLEAN, other)
    assert (decision.word, decision.exit_code) == ("NO GO", code)
    assert len(decision.reasons) == 1


def test_it_does_not_go_over_nothing() -> None:
    assert not _of().go


def test_a_failed_run_that_missed_its_moment_stays_failed() -> None:
    assert _ran("other", Status.FAILED, missed="cut was over before").exit_code is ExitCode.FAILED


def test_a_run_that_ended_early_is_the_harness_s() -> None:
    early = Verdict(Status.INCONCLUSIVE, (), harness_error="the disk is full")
    one = Rehearsed(
        name="other", shows="", folder="", seed=0, seconds=0.0, verdict=early, missed=None, course=None, repeat=""
    )
    assert (one.status, one.why, one.exit_code) == ("ended early", "the disk is full", ExitCode.HARNESS_FAILED)


def test_the_page_has_the_decision_first_and_shows_what_others_wrote_harmlessly() -> None:
    text = page(_of(CLEAN, _ran("other", Status.FAILED), _not_run()))
    assert text.index("NO GO</p>") < text.index("<h2>Rehearsals")
    assert "&lt;b&gt;nodes" in text
    assert "<b>nodes" not in text
    assert 'href="other-1/report.html"' in text
    assert "one validator cannot be parted" in text
