"""Journals of real runs, and ways to change them."""

from __future__ import annotations

import lzma
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from simnet.checks.verdict import Verdict, judge
from simnet.journal import Evidence, Kind, Record
from simnet.journal.records import SeatsRead
from simnet.scenario import Scenario
from simnet.scenario.loader import load_scenario

DATA = Path(__file__).parent / "data"


@cache
def records(name: str = "quickstart") -> tuple[Record, ...]:
    """What `simnet run quickstart` on real nodes wrote, and before the barrier who has the seats, which simnet did not
    record then: every validator.

    ``late-side`` is another run, in which one side of the cut authored its first block 21 s after it. ``misdeeds`` is a
    simulated Westend, whose validator dave equivocates, disputes what is valid and is silent; readings of these acts
    were added by hand, from its other records, when simnet began to make them. ``westend-real`` is a Westend of real
    nodes, on which dave is stopped for a while, comes back, and is then disabled by root.
    """
    text = lzma.decompress((DATA / f"{name}.journal.jsonl.xz").read_bytes()).decode()
    written = [Record.from_json(line) for line in text.splitlines()]
    at = next(index for index, record in enumerate(written) if record.kind is Kind.BARRIER)
    seated = [*written[:at], _seats(written[:at], written[at].t), *written[at:]]
    return tuple(replace(record, seq=seq) for seq, record in enumerate(seated))


def _seats(before: list[Record], t: float) -> Record:
    nodes = next(record for record in before if record.kind is Kind.NETWORK).data.nodes
    head = next(record for record in reversed(before) if record.kind is Kind.HEAD_FINALIZED and record.chain == "relay")
    seats = [node.name for node in nodes if node.role == "validator" and node.twin_of is None]
    return replace(head, t=t, observer="harness", data=SeatsRead(session=1, seats=seats, without_seat=[]))


@cache
def scenario(name: str = "quickstart") -> Scenario:
    return load_scenario(DATA / f"{name}.scenario.yaml")


def evidence(changed: Iterable[Record]) -> Evidence:
    out = Evidence()
    for record in changed:
        out.add(record)
    return out


def verdict(changed: Iterable[Record]) -> Verdict:
    return judge(evidence(changed), scenario().checks)


def troubled(found: Verdict) -> dict[str, str]:
    """Status by the first words of each finding that did not hold."""
    return {finding.check.split(" during")[0].split(" after")[0]: finding.status.value for finding in found.failures}


def change(record: Record, **data: Any) -> Record:
    """The record with other data."""
    return replace(record, data=replace(record.data, **data))


def without(drop: Callable[[Record], bool]) -> list[Record]:
    return [record for record in records() if not drop(record)]


def mapped(act: Callable[[Record], Record]) -> list[Record]:
    return [act(record) for record in records()]


def inserted(at: int, *more: Record) -> list[Record]:
    """More records before the index ``at``."""
    return [*records()[:at], *more, *records()[at:]]


def index_of(wanted: Callable[[Record], bool]) -> int:
    return next(index for index, record in enumerate(records()) if wanted(record))


def terminals() -> list[Record]:
    """Terminal events of messages on the finalized chains."""
    found = []
    real = evidence(records())
    for trace in real.messages():
        found += [real.records[end.seq] for end in trace.terminals]
    return found


def is_event(record: Record, pallet: str, name: str) -> bool:
    return record.kind is Kind.EVENT and (record.data.pallet, record.data.name) == (pallet, name)
