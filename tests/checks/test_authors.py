"""Whose blocks count, on a real journal in which other keys have sealed some."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simnet.checks import BlocksAuthored, Disabled
from simnet.checks.seated import every_validator_seated
from simnet.checks.seats import seats_at
from simnet.checks.verdict import judge
from simnet.journal import Evidence, Kind, Record
from simnet.journal.records import NodeDown, SeatsRead
from tests.checks.journals import change, evidence, index_of, mapped, records, scenario, without

ALICE_IN_THE_CUT = BlocksAuthored(by=("alice",), during="cut", at_least=1)
UNKNOWN = "0x" + "ab" * 32


def status(check: BlocksAuthored | Disabled, changed: Evidence) -> str:
    return check.judge(changed).status.value


def sealed_by(author: str | None) -> Evidence:
    """The journal, with every block of charlie's sealed by another."""
    return evidence(
        mapped(lambda r: change(r, author=author) if r.kind is Kind.BLOCK and r.data.author == "charlie" else r)
    )


@pytest.mark.parametrize("author", [UNKNOWN, None])
def test_a_block_that_may_be_anybodys_leaves_upper_bounds_open(author: str | None) -> None:
    count = BlocksAuthored(by=("alice",), during="cut", at_most=999).judge(evidence(records())).figures["blocks"]
    bound = BlocksAuthored(by=("alice",), during="cut", at_most=count)
    assert status(bound, evidence(records())) == "held"
    assert status(bound, sealed_by(author)) == "inconclusive"
    assert "by keys of no known node" in bound.judge(sealed_by(author)).seen
    assert status(replace(bound, at_most=count - 1), sealed_by(author)) == "failed"


def test_a_block_that_may_be_anybodys_leaves_open_whether_enough_were_made() -> None:
    named = BlocksAuthored(by=("charlie",), at_least=1)
    assert status(named, evidence(records())) == "held"
    assert status(named, sealed_by(UNKNOWN)) == "inconclusive"
    assert status(replace(named, at_least=10_000), sealed_by(UNKNOWN)) == "failed"
    assert status(ALICE_IN_THE_CUT, sealed_by(UNKNOWN)) == "held"


def doubled(started: float | None) -> Evidence:
    """The journal, with a twin of alice that ran from a time on."""

    def with_twin(record: Record) -> Record:
        if record.kind is not Kind.NETWORK:
            return record
        alice = next(node for node in record.data.nodes if node.name == "alice")
        twin = replace(alice, name="backup", twin_of="alice", joins_late=True)
        return change(record, nodes=[*record.data.nodes, twin])

    changed = mapped(with_twin)
    if started is not None:
        shown = (Kind.NODE_UP, Kind.NODE_READY, Kind.HEAD_BEST, Kind.HEAD_FINALIZED)
        of_alice = [record for record in changed if record.kind in shown and record.observer == "alice"]
        twin = [replace(record, t=max(started, record.t), observer="backup") for record in of_alice]
        changed = sorted([*changed, *twin], key=lambda record: record.t)
    return evidence(changed)


def test_blocks_of_one_key_are_of_either_twin_once_both_ran() -> None:
    t0 = evidence(records()).t0
    assert t0 is not None
    both = BlocksAuthored(by=("alice", "backup"), during="cut", at_least=1)
    none = BlocksAuthored(by=("backup",), during="cut", at_most=0)
    never, early = doubled(None), doubled(t0)
    assert [status(one, never) for one in (ALICE_IN_THE_CUT, none, both)] == ["held", "held", "held"]
    assert [status(one, early) for one in (ALICE_IN_THE_CUT, none, both)] == ["inconclusive", "inconclusive", "held"]
    assert "by alice or backup" in none.judge(early).seen
    each = replace(both, each=True)
    assert status(each, early) == "inconclusive"


@pytest.mark.parametrize("down", ["alice", "backup"])
@pytest.mark.parametrize("back", [None, "after"])
def test_while_one_of_them_is_down_the_blocks_are_the_others(down: str, back: str | None) -> None:
    """A failover: the backup takes over when the first one's process has ended."""
    whole = evidence(records())
    cut = whole.window("cut")
    assert whole.t0 is not None
    assert cut is not None
    assert cut.heal_end is not None
    up = next(r for r in doubled(whole.t0).records if r.kind is Kind.NODE_UP and r.observer == down)
    ended = NodeDown(intended=True, exit_code=0, oom_killed=False, log_tail=[])
    moved = [replace(up, t=cut.apply_start - 12, data=ended)]
    moved += [replace(up, t=cut.heal_end + 60)] if back else []
    seen = evidence(sorted([*doubled(whole.t0).records, *moved], key=lambda record: record.t))
    other = {"alice": "backup", "backup": "alice"}[down]
    assert status(BlocksAuthored(by=(other,), during="cut", at_least=1), seen) == "held"
    assert status(BlocksAuthored(by=(down,), during="cut", at_least=1), seen) != "held"
    assert status(BlocksAuthored(by=(other,), during="cut", at_most=0), seen) == "failed"


def test_authors_of_another_chain_are_not_judged() -> None:
    check = BlocksAuthored(by=("collator-2000",), at_most=0)
    assert status(check, evidence(records())) == "inconclusive"


def test_without_a_word_of_the_seats_the_run_is_inconclusive() -> None:
    unread = evidence(without(lambda record: record.kind is Kind.SEATS))
    assert every_validator_seated(unread).status.value == "inconclusive"
    assert judge(unread, scenario().checks).status.value == "inconclusive"


@pytest.mark.parametrize(("late", "found"), [(False, "inconclusive"), (True, "held")])
def test_only_a_validator_that_joins_late_may_be_without_a_seat(late: bool, found: str) -> None:
    def seatless(record: Record) -> Record:
        if record.kind is Kind.SEATS:
            return change(record, seats=["alice", "bob", "charlie"], without_seat=["dave"])
        if record.kind is Kind.NETWORK:
            nodes = record.data.nodes
            return change(record, nodes=[replace(node, joins_late=late and node.name == "dave") for node in nodes])
        return record

    assert every_validator_seated(evidence(mapped(seatless))).status.value == found


def test_seats_of_a_fork_that_lost_are_nobodys() -> None:
    at = next(record for record in records() if record.kind is Kind.SEATS)
    lost = replace(at, hash="0x" + "00" * 32, data=SeatsRead(session=2, seats=["alice"], without_seat=["bob"]))
    seen = [*records(), lost]
    assert every_validator_seated(evidence(seen)).status.value == "held"


def test_a_set_that_begins_above_the_finalized_block_of_t0_is_in_force_at_t0() -> None:
    at = index_of(lambda record: record.kind is Kind.SEATS)
    read = records()[at]
    blocks = (r for r in records()[:at] if r.kind is Kind.BLOCK and r.chain == "relay")
    above = next(block for block in blocks if (block.height or 0) > (read.height or 0))
    seats = SeatsRead(session=2, seats=["alice", "bob", "charlie"], without_seat=["dave"])
    changed = evidence([*records()[:at], replace(above, data=seats), *records()[at:]])
    assert changed.t0 is not None
    in_force = seats_at(changed, changed.t0)
    assert in_force is not None
    assert in_force.holders == ("alice", "bob", "charlie")
    assert every_validator_seated(changed).status.value == "inconclusive"
