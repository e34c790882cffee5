"""Checks of single validators: the points that they earn, who is disabled and what that costs, no-shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

from simnet.checks._check import Finding, Interval, JudgesNodes, Unjudgeable, judged_nodes
from simnet.checks.authors import nameless
from simnet.checks.bounds import Bounded
from simnet.checks.coverage import Coverage
from simnet.checks.honesty import keys_of, validators_of_node
from simnet.checks.relay import main_chain
from simnet.checks.seats import must_have_had_seats, seats_at
from simnet.checks.watched import coverage, of_one_chain, unread
from simnet.errors import InputError
from simnet.fields import Seconds, SecondsForm, Selectors, SelectorsForm
from simnet.journal import NO_SHOW_METRIC, Block, Evidence, Reader, Record, RelayTime, sealing_key
from simnet.journal.records import MetricSample, NoShow, PointsRead, SlotLost
from simnet.network.accounts import stash
from simnet.network.topology import RELAY, Topology


def validators_of(evidence: Evidence, selectors: Iterable[str]) -> tuple[str, ...]:
    """Validators of genesis among the nodes that selectors stand for; a twin stands for the one whose keys it has.

    Raises :class:`Unjudgeable` where there is none.
    """
    owners = keys_of(evidence)
    names = tuple(selectors)
    found = tuple(dict.fromkeys(owners[node] for node in judged_nodes(evidence, names) if node in owners))
    if not found:
        raise Unjudgeable(f"no validator is among {', '.join(names)}, so nobody is judged")
    must_have_had_seats(evidence, found)
    return found


def blocks_within(evidence: Evidence, start: float, end: float) -> list[Block]:
    """Blocks of the main chain first seen between two times, and before them the last one that was seen earlier."""
    blocks = [block for block in main_chain(evidence) if block.t <= end]
    before = sum(1 for block in blocks if block.t <= start)
    return blocks[max(0, before - 1) :]


def _main_chain_covered(evidence: Evidence, nodes: Iterable[str], interval: Interval) -> Coverage:
    """What a finding about validators rests on that the main chain tells: it needs all who may have seen that chain."""
    judged = judged_nodes(evidence, nodes)
    return of_one_chain(evidence, RELAY, interval.start, interval.end, judged, evidence.nodes(RELAY))


@dataclass(frozen=True, kw_only=True)
class Points(Bounded, JudgesNodes):
    """Counts the reward points that the judged validators earn in the interval. Use it to see whom a fault costs money.

    The author of a block earns 20, each backer of a candidate that it includes 20, each vote in a dispute 20
    (polkadot-runtime-parachains reward_points.rs, westend-runtime). Only Westend's runtime counts points.
    """

    kind: ClassVar[str] = "points"
    liveness: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            nodes: SelectorsForm = ("validators",),
            at_least: int | None = None,
            at_most: int | None = None,
            each: bool = False,
            grace: SecondsForm = 0.0,
        ) -> None: ...

    nodes: Selectors = ("validators",)
    """Validators whose points are counted; by default all."""
    at_least: int | None = None
    at_most: int | None = None
    each: bool = False
    """Whether the bounds hold for every single validator. By default they hold for all together."""
    grace: Seconds = 0.0
    """Time from the interval's start that does not count: candidates that a validator backed before are included
    then. By default all of it counts."""

    def needs(self) -> dict[str, float]:
        return {"grace": self.grace}

    def unfit(self, topology: Topology) -> str | None:
        if topology.relay.runtime == "rococo":
            return "the runtime rococo counts no points; take westend as the relay chain's"
        return None

    def expected(self) -> str:
        who = f"{'each of ' if self.each else ''}{', '.join(self.nodes)}"
        return f"{who} earns {self.bounds()} point(s)"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        read = {record.hash: record for record in evidence.of(PointsRead)}
        if not read:
            raise Unjudgeable("no block's points were read: the relay chain's runtime counts none")
        blocks = blocks_within(evidence, interval.start + self.grace, interval.end)
        if len(blocks) < 2:
            raise Unjudgeable("no relay block of that time was seen")
        dark = [block.height for block in blocks if block.hash not in read]
        if dark:
            raise Unjudgeable(f"points of {len(dark)} of {len(blocks)} relay blocks were not read: block {dark[0]}")
        records = [read[block.hash] for block in blocks]
        earned = points_earned(records)
        names = validators_of(evidence, self.nodes)
        unknown = ", ".join(name for name in names if name not in earned)
        if unknown:
            raise Unjudgeable(
                f"no points of {unknown} are known: the relay chain has no validator with that stash account"
            )
        judged = {name: earned[name] for name in names}
        if self.at_least is None and not sum(earned.values()):
            raise Unjudgeable("nobody earned a point in that time")
        total = sum(judged.values())
        counts = tuple(judged.values()) if self.each else (total,)
        held = all(map(self.fits, counts))
        text = ", ".join(f"{name} {count}" for name, count in judged.items())
        text += f" (of {sum(earned.values())} in all) in blocks {blocks[1].height} to {blocks[-1].height}"
        watched, certain = _main_chain_covered(evidence, self.nodes, interval), self.settled(*counts)
        where, figures = (records[0], records[-1]), {"points": total, **judged}
        return self.finding(held, text, interval, coverage=watched, certain=certain, where=where, figures=figures)


def points_earned(records: Iterable[Record[PointsRead]]) -> dict[str, int]:
    """Points that each validator earned from the first of these readings to the last, which follow block on block.

    Handing them over to Asset Hub empties all at once, in a block in which only its author and backers earn.
    """
    earned: dict[str, int] = {}
    for before, after in pairwise(record.data.points for record in records):
        emptied = any(count > after.get(name, 0) for name, count in before.items())
        for name, count in after.items():
            earned[name] = earned.get(name, 0) + count - (0 if emptied else before.get(name, 0))
    return earned


@dataclass(frozen=True)
class Disabling:
    """A time in which a validator was disabled on the main chain. ``first`` is the block that did it; ``last`` the
    one that ended it, None while it lasts."""

    validator: str
    first: Block
    last: Block | None

    @property
    def end(self) -> float:
        return self.last.t if self.last is not None else float("inf")


_CHANGES = (("Session", "ValidatorDisabled"), ("Session", "ValidatorReenabled"))


def disablings(evidence: Evidence) -> list[Disabling]:
    """Who was disabled when, by the events of the main chain's blocks, and by their state where that was read: a change
    of the set of validators ends it without an event."""
    names = _stashes(evidence)
    states = {record.hash: record.data.disabled for record in evidence.of(PointsRead)}
    since: dict[str, Block] = {}
    found: list[Disabling] = []
    for block in main_chain(evidence):
        now = list(since)
        for record in evidence.events.get((RELAY, block.hash), ()):
            if (record.data.pallet, record.data.name) in _CHANGES:
                account = str(record.data.fields["validator"])
                name = names.get(account, account)
                now = [one for one in now if one != name]
                if record.data.name == "ValidatorDisabled":
                    now.append(name)
        now = list(states.get(block.hash, now))
        found += [Disabling(name, first, block) for name, first in since.items() if name not in now]
        since = {name: since.get(name, block) for name in now}
    return sorted(
        [*found, *(Disabling(name, first, None) for name, first in since.items())], key=lambda one: one.first.height
    )


def missing_checkers(evidence: Evidence) -> list[tuple[tuple[str, ...], Record[NoShow]]]:
    """Every no-show, with the validators for whom the node acted that did not approve, in the session of the block that
    it is about; nobody where that node had no key in force, or none is known."""
    time, blocks = RelayTime(evidence), evidence.blocks[RELAY]
    whose: dict[tuple[str, int], tuple[str, ...]] = {}
    found = []
    for record in evidence.of(NoShow):
        block = blocks.get(record.hash or "")
        slot = time.slot(record.t) if block is None or block.slot is None else block.slot
        place = record.data.validator, time.session(slot)
        if place not in whose:
            whose[place] = validators_of_node(evidence, *place)
        found.append((whose[place], record))
    return found


def _stashes(evidence: Evidence) -> dict[str, str]:
    """Validators by stash account (0x hex), as events name them."""
    owners = keys_of(evidence)
    return {
        "0x" + stash(node.account).sr25519.hex(): node.name
        for node in evidence.network.nodes
        if owners.get(node.name) == node.name
    }


@dataclass(frozen=True, kw_only=True)
class Disabled(Bounded, JudgesNodes):
    """Counts the judged validators that were disabled at some time in the interval, on the chain that won or leads. Use
    it to see that offenders lose their say, and get it back. Only Westend's runtime disables."""

    kind: ClassVar[str] = "disabled"

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            nodes: SelectorsForm = ("validators",),
            at_least: int | None = None,
            at_most: int | None = None,
            slots_lost: int | None = None,
        ) -> None: ...

    nodes: Selectors = ("validators",)
    """Validators that are judged; by default all."""
    at_least: int | None = None
    at_most: int | None = None
    slots_lost: int | None = None
    """Slots that the disabled ones must have lost in all while their nodes ran, 1 or more; no block on that chain may
    be theirs that came while they were disabled. Simulated nodes tell of each slot lost; of real ones the slots count
    in which no validator at all made a block though all ran. Left out: lost slots are not judged."""

    def validate(self) -> None:
        super().validate()
        if self.slots_lost is not None and (self.slots_lost < 1 or not self.at_least):
            raise InputError("disabled: slots_lost is 1 or more, and needs at_least 1 or more: only they lose slots")

    def unfit(self, topology: Topology) -> str | None:
        if topology.relay.runtime == "rococo" and self.at_least:
            return "the runtime rococo disables nobody; take westend as the relay chain's"
        return None

    def expected(self) -> str:
        text = f"{self.bounds()} of {', '.join(self.nodes)} disabled"
        return text + (f", and {self.slots_lost} or more slots lost by it" if self.slots_lost is not None else "")

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        blocks = blocks_within(evidence, interval.start, interval.end)
        watched = replace(
            _main_chain_covered(evidence, self.nodes, interval),
            unread=unread(evidence, blocks),
            nothing="" if len(blocks) > 1 else "no relay block of that time was seen",
        )
        judged = validators_of(evidence, self.nodes)
        found = [
            one
            for one in disablings(evidence)
            if one.validator in judged and one.first.t <= interval.end and one.end > interval.start
        ]
        count = len({one.validator for one in found})
        held = self.fits(count)
        text = f"{count}{': ' if found else ''}" + ", ".join(
            f"{one.validator} from block {one.first.height}{f' to {one.last.height}' if one.last else ''}"
            for one in found[:4]
        )
        figures: dict[str, Any] = {"count": count}
        certain = self.settled(count)
        if self.slots_lost is not None and held:
            lost = sum(len(slots) for slots in (_slots_lost(evidence, one, interval) for one in found))
            came = [(one, block) for one in found for block in _while_disabled(evidence, one)]
            authored = [block for one, block in came if sealing_key(block) == _key_of(evidence, one, block)]
            held = lost >= self.slots_lost and not authored
            unnamed = nameless(evidence, (block for _, block in came))
            if held and unnamed:
                raise Unjudgeable(
                    f"{text}; {len(unnamed)} blocks of that time, by keys of no known node, may be theirs"
                )
            text += f"; {lost} slots lost" + "".join(f", but {b.author} made block {b.height}" for b in authored[:3])
            figures["slots"] = lost
            certain = certain and bool(authored)
        return self.finding(held, text, interval, coverage=watched, certain=certain, figures=figures)


def _while_disabled(evidence: Evidence, disabling: Disabling) -> list[Block]:
    """Blocks that came while a validator was disabled: none of them can be its own, since the runtime refuses them."""
    return [
        block
        for block in main_chain(evidence)
        if block.height > disabling.first.height and (disabling.last is None or block.height <= disabling.last.height)
    ]


def _key_of(evidence: Evidence, disabling: Disabling, block: Block) -> str:
    """The key of a disabled validator's seat when a block was seen."""
    seats = seats_at(evidence, block.t)
    return disabling.validator if seats is None else seats.key(disabling.validator)


def _slots_lost(evidence: Evidence, disabling: Disabling, interval: Interval) -> list[int]:
    """Slots that a validator lost in the interval because it was disabled; raises :class:`Unjudgeable` where they may
    be missing for another reason."""
    start, end = max(interval.start, disabling.first.t), min(interval.end, disabling.end)
    owners = keys_of(evidence)
    session = seats.session if (seats := seats_at(evidence, start)) is not None else 0
    own = [node for node in owners if disabling.validator in validators_of_node(evidence, node, session)]
    if all(evidence.was_down(node, start, end) for node in own):
        raise Unjudgeable(f"{disabling.validator} was down for a part of it, and would have made no block anyway")
    if evidence.run.provider == "simulated":
        lost = (r for r in evidence.of(SlotLost) if r.observer in own and start < r.t <= end)
        return list(dict.fromkeys(record.data.slot for record in lost))
    for node in owners:
        if evidence.was_down(node, start, end) or evidence.gaps_within(node, start, end, Reader.HEADS):
            raise Unjudgeable(f"{node} was down or not watched for a part of it, which explains empty slots too")
    taken = {block.slot for block in evidence.blocks[RELAY].values() if start <= block.t <= end and block.slot}
    return [slot for slot in range(min(taken), max(taken)) if slot not in taken] if taken else []


@dataclass(frozen=True, kw_only=True)
class NoShows(Bounded, JudgesNodes):
    """Counts validators that announced to check a candidate and did not approve it in time, once per validator and
    candidate. Use it to see what silence costs approval checking, and that there is none without a fault.

    Real nodes only count what they noticed, every 15 s: then the highest count of any node is judged, for all
    validators together; it is inconclusive where one gives no sample for 45 s.
    """

    kind: ClassVar[str] = "no_shows"

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            nodes: SelectorsForm = ("validators",),
            at_least: int | None = None,
            at_most: int | None = None,
        ) -> None: ...

    nodes: Selectors = ("validators",)
    """Validators whose no-shows are counted; by default all, and of real nodes all alone can be."""
    at_least: int | None = None
    at_most: int | None = None

    def expected(self) -> str:
        return f"{self.bounds()} no-show(s) of {', '.join(self.nodes)}"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        included = evidence.all_events("ParaInclusion", "CandidateIncluded")
        if self.at_least is None and not any(interval.holds(record.t) for record in included):
            raise Unjudgeable("no candidate was included in that time, so there was none to approve")
        judged = validators_of(evidence, self.nodes)
        if evidence.run.provider != "simulated":
            return self._counted(evidence, interval, judged)
        noticed = [(whose, record) for whose, record in missing_checkers(evidence) if interval.holds(record.t)]
        inside = [(who, record) for whose, record in noticed for who in whose if who in judged]
        found, counts = [record for _, record in inside], Counter(who for who, _ in inside)
        nobodys = [record for whose, record in noticed if not whose]
        text = f"{len(found)}{': ' if found else ''}" + ", ".join(f"{name} {count}" for name, count in counts.items())
        figures = {"count": len(found), **counts}
        named = judged_nodes(evidence, self.nodes)
        watched = coverage(evidence, interval.start, interval.end, named, onlookers=evidence.nodes(RELAY))
        if nobodys:
            name = nobodys[0].data.validator
            watched = replace(watched, unread=f"no-show of {name}, which had no validator's key in force that is known")
        return self.counted(len(found), text, interval, coverage=watched, where=found[:3], figures=figures)

    def _counted(self, evidence: Evidence, interval: Interval, judged: tuple[str, ...]) -> Finding:
        owners = keys_of(evidence)
        if set(judged) != set(owners.values()):
            raise Unjudgeable("real nodes count no-shows without names: only those of all validators can be judged")
        samples: dict[str, list[Record[MetricSample]]] = {node: [] for node in owners}
        for record in evidence.of(MetricSample):
            if record.observer in samples and record.data.name == NO_SHOW_METRIC and interval.holds(record.t):
                samples[record.observer].append(record)
        seen = {node: _rise(found) for node, found in samples.items() if len(found) > 1}
        if not seen:
            raise Unjudgeable(f"no node gave two samples of {NO_SHOW_METRIC} in that time")
        most = max(seen.values())
        text = ", ".join(f"{node} noticed {rise}" for node, rise in seen.items())
        times = {node: [record.t for record in samples[node]] for node in seen}
        watched = coverage(evidence, interval.start, interval.end, owners, what=Reader.METRICS, samples=times)
        return self.counted(most, text, interval, coverage=watched, figures={"count": most, **seen})


def _rise(samples: Sequence[Record[MetricSample]]) -> int:
    """By how much the counter rose from the first sample to the last; a restart begins at nought."""
    values = [record.data.value for record in samples]
    return int(sum(after - before if after >= before else after for before, after in pairwise(values)))
