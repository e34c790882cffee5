"""Events by name and fields, in journals made by hand: held, failed, and all that leaves it open."""

from __future__ import annotations

from typing import Any

import pytest

from simnet.checks import Events, Finding, Status
from simnet.errors import InputError
from simnet.journal import Ask, Evidence
from simnet.network.accounts import keys
from tests.checks.hand_made import HandMade
from tests.checks.journals import evidence as told

HELD, FAILED, OPEN = Status.HELD, Status.FAILED, Status.INCONCLUSIVE
PAID = "Balances.Transfer"
KEY = "0x" + keys("//Alice").sr25519.hex()


def paid(amount: int, who: str = KEY) -> tuple[str, dict[str, Any]]:
    return PAID, {"from": who, "to": "0x" + "11" * 32, "amount": amount}


def chain(*events: tuple[str, dict[str, Any]], asks: tuple[Ask, ...] = ()) -> HandMade:
    """Four final blocks, of which the third has these events."""
    made = HandMade(*asks)
    made.grow("0x01", "0x02")
    made.block("0x03", *events)
    made.final("0x03")
    made.grow("0x04")
    return made


def judged(made: HandMade | Evidence, **check: Any) -> Finding:
    seen = made if isinstance(made, Evidence) else made.end()
    return Events(**{"event": PAID, **check}).judge(seen)


@pytest.mark.parametrize(
    ("check", "status"),
    [
        ({"at_least": 2}, HELD),
        ({"at_least": 3}, FAILED),
        ({"at_most": 2}, HELD),
        ({"at_most": 1}, FAILED),
        ({"at_most": 0}, FAILED),
        ({"at_least": 2, "at_most": 2}, HELD),
        ({"at_least": 1, "where": {"amount": 5}}, HELD),
        ({"at_most": 0, "where": {"amount": 6}}, HELD),
        ({"at_least": 1, "where": {"from": "//Alice", "amount": {"at_least": 7, "at_most": 7}}}, HELD),
        ({"at_least": 2, "where": {"from": "alice"}}, HELD),
        ({"at_least": 1, "where": {"from": "bob"}}, FAILED),
        ({"at_least": 2, "where": {"amount": {"any_of": [5, 7]}}}, HELD),
        ({"at_most": 1, "where": {"amount": {"not": 5}}}, HELD),
        ({"event": "Balances.Mint", "at_most": 0}, HELD),
        ({"event": "Balances.Mint", "at_least": 1}, FAILED),
    ],
)
def test_events_are_counted_by_name_and_fields(check: dict[str, Any], status: Status) -> None:
    found = judged(chain(paid(5), paid(7)), **check)
    assert found.status is status, found.seen


def test_a_finding_says_where_it_saw_them() -> None:
    made = chain(paid(5), paid(7))
    found = judged(made, at_most=1, where={"from": "//Alice"})
    assert found.seen == "2: block 3, block 3"
    assert found.expected == "1 at most Balances.Transfer (from //Alice) in finalized blocks of relay"
    lines = [int(one.rpartition(":")[2]) for one in found.where]
    assert [made.evidence.records[line - 1].data.fields["amount"] for line in lines] == [5, 7]
    assert found.figures == {"count": 2}
    assert found.certain, "what was too much stays too much"


@pytest.mark.parametrize("check", [{"at_most": 0}, {"at_least": 1}, {"at_least": 1, "at_most": 1}], ids=str)
def test_a_block_that_nobody_read_leaves_it_open(check: dict[str, Any]) -> None:
    made = HandMade()
    made.grow("0x01")
    made.grow("0x02", read=False)
    made.grow("0x03")
    found = judged(made, **check)
    assert found.status is OPEN
    assert "the events of 1 of 3 relay blocks of that time were not read" in found.seen


def test_what_was_seen_decides_though_a_block_was_not_read() -> None:
    made = chain(paid(5))
    made.grow("0x05", read=False)
    assert judged(made, at_least=1).status is HELD
    assert judged(made, at_most=0).status is FAILED
    assert judged(made, at_least=1, at_most=1).status is OPEN


@pytest.mark.parametrize("event", ["System.ExtrinsicSuccess", "TransactionPayment.TransactionFeePaid"])
@pytest.mark.parametrize("check", [{"at_most": 0}, {"at_least": 1}], ids=str)
def test_events_that_runs_leave_out_are_not_none_where_nobody_asked(event: str, check: dict[str, Any]) -> None:
    found = judged(chain(), event=event, **check)
    assert found.status is OPEN
    assert f"{event} was not asked for before 4 of 4 blocks were read" in found.seen
    (ask,) = Events(event=event, **check).asks()
    assert judged(chain(asks=(ask,)), event=event, at_most=0).status is HELD


def test_a_block_that_was_read_before_the_asking_leaves_it_open() -> None:
    event = "System.ExtrinsicSuccess"
    made = HandMade()
    made.grow("0x01", "0x02")
    between = made.t
    made.ask(Ask.of("relay", "event", event))
    made.block("0x03", (event, {"dispatch_info": {}}))
    made.final("0x03")
    made.step("later", between)
    found = judged(made, event=event, at_most=1)
    assert found.status is OPEN
    assert f"{event} was not asked for before 2 of 3 blocks were read" in found.seen
    assert judged(made, event=event, at_most=1, during="later").status is HELD
    assert judged(made, event=event, at_least=1).status is HELD, "one was seen, whatever else there was"


INCLUDED = "ParaInclusion.CandidateIncluded"
DESCRIPTOR: dict[str, Any] = {"0": {"descriptor": {"para_id": 2000, "collator": "0x01"}}, "1": "0x02"}


def test_shortened_fields_match_nothing_unless_they_were_asked_for() -> None:
    where = {"0": {"descriptor": {"para_id": 2000}}}
    short = chain((INCLUDED, {}))
    assert judged(short, event=INCLUDED, at_least=1).status is HELD, "names are recorded without asking"
    for check in ({"at_most": 0}, {"at_least": 1}, {"at_most": 0, "where": {"para_id": 2000}}):
        found = judged(short, event=INCLUDED, **{"where": where, **check})
        assert found.status is OPEN
        assert f"{INCLUDED}'s fields was not asked for before 4 of 4 blocks were read" in found.seen
    (ask,) = Events(event=INCLUDED, where=where, at_least=1).asks()
    asked = chain((INCLUDED, {"whole": DESCRIPTOR}), asks=(ask,))
    assert judged(asked, event=INCLUDED, where=where, at_least=1).status is HELD
    assert judged(asked, event=INCLUDED, where=where, at_most=0).status is FAILED
    assert judged(asked, event=INCLUDED, where={"0": {"descriptor": {"para_id": 2001}}}, at_most=0).status is HELD


def test_an_event_in_a_block_that_is_not_final_leaves_open_what_it_could_turn() -> None:
    made = chain()
    made.block("0x05", paid(5))
    for check in ({"at_most": 0}, {"at_least": 1}):
        found = judged(made, **check)
        assert found.status is OPEN
        assert "1 more in blocks that are not final: block 5" in found.seen
        assert "they may yet become final" in found.seen
    assert judged(made, at_most=1).status is HELD
    assert judged(made, at_least=2).status is FAILED


def test_a_block_that_is_not_final_and_was_not_read_leaves_it_open() -> None:
    made = chain()
    made.block("0x05", read=False)
    assert judged(made, at_most=0).status is OPEN


def test_a_branch_that_is_nobodys_best_may_become_final() -> None:
    made = chain()
    made.block("0x15", paid(5), parent="0x04", best=False)
    made.block("0x05", parent="0x04")
    assert judged(made, at_most=0).status is OPEN


def test_events_of_branches_are_not_added_up() -> None:
    made = chain()
    made.block("0x15", paid(5), parent="0x04")
    made.block("0x05", paid(5), parent="0x04")
    assert judged(made, at_most=1).status is HELD
    assert judged(made, at_least=2).status is FAILED


def forked() -> HandMade:
    """A transfer on a fork that lost."""
    made = HandMade()
    made.grow("0x01")
    made.block("0x12", paid(5), parent="0x01", best=False)
    made.block("0x02", parent="0x01")
    made.block("0x03")
    made.final("0x03")
    return made


def test_what_a_lost_fork_had_did_not_happen() -> None:
    assert judged(forked(), at_most=0).status is HELD
    assert judged(forked(), at_least=1).status is FAILED


def test_with_forks_what_any_of_them_had_counts() -> None:
    assert judged(forked(), at_most=0, forks=True).status is FAILED
    assert judged(forked(), at_least=1, forks=True).status is HELD
    made = forked()
    made.block("0x14", parent="0x03", read=False, best=False)
    assert judged(made, at_most=1, forks=True).status is OPEN


def test_nothing_is_absent_where_nothing_is_final() -> None:
    made = chain()
    before = made.t
    made.block("0x05")
    made.step("short", before)
    made.block("0x06")
    made.final("0x06")
    assert judged(made, at_most=0, during="short").status is HELD
    made.t += 1.0
    made.step("empty", made.t - 0.5)
    found = judged(made, at_most=0, during="empty")
    assert found.status is OPEN
    assert "no block of relay of that time is final, which proves no absence" in found.seen


def test_a_step_that_begins_when_a_block_comes_did_nothing_in_it() -> None:
    made = chain(paid(5))
    made.block("0x05", paid(7))
    made.final("0x05")
    before = made.t
    made.grow("0x06")
    made.step("next", before)
    assert judged(made, at_least=1, during="next").status is FAILED
    assert judged(made, at_most=0, during="next", forks=True).status is HELD


def test_a_hole_in_the_chain_leaves_it_open() -> None:
    made = chain()
    made.grow("0x05", "0x06")
    hole = [one for one in made.end().records if not (one.hash == "0x05" and one.kind == "block")]
    found = judged(told(hole), at_most=0)
    assert found.status is OPEN
    assert "the parent of relay block 6 was not seen" in found.seen


@pytest.mark.parametrize(
    "where", [{"value": 5}, {"amount": {"free": 5}}, {"amount": 5, "memo": "x"}, {"from": {"Id": KEY}}, {"amount": "x"}]
)
def test_fields_that_an_upgrade_renamed_leave_it_open(where: dict[str, Any]) -> None:
    """A name or type that the runtime had when the file was looked at, and has no more, proves no absence."""
    found = judged(chain(paid(5)), at_most=0, where=where)
    assert found.status is OPEN
    assert "of 1 Balances.Transfer nobody can tell whether they are meant" in found.seen


@pytest.mark.parametrize(
    ("result", "where", "status"),
    [
        ({"Ok": None}, {"Err": "BadOrigin"}, HELD),
        ({"Err": "BadOrigin"}, {"Err": {"Module": {"index": 3}}}, HELD),
        ({"Err": "BadOrigin"}, {"Err": "BadOrigin"}, FAILED),
        ({"Err": {"Module": {"index": 3, "error": "0x00"}}}, {"Err": {"Module": {"index": 3}}}, FAILED),
        ({"Err": {"Module": {"index": 3, "error": "0x00"}}}, {"Err": {"Module": {"number": 3}}}, OPEN),
    ],
)
def test_another_variant_is_another_value(result: Any, where: Any, status: Status) -> None:
    made = chain(("Sudo.Sudid", {"sudo_result": result}))
    assert judged(made, event="Sudo.Sudid", where={"sudo_result": where}, at_most=0).status is status


MINT, BURN = ("Balances.Minted", {"amount": 1}), ("Balances.Burned", {"amount": 1})


def in_order(made: HandMade, *events: Any) -> Finding:
    return Events(in_order=[one if isinstance(one, dict) else {"event": one} for one in events]).judge(made.end())


def test_an_order_is_kept_whatever_comes_between() -> None:
    made = chain(MINT, paid(5), BURN)
    assert in_order(made, "Balances.Minted", "Balances.Burned").status is HELD
    found = in_order(made, "Balances.Burned", "Balances.Minted")
    assert found.status is FAILED
    assert found.seen == "Balances.Burned in block 3; then no Balances.Minted"


@pytest.mark.parametrize(("times", "status"), [(1, FAILED), (2, HELD), (3, HELD)])
def test_an_order_of_equal_events_needs_as_many(times: int, status: Status) -> None:
    assert in_order(chain(*[MINT] * times), "Balances.Minted", "Balances.Minted").status is status


def test_one_event_is_not_two_of_an_order() -> None:
    narrow = {"event": PAID, "where": {"amount": 5}}
    assert in_order(chain(paid(5)), PAID, narrow).status is FAILED
    assert in_order(chain(paid(5)), narrow, PAID).status is FAILED
    assert in_order(chain(paid(7), paid(5)), PAID, narrow).status is HELD
    assert in_order(chain(paid(5), paid(5)), narrow, PAID).status is HELD


def test_an_order_that_is_not_final_yet_is_open() -> None:
    made = chain(MINT)
    made.block("0x05", BURN)
    found = in_order(made, "Balances.Minted", "Balances.Burned")
    assert found.status is OPEN
    assert "the rest is not final yet" in found.seen


def test_an_order_across_branches_is_none() -> None:
    made = chain()
    made.block("0x15", MINT, parent="0x04")
    made.block("0x05", BURN, parent="0x04")
    assert in_order(made, "Balances.Minted", "Balances.Burned").status is FAILED


def test_an_order_over_an_unread_block_fails_for_nothing() -> None:
    made = HandMade()
    made.grow("0x01", read=False)
    made.block("0x02", BURN)
    made.final("0x02")
    assert in_order(made, "Balances.Minted", "Balances.Burned").status is OPEN


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "either event or in_order"),
        ({"event": PAID}, "at_least, at_most or both"),
        ({"event": PAID, "at_least": 0}, "holds whatever happens"),
        ({"event": PAID, "at_least": 3, "at_most": 2}, "at_most 2 is less than 3"),
        ({"event": PAID, "at_most": -1}, "at_most -1 is less than 0"),
        ({"in_order": [{"event": PAID}]}, "two events or more"),
        ({"in_order": [{"event": PAID}, {"event": PAID}], "at_least": 1}, "stands by itself"),
        ({"in_order": [{"event": PAID}, {"event": PAID}], "forks": True}, "stands by itself"),
    ],
)
def test_what_contradicts_itself_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Events(**fields)
