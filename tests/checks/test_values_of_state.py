"""Values of a chain's state at the end, at every block and by how much they changed, in journals made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simnet.checks import Balance, Check, Finding, RuntimeApi, Status, Storage
from simnet.errors import InputError
from simnet.journal import Ask
from tests.checks.hand_made import HandMade
from tests.checks.journals import evidence as told

HELD, FAILED, OPEN = Status.HELD, Status.FAILED, Status.INCONCLUSIVE

ITEM = Ask.of("relay", "storage", "Pallet.Item", [])
API = Ask.of("relay", "api", "Api.function", [7])
ALICE = Ask.of("relay", "storage", "System.Account", ["//Alice"])
ASSET = Ask.of("relay", "storage", "Assets.Account", [1984, "//Alice"])


def storage(**fields: Any) -> Storage:
    return Storage(**{"item": "Pallet.Item", **fields})


def went(*values: Any, ask: Ask = ITEM, before: Any = 1) -> HandMade:
    """A final block before t0 with a value, and one for each of these after it; ``...`` stays as it is."""
    made = HandMade(ask, t0=6.0)
    made.evidence.t0 = None
    made.t = 0.0
    made.block("0x01", values={ask: before})
    made.final("0x01")
    made.evidence.t0 = made.t
    for height, value in enumerate(values, start=2):
        made.block(f"0x{height:02x}", values={} if value is ... else {ask: value})
        made.final(f"0x{height:02x}")
    return made


def judged(check: Check, made: HandMade) -> Finding:
    return check.judge(made.end())


ACCOUNT = {"nonce": 3, "data": {"free": 10, "reserved": 5, "frozen": 2}}


@pytest.mark.parametrize(
    ("values", "fields", "status"),
    [
        ((2, 3), {"equals": 3}, HELD),
        ((3, 2), {"equals": 3}, FAILED),
        ((2, ...), {"equals": 2}, HELD),
        ((..., ...), {"equals": 1}, HELD),
        ((2, 3), {"at_least": 3}, HELD),
        ((2, 3), {"at_least": 4}, FAILED),
        ((2, 3), {"at_most": 3}, HELD),
        ((2, 3), {"at_most": 2}, FAILED),
        ((4, 3), {"at_most": 3}, HELD),
        ((4, 3), {"at_most": 3, "when": "always"}, FAILED),
        ((2, 3), {"at_most": 3, "when": "always"}, HELD),
        ((2, 3), {"at_least": 2, "when": "always"}, FAILED),  # before the interval it was 1
        ((2, 3), {"never": 4, "when": "always"}, HELD),
        ((4, 3), {"never": 4, "when": "always"}, FAILED),
        ((2, 3), {"never": 1, "when": "always"}, FAILED),
        ((2, 3), {"changes_by": 2}, HELD),
        ((2, 3), {"changes_by": 1}, FAILED),
        ((2, ...), {"changes_by": 1}, HELD),
        ((..., ...), {"changes_by": 0}, HELD),
        ((2, 0), {"changes_by": -1}, HELD),
        ((2, 3), {"changes_by": {"at_least": 1, "at_most": 2}}, HELD),
        ((2, 3), {"changes_by": {"at_least": 3}}, FAILED),
        ((2, 3), {"changes_by": {"at_most": 1}}, FAILED),
        ((2, None), {"changes_by": -1}, HELD),
        ((2, None), {"absent": True}, HELD),
        ((None, 2), {"absent": True}, FAILED),
        ((None, None), {"absent": True, "when": "always"}, FAILED),
        ((2, None), {"at_most": 0}, HELD),
        ((2, []), {"absent": True}, FAILED),  # a key that is there, of an item whose value says nothing
        ((2, ACCOUNT), {"field": "data.free", "equals": 10}, HELD),
        ((2, ACCOUNT), {"field": "data.free", "at_least": 11}, FAILED),
        ((2, ACCOUNT), {"equals": {"data": {"free": {"at_least": 10}}}}, HELD),
        ((2, ACCOUNT), {"equals": {"data": {"free": 11}}}, FAILED),
        ((2, [4, {"a": 5}]), {"field": "1.a", "equals": 5}, HELD),
        ((2, None), {"field": "data.free", "at_most": 0}, HELD),
        ((2, None), {"field": "data.free", "absent": True}, HELD),
        (("0xd43593", "Paused"), {"equals": "Paused"}, HELD),
        (("0xd43593", {"Err": "x"}), {"equals": "Paused"}, FAILED),
    ],
    ids=str,
)
def test_a_value_is_judged_at_the_end_at_every_block_or_by_its_change(
    values: tuple[Any, ...], fields: dict[str, Any], status: Status
) -> None:
    found = judged(storage(**fields), went(*values))
    assert found.status is status, found.seen


def test_a_finding_tells_how_it_went_and_where() -> None:
    made = went(2, 2, 9, 3)
    found = judged(storage(at_most=5, when="always"), made)
    assert found.status is FAILED
    assert found.seen == "9, more than 5, at block 4; Pallet.Item: 1 at block 1, 1 more, 9 at block 4, 3 at block 5"
    (line,) = found.where
    assert made.evidence.records[int(line.rpartition(":")[2]) - 1].data.value == 9
    assert found.figures == {"start": 1, "end": 3}
    assert found.certain


@pytest.mark.parametrize(
    "fields",
    [{"equals": 1}, {"equals": 9}, {"never": 4, "when": "always"}, {"changes_by": 0}, {"absent": True}],
    ids=str,
)
def test_a_value_that_nobody_asked_for_is_open(fields: dict[str, Any]) -> None:
    made = HandMade()
    made.grow("0x01", "0x02")
    found = judged(storage(**fields), made)
    assert found.status is OPEN
    assert "Pallet.Item was not asked for before the run, so that nobody read it" in found.seen


def with_dark(at: int) -> HandMade:
    """Four blocks in the interval, all 1, of which one was not read."""
    made = went()
    for height in range(2, 6):
        made.block(f"0x{height:02x}", read=height != at)
        made.final(f"0x{height:02x}")
    return made


@pytest.mark.parametrize(
    ("dark", "fields", "status"),
    [
        (3, {"equals": 1}, OPEN),  # the value was told at an ancestor, and may have changed since
        (3, {"changes_by": 0}, OPEN),
        (3, {"never": 4, "when": "always"}, OPEN),
        (3, {"at_most": 0, "when": "always"}, FAILED),
        (5, {"equals": 1}, OPEN),
        (5, {"equals": 2}, OPEN),
    ],
)
def test_a_block_that_was_not_read_leaves_open_what_came_after(
    dark: int, fields: dict[str, Any], status: Status
) -> None:
    found = judged(storage(**fields), with_dark(dark))
    assert found.status is status, found.seen
    assert ("Pallet.Item was not read at block" in found.seen) == (status is OPEN)


def test_a_value_that_is_told_after_an_unread_block_is_known_again() -> None:
    made = with_dark(3)
    made.block("0x06", values={ITEM: 1})
    made.final("0x06")
    assert judged(storage(equals=1), made).status is HELD
    assert judged(storage(never=4, when="always"), made).status is OPEN


def test_a_value_that_could_not_be_read_is_open() -> None:
    for fields in ({"absent": True}, {"at_most": 5}, {"equals": {"not": 5}}):
        found = judged(storage(**fields), went(2, ValueError("Execution failed: wasm trap")))
        assert found.status is OPEN
        assert "Pallet.Item could not be read (Execution failed: wasm trap) at block 3" in found.seen


@pytest.mark.parametrize("fields", [{"equals": {"not": 5}}, {"at_most": 5}, {"absent": True}, {"changes_by": 0}])
def test_a_part_that_a_value_lacks_is_open(fields: dict[str, Any]) -> None:
    found = judged(storage(field="data.free", **fields), went(ACCOUNT, {"data": {"spendable": 10}}, before=ACCOUNT))
    assert found.status is OPEN
    assert "has no such part" in found.seen


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        ({"count": 4}, {"never": 4, "when": "always"}),
        ({"count": 4, "sum": 9}, {"never": {"number": 4, "sum": 9}, "when": "always"}),
        ([4], {"at_most": 9}),
        ("0x04", {"equals": {"not": 4}}),
        (True, {"at_least": 1}),
    ],
)
def test_a_type_that_an_upgrade_changed_leaves_it_open(value: Any, fields: dict[str, Any]) -> None:
    found = judged(storage(**fields), went(2, value, before={} if "sum" in str(fields) else 1))
    assert found.status is OPEN
    assert "of another form than what is asked" in found.seen


def test_blocks_that_are_not_final_leave_open_what_they_would_turn() -> None:
    made = went(2, 3)
    made.block("0x04", values={ITEM: 9})
    found = judged(storage(equals=3), made)
    assert found.status is OPEN
    assert "blocks to 4 are not final and would turn it" in found.seen
    assert judged(storage(equals=9), made).status is OPEN
    assert judged(storage(at_most=5, when="always"), made).status is OPEN
    assert judged(storage(changes_by=2), made).status is OPEN
    assert judged(storage(at_least=2), made).status is HELD
    assert judged(storage(at_most=2, when="always"), made).status is FAILED


def test_blocks_that_are_neither_final_nor_read_leave_it_open() -> None:
    made = went(2, 3)
    made.block("0x04", read=False)
    found = judged(storage(equals=3), made)
    assert found.status is OPEN
    assert "blocks to 4 are not final and were not read" in found.seen


def test_each_branch_that_may_become_final_counts() -> None:
    made = went(2, 3)
    made.block("0x14", values={ITEM: 9}, parent="0x03", best=False)
    made.block("0x04", parent="0x03")
    assert judged(storage(equals=3), made).status is OPEN


def test_a_fork_that_lost_has_no_say() -> None:
    made = went(2)
    made.block("0x13", values={ITEM: 9}, parent="0x02", best=False)
    made.block("0x03", parent="0x02")
    made.final("0x03")
    assert judged(storage(equals=2), made).status is HELD
    assert judged(storage(never=9, when="always"), made).status is HELD
    assert judged(storage(equals=9), made).status is FAILED


def test_what_a_lost_fork_told_is_not_taken_for_the_chains() -> None:
    """The value was read again on a fork only; on the chain nobody read the block that may have changed it."""
    made = went()
    made.block("0x12", values={ITEM: 1}, parent="0x01", best=False)
    made.block("0x02", read=False, parent="0x01")
    made.grow("0x03")
    assert judged(storage(equals=1), made).status is OPEN


def test_nothing_is_judged_where_nothing_is_final() -> None:
    made = went(2)
    before = made.t
    made.t += 1.0
    made.step("short", before)
    for fields in ({"equals": 2}, {"changes_by": 0}, {"never": 9, "when": "always"}):
        found = judged(storage(during="short", **fields), made)
        assert found.status is OPEN
        assert "no block of relay of that time is final" in found.seen


def test_a_change_needs_to_know_how_it_was() -> None:
    made = HandMade(ITEM, t0=0.0)
    made.evidence.blocks["relay"].clear()
    made.heights["0x01"] = 1
    made.block("0x02", values={ITEM: 5}, parent="0x01")
    made.final("0x02")
    found = judged(storage(changes_by=5), made)
    assert found.status is OPEN
    assert "no block of relay was final before" in found.seen


def test_a_value_that_was_asked_for_later_is_not_known_before() -> None:
    made = HandMade()
    made.grow("0x01")
    made.ask(ITEM)
    made.block("0x02", values={ITEM: 5})
    made.final("0x02")
    assert judged(storage(equals=5), made).status is HELD
    assert judged(storage(never=4, when="always"), made).status is OPEN
    assert judged(storage(changes_by=0), made).status is OPEN


def test_a_second_asking_leaves_the_first_as_it_is() -> None:
    other = Ask.of("relay", "storage", "Pallet.Other", [])
    made = went(2)
    made.ask(other)
    made.block("0x03", values={other: 7})
    made.final("0x03")
    assert judged(storage(equals=2), made).status is HELD
    assert judged(storage(item="Pallet.Other", equals=7), made).status is HELD
    assert judged(storage(item="Pallet.Other", changes_by=0), made).status is OPEN


def test_a_hole_in_the_chain_leaves_it_open() -> None:
    made = went(2, 2, 2)
    records = [one for one in made.end().records if not (one.hash == "0x03" and one.kind == "block")]
    found = storage(equals=2).judge(told(records))
    assert found.status is OPEN


def test_keys_tell_values_apart() -> None:
    one, two = (Ask.of("relay", "storage", "Pallet.Item", [key]) for key in (1, "1"))
    made = HandMade(one, two)
    made.block("0x01", values={one: 5, two: 6})
    made.final("0x01")
    assert judged(storage(keys=[1], equals=5), made).status is HELD
    assert judged(storage(keys=["1"], equals=5), made).status is FAILED
    assert judged(storage(keys=[2], equals=5), made).status is OPEN


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"equals": 3}, HELD),
        ({"equals": 4}, FAILED),
        ({"changes_by": 2}, HELD),
        ({"never": 2, "when": "always"}, FAILED),
        ({"args": [8], "equals": 3}, OPEN),
        ({"function": "Api.other", "equals": 3}, OPEN),
    ],
)
def test_an_answer_of_a_runtime_api_is_judged_alike(fields: dict[str, Any], status: Status) -> None:
    check = RuntimeApi(**{"function": "Api.function", "args": [7], **fields})
    assert judged(check, went(2, 3, ask=API)).status is status


def account(free: int, reserved: int = 0, frozen: int = 0) -> dict[str, Any]:
    return {"nonce": 0, "data": {"free": free, "reserved": reserved, "frozen": frozen}}


WND = 10**12


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"equals": "2 WND"}, HELD),
        ({"equals": 2 * WND}, HELD),
        ({"equals": "2.000000000001 WND"}, FAILED),
        ({"at_least": "1.999999999999 WND", "at_most": "2 WND"}, HELD),
        ({"at_least": "2.1 WND"}, FAILED),
        ({"changes_by": "-1 WND"}, HELD),
        ({"changes_by": -WND - 1}, FAILED),
        ({"changes_by": {"at_least": "-1 WND", "at_most": 0}}, HELD),
        ({"part": "reserved", "equals": "0.5 WND"}, HELD),
        ({"part": "frozen", "equals": 7}, HELD),
        ({"part": "total", "equals": "2.5 WND"}, HELD),
        ({"part": "total", "changes_by": "-0.5 WND"}, HELD),
        ({"part": "total", "equals": "2 WND"}, FAILED),
        ({"at_most": "3 WND", "when": "always"}, HELD),
        ({"at_most": "2 WND", "when": "always"}, FAILED),
    ],
)
def test_a_balance_is_judged_to_the_last_unit(fields: dict[str, Any], status: Status) -> None:
    made = went(account(2 * WND, WND // 2, 7), ask=ALICE, before=account(3 * WND))
    assert judged(Balance(account="//Alice", **fields), made).status is status


def test_a_balance_of_a_runtime_that_names_its_parts_otherwise_is_open() -> None:
    made = went({"data": {"free": 5, "misc_frozen": 0}}, ask=ALICE, before=account(5))
    assert judged(Balance(account="//Alice", equals=5), made).status is HELD
    assert judged(Balance(account="//Alice", part="frozen", equals=0), made).status is OPEN
    assert judged(Balance(account="//Alice", part="total", equals=5), made).status is OPEN


def test_an_asset_that_an_account_has_nothing_of_is_zero() -> None:
    made = went({"balance": 5, "status": "Liquid"}, ask=ASSET, before=None)
    asset = {"Assets": 1984}
    assert judged(Balance(account="//Alice", asset=asset, equals=5), made).status is HELD
    assert judged(Balance(account="//Alice", asset=asset, changes_by=5), made).status is HELD
    assert judged(Balance(account="//Alice", asset=asset, at_least=1, when="always"), made).status is FAILED
    assert judged(Balance(account="//Alice", asset={"Assets": 1}, equals=0), made).status is OPEN


@pytest.mark.parametrize(
    ("make", "fields", "message"),
    [
        (storage, {}, "storage needs equals, absent"),
        (storage, {"absent": True, "equals": 1}, "nothing else can be asked"),
        (storage, {"never": 1}, "write when: always"),
        (storage, {"changes_by": 1, "when": "always"}, "leave `when` out"),
        (storage, {"changes_by": {}}, "changes_by is an amount"),
        (storage, {"changes_by": {"at_lest": 1}}, "changes_by is an amount"),
        (storage, {"changes_by": {"at_least": None}}, "changes_by is an amount"),
        (storage, {"changes_by": {"at_least": [1]}}, "changes_by is an amount"),
        (storage, {"changes_by": True}, "changes_by is an amount"),
        (Balance, {"account": "//Alice"}, "balance needs equals"),
        (Balance, {"account": "//Alice", "equals": 1, "at_least": 1}, "equals or bounds"),
        (Balance, {"account": "//Alice", "equals": 1, "asset": {}}, "with one pallet"),
        (Balance, {"account": "//Alice", "equals": 1, "asset": {"Assets": 1}, "part": "total"}, "no total part"),
        (Balance, {"account": "//Alice", "changes_by": 1, "when": "always"}, "leave `when` out"),
    ],
)
def test_what_contradicts_itself_is_refused(make: Any, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make(**fields)


def with_lost_fork(**other: Any) -> HandMade:
    """The chain has 2 throughout; on a fork of two blocks that lost it is what ``other`` says of the first."""
    made = went(2)
    made.block("0x13", parent="0x02", best=False, **other)
    made.block("0x14", parent="0x13", best=False)
    made.block("0x03", parent="0x02")
    made.final("0x03")
    return made


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"never": 9}, FAILED),
        ({"at_most": 8}, FAILED),
        ({"equals": {"any_of": [1, 2, 9]}}, HELD),
        ({"never": 3}, HELD),
        ({"at_least": 2}, FAILED),  # before the interval it was 1
    ],
    ids=str,
)
def test_a_fork_that_lost_counts_where_every_fork_is_asked_for(fields: dict[str, Any], status: Status) -> None:
    found = judged(storage(when="always", forks=True, **fields), with_lost_fork(values={ITEM: 9}))
    assert found.status is status, found.seen


def test_what_is_wrong_on_a_fork_is_told_with_its_block() -> None:
    made = with_lost_fork(values={ITEM: 9})
    found = judged(storage(never=9, when="always", forks=True), made)
    assert found.seen == "9, which must never be, at block 3"
    assert found.certain
    (line,) = found.where
    assert made.evidence.records[int(line.rpartition(":")[2]) - 1].hash == "0x13"


def test_a_fork_that_was_not_read_leaves_it_open() -> None:
    made = with_lost_fork(read=False)
    found = judged(storage(never=9, when="always", forks=True), made)
    assert found.status is OPEN
    assert "Pallet.Item was not read at block 3" in found.seen
    assert judged(storage(never=9, when="always"), made).status is HELD
    assert judged(storage(never=2, when="always", forks=True), made).status is FAILED


def test_a_fork_whose_blocks_tell_nothing_has_what_it_branched_off_with() -> None:
    made = with_lost_fork()
    assert judged(storage(never=9, when="always", forks=True), made).status is HELD
    assert judged(storage(never=2, when="always", forks=True), made).status is FAILED


@pytest.mark.parametrize(
    "check",
    [
        lambda: storage(equals=2, forks=True),
        lambda: Balance(account="//Alice", at_least=1, forks=True),
        lambda: RuntimeApi(function="Api.function", equals=1, forks=True),
    ],
)
def test_forks_have_no_end(check: Callable[[], Check]) -> None:
    with pytest.raises(InputError, match="forks is about every block that was seen; write when: always"):
        check()
