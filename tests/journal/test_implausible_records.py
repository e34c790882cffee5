"""Records of the right form that say what nobody can have told are named with their line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simnet.errors import JournalError
from simnet.journal import Journal, read_evidence, without_seal
from simnet.journal.records import FaultApplied, FaultObserved, NetworkLaunched, RuntimeEvent
from simnet.network.topology import Chain, Node
from tests.runs import started

READING = {"what": "a", "asked": "b", "seen": "c", "holds": True}


def stored(path: Path) -> Path:
    """A journal with a network, a fault, what was read back of it, and an event."""
    journal = Journal(lambda: 0.0, path)
    journal.append(started())
    nodes = [Node(name=name, chain="relay", role="validator", account="//A", image="i") for name in ("al", "bo")]
    network = {"channels": (), "images": {}, "runtimes": {}}
    journal.append(NetworkLaunched(relay=Chain(id="relay"), parachains=(), nodes=nodes, **network))
    fault = {"kind": "pause", "targets": ["al"]}
    journal.append(FaultApplied(id=1, name="p", fault=fault, nodes=["al"], start=0.0, end=0.0))
    journal.append(FaultObserved(id=1, holds=True, readings=[READING]))
    event = RuntimeEvent(pallet="Session", name="NewSession", fields={"session_index": 1}, extrinsic=None)
    journal.append(event, observer="al", chain="relay", height=1, hash="0x01")
    journal.close()
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(map(without_seal, lines)))  # a seal would tell of any change, whatever it says
    return path


CHANGES: dict[str, tuple[int, Callable[[Any], Any]]] = {
    "a fault without a kind": (3, lambda data: data["fault"].pop("kind")),
    "targets": (3, lambda data: data["fault"].update(targets=None)),
    "no fault of the kind": (3, lambda data: data["fault"].update(kind="pose")),
    "needs at least one target": (3, lambda data: data["fault"].update(targets=[])),
    "holds": (4, lambda data: data["readings"][0].pop("holds")),
    "act": (4, lambda data: data["readings"][0].update(act=3)),
    "without session_index": (5, lambda data: data["fields"].clear()),
    "whose session_index is [1]": (5, lambda data: data["fields"].update(session_index=[1])),
    "a twin of 'x'": (2, lambda data: data["nodes"][0].update(twin_of="x")),
    "a node of chain '9'": (2, lambda data: data["nodes"][0].update(chain="9")),
    "two nodes of one name": (2, lambda data: data["nodes"][0].update(name="bo")),
    "what makes a node dishonest": (2, lambda data: data.update(dishonesty=[{"node": "al"}])),
}


@pytest.mark.parametrize("said", CHANGES)
def test_what_nobody_can_have_told_is_named_with_its_line(tmp_path: Path, said: str) -> None:
    path = stored(tmp_path / "journal.jsonl")
    assert len(read_evidence(path).records) == 5
    number, act = CHANGES[said]
    lines = path.read_text().splitlines(keepends=True)
    record = json.loads(lines[number - 1])
    act(record["data"])
    lines[number - 1] = json.dumps(record) + "\n"
    path.write_text("".join(lines))
    with pytest.raises(JournalError) as caught:
        read_evidence(path)
    assert f"journal.jsonl:{number} is not a journal record" in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_none_are_no_part_of_a_record(tmp_path: Path, number: str) -> None:
    path = stored(tmp_path / "journal.jsonl")
    path.write_text(path.read_text().replace('"start":0.0', f'"start":{number}'))
    with pytest.raises(JournalError, match=r"journal\.jsonl:3 is not a journal record"):
        read_evidence(path)


def test_a_record_that_is_nested_too_deeply_is_told(tmp_path: Path) -> None:
    path = stored(tmp_path / "journal.jsonl")
    path.write_text(path.read_text().replace('"session_index":1', '"session_index":' + "[" * 3000 + "]" * 3000))
    with pytest.raises(JournalError, match=r"journal\.jsonl:5 is not a journal record"):
        read_evidence(path)
