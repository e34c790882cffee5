"""Programs by which units are made or lost, or only seem to be: what was tried to fool ``conserved`` by."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.checks import Status
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, rehearse
from simnet.scenario.loader import load_scenario

CASES = Path(__file__).parent / "data" / "conserved"


@pytest.mark.parametrize(
    ("case", "status", "told"),
    [
        # What is trapped keeps the issuance on these runtimes, so that it hides no burn and no mint in its block.
        ("burnt-beside-a-trap", Status.FAILED, "1 WND is gone"),
        ("burnt-in-a-batch-with-a-trap", Status.FAILED, "1 WND is gone"),
        ("minted-beside-a-claim", Status.FAILED, "4 WND came from nowhere"),
        ("left-trapped", Status.HELD, ""),
        ("claimed-later", Status.HELD, ""),
        # A message says that it carries something, and its sender gave nothing up for it.
        ("only-said-to-be-carried", Status.HELD, ""),
        ("minted-by-a-message-of-root", Status.FAILED, "for which relay gave nothing up"),
        # A message ended and brought nothing, or less: in a block that is not final, or elsewhere is as much too much.
        ("lost-in-a-block-not-final", Status.INCONCLUSIVE, "were to bring 10 WND"),
        ("lost-where-every-fork-counts", Status.FAILED, "were to bring 10 WND"),
        ("burnt-as-much-as-arrived", Status.INCONCLUSIVE, "not final and would turn it"),
        ("burnt-here-minted-there", Status.FAILED, "were to bring 2 WND"),
        ("said-in-a-block-with-arrivals", Status.HELD, ""),
        ("said-beside-as-much-that-went", Status.HELD, ""),
        ("burnt-beside-an-empty-message", Status.FAILED, "in blocks that messages connect"),
        # What a chain has of its own in the account that backs copies, and fees, could hide as much.
        ("mail-paid-by-a-chains-account", Status.INCONCLUSIVE, "the account of 2000 paid 5 WND"),
        ("paid-into-a-chains-account", Status.INCONCLUSIVE, "5 WND came in block"),
        ("minted-as-much-as-a-fee", Status.INCONCLUSIVE, "a gain or a loss of just as much would hide"),
        ("accounts-written-by-a-message", Status.INCONCLUSIVE, "dispatch a call with keys of accounts in it"),
        ("not-final-yet", Status.INCONCLUSIVE, "not final and would turn it"),
        ("accounts-written-by-root", Status.INCONCLUSIVE, "root wrote System.Account on relay"),
        (
            "accounts-written-by-a-call",
            Status.INCONCLUSIVE,
            "root wrote 0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c",
        ),
    ],
)
def test_a_case_is_seen_as_what_it_is(case: str, status: Status, told: str, tmp_path: Path) -> None:
    outcome = rehearse(load_scenario(CASES / f"{case}.yaml"), SimulatedProvider(), Options(out=tmp_path))
    (finding,) = [one for one in outcome.verdict.findings if one.check.startswith("conserved")]
    assert finding.status is status, finding.seen
    assert told in finding.seen


def test_two_messages_to_which_a_chain_gives_one_id_end_twice_and_that_is_no_fault(tmp_path: Path) -> None:
    outcome = rehearse(load_scenario(CASES / "two-of-one-id.yaml"), SimulatedProvider(), Options(out=tmp_path))
    status = {one.check: one.status for one in outcome.verdict.findings}
    assert status.pop("messages end once at most") is Status.HELD
    (conserved,) = (one for name, one in status.items() if name.startswith("conserved"))
    assert conserved is Status.INCONCLUSIVE, "nobody can tell which of them is under way"
