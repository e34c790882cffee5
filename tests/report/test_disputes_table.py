"""The table of disputes, and their line on the last screen, say what the journal's records say."""

from __future__ import annotations

from simnet.checks.offences import disputes
from simnet.report.disputes_table import disputes_table
from tests.checks import journals
from tests.report.story import forked


def test_a_run_without_disputes_has_no_such_table() -> None:
    assert disputes_table(forked().evidence).rows == []


def test_each_disputed_candidate_has_a_row() -> None:
    evidence = journals.evidence(journals.records("misdeeds"))
    table = disputes_table(evidence)
    found = disputes(evidence)
    assert [row["candidate"] for row in table.rows] == [one.candidate[:18] for one in found]
    assert table.rows[0] == {
        "candidate": "0x47f6d229eaba9b18",
        "parachain": 2001,
        "raised by": "dave",
        "#raised": "294.5 s",
        "initiated": "block 44",
        "concluded": "valid, block 44",
        "#after": "0.0 s",
    }
    assert table.note.startswith(f"{len(found)} raised, ")


def test_of_real_nodes_only_what_the_chain_tells_is_shown() -> None:
    told = (r for r in journals.records("misdeeds") if r.kind != "dispute")
    table = disputes_table(journals.evidence(told))
    row = table.rows[0]
    assert (row["parachain"], row["raised by"], row["#raised"]) == (None, None, None)
    assert row["initiated"] == "block 44"
