"""The journal: what is written reads back, and what is not a journal is refused with the place."""

from __future__ import annotations

import itertools
import json
import lzma
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass, replace
from functools import partial
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from simnet.errors import JournalError
from simnet.journal import FORMAT, AnyRecord, Journal, Kind, Record, read_evidence, read_journal
from simnet.journal.records import (
    MODELS,
    Barrier,
    BestHead,
    BlockSeen,
    FaultApplied,
    FaultChanged,
    FaultObserved,
    Intervention,
    NetworkLaunched,
    QueueRead,
    RecordData,
    RunEnded,
    SeatsRead,
)
from tests.runs import reseal, started, unseal

STORED = Path(__file__).parents[1] / "checks" / "data"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def made(model: Any, fields: dict[str, Any]) -> Any:
    """The model with these fields, if they may stand together."""
    try:
        return model(**fields)
    except ValueError:
        reject()


def values(hint: Any) -> st.SearchStrategy[Any]:
    """What a field of that type may have, lists and floats as JSON gives them."""
    if hint is Any:
        return json_values
    if hint is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    if is_dataclass(hint):
        own = {name: of for name, of in get_type_hints(hint).items() if name != "kind" and not name.startswith("_")}
        return st.fixed_dictionaries({name: values(of) for name, of in own.items()}).map(partial(made, hint))
    match get_origin(hint), get_args(hint):
        case origin, (_, of) if origin is Mapping:
            return st.dictionaries(st.text(max_size=8), values(of), max_size=3)
        case origin, (of,) if origin is Sequence:
            return st.lists(values(of), max_size=3)
        case origin, several if origin is UnionType:
            return st.one_of(*map(values, several))
    return st.from_type(hint)


FAULT = {"kind": "degrade", "source": ["a"], "target": ["b"], "delay": 0.1}
READING = {"what": "a link", "asked": "0.1 s", "seen": "0.1 s", "holds": True, "block": 3}
ENTRY = {"item": "System.Account", "keys": ["0x01"], "value": {"nonce": 1}}
DISHONESTY = {"node": "a", "cause": "twin", "fault": "a", "slots": [1, None], "sessions": [1, 2]}


def plausible(data: Any) -> Any:
    """The data with what stands for something where any JSON may stand, since that is refused."""
    if isinstance(data, FaultApplied | FaultChanged):
        return replace(data, fault=FAULT)
    if isinstance(data, FaultObserved):
        return replace(data, readings=[READING for _ in data.readings])
    if isinstance(data, Intervention):
        return replace(data, items=[ENTRY for _ in data.items])
    if isinstance(data, NetworkLaunched):
        nodes = [
            replace(node, name=f"n{number}", chain=data.relay.id, twin_of=None)
            for number, node in enumerate(data.nodes)
        ]
        told = None if data.dishonesty is None else [DISHONESTY for _ in data.dishonesty]
        return replace(data, nodes=nodes, dishonesty=told)
    return data


def records(data: st.SearchStrategy[RecordData]) -> st.SearchStrategy[AnyRecord]:
    return st.builds(
        Record,
        seq=st.integers(0),
        t=st.floats(0, 1e6).map(lambda t: round(t, 6)),
        observer=st.text(min_size=1, max_size=12),
        incarnation=st.integers(0, 9),
        chain=st.none() | st.sampled_from(["relay", "2000"]),
        height=st.none() | st.integers(0),
        hash=st.none() | st.just("0x" + "ab" * 32),
        data=data,
    )


def test_every_kind_has_a_model() -> None:
    assert set(MODELS) == set(Kind)


@pytest.mark.parametrize("kind", Kind)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_record_reads_back(kind: Kind, data: st.DataObject) -> None:
    record = data.draw(records(values(MODELS[kind]).map(plausible)))
    line = record.to_json()
    assert "\n" not in line
    assert Record.from_json(line) == record


@pytest.mark.parametrize("name", ["quickstart", "late-side", "misdeeds", "westend-real"])
def test_a_journal_of_an_earlier_version_is_written_as_it_was_but_for_what_its_network_gained(name: str) -> None:
    lines = lzma.decompress((STORED / f"{name}.journal.jsonl.xz").read_bytes()).decode().splitlines()
    read = [Record.from_json(line) for line in lines]
    assert {record.kind for line, record in zip(lines, read, strict=True) if record.to_json() != line} <= {Kind.NETWORK}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (BlockSeen(parent="0x00"), {"parent": "0x00"}),
        (BlockSeen(parent="0x00", slot=3), {"parent": "0x00", "slot": 3}),
        (SeatsRead(session=1, seats=[], without_seat=[]), {"session": 1, "seats": [], "without_seat": []}),
        (RunEnded(outcome="finished", error=None), {"outcome": "finished", "error": None}),
    ],
    ids=["left out", "one of several", "empty lists stay", "null"],
)
def test_what_is_optional_is_left_out_and_what_may_be_null_is_null(data: RecordData, told: dict[str, Any]) -> None:
    assert data.as_data() == told


@pytest.mark.parametrize("capacity", [None, 8])
def test_an_hrmp_channel_alone_tells_that_it_has_no_head_yet(capacity: int | None) -> None:
    read = QueueRead(
        queue="q", sender="2000", recipient="2001", count=0, bytes=0, capacity=capacity, max_bytes=capacity, ids=[]
    )
    assert ("mqc_head" in read.as_data()) is (capacity is not None)


def test_a_channel_whose_bounds_are_half_told_is_refused(tmp_path: Path) -> None:
    """Else the invariant that compares a channel with its bounds would pass it over."""
    path = tmp_path / "journal.jsonl"
    journal = Journal(lambda: 0.0, path)
    journal.append(started())
    read = QueueRead(queue="q", sender="2000", recipient="2001", count=9, bytes=0, capacity=8, max_bytes=8, ids=[])
    journal.append(read, chain="relay", height=1, hash="0x1")
    journal.close()
    unseal(path)
    path.write_text(path.read_text().replace('"max_bytes":8,', ""))
    with pytest.raises(JournalError, match=r":2 .*capacity and max_bytes come together"):
        read_journal(path)


def written(path: Path) -> Path:
    ticks = itertools.count()
    journal = Journal(lambda: next(ticks) / 3, path)
    journal.append(started())
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
        (lambda lines: [*lines, "5\n"], ":7 is not a journal record"),
        (lambda lines: [*lines, "[]\n"], ":7 is not a journal record"),
    ],
)
def test_what_is_no_journal_is_refused(tmp_path: Path, spoil: object, message: str) -> None:
    path = written(tmp_path / "journal.jsonl")
    unseal(path)
    spoilt = "".join(spoil(path.read_text().splitlines(keepends=True)))  # type: ignore[operator]
    path.write_bytes(spoilt.encode(errors="surrogateescape"))
    with pytest.raises(JournalError, match=message):
        read_journal(path)


def with_second(path: Path, changed: dict[str, Any]) -> Path:
    """A journal whose second record has other values; None takes one away."""
    unseal(written(path))
    first, second, *rest = path.read_text().splitlines(keepends=True)
    record = {key: value for key, value in (json.loads(second) | changed).items() if value is not None}
    path.write_text("".join([first, json.dumps(record) + "\n", *rest]))
    return path


PEERS = {"count": 3, "syncing": False}
NODE = {"name": "alice", "chain": "relay", "role": "validator", "account": "//Alice", "image": ""}
NETWORK = {"relay": {"id": "relay"}, "parachains": [], "nodes": [NODE], "channels": [], "images": {}, "runtimes": {}}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "peers", "data": {**PEERS, "count": "three"}}, "count: .*integer"),
        ({"kind": "peers", "data": {**PEERS, "count": True}}, "count: .*integer"),
        ({"kind": "peers", "data": {**PEERS, "count": None}}, "count: .*integer"),
        ({"kind": "peers", "data": {"count": 3}}, "syncing: .*required"),
        ({"kind": "peers", "data": {**PEERS, "speed": 1}}, "speed: Unexpected"),
        ({"kind": "peers", "data": []}, "a record of peers with data: "),
        ({"kind": "dispute", "data": {"state": "open", "para": 1, "candidate": "0x", "by": "a"}}, "state: .*'raised'"),
        ({"kind": "network", "data": {**NETWORK, "nodes": [{**NODE, "role": "guest"}]}}, r"nodes\.0\.role: "),
        ({"kind": "network", "data": {**NETWORK, "nodes": [{**NODE, "rank": 1}]}}, r"nodes\.0\.rank: Unexpected"),
        ({"kind": "node.lost"}, "'node.lost' is not a valid Kind"),
        ({"kind": None}, "'kind'"),
        ({"data": None}, "'data'"),
        ({"t": "soon"}, "t is 'soon'"),
        ({"height": "1"}, "height is '1'"),
        ({"observer": None}, "'observer'"),
        ({"colour": "red"}, "'colour'"),
    ],
)
def test_a_record_with_a_field_that_is_not_so_is_refused_with_its_line_and_the_field(
    tmp_path: Path, changed: dict[str, Any], field: str
) -> None:
    path = with_second(tmp_path / "journal.jsonl", changed)
    with pytest.raises(JournalError, match=rf"journal\.jsonl:2 is not a journal record: .*{field}"):
        read_journal(path)


def test_a_head_of_no_block_is_refused_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path / "journal.jsonl")
    path.write_text(path.read_text().replace('"height":0', '"height":null'))
    reseal(path)
    with pytest.raises(JournalError, match=r"journal\.jsonl:2 lacks what a record of head\.best has: .*no block"):
        read_evidence(path)


def test_what_may_be_null_is_not_left_out(tmp_path: Path) -> None:
    path = with_second(tmp_path / "journal.jsonl", {"kind": "run.ended", "data": {"outcome": "finished"}})
    with pytest.raises(JournalError, match=r":2 is not .*error: .*required"):
        read_journal(path)


def test_another_version_is_refused_before_its_records_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "journal.jsonl")
    first = {"kind": "run.started", "data": {"format": FORMAT + 1, "weather": "fine"}}
    path.write_text(json.dumps(first) + "\nno record at all\n")
    with pytest.raises(JournalError, match=f"has format {FORMAT + 1}; this simnet reads format {FORMAT}"):
        read_journal(path)


def test_a_folder_without_a_journal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="give a run folder"):
        read_journal(tmp_path)
