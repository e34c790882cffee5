"""The tables of what upgrades did."""

from __future__ import annotations

from simnet.journal import Evidence, Record
from simnet.journal.records import (
    BlockSeen,
    CodeCarried,
    CodeRead,
    FinalizedHead,
    KeyChanges,
    Migrated,
    RecordData,
    StorageVersions,
)
from simnet.report.upgrades_tables import carried_table, migrations_in_words, migrations_table

NEW = "0x" + "22" * 32


def chain(**migrated: object) -> Evidence:
    """Five relay blocks, of which the second brings code and the third migrates; the last is not final."""
    codes = {1: CodeRead(code="0x" + "11" * 32, spec_version=1), 2: CodeRead(code=NEW, spec_version=2)}
    carried = CodeCarried(code=NEW, by="extrinsic", length=1_500_000, length_limit=5_000_000)
    data: dict[str, object] = {
        "ref_time": 3 * 10**9,
        "proof_size": 1000,
        "ref_time_limit": 2 * 10**12,
        "separated": "difference",
        "keys": {
            "Staking": KeyChanges(added=0, removed=52, changed=1),
            "Dmp": KeyChanges(added=2, removed=0, changed=0),
        },
        "versions": {"Staking": StorageVersions(before=16, after=None)},
    }
    migration = Migrated(**{"code": NEW, "stage": "upgrade", **data, **migrated})  # type: ignore[arg-type]
    of_block: dict[int, list[RecordData]] = {2: [carried], 3: [migration], 5: [migration]}
    out = Evidence()
    for height in range(1, 6):
        own = [codes[height]] if height in codes else []
        head = [FinalizedHead()] if height < 5 else []
        for what in (BlockSeen(parent=f"0x{height - 1}"), *own, *of_block.get(height, ()), *head):
            out.add(
                Record(
                    seq=len(out.records),
                    t=float(height),
                    observer="alice",
                    incarnation=0,
                    chain="relay",
                    height=height,
                    hash=f"0x{height}",
                    data=what,
                )
            )
    return out


def test_a_migration_is_told_with_its_share_keys_and_versions() -> None:
    (row,) = migrations_table(chain()).rows
    assert (row["#block"], row["#its own"], row["#share"]) == (3, "3 ms and 1,000 bytes of proof", "0.15%")
    assert row["keys"] == "Staking -52 ~1, Dmp +2"
    assert row["versions"] == "Staking 16 → none"


def test_a_migration_that_was_not_read_says_why_and_is_marked() -> None:
    unread = chain(ref_time=None, proof_size=None, keys=None, versions=None, separated=None, unread="too many keys")
    table = migrations_table(unread)
    assert table.marks == ["inconclusive"]
    assert table.rows[0]["trouble"] == "too many keys"
    assert migrations_in_words(unread) == [
        "relay 0x22222222: 1 block, an unknown time and an unknown number of bytes of proof, an unknown number of keys"
    ]


def test_a_line_sums_up_an_upgrade() -> None:
    assert migrations_in_words(chain()) == [
        "relay 0x22222222: 1 block, 3 ms and 1,000 bytes of proof, 55 keys of 2 pallets"
    ]


def test_a_block_that_carries_code_is_told_with_its_limit() -> None:
    (row,) = carried_table(chain()).rows
    assert (row["#length"], row["#limit of length"], row["#proof"]) == ("1,500,000 B", "5,000,000 B", None)
