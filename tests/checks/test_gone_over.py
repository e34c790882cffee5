"""What a chain misses while it goes over to new code, and whether it goes on, from made journals."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simnet.checks import Status
from simnet.checks.gone_over import missed, upgraded_chains_go_on
from simnet.journal import AnyRecord, Evidence, Kind, Record
from simnet.journal.records import BlockSeen, CodeRead, ContentsRead, FinalizedHead, RuntimeEvent, UpgradeAsked

OLD, NEW = "0x" + "11" * 32, "0x" + "22" * 32


def evidence_of(slots: list[int], *, applied: int, until: float, paras: dict[int, str] | None = None) -> Evidence:
    """A relay chain with blocks in these slots, of which the one at a height brought new code; ``paras`` are the heads
    of candidates of parachain 2000 that blocks include, by height."""
    out, seq = Evidence(), iter(range(10**6))

    def add(data: object, t: float, height: int | None = None) -> None:
        hash_ = None if height is None else block(height)
        chain = "relay" if height is not None or isinstance(data, UpgradeAsked) else None
        where = {"chain": chain, "height": height, "hash": hash_}
        out.add(Record(seq=next(seq), t=t, observer="alice", incarnation=0, **where, data=data))  # type: ignore[arg-type]

    add(CodeRead(code=OLD), 0.0, 0)
    add(UpgradeAsked(code=NEW, path="sudo", size=1), 1.0)
    for height, slot in enumerate(slots, 1):
        t = slot * 6.0
        add(BlockSeen(parent=block(height - 1), slot=slot, author="alice"), t, height)
        if height == applied:
            add(CodeRead(code=NEW), t, height)
        head = (paras or {}).get(height)
        if head is not None:
            fields = {"para_id": 2000, "para_head": head}
            add(RuntimeEvent(pallet="ParaInclusion", name="CandidateIncluded", fields=fields, extrinsic=1), t, height)
        add(ContentsRead(events=1), t, height)
        add(FinalizedHead(), t, height)
    add(UpgradeAsked(code=NEW, path=None, size=1), until)
    return out


def block(height: int) -> str:
    return f"0x{height:064x}"


@pytest.mark.parametrize(
    ("slots", "expected"),
    [
        (list(range(1, 20)), (0, 10)),
        ([1, 2, 3, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 20], (3, 10)),
        ([1, 2, 3, 5], (1, 1)),
        ([1, 2, 3], (0, 0)),
    ],
)
def test_slots_are_missed_over_the_ten_blocks_after_the_one_with_the_code(
    slots: list[int], expected: tuple[int, int]
) -> None:
    assert missed(evidence_of(slots, applied=3, until=200.0), "relay", NEW) == expected


def test_a_code_that_never_came_missed_nothing_that_is_known() -> None:
    assert missed(evidence_of([1, 2, 3], applied=9, until=60.0), "relay", NEW) == (0, 0)


def test_a_chain_that_makes_a_block_with_its_code_goes_on() -> None:
    finding = upgraded_chains_go_on(evidence_of([1, 2, 3], applied=2, until=60.0))
    assert finding.status is Status.HELD
    assert "goes on: relay" in finding.seen


def test_a_chain_that_stops_after_some_blocks_with_its_code_stands() -> None:
    finding = upgraded_chains_go_on(evidence_of([1, 2, 3], applied=2, until=400.0))
    assert finding.status is Status.FAILED
    assert "no other block was made in 382 s" in finding.seen


def test_a_chain_that_makes_none_in_two_minutes_stands() -> None:
    finding = upgraded_chains_go_on(evidence_of([1, 2, 3], applied=3, until=18.0 + 121.0))
    assert finding.status is Status.FAILED
    assert "no block was made in 121 s" in finding.seen
    assert not finding.certain


def test_what_may_still_come_is_open() -> None:
    assert upgraded_chains_go_on(evidence_of([1, 2, 3], applied=3, until=100.0)).status is Status.INCONCLUSIVE


def test_without_a_change_there_is_nothing_to_go_on_with() -> None:
    finding = upgraded_chains_go_on(evidence_of([1, 2, 3], applied=9, until=900.0))
    assert (finding.status, finding.seen) == (Status.HELD, "no chain's code changed")


def test_a_journal_that_tells_of_no_code_is_not_judged() -> None:
    told = evidence_of([1, 2, 3], applied=9, until=900.0)
    finding = upgraded_chains_go_on(only(told, lambda record: record.kind is not Kind.CODE))
    assert (finding.status, finding.seen) == (Status.SUSPENDED, "this journal tells of no code, as earlier ones")


def test_a_chain_may_have_gone_over_in_a_block_that_nobody_read() -> None:
    told = evidence_of([1, 2, 3], applied=9, until=900.0)
    finding = upgraded_chains_go_on(only(told, lambda record: record.kind is not Kind.CONTENTS or record.height != 2))
    assert finding.status is Status.INCONCLUSIVE
    assert "1 of 3 relay blocks of that time were not read" in finding.seen


def only(told: Evidence, kept: Callable[[AnyRecord], bool]) -> Evidence:
    left = Evidence()
    for record in told.records:
        if kept(record):
            left.add(record)
    return left
