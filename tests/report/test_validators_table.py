"""The table of validators says what the journal's records say."""

from __future__ import annotations

from simnet.checks import NoShows, Offences
from simnet.journal.records import PointsRead, SlotLost
from simnet.report.validators_table import validators_table
from tests.checks import journals
from tests.report.story import forked


def test_a_run_without_points_or_misdeeds_has_no_such_table() -> None:
    assert validators_table(journals.evidence(journals.records())).rows == []
    assert validators_table(forked().evidence).rows == []


def test_each_validator_has_what_it_earned_and_missed() -> None:
    evidence = journals.evidence(journals.records("misdeeds"))
    table = validators_table(evidence)
    rows = {row["validator"]: row for row in table.rows}
    assert list(rows) == ["alice", "bob", "charlie", "dave"]
    dave, alice = rows["dave"], rows["alice"]
    points = {record.hash: record.data.points for record in evidence.of(PointsRead)}
    first = points[[block for block in evidence.canonical("relay") if block.t <= (evidence.t0 or 0.0)][-1].hash]
    last = points[max(evidence.blocks["relay"].values(), key=lambda block: block.height).hash]
    assert dave["#points since t0"] == last["dave"] - first["dave"]
    assert dave["#no-shows"] == NoShows(at_least=1).judge(evidence).figures["dave"]
    assert dave["#slots lost"] == len({record.data.slot for record in evidence.of(SlotLost)})
    kinds = {kind: count for kind, count in Offences(at_least=1).judge(evidence).figures.items() if kind != "count"}
    assert dave["offences"] == ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    assert str(dave["disabled"]).endswith("to the end")
    assert (alice["offences"], alice["disabled"], alice["#no-shows"]) == ("", "", "")
    assert table.marks == ["", "", "", "inconclusive"]


def test_an_offence_without_its_offender_has_a_row_of_its_own() -> None:
    records = [
        journals.change(r, offenders={}) if journals.is_event(r, "Offences", "Offence") else r
        for r in journals.records("misdeeds")
    ]
    rows = validators_table(journals.evidence(records)).rows
    assert rows[-1]["validator"] == "nobody knows who"
    assert "grandpa:equivoca" in str(rows[-1]["offences"])
