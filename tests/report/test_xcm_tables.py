"""Tables of dry runs, trapped assets and versions of XCM, of a transfer that failed where it came to."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.journal import Evidence
from simnet.journal.records import DryRunAsked
from simnet.network.locations import location_of
from simnet.report.xcm_tables import dry_runs_table, traps_table, xcm_versions_table
from tests.journal.transfers import EXTRINSIC, ID, TransferStory, event, processed, sent

TRAPPED = {"hash": "0xdd", "origin": location_of("2000", "2001"), "assets": {"V5": [
    {"id": location_of("relay", "2001"), "fun": {"Fungible": 5}}]}}  # fmt: skip


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    story = TransferStory(tmp_path)
    forwarded = [{"to": "2001", "version": 5, "instructions": ["ClearOrigin"]}]
    fees = {"delivery": [{"id": 1, "amount": 7}], "transaction": 9}
    for data, chain in (
        (DryRunAsked(step="t", call="Xcm.transfer_assets", outcome="success", extrinsic=EXTRINSIC, forwarded=forwarded,
                     fees=fees), "2000"),
        (DryRunAsked(step="t", call="ClearOrigin", outcome="success", extrinsic=EXTRINSIC, sender="2000"), "2001"),
        (DryRunAsked(step=4, call="System.remark", outcome="not asked", why="it has no API"), "relay"),
    ):  # fmt: skip
        story.journal.append(data, chain=chain)
    story.block("2001", event("SupportedVersionChanged", location=location_of("2000", "2001"), version=5))
    story.taken(event("FeesPaid", paying={}, fees=[{"id": 1, "fun": {"Fungible": 7}}]), sent("2000", "2001"))
    failed = event("ProcessXcmError", error="Trap", message_id=ID, origin={})
    story.block("2001", failed, event("AssetsTrapped", **TRAPPED), processed(success=False))
    story.block("2001", event("AssetsTrapped", **TRAPPED), event("AssetsClaimed", **TRAPPED))
    return story.evidence


def test_what_was_said_stands_beside_what_came(evidence: Evidence) -> None:
    table = dry_runs_table(evidence)
    told = [
        (row["step"], row["chain"], row["said"], row["came"], row["fees, in the smallest unit"]) for row in table.rows
    ]
    assert told == [
        ("t", "2000", "success", "success", "delivery 7, transaction 9"),
        ("t", "2001", "success", "failure: Trap", ""),
        ("step 5", "relay", "not asked: it has no API", "only asked", ""),
    ]
    assert table.rows[0]["would send"] == "to 2001: ClearOrigin"
    assert table.rows[1]["differs"] == "2001 said success, and the message ended in failure: Trap"
    assert list(table.marks) == ["", "failed", ""]


def test_trapped_assets_are_listed_with_whose_they_are(evidence: Evidence) -> None:
    table = traps_table(evidence)
    told = [(row["what"], row["hash"], row["claimable by"], row["left by"], row["claimed"]) for row in table.rows]
    assert told == [
        ("5 of relay on 2001", "0xdd", "2000", "t", "yes"),
        ("5 of relay on 2001", "0xdd", "2000", "", "no"),
    ]


def test_versions_that_chains_told_one_another_are_listed(evidence: Evidence) -> None:
    (row,) = xcm_versions_table(evidence).rows
    assert (row["chain"], row["other"], row["#version"]) == ("2001", "2000", 5)
