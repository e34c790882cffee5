"""The state of a running network as records, for a journal that begins in the middle of its life."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from simnet.journal._dishonesty import Dishonesty, dishonesty
from simnet.journal._evidence import Evidence
from simnet.journal._record import AnyRecord
from simnet.journal._record_kinds import Kind
from simnet.journal._relay_time import RelayTime
from simnet.journal.records import BlockSeen, NetworkLaunched

_PROCESS = {Kind.NODE_UP, Kind.NODE_READY, Kind.NODE_DOWN, Kind.NODE_PAUSED, Kind.NODE_RESUMED}
_OF_BLOCKS = {
    Kind.BLOCK,
    Kind.EVENT,
    Kind.CODE,
    Kind.VALUE,
    Kind.POINTS,
    Kind.SEATS,
    Kind.EXTRINSIC,
    Kind.CONTENTS,
    Kind.CANDIDATE,
}
"""Not queues: they hold messages of an earlier run, which this journal cannot know."""


def restated(evidence: Evidence) -> list[AnyRecord]:
    """The records that a later journal of the same network repeats, in their order.

    The topology, with what made validators dishonest; each node's process since it last started, its peers
    and heads; the blocks from the lowest finalized head on, with the code and the values that the first of them have.
    With them, every head that follows has its ancestors and what it runs, and finality that falls is seen across both
    journals.
    """
    kept: dict[int, AnyRecord] = {}
    latest: dict[tuple[str, Kind], AnyRecord] = {}
    lives: dict[str, list[AnyRecord]] = {}
    dishonest = [_told(one) for one in dishonesty(evidence, RelayTime(evidence))]
    floors = {chain: _floor(evidence, chain) for chain in evidence.chains()}
    for record in evidence.records:
        if record.kind in (Kind.NETWORK, Kind.PEERS, Kind.HEAD_BEST, Kind.HEAD_FINALIZED):
            latest[record.observer, record.kind] = record
        elif record.kind in _PROCESS:
            life = lives.setdefault(record.observer, [])
            if record.kind is Kind.NODE_UP:
                life.clear()
            life.append(record)
        elif record.kind is Kind.ASKED or _later(record, floors):
            kept[record.seq] = record
    for record in (*latest.values(), *(one for life in lives.values() for one in life)):
        kept[record.seq] = record
    for seq, record in kept.items():
        if dishonest and isinstance(record.data, NetworkLaunched):
            kept[seq] = replace(record, data=replace(record.data, dishonesty=dishonest))
    return list(_with_state(evidence, [kept[seq] for seq in sorted(kept)]))


def _later(record: AnyRecord, floors: Mapping[str, int]) -> bool:
    """Whether a record is about a block that a later journal begins with."""
    return record.kind in _OF_BLOCKS and (record.height or 0) >= floors.get(record.chain or "", 0)


def _with_state(evidence: Evidence, records: Iterable[AnyRecord]) -> Iterator[AnyRecord]:
    """Adds to each block whose parent is none of these what code its state has, and the values that were asked for:
    they were told at an ancestor."""
    blocks: set[tuple[str, str]] = set()
    for record in records:
        yield record
        if not isinstance(record.data, BlockSeen):
            continue
        chain, hash_ = record.chain or "", record.hash or ""
        if (chain, record.data.parent) not in blocks and hash_ not in evidence.codes[chain]:
            code = evidence.code(chain, hash_)
            if code is not None:
                yield replace(code, height=record.height, hash=hash_)
        if (chain, record.data.parent) not in blocks:
            for ask in evidence.asked[chain]:
                value = evidence.value(ask, hash_)
                if value is not None and value.hash != hash_:
                    yield replace(value, height=record.height, hash=hash_)
        blocks.add((chain, hash_))


def _told(one: Dishonesty) -> dict[str, Any]:
    """As the ``network`` record has it; of keys nothing where none is doubled."""
    return {name: value for name, value in asdict(one).items() if value is not None}


def _floor(evidence: Evidence, chain: str) -> int:
    """The lowest height that a node of the chain calls finalized."""
    heads = [evidence.finalized[node] for node in evidence.nodes(chain)]
    return min((head[-1].height for head in heads if head), default=0)
