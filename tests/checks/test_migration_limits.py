"""What the check of migrations makes of errors, of what was not read, and of what did not end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from simnet.checks import Finding, Migration, Status
from simnet.checks.verdict import judge
from simnet.journal import Evidence, Kind, Record
from simnet.journal.records import CodeRead, Migrated, RunEnded, UpgradeTried
from tests.checks.journals import change
from tests.checks.watched_run import journal, told, without


def judged(check: Migration | None = None, **migrated: Any) -> Finding:
    """The check over the watched run, whose migration was another."""
    changed = [change(one, **migrated) if isinstance(one.data, Migrated) else one for one in journal()]
    return (check or Migration()).judge(told(changed))


@pytest.mark.parametrize(
    ("check", "migrated", "status", "seen"),
    [
        (Migration(ref_time=0.0005), {}, Status.HELD, "upgrade 1 ms and 100,000 bytes of proof"),
        (Migration(ref_time=0.0004), {}, Status.FAILED, "used 0.05% of its ref_time for migrations, 0.04% may"),
        (Migration(proof_size=0.01), {}, Status.FAILED, "used 1.91% of its proof_size for migrations, 1.00% may"),
        (None, {"ref_time": 3 * 10**12}, Status.FAILED, "used 150.00% of its ref_time for migrations, 100.00% may"),
        (None, {"error": "MigrationFailed index 0"}, Status.FAILED, "reports MigrationFailed index 0"),
        (None, {"goes_on": True}, Status.FAILED, "the migration had not ended in block"),
        (None, {"unread": "too many keys", "ref_time": None}, Status.INCONCLUSIVE, "was not read (too many keys)"),
        (None, {"ref_time_limit": None}, Status.INCONCLUSIVE, "may use was not read"),
        (None, {"proof_size_limit": None, "proof_size": 10**9}, Status.HELD, "1,000,000,000 bytes of proof"),
        (
            None,
            {"ref_time": 3 * 10**12, "separated": "initialization"},
            Status.INCONCLUSIVE,
            "or less: it could not be told from the rest of the block's initialization",
        ),
    ],
)
def test_what_a_migration_was_like_decides(
    check: Migration | None, migrated: dict[str, Any], status: Status, seen: str
) -> None:
    finding = judged(check, **migrated)
    assert finding.status is status, finding.seen
    assert seen in finding.seen


def test_what_was_not_read_excuses_no_error() -> None:
    finding = judged(error="MigrationFailed index 0", unread="too many keys", ref_time=None)
    assert finding.status is Status.FAILED


def test_a_migration_without_a_record_is_not_taken_for_none() -> None:
    """The version is higher, so that something migrated and nobody told."""
    finding = Migration().judge(without(lambda one: one.kind is Kind.MIGRATION))
    assert finding.status is Status.INCONCLUSIVE
    assert "migrated in block" in finding.seen


@pytest.mark.parametrize(("version", "status"), [(1, Status.INCONCLUSIVE), (2, Status.HELD)])
def test_code_whose_version_is_not_higher_leaves_the_check_open(version: int, status: Status) -> None:
    same = version == 1

    def lower(one: Record) -> Record:
        brings = isinstance(one.data, CodeRead) and one.data.spec_version == 2
        return change(one, spec_version=1, spec_name="westend") if brings and same else one

    kept = [lower(one) for one in journal() if not (same and one.kind is Kind.MIGRATION)]
    finding = Migration().judge(told(kept))
    assert finding.status is status
    assert ("whose version is not higher" in finding.seen) == same


def test_blocks_count_for_each_upgrade() -> None:
    """As if the block after the migrating one had migrated too."""
    whole = told(journal())
    (first,) = whole.of(Migrated)
    chain = whole.canonical("relay")
    after = chain[[block.hash for block in chain].index(first.hash or "") + 1]
    at = next(index for index, one in enumerate(journal()) if one.hash == after.hash)
    step = replace(first, t=after.t, height=after.height, hash=after.hash, data=replace(first.data, stage="step"))
    longer = told([*journal()[: at + 1], step, *journal()[at + 1 :]])
    assert Migration(blocks=2).judge(longer).status is Status.HELD
    finding = Migration(blocks=1).judge(longer)
    assert finding.status is Status.FAILED
    assert "2 blocks migrated, 1 may" in finding.seen


def test_a_run_that_ended_early_leaves_open_whether_a_migration_would_have_ended() -> None:
    cut = [change(one, outcome="interrupted") if isinstance(one.data, RunEnded) else one for one in journal()]

    def status(**migrated: Any) -> Status:
        changed = [change(one, **migrated) if isinstance(one.data, Migrated) else one for one in cut]
        return judge(told(changed), [Migration()]).findings[0].status

    assert status(goes_on=True) is Status.INCONCLUSIVE
    assert status(error="MigrationFailed") is Status.FAILED


def with_tried(*tried: tuple[UpgradeTried, bool]) -> Evidence:
    """The watched run with a second build for its relay chain; true of one that is of its migrating block."""
    found = list[Record]()
    for one in journal():
        found.append(one)
        if isinstance(one.data, Migrated):
            found += [
                replace(one, data=data, **({} if of_block else {"height": None, "hash": None}))
                for data, of_block in tried
            ]
    return told(found)


ASKED = UpgradeTried(code="0x00")
PASSED, FAILED = replace(ASKED, passed=True, ref_time=1, proof_size=2), replace(ASKED, passed=False, error="a sum")
UNRUN = replace(ASKED, error="they cannot be run: it is no runtime")


@pytest.mark.parametrize(
    ("tried", "status", "seen"),
    [
        ([(ASKED, False)], Status.INCONCLUSIVE, "no final block of relay migrated"),
        ([(ASKED, False), (PASSED, True)], Status.HELD, "all passed"),
        ([(ASKED, False), (FAILED, True), (PASSED, True)], Status.FAILED, ": a sum"),
        ([(ASKED, False), (UNRUN, True)], Status.INCONCLUSIVE, "they cannot be run: it is no runtime"),
    ],
)
def test_the_checks_of_a_second_build_are_a_finding_of_their_own(
    tried: Iterable[tuple[UpgradeTried, bool]], status: Status, seen: str
) -> None:
    finding = next(one for one in judge(with_tried(*tried), ()).findings if one.check == "try-runtime relay")
    assert finding.status is status
    assert seen in finding.seen


def test_where_no_second_build_was_given_there_is_no_such_finding() -> None:
    assert not [one for one in judge(told(journal()), ()).findings if one.check.startswith("try-runtime")]


def test_a_block_that_is_too_heavy_to_become_final_breaks_the_check_too() -> None:
    """Validators refuse such a candidate, so that no block under the new code is ever final."""
    whole = told(journal())
    (migrated,) = whole.of(Migrated)
    heads = [one for one in journal() if one.kind is Kind.HEAD_FINALIZED and one.chain == "relay"]
    late = {one.seq for one in heads if (one.height or 0) >= (migrated.height or 0)}

    def standing(**changed: Any) -> Finding:
        kept = [one for one in journal() if one.seq not in late or one not in heads]
        return Migration().judge(
            told(change(one, **changed) if isinstance(one.data, Migrated) else one for one in kept)
        )

    light = standing()
    assert light.status is Status.INCONCLUSIVE
    assert "is final" in light.seen
    heavy = standing(ref_time=3 * 10**12)
    assert heavy.status is Status.FAILED
    assert "(not final) used 150.00% of its ref_time" in heavy.seen
