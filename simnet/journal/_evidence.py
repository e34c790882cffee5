"""What a journal shows, indexed for questions: block trees, heads per node, events, faults, gaps, messages.

It only arranges records; it judges nothing. The same code serves a live run and a stored one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from simnet.journal._asks import Ask
from simnet.journal._chain_evidence import ChainEvidence
from simnet.journal._message_trace import MessageTrace, Trap
from simnet.journal._messages import MessageLog
from simnet.journal._observations import Block, Down, Gap, Head, Value, Window
from simnet.journal._record import FORMAT, AnyRecord, DataT, Record
from simnet.journal._record_kinds import Kind, Reader
from simnet.journal._traps import left_in
from simnet.journal.records import (
    Barrier,
    BlockSeen,
    CodeRead,
    ContentsRead,
    FaultApplied,
    FaultChanged,
    FaultFailed,
    FaultHealed,
    FaultObserved,
    NetworkLaunched,
    NodeDown,
    NodePaused,
    ObservationGap,
    PhaseTimed,
    ReadingAsked,
    RunEnded,
    RunStarted,
    RuntimeEvent,
    StepDone,
    ValueRead,
)
from simnet.network.topology import Chain

__all__ = ["Block", "Evidence", "Gap", "Head", "MessageTrace", "Window"]

_NO_RUN = RunStarted(format=FORMAT, run="", scenario="", provider="", seed=0, steps=0, versions={}, started="")
_NO_NETWORK = NetworkLaunched(relay=Chain(id="relay"), parachains=(), nodes=(), channels=(), images={}, runtimes={})
"""What stands before the first records came."""


@dataclass
class Evidence:
    """Index of a journal. All times are seconds since the run began."""

    records: list[AnyRecord] = field(default_factory=list)
    run: RunStarted = _NO_RUN
    network: NetworkLaunched = _NO_NETWORK
    t0: float | None = None
    outcome: RunEnded | None = None
    blocks: dict[str, dict[str, Block]] = field(default_factory=lambda: defaultdict(dict))
    best: dict[str, list[Head]] = field(default_factory=lambda: defaultdict(list))
    finalized: dict[str, list[Head]] = field(default_factory=lambda: defaultdict(list))
    events: dict[tuple[str, str], list[Record[RuntimeEvent]]] = field(default_factory=lambda: defaultdict(list))
    windows: dict[int, Window] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    downs: dict[str, list[Down]] = field(default_factory=lambda: defaultdict(list))
    of_kind: dict[Kind, list[AnyRecord]] = field(default_factory=lambda: defaultdict(list))
    message_log: MessageLog = field(default_factory=MessageLog)
    codes: dict[str, dict[str, Record[CodeRead]]] = field(default_factory=lambda: defaultdict(dict))
    """By chain and block hash, the code in the state of those blocks of which it was read."""
    read: set[str] = field(default_factory=set)
    """Hashes of blocks whose contents were read."""
    asked: dict[str, list[Ask]] = field(default_factory=lambda: defaultdict(list))
    """By chain, what was asked to be read beside what every run reads, in the order of the asking."""
    values: dict[Ask, dict[str, Record[ValueRead]]] = field(default_factory=lambda: defaultdict(dict))
    """By block hash, what was read of it where it was not as in the block's parent."""
    _asked_at: dict[Ask, int] = field(default_factory=dict)
    """The places of asks among those of their chain."""
    _answered: dict[str, int] = field(default_factory=dict)
    """By block hash, how many of its chain's asks were answered with its contents."""
    _known_values: dict[Ask, dict[str, Record[ValueRead]]] = field(default_factory=lambda: defaultdict(dict))
    """As :meth:`value` found it, by block hash."""
    _of_pallet: dict[str, list[Record[RuntimeEvent]]] = field(default_factory=lambda: defaultdict(list))
    _tips: dict[str, Head] = field(default_factory=dict)
    _canonical: dict[str, tuple[str, list[Block]]] = field(default_factory=dict)

    # -- reading in -----------------------------------------------------------------------------------------------

    def add(self, record: AnyRecord) -> None:
        """Takes in the next record; records come in the order of ``seq``."""
        self.records.append(record)
        kind = record.data.kind
        self.of_kind[kind].append(record)
        handler = _HANDLERS.get(kind)
        if handler is not None:
            handler(self, record)

    def _block(self, record: Record[BlockSeen]) -> None:
        chain, height, hash_ = _place(record)
        self.blocks[chain][hash_] = Block(
            chain, height, hash_, t=record.t, observer=record.observer, **record.data.as_data()
        )

    def _head(self, record: AnyRecord) -> None:
        chain, height, hash_ = _place(record)
        head = Head(record.t, height, hash_, record.incarnation)
        if record.kind is Kind.HEAD_BEST:
            self.best[record.observer].append(head)
            return
        self.finalized[record.observer].append(head)
        if chain not in self._tips or head.height > self._tips[chain].height:
            self._tips[chain] = head

    def _event(self, record: Record[RuntimeEvent]) -> None:
        chain, _, hash_ = _place(record)
        self.events[chain, hash_].append(record)
        self._of_pallet[record.data.pallet].append(record)
        self.message_log.event(record)

    def _code(self, record: Record[CodeRead]) -> None:
        chain, _, hash_ = _place(record)
        self.codes[chain][hash_] = record

    def _asked(self, record: Record[ReadingAsked]) -> None:
        ask = Ask.told(record)
        self._asked_at.setdefault(ask, len(self.asked[ask.chain]))
        self.asked[ask.chain].append(ask)

    def _value(self, record: Record[ValueRead]) -> None:
        self.values[Ask.told(record)][record.hash or ""] = record

    def _fault_applied(self, record: Record[FaultApplied]) -> None:
        data = record.data
        value = Value(data.fault, tuple(data.nodes), data.start)
        self.windows[data.id] = Window(data.id, data.name, (value,), data.end)

    def _fault(self, record: Record[FaultChanged | FaultObserved | FaultHealed | FaultFailed]) -> None:
        data = record.data
        window = self.windows.get(data.id)
        if window is None:  # it never took hold
            return
        match data:
            case FaultHealed():
                window = replace(window, heal_start=data.start, heal_end=data.end)
            case FaultChanged():
                nodes = window.nodes if data.nodes is None else tuple(data.nodes)
                window = replace(window, values=(*window.values, Value(data.fault, nodes, record.t)))
            case FaultFailed():
                window = replace(window, holds=False)
            case FaultObserved():
                readings = (*window.readings, *data.readings)
                window = replace(window, holds=window.holds is not False and data.holds, readings=readings)
        self.windows[data.id] = window

    def _node(self, record: AnyRecord) -> None:
        downs = self.downs[record.observer]
        if downs and downs[-1].end is None:  # also of a frozen process that is killed: what it was before is over
            downs[-1] = replace(downs[-1], end=record.t)
        match record.data:
            case NodeDown(intended=intended):
                downs.append(Down(record.t, None, intended))
            case NodePaused():
                downs.append(Down(record.t, None, intended=True, paused=True))

    def _other(self, record: AnyRecord) -> None:
        match record.data:
            case RunStarted() as started:
                self.run = started
            case NetworkLaunched() as launched:
                self.network = launched
            case Barrier():
                self.t0 = record.t
            case ObservationGap() as gap:
                self.gaps.append(Gap(record.observer, gap.start, gap.end, gap.reason, gap.what))
            case ContentsRead() as contents:
                self.read.add(record.hash or "")
                self._answered[record.hash or ""] = contents.asked or 0
            case RunEnded() as ended:
                self.outcome = ended

    # -- asking ---------------------------------------------------------------------------------------------------

    def of(self, model: type[DataT]) -> list[Record[DataT]]:
        """The records that carry what this model says, in their order."""
        found: list[Record[Any]] = self.of_kind[model.kind]
        return found

    @property
    def steps(self) -> list[Record[StepDone]]:
        """The scenario's steps that are over."""
        return self.of(StepDone)

    @property
    def now(self) -> float:
        """Time of the last record."""
        return self.records[-1].t if self.records else 0.0

    @property
    def watched_until(self) -> float:
        """Until when the nodes were watched: the end, but for the time that removing the network took."""
        starts = (r.data.start for r in self.of(PhaseTimed) if r.data.name == "teardown")
        return float(next(starts, self.now))

    def nodes(self, chain: str | None = None, role: str | None = None) -> tuple[str, ...]:
        """Names of the nodes, optionally only of one chain or one role."""
        return tuple(
            node.name
            for node in self.network.nodes
            if (chain is None or node.chain == chain) and (role is None or node.role == role)
        )

    def chains(self) -> tuple[str, ...]:
        """``relay``, then the parachains' ids."""
        return ("relay", *(para.id for para in self.network.parachains))

    def chain(self, chain: str) -> ChainEvidence:
        """One chain, ``relay`` or a parachain's id, to ask in its own terms; raises :class:`InputError` where there is
        none."""
        return ChainEvidence(self, chain)

    def chain_of(self, node: str) -> str:
        """The chain that a node serves."""
        return next(one.chain for one in self.network.nodes if one.name == node)

    def head_at(self, node: str, t: float, *, finalized: bool) -> Head | None:
        """The head that a node showed at ``t``; None before it showed any."""
        heads = (self.finalized if finalized else self.best)[node]
        index = bisect_right(heads, t, key=lambda head: head.t)
        return heads[index - 1] if index else None

    def tip(self, chain: str) -> Head | None:
        """The highest block that any node of the chain finalized."""
        return self._tips.get(chain)

    def ancestors(self, chain: str, hash_: str) -> Iterator[Block]:
        """The block and its ancestors as far as they were seen, newest first."""
        blocks = self.blocks[chain]
        block = blocks.get(hash_)
        while block is not None:
            yield block
            block = blocks.get(block.parent)

    def is_ancestor(self, chain: str, older: str, newer: str) -> bool:
        """Whether ``older`` is ``newer`` or one of its ancestors."""
        old = self.blocks[chain].get(older)
        if old is None:
            return older == newer
        return next((one for one in self.ancestors(chain, newer) if one.height <= old.height), None) == old

    def code(self, chain: str, hash_: str) -> Record[CodeRead] | None:
        """What was read last of the code in a block's state, or in its ancestors'; None where none was."""
        read = self.codes[chain]
        return next((read[block.hash] for block in self.ancestors(chain, hash_) if block.hash in read), None)

    def answered(self, ask: Ask, hash_: str) -> bool:
        """Whether a block's contents were read with that in mind."""
        at = self._asked_at.get(ask)
        return at is not None and self._answered.get(hash_, 0) > at

    def value(self, ask: Ask, hash_: str) -> Record[ValueRead] | None:
        """What was asked for as a block's state has it: told at that block, or at the ancestor since which it is the
        same. None where a block in between was not read with that in mind."""
        told, known = self.values[ask], self._known_values[ask]
        passed: list[str] = []
        for block in self.ancestors(ask.chain, hash_):
            found = known.get(block.hash)
            if found is None:
                if not self.answered(ask, block.hash):
                    return None
                passed.append(block.hash)
                found = told.get(block.hash)
            if found is not None:
                known.update(dict.fromkeys(passed, found))
                return found
        return None

    def canonical(self, chain: str) -> list[Block]:
        """The finalized blocks of a chain as far as they were seen, oldest first."""
        tip = self.tip(chain)
        if tip is None:
            return []
        at, known = self._canonical.get(chain, ("", []))
        if at == tip.hash:
            return known
        newest: list[Block] = []
        for block in self.ancestors(chain, tip.hash):
            if known and block.hash == known[-1].hash:
                newest += reversed(known)
                break
            newest.append(block)
        newest.reverse()
        self._canonical[chain] = (tip.hash, newest)
        return newest

    def canonical_events(self, chain: str, pallet: str, name: str) -> list[tuple[Block, Record[RuntimeEvent]]]:
        """Events of one kind in finalized blocks, oldest first."""
        return [
            (block, record)
            for block in self.canonical(chain)
            for record in self.events.get((chain, block.hash), ())
            if record.data.pallet == pallet and record.data.name == name
        ]

    def all_events(self, pallet: str, *names: str) -> list[Record[RuntimeEvent]]:
        """Events of some kinds in any block of any chain and fork, in the order they were seen."""
        return [record for record in self._of_pallet.get(pallet, ()) if not names or record.data.name in names]

    def session_changes(self) -> list[tuple[float, int, int]]:
        """(time first seen, relay height, session index) of each relay session, first sight of an index only."""
        seen: dict[int, tuple[float, int, int]] = {}
        for record in self.all_events("Session", "NewSession"):
            if record.chain == "relay" and record.height is not None:
                index = int(record.data.fields["session_index"])
                seen.setdefault(index, (record.t, record.height, index))
        return sorted(seen.values())

    def window(self, name: str) -> Window | None:
        """The latest fault of that name."""
        return next((w for w in reversed(self.windows.values()) if w.name == name), None)

    def was_down(self, node: str, start: float, end: float) -> bool:
        """Whether the node's process was down or paused at some time between."""
        return any(d.start < end and (d.end is None or d.end > start) for d in self.downs[node])

    def gaps_within(self, node: str, start: float, end: float, what: Reader) -> list[Gap]:
        """Times between ``start`` and ``end`` in which that reader should have watched the node and did not."""
        found = (gap for gap in self.gaps if gap.observer == node and gap.what is what)
        return [gap for gap in found if gap.start < end and gap.end > start]

    def messages(self) -> list[MessageTrace]:
        """Every message that was sent, with what became of it on the finalized chains."""
        return self.message_log.traces(self.final_blocks(), self._beyond_final)

    def final_blocks(self) -> Callable[[str, str], Block | None]:
        """Gives the finalized block of a chain that has a hash, as far as blocks are finalized now; None for others."""
        place = {chain: {block.hash: block for block in self.canonical(chain)} for chain in self.chains()}
        return lambda chain, hash_: place.get(chain, {}).get(hash_)

    def trapped(self, chain: str) -> tuple[list[Trap], list[Trap]]:
        """Assets that lie trapped in a chain's finalized state, and those that were claimed, first trapped first."""
        blocks = self.canonical(chain)
        return left_in((block, one) for block in blocks for one in self.events.get((chain, block.hash), ()))

    def _beyond_final(self, chain: str, hash_: str) -> Block | None:
        """A block that builds on the finalized ones, and may become one of them."""
        tip, block = self.tip(chain), self.blocks[chain].get(hash_)
        if tip is None or block is None or block.height <= tip.height:
            return block if tip is None else None
        return block if self.is_ancestor(chain, tip.hash, hash_) else None


def _place(record: AnyRecord) -> tuple[str, int, str]:
    if record.chain is None or record.height is None or record.hash is None:
        raise ValueError(f"record {record.seq} ({record.kind}) names no block")
    return record.chain, record.height, record.hash


_HANDLERS: dict[Kind, Callable[[Evidence, Any], None]] = {
    Kind.BLOCK: Evidence._block,
    Kind.HEAD_BEST: Evidence._head,
    Kind.HEAD_FINALIZED: Evidence._head,
    Kind.EVENT: Evidence._event,
    Kind.CODE: Evidence._code,
    Kind.ASKED: Evidence._asked,
    Kind.VALUE: Evidence._value,
    Kind.FAULT_APPLIED: Evidence._fault_applied,
    **dict.fromkeys((Kind.FAULT_OBSERVED, Kind.FAULT_CHANGED, Kind.FAULT_HEALED, Kind.FAULT_FAILED), Evidence._fault),
    **dict.fromkeys((Kind.NODE_UP, Kind.NODE_RESUMED, Kind.NODE_DOWN, Kind.NODE_PAUSED), Evidence._node),
    **dict.fromkeys(
        (Kind.MESSAGE_ASKED, Kind.MESSAGE_SUBMITTED, Kind.EXTRINSIC, Kind.QUEUE, Kind.DRY_RUN),
        lambda evidence, record: evidence.message_log.other(record),
    ),
    **dict.fromkeys(
        (
            Kind.RUN_STARTED,
            Kind.NETWORK,
            Kind.BARRIER,
            Kind.GAP,
            Kind.RUN_ENDED,
            Kind.CONTENTS,
        ),
        Evidence._other,
    ),
}
