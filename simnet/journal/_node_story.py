"""What one node did, as lines of a log, from what a journal has of it: simulated nodes write little of their own.

Votes of GRANDPA, of backing and of approval are not in a journal; what came of them is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from simnet.faults import fault_from
from simnet.journal._block_words import EventWords, event_words, in_groups, short
from simnet.journal._record import AnyRecord
from simnet.journal.records import (
    Barrier,
    BestHead,
    BlockSeen,
    CandidateJudged,
    ContentsRead,
    DisputeSeen,
    FaultApplied,
    FaultChanged,
    FaultFailed,
    FaultHealed,
    FinalizedHead,
    JsonMapping,
    KeysStored,
    LogMatch,
    NetworkLaunched,
    NodeDown,
    NodePaused,
    NodeReady,
    NodeResumed,
    NodeUp,
    NoShow,
    ObservationGap,
    PeerCount,
    RunEnded,
    RuntimeEvent,
    SeatsRead,
    SlotLost,
)

_DISPUTES: Mapping[str, str] = {
    "raised": "is raised",
    "confirmed": "is confirmed: more than f validators voted",
    "valid": "is concluded: the candidate is valid",
    "invalid": "is concluded: the candidate is invalid",
}


@dataclass(frozen=True)
class _Seen:
    """A block of the node's chain."""

    height: int
    data: BlockSeen
    events: list[EventWords] = field(default_factory=list)


class NodeStory:
    """Takes in the records of a run one after another, and tells of those that concern the node, as (seconds, text).

    ``beside_log``: its own log is shown as well, so that what stands there with more words is left out.
    """

    def __init__(self, node: str, *, beside_log: bool = False) -> None:
        self._node = node
        self._beside_log = beside_log
        self._chain: str | None = None
        self._blocks: dict[str, _Seen] = {}
        self._authored: set[str] = set()
        """Blocks of its own that were told."""
        self._best: str | None = None
        self._acting: dict[int, str] = {}
        """Faults that act on the node, by their ids."""

    def tell(self, record: AnyRecord) -> Iterator[tuple[float, str]]:
        """What this record says of the node; mostly nothing."""
        if isinstance(record.data, NetworkLaunched):
            self._chain = next((one.chain for one in record.data.nodes if one.name == self._node), None)
        if record.chain is not None and record.chain == self._chain:
            self._learn(record)
        told = [*self._of_run(record), *self._of_others(record)]
        if record.observer == self._node:
            told += [*self._of_process(record), *self._of_chain(record), *self._of_parachains(record)]
        yield from ((record.t, text) for text in told)

    def _learn(self, record: AnyRecord) -> None:
        if record.hash is None or record.height is None:
            return
        match record.data:
            case BlockSeen() as data:
                self._blocks.setdefault(record.hash, _Seen(record.height, data))
            case RuntimeEvent() as event if record.hash in self._blocks:
                words = event_words(event)
                if words is not None:
                    self._blocks[record.hash].events.append(words)

    # -- by what it is about --------------------------------------------------------------------------------------

    def _of_run(self, record: AnyRecord) -> Iterator[str]:
        match record.data:
            case Barrier():
                yield "-- t0: channels are open, parachains are included, finality advances"
            case FaultApplied(id=number, name=name, fault=data, nodes=nodes) if self._node in nodes:
                self._acting[number] = name
                yield f"-- {_fault_text(name, data)} acts"
            case FaultChanged(id=number, name=name, fault=data) if number in self._acting:
                yield f"-- {_fault_text(name, data)} from now on"
            case FaultHealed(id=number, name=name) if self._acting.pop(number, None) is not None:
                yield f"-- fault {name} is healed"
            case FaultFailed(id=number, name=name, why=why) if number in self._acting:
                yield f"-- fault {name} failed: {why}"
            case RunEnded(outcome=outcome):
                yield f"-- the run {'ends' if outcome == 'finished' else f'is {outcome}'}"

    def _of_others(self, record: AnyRecord) -> Iterator[str]:
        """What others noticed of the node."""
        match record.data:
            case RuntimeEvent(offenders=offenders) if offenders and self._node in offenders:
                kind = offenders[self._node]
                yield f"is reported in #{record.height} {short(record.hash)} for an offence: {kind}"
            case NoShow(validator=self._node) as missed:
                yield (
                    f"did not approve candidate {short(missed.candidate)} of {missed.para} in time: a no-show, noticed"
                    f" by {record.observer}"
                )

    def _of_process(self, record: AnyRecord) -> Iterator[str]:
        match record.data:
            case NodeUp(reason=reason, flags=flags):
                database = f", database {record.incarnation}" if record.incarnation else ""
                yield f"starts ({reason}{database})" + (f" with {' '.join(flags)}" if flags else "")
            case NodeReady():
                yield "answers JSON-RPC"
            case NodeDown(intended=intended, exit_code=code, oom_killed=oom, log_tail=tail):
                why = "for lack of memory" if oom else "as asked" if intended else "by itself"
                yield f"ends {why}, exit code {code}"
                yield from (f"  its log: {line}" for line in tail)
            case NodePaused():
                yield "is frozen"
            case NodeResumed():
                yield "goes on"
            case PeerCount(count=count, syncing=syncing):
                yield f"has {count} peer{'s' if count != 1 else ''}" + (", is far behind and syncs" if syncing else "")
            case KeysStored(how=how, keys=keys):
                named = ", ".join(f"{kind} {short(key)}" for kind, key in keys.items())
                yield f"has session keys {'of its own making' if how == 'made' else 'that it was given'}: {named}"
            case ObservationGap(start=start, reason=reason, what=what):
                yield f"-- not watched ({what.value}) since {start:.3f} s: {reason}"
            case LogMatch(line=line):
                yield f"wrote: {line}"

    def _of_chain(self, record: AnyRecord) -> Iterator[str]:
        match record.data:
            case BestHead():
                yield from self._new_best(str(record.hash), record.height or 0)
            case FinalizedHead():
                yield f"finalizes #{record.height} {short(record.hash)}"
            case ContentsRead() if record.hash in self._blocks:
                yield from self._authors(record.hash)
            case SlotLost(slot=slot, why=why) if not self._beside_log:
                yield f"loses slot {slot}: {why}"
            case SeatsRead(session=session, seats=seats) if self._node in seats:
                yield f"has seat {list(seats).index(self._node)} of {len(seats)} in session {session}"

    def _of_parachains(self, record: AnyRecord) -> Iterator[str]:
        match record.data:
            case CandidateJudged(judged="refused") as judged:
                yield f"refuses candidate {short(judged.candidate)} of {judged.para}: {judged.why}"
            case CandidateJudged(judged="valid", included=True) as judged:
                yield f"sees candidate {short(judged.candidate)} of {judged.para} included: it is valid"
            case NoShow() as missed if missed.validator != self._node:
                yield (
                    f"notices a no-show: {missed.validator} did not approve candidate {short(missed.candidate)} of"
                    f" {missed.para} in time"
                )
            case DisputeSeen(state=state, by=by) as seen:
                who = "its own" if by == self._node else f"{by}'s"
                yield f"{who} dispute over candidate {short(seen.candidate)} of {seen.para} {_DISPUTES[state]}"

    # -- heads ----------------------------------------------------------------------------------------------------

    def _new_best(self, hash_: str, height: int) -> Iterator[str]:
        before, self._best = self._best, hash_
        seen = self._blocks.get(hash_)
        if before == hash_:
            return
        if seen is None or (before is None and seen.data.author != self._node):
            yield f"best is #{height} {short(hash_)}"
            return
        behind = self._steps_back(hash_, before)
        if before is not None and behind is None:
            yield f"leaves its best block #{self._blocks[before].height} {short(before)} for another fork"
        if seen.data.author != self._node:
            more = f"{behind - 1} more up to " if behind is not None and behind > 1 else ""
            yield f"imports {more}{_block_text(hash_, seen)}"
            return
        yield from self._authors(hash_)
        if before is not None and behind != 1:
            yield f"best is its own #{height} {short(hash_)}"

    def _authors(self, hash_: str) -> Iterator[str]:
        """Told once of a block of its own, with what is in it as far as that was read."""
        seen = self._blocks[hash_]
        if seen.data.author == self._node and hash_ not in self._authored:
            self._authored.add(hash_)
            yield f"authors {_block_text(hash_, seen, by_itself=True)}"

    def _steps_back(self, hash_: str, ancestor: str | None) -> int | None:
        """How many blocks it stands above an ancestor: None where that is on another fork, 0 where nobody can tell, as
        of blocks from before the journal began."""
        if ancestor is None or ancestor not in self._blocks:
            return 0
        steps, at = 0, hash_
        while at != ancestor:
            seen = self._blocks.get(at)
            if seen is None:
                return 0
            if seen.height <= self._blocks[ancestor].height:
                return None
            steps, at = steps + 1, seen.data.parent
        return steps


def _block_text(hash_: str, seen: _Seen, *, by_itself: bool = False) -> str:
    data = seen.data
    whose = f" of {data.author}" if data.author is not None and not by_itself else ""
    parts = [f"#{seen.height} {short(hash_)}{whose}"]
    if data.slot is not None:
        parts.append(f"slot {data.slot}" + (f" ({data.claim.replace('_', ' ')})" if data.claim else ""))
    if data.relay_parent is not None:
        parts.append(f"on relay block {data.relay_parent}")
    text = ", ".join(parts)
    return f"{text}: {in_groups(seen.events)}" if seen.events else text


def _fault_text(name: str, data: JsonMapping) -> str:
    fault = str(fault_from(data)).strip()
    return f"fault {name} ({fault})" if name != fault else f"fault {name}"
