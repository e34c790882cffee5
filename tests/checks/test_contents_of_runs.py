"""Checks of a chain's contents over a simulated run: what it did holds, what it did not do fails, and what is taken
from its journal leaves them open."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from simnet.checks import Balance, Check, Events, RuntimeApi, Status, Storage
from simnet.checks.verdict import judge
from simnet.journal import Evidence, Kind, Record
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, judge_folder, rehearse
from simnet.scenario import Expectation, Scenario
from tests.checks.journals import evidence as told

HELD, FAILED, OPEN = Status.HELD, Status.FAILED, Status.INCONCLUSIVE

NETWORK: dict[str, Any] = {
    "relay": {"runtime": "westend", "validators": 2},
    "parachains": [{"id": 2000, "collators": 1}],
}
PAYS: dict[str, Any] = {"dest": "//Bob", "value": "1.5 WND"}
STEPS: tuple[dict[str, Any], ...] = (
    {"label": "calm", "wait": {"for": "18s"}},
    {"label": "pays", "submit": {"call": "Balances.transfer_keep_alive", "args": PAYS}},
    {
        "label": "remarks",
        "submit": {"chain": 2000, "call": "System.remark_with_event", "args": {"remark": "hello"}, "as": "//Bob"},
    },
    {"label": "after", "wait": {"for": "60s"}},
)

BOB = {"account": "//Bob"}
ACCOUNT = {"item": "System.Account", "keys": ["//Bob"], "field": "data.free"}
SUCCESS = "System.ExtrinsicSuccess"
INCLUDED = {"event": "ParaInclusion.CandidateIncluded"}
OF_2000 = {"0": {"descriptor": {"para_id": 2000}}}
REMARKED = {"chain": "2000", "event": "System.Remarked"}
TRANSFER = {"event": "Balances.Transfer"}
NONCE = {"function": "AccountNonceApi.account_nonce", "args": ["//Alice"]}
FEE = {"event": "TransactionPayment.TransactionFeePaid"}

RIGHT_AND_WRONG: tuple[tuple[Check, Check], ...] = (
    (
        Events(**TRANSFER, where={"from": "//Alice", "to": "//Bob", "amount": "1.5 WND"}, at_least=1, at_most=1),
        Events(**TRANSFER, where={"to": "//Bob", "amount": {"at_least": "1.500000000001 WND"}}, at_least=1),
    ),
    (Events(**TRANSFER, during="calm", at_most=0), Events(**TRANSFER, during="pays", at_most=0)),
    (Events(**TRANSFER, during="pays", at_least=1), Events(**TRANSFER, during="calm", at_least=1)),
    (Events(event=SUCCESS, at_least=10), Events(event=SUCCESS, at_most=9)),
    (Events(**FEE, where={"who": "//Alice"}, at_least=1, at_most=1), Events(**FEE, where={"who": "//Bob"}, at_least=1)),
    (Events(**INCLUDED, where=OF_2000, at_least=2), Events(**INCLUDED, where=OF_2000, at_most=1)),
    (
        Events(**REMARKED, where={"sender": "//Bob"}, at_least=1, at_most=1),
        Events(**REMARKED, where={"sender": "//Alice"}, at_least=1),
    ),
    (Events(**REMARKED, forks=True, at_least=1), Events(**REMARKED, forks=True, at_most=0)),
    (
        Events(in_order=[TRANSFER, {"event": "ParaInclusion.CandidateBacked"}]),
        Events(in_order=[TRANSFER, TRANSFER]),
    ),
    (Storage(**ACCOUNT, changes_by="1.5 WND"), Storage(**ACCOUNT, changes_by="1.4 WND")),
    (Storage(**ACCOUNT, changes_by=0, during="calm"), Storage(**ACCOUNT, changes_by=0, after="calm")),
    (
        Storage(item="Sudo.Key", equals="//Alice", when="always"),
        Storage(item="Sudo.Key", never="//Alice", when="always"),
    ),
    (Storage(item="Sudo.Key", equals={"not": "//Bob"}), Storage(item="Sudo.Key", absent=True)),
    (
        Storage(item="Session.ExternallySetKeys", keys=["//Bob"], absent=True, when="always"),
        Storage(item="Session.ExternallySetKeys", keys=["//Bob"], equals={"not": None}),
    ),
    (
        Storage(chain="2000", item="System.Number", changes_by={"at_least": 2}),
        Storage(chain="2000", item="System.Number", changes_by={"at_most": 1}),
    ),
    (RuntimeApi(**NONCE, equals=1, during="pays"), RuntimeApi(**NONCE, equals=0, during="pays")),
    (RuntimeApi(**NONCE, changes_by=1), RuntimeApi(**NONCE, at_most=0, when="always")),
    (
        RuntimeApi(function="Core.version", field="spec_name", equals="westend", when="always"),
        RuntimeApi(function="Core.version", field="spec_name", equals="rococo"),
    ),
    (Balance(**BOB, changes_by="1.5 WND", during="pays"), Balance(**BOB, changes_by="1.5 WND", during="after")),
    (Balance(**BOB, at_least="1.5 WND"), Balance(**BOB, at_most="1 WND")),
    (Balance(**BOB, part="reserved", at_most=0, when="always"), Balance(**BOB, part="reserved", at_least=1)),
    (
        Balance(chain="2000", account="//Bob", changes_by={"at_most": -1}),
        Balance(chain="2000", account="//Bob", changes_by=0),
    ),
)
"""What the run did, beside what it did not do, which leans on the same readings."""

RIGHT = tuple(right for right, _ in RIGHT_AND_WRONG)
WRONG = tuple(wrong for _, wrong in RIGHT_AND_WRONG)
LATE = (Storage(item="System.ParentHash", equals={"not": "0x00"}), RuntimeApi(function="Core.initialize", equals=1))


@cache
def scenario() -> Scenario:
    expect = [Expectation(**{one.kind: {k: v for k, v in one.as_data().items() if k != "kind"}}) for one in RIGHT]
    return Scenario(name="contents", network=NETWORK, steps=STEPS, expect=expect)  # type: ignore[arg-type]


@cache
def run() -> Evidence:
    with TemporaryDirectory() as folder:
        outcome = rehearse(scenario(), SimulatedProvider(), Options(out=Path(folder)))
        assert outcome.verdict.harness_error is None
        assert judge_folder(outcome.folder).verdict.findings == outcome.verdict.findings
    return outcome.evidence


@pytest.mark.parametrize("check", RIGHT, ids=str)
def test_what_a_run_did_holds(check: Check) -> None:
    found = check.judge(run())
    assert found.status is HELD, found.seen


@pytest.mark.parametrize("check", WRONG, ids=str)
def test_what_it_did_not_do_fails(check: Check) -> None:
    found = check.judge(run())
    assert found.status is FAILED, found.seen


def judged(check: Check, change: Callable[[Record], Record | None]) -> Status:
    return check.judge(told(one for record in run().records if (one := change(record)) is not None)).status


def final_in_the_middle(chain: str) -> str:
    """A final block of the calm, on which every judged chain has blocks."""
    (calm,) = (step.data for step in run().steps if step.data.label == "calm")
    return next(block.hash for block in run().canonical(chain) if block.t > calm.start)


@pytest.mark.parametrize("check", [*RIGHT, *WRONG], ids=str)
def test_without_the_asking_nothing_that_leans_on_it_is_told(check: Check) -> None:
    left_out = {ask.name for ask in check.asks() if ask.what == "event"}

    def unasked(record: Record) -> Record | None:
        asked = record.kind is Kind.EVENT and f"{record.data.pallet}.{record.data.name}" in left_out
        return None if asked or record.kind is Kind.ASKED else record

    assert judged(check, unasked) is (OPEN if list(check.asks()) else check.judge(run()).status)


@pytest.mark.parametrize("check", RIGHT, ids=str)
def test_with_no_block_read_nothing_holds(check: Check) -> None:
    read = (Kind.CONTENTS, Kind.EVENT, Kind.VALUE)
    assert judged(check, lambda record: None if record.kind in read else record) is OPEN


READ = (Kind.CONTENTS, Kind.EVENT, Kind.VALUE)


def forbids(check: Check) -> bool:
    """Whether it holds by what was not there in any block of the whole run."""
    if isinstance(check, Events):
        return check.at_most is not None and check.during is None
    return getattr(check, "when", "end") == "always"


@pytest.mark.parametrize("check", [*RIGHT, *WRONG], ids=str)
def test_a_block_that_was_not_read_leaves_open_what_it_could_turn(check: Check) -> None:
    """What was seen decides all the same: enough, too much, or a value that is told again later."""
    assert isinstance(check, Events | Storage | RuntimeApi | Balance)
    dark = final_in_the_middle(check.chain)
    status = judged(check, lambda one: None if one.hash == dark and one.kind in READ else one)
    assert status in (OPEN, check.judge(run()).status)
    if check in RIGHT and forbids(check):
        assert status is OPEN


@pytest.mark.parametrize("check", [one for one in RIGHT if not isinstance(one, Events)], ids=str)
def test_a_value_is_not_known_while_the_blocks_that_led_to_it_were_not_read(check: Check) -> None:
    assert isinstance(check, Storage | RuntimeApi | Balance)
    chain = check.chain
    assert judged(check, lambda one: None if one.kind in READ and one.chain == chain else one) is OPEN
    span = check.interval(run())
    middle = [one.hash for one in run().canonical(chain) if span.start < one.t <= span.end][-2:]
    unread = judged(check, lambda one: None if one.hash in middle and one.kind in READ else one)
    assert unread is OPEN


def test_every_check_of_contents_is_here_right_and_wrong() -> None:
    kinds = {"events", "storage", "runtime_api", "balance"}
    assert {check.kind for check in RIGHT} == {check.kind for check in WRONG} == kinds


@pytest.mark.parametrize("check", LATE, ids=str)
def test_what_was_not_asked_for_before_the_run_is_open(check: Check) -> None:
    found = check.judge(run())
    assert found.status is OPEN
    assert "was not asked for before the run" in found.seen


def test_no_part_of_the_run_fails_and_none_but_the_whole_holds() -> None:
    records = run().records
    seen = Evidence()
    for number, record in enumerate(records):
        seen.add(record)
        if number % 40 == 0 and number < len(records) - 1:
            verdict = judge(seen, RIGHT)
            assert verdict.status is OPEN, (number, verdict.failures)
