"""The journal: what is written reads back, and what is not a journal is refused with the place."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.errors import JournalError
from simnet.journal import FORMAT, Journal, Kind, Record, read_journal
from simnet.journal.records import Barrier, BestHead, RunStarted

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
records = st.builds(
    Record,
    seq=st.integers(0),
    t=st.floats(0, 1e6).map(lambda t: round(t, 6)),
    observer=st.text(min_size=1, max_size=12),
    incarnation=st.integers(0, 9),
    chain=st.none() | st.sampled_from(["relay", "2000"]),
    height=st.none() | st.integers(0),
    hash=st.none() | st.just("0x" + "ab" * 32),
    kind=st.sampled_from(list(Kind)),
    data=st.dictionaries(st.text(max_size=8), json_values, max_size=4),
)


@given(records)
def test_a_record_reads_back(record: Record) -> None:
    line = record.to_json()
    assert "\n" not in line
    assert Record.from_json(line) == record


def written(path: Path) -> Path:
    ticks = itertools.count()
    journal = Journal(lambda: next(ticks) / 3, path)
    journal.append(RunStarted(format=FORMAT, run="r", scenario="s", provider="p", seed=1, steps=0))
    for height in range(5):
        journal.append(BestHead(), observer="alice", chain="relay", height=height, hash=f"0x{height}")
    journal.close()
    return path


def test_a_stored_journal_reads_back_with_the_same_evidence(tmp_path: Path) -> None:
    found = read_journal(written(tmp_path / "journal.jsonl"))
    assert [record.seq for record in found] == list(range(6))
    assert found[1].t == 0.333333
    assert read_journal(tmp_path) == found


def test_appending_continues_the_sequence(tmp_path: Path) -> None:
    path = written(tmp_path / "journal.jsonl")
    journal = Journal(lambda: 9.0, path, append=True)
    journal.append(Barrier())
    journal.close()
    assert [record.seq for record in read_journal(path)] == list(range(7))
    assert journal.evidence.t0 == 9.0
    assert len(journal.evidence.best["alice"]) == 5


def test_a_last_line_cut_short_by_a_killed_harness_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "journal.jsonl")
    path.write_bytes(path.read_bytes()[:-20])
    assert len(read_journal(path)) == 5


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda lines: [], "empty"),
        (lambda lines: lines[1:], "format None"),
        (lambda lines: [lines[0].replace('"format":1', '"format":99'), *lines[1:]], "format 99"),
        (lambda lines: [*lines[:2], *lines[3:]], "records are missing"),
        (lambda lines: [*lines[:2], "no json\n", *lines[2:]], ":3 is not a journal record"),
        (lambda lines: [*lines[:2], '{"seq": 2}\n', *lines[2:]], ":3 is not a journal record"),
        (lambda lines: [lines[0], lines[1].replace('"t":', '"t":"soon","was":'), *lines[2:]], ":2 is not a journal"),
        (lambda lines: [*lines, "\udcff\udcfe\n"], "is not a journal record"),
    ],
)
def test_what_is_no_journal_is_refused(tmp_path: Path, spoil: object, message: str) -> None:
    path = written(tmp_path / "journal.jsonl")
    spoilt = "".join(spoil(path.read_text().splitlines(keepends=True)))  # type: ignore[operator]
    path.write_bytes(spoilt.encode(errors="surrogateescape"))
    with pytest.raises(JournalError, match=message):
        read_journal(path)


def test_a_folder_without_a_journal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="give a run folder"):
        read_journal(tmp_path)
