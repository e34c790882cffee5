"""The running hash of a journal: any edit is found where it was made, and other tools compute the digest."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.errors import JournalError, StorageError
from simnet.journal import Journal, read_journal, read_seal
from simnet.journal._seal import RunningSeal, broken_seal, without_seal
from simnet.journal.records import Barrier, BestHead
from tests.runs import reseal, started, unseal


def written(path: Path, *, heads: int = 5) -> Path:
    ticks = itertools.count()
    journal = Journal(lambda: next(ticks) / 3, path)
    journal.append(started())
    for height in range(heads):
        journal.append(BestHead(), observer="alice", chain="relay", height=height, hash=f"0x{height}")
    journal.close()
    return path


def sealed(count: int) -> list[bytes]:
    seal = RunningSeal()
    return [seal.seal(f'{{"n":{number},"s":"ü"}}').encode() for number in range(count)]


def test_the_digest_is_what_sha256sum_says_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path / "journal.jsonl")
    seal = read_seal(path)
    assert (seal.digest, seal.records, seal.sealed) == (hashlib.sha256(path.read_bytes()).hexdigest(), 6, True)


@given(st.data())
def test_a_changed_byte_is_found_in_its_line(data: st.DataObject) -> None:
    lines = sealed(6)
    at = data.draw(st.integers(0, 5))
    place = data.draw(st.integers(0, len(lines[at]) - 2))
    byte = data.draw(st.integers(0, 255).filter(lambda one: one not in (lines[at][place], 10)))
    lines[at] = lines[at][:place] + bytes([byte]) + lines[at][place + 1 :]
    found = broken_seal(lines)
    assert found is not None
    assert found[0] in (at + 1, at + 2 if at == 0 else at + 1)  # a first line without a seal is missed by the second


@given(st.integers(0, 4), st.integers(1, 5))
def test_lines_that_are_gone_are_missed_by_the_next_one(first: int, count: int) -> None:
    lines = sealed(6)
    left = [*lines[:first], *lines[min(first + count, 5) :]]
    found = broken_seal(left)
    assert found is not None
    assert found[0] == first + 1


def test_lines_that_changed_places_are_found() -> None:
    one, two, three, four = sealed(4)
    assert broken_seal([one, three, two, four]) == (2, broken_seal([one, three])[1])  # type: ignore[index]
    assert broken_seal([one, two, three, four]) is None


def test_an_edited_journal_is_no_evidence(tmp_path: Path) -> None:
    path = written(tmp_path / "journal.jsonl")
    path.write_text(path.read_text().replace('"height":3', '"height":8'))
    with pytest.raises(JournalError, match=r"journal\.jsonl:5 is not as it was written"):
        read_journal(path)


def test_one_that_was_written_before_there_were_seals_is_read_and_called_so(tmp_path: Path) -> None:
    path = written(tmp_path / "journal.jsonl")
    unseal(path)
    assert len(read_journal(path)) == 6
    assert not read_seal(path).sealed


def test_a_forger_can_seal_anew_and_gets_another_digest(tmp_path: Path) -> None:
    path = written(tmp_path / "journal.jsonl")
    kept = read_seal(path).digest
    path.write_text(path.read_text().replace('"height":3', '"height":8'))
    reseal(path)
    assert read_journal(path)[4].height == 8
    assert read_seal(path).digest != kept


@pytest.mark.parametrize("older", [False, True])
def test_who_appends_goes_on_with_the_chain(tmp_path: Path, older: bool) -> None:
    path = written(tmp_path / "journal.jsonl")
    if older:
        unseal(path)
    journal = Journal(lambda: 9.0, path, append=True)
    journal.append(Barrier())
    journal.close()
    assert len(read_journal(path)) == 7
    assert read_seal(path).sealed is not older
    assert read_seal(path).digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_line_without_its_seal_is_the_record_alone() -> None:
    (line,) = sealed(1)
    assert without_seal(line) == '{"n":0,"s":"ü"}\n'.encode()
    assert without_seal(b'{"n":0}\n') == b'{"n":0}\n'


def test_a_full_disk_is_told_and_what_was_seen_is_judged_from_memory() -> None:
    journal = Journal(lambda: 3.0)
    with pytest.raises(StorageError, match="/dev/full cannot be written any more: No space left on device"):
        journal.begin(Path("/dev/full"), started())
    with pytest.raises(StorageError, match="No space left"):
        journal.append(Barrier())
    evidence = journal.end(outcome="finished")
    assert evidence.outcome is not None
    assert evidence.outcome.outcome == "failed"
    assert "No space left on device" in str(evidence.outcome.error)
    assert journal.stored is None


def ended(path: Path) -> Path:
    journal = Journal(lambda: 1.0)
    journal.begin(path, started())
    journal.end(outcome="finished")
    return path


@pytest.mark.parametrize("tail", [b" ", b"\0", b'{"seq":2', b"x" * 5000, b'{"seq":2,"t":1.0}'])
def test_nothing_may_follow_the_end_of_a_run_without_a_lines_end(tmp_path: Path, tail: bytes) -> None:
    """Else it would not be in the digest that is told."""
    path = ended(tmp_path / "journal.jsonl")
    assert len(read_journal(path)) == 2
    path.write_bytes(path.read_bytes() + tail)
    with pytest.raises(JournalError, match=r"journal\.jsonl:3 has something after the end of the run"):
        read_journal(path)


def test_a_last_record_without_its_lines_end_and_seal_is_none(tmp_path: Path) -> None:
    """A journal that ends early cannot be ended by hand so."""
    path = written(tmp_path / "journal.jsonl")
    end = Journal(lambda: 1.0)
    end.append(started())
    record = end.end(outcome="finished").records[-1].to_json().replace('"seq":1', '"seq":6')
    path.write_text(path.read_text() + record)
    assert len(read_journal(path)) == 6
