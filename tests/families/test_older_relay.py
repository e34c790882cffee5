"""A relay chain of a release of the year before the bundled ones, with parachains of other releases and families."""

from __future__ import annotations

from typing import Any

import pytest

from simnet.journal.records import OurExtrinsic
from simnet.rehearsal import Outcome
from tests.families.families import OLDER, PEOPLE, run, twenty

NETWORK: dict[str, Any] = {
    "relay": {"runtime": OLDER, "validators": 4},
    "parachains": [{"id": 2000, "runtime": "penpal"}, twenty(2020), {"id": 1004, "runtime": PEOPLE}],
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    pay = {"dest": "//Ferdie", "value": 10**12}
    steps = [
        {"submit": {"chain": "relay", "as": "//Bob", "call": "Balances.transfer_keep_alive", "args": pay}},
        {"submit": {"chain": "relay", "sudo": True, "call": "System.remark", "args": {"remark": "x"}}},
        {"send": {"from": "relay", "to": 2020, "count": 2}},
        {"send": {"from": 2020, "to": "relay"}},
        {"send": {"from": 2000, "to": 2020}},
        {"wait": {"state": "delivered", "within": "180s"}},
    ]
    expect = [{"parachain_included": {"para": para, "at_least": 3}} for para in (1004, 2000, 2020)]
    expect += [{"messages": {"at_least": 4}}, {"finality_advances": {}}]
    return run(tmp_path_factory.mktemp("older"), NETWORK, steps, expect)


def test_parachains_of_other_releases_run_on_it(outcome: Outcome) -> None:
    assert outcome.verdict.exit_code == 0, outcome.verdict


def test_its_calls_are_signed(outcome: Outcome) -> None:
    ours = [one.data for one in outcome.evidence.of(OurExtrinsic) if one.chain == "relay"]
    assert len(ours) >= 4  # channels, both calls, mail
    assert all(one.success for one in ours)
