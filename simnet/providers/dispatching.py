"""Calls on somebody's behalf, followed until they were dispatched: at once, by the chain's scheduler, or on a parachain
by the relay chain's root."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from simnet.chain.calls import Batch, Calls
from simnet.chain.storage_writes import StorageWrite
from simnet.errors import ExtrinsicError
from simnet.journal import Evidence, Record
from simnet.journal.records import OurExtrinsic, RuntimeEvent
from simnet.network.topology import RELAY
from simnet.providers.batches import failed_item
from simnet.providers.dispatch_origins import (
    AsRoot,
    ByRoot,
    OfAccount,
    Origin,
    Scheduled,
    Signed,
    signer_of,
)
from simnet.providers.extrinsics import CallAsked, HandedIn, Pending, calls_in_words, ended_otherwise, writes_of
from simnet.providers.messenger import Messenger

_NEVER = ("CallUnavailable", "PermanentlyOverweight")
"""Events of a task that the scheduler does not dispatch (pallet-scheduler 43)."""

_TERMINAL = ("Processed", "ProcessingFailed", "OverweightEnqueued")
"""Events that end a message (pallet-message-queue 45)."""


@dataclass(frozen=True)
class Dispatched:
    """How calls ended on a chain: the error in words, None where they succeeded, and the height of the block."""

    chain: str
    height: int | None
    error: str | None


@dataclass(frozen=True)
class _Place:
    """Events among which what was dispatched is told: of one block, between two records of the journal."""

    chain: str
    hash: str
    height: int | None
    events: Sequence[Record[RuntimeEvent]]


@dataclass
class Dispatching:
    """Calls that are to be dispatched with an origin. ``within`` is seconds for all of it."""

    messenger: Messenger
    chain: str
    origin: Origin
    batch: Batch
    within: float
    entries: Sequence[StorageWrite] = ()
    """What the calls write of the state, where they were not written as calls."""
    before: Callable[[Pending], None] | None = None
    """Told of it when it is signed and nobody has it yet."""

    def run(self, calls: Sequence[CallAsked], expect: Literal["success", "failure"]) -> str | None:
        """See :meth:`simnet.providers.network.Network.submit`."""
        self._network = self.messenger.network
        self._end = self._network.now() + self.within
        self._what = calls_in_words(call for call, _ in calls)
        outcome = self._outcome(calls)
        if (outcome.error is None) != (expect == "success"):
            raise ExtrinsicError(ended_otherwise(self._what, outcome.chain, outcome.height, outcome.error))
        return outcome.error

    def _outcome(self, calls: Sequence[CallAsked]) -> Dispatched:
        origin = self.origin
        if isinstance(origin, Signed):
            return self._direct(calls, None)
        return (self._by_relay if self.messenger.root_by_relay(self.chain) else self._direct)(calls, origin)

    def _direct(self, calls: Sequence[CallAsked], origin: ByRoot | None) -> Dispatched:
        """By an extrinsic of the chain itself."""

        def compose(runtime: Calls) -> bytes:
            call = runtime.together(calls, self.batch)
            if origin is None:
                return call
            if isinstance(origin, OfAccount):
                return origin.by_sudo(runtime, call)
            return runtime.sudo(origin.wrap(runtime, call))

        uri = signer_of(self._network.topology, self.chain, self.origin)
        handed = self.messenger.hand_in_composed(
            calls, compose, chain=self.chain, uri=uri, before=self.before, written=self._written(calls)
        )
        record = self._included(handed, self.chain)
        if record.data.error is not None and isinstance(origin, Scheduled):
            raise self._never(self.chain, record.height, str(record.data.error))
        if record.data.error is not None:
            return Dispatched(self.chain, record.height, self._told(calls, record))
        if isinstance(origin, Scheduled):
            return self._scheduled(
                lambda evidence: [_place_of(evidence, one) for one in handed.pending.included(evidence)]
            )
        return Dispatched(self.chain, record.height, None)

    def _written(self, calls: Sequence[CallAsked]) -> Sequence[StorageWrite]:
        return self.entries or writes_of(calls, root=not isinstance(self.origin, Signed))

    def _told(self, calls: Sequence[CallAsked], record: Record[OurExtrinsic]) -> str:
        error = str(record.data.error)
        item = failed_item(self.messenger, record, calls, self.batch, self.origin)
        return error if item is None else f"{error.rstrip('.')}, in call {item + 1} of {len(calls)} ({calls[item][0]})"

    def _by_relay(self, calls: Sequence[CallAsked], origin: ByRoot) -> Dispatched:
        """By a message of the relay chain's root."""
        topic, names = self.messenger.topic_for(f"root of {self.chain}"), set[str]()

        def compose(relay: Calls) -> bytes:
            here = self.messenger.runtime(self.chain).calls
            call = origin.wrap(here, here.together(calls, self.batch))
            message = AsRoot.of(here, int(self.chain), call, topic)
            names.update(message.names(relay))
            return message.sent(relay)

        uri = self._network.topology.chain(RELAY).sudo
        handed = self.messenger.hand_in_composed(
            calls,
            compose,
            chain=RELAY,
            uri=uri,
            concerns=self.chain,
            before=self.before,
            written=self._written(calls),
        )
        record = self._included(handed, RELAY)
        if record.data.error is not None:
            raise self._never(RELAY, record.height, f"{record.data.error}, and nothing was sent")

        def arrived(evidence: Evidence) -> Iterator[Record[RuntimeEvent]]:
            return self._arrived(evidence, names)

        end = self._network.wait_until(
            lambda evidence: next(arrived(evidence), None),
            within=self._left(),
            what=f"the relay chain's message to dispatch {self._what} on {self.chain}",
        )
        place = _place_before(self._network.evidence, end)
        error = self._first_error(place)
        executed = end.data.name == "Processed" and end.data.fields.get("id") == "0x" + topic.hex()
        if error is None and not (executed and end.data.fields.get("success") is True):
            error = _why_not(self._network.evidence, end, "0x" + topic.hex())
        if error is not None and not (executed and not isinstance(origin, Scheduled)):
            raise self._never(self.chain, end.height, error)
        if isinstance(origin, Scheduled):
            return self._scheduled(lambda evidence: [_place_before(evidence, one) for one in arrived(evidence)])
        return Dispatched(self.chain, end.height, error)

    def _included(self, handed: HandedIn, chain: str) -> Record[OurExtrinsic]:
        return self._network.wait_until(
            handed.included, within=self._left(), what=f"{handed.what} to be in a block of {chain}"
        )

    def _arrived(self, evidence: Evidence, names: Collection[str]) -> Iterator[Record[RuntimeEvent]]:
        """The events that ended the message, one on each fork."""
        for event in evidence.all_events("MessageQueue", *_TERMINAL):
            if event.chain == self.chain and event.data.fields.get("id") in names:
                yield event

    def _scheduled(self, places: Callable[[Evidence], Sequence[_Place]]) -> Dispatched:
        """What the scheduler made of the task that was scheduled at one of these places, one on each fork."""
        end = self._network.wait_until(
            lambda evidence: _dispatched(evidence, places(evidence)),
            within=self._left(),
            what=f"the scheduler of {self.chain} to dispatch {self._what}",
        )
        inner = [one for one in _events_until(self._network.evidence, end) if one is not end]
        error = self._first_error(_Place(self.chain, str(end.hash), end.height, [*_since_task(inner), end]))
        if end.data.name in _NEVER:
            raise self._never(self.chain, end.height, f"{end.data.name} of the scheduler")
        return Dispatched(self.chain, end.height, error)

    def _never(self, chain: str, height: int | None, why: str) -> ExtrinsicError:
        """That calls did not come to be dispatched, which is no failure of their own that a step may expect."""
        told = f"{self._what} was not dispatched on {self.chain}"
        return ExtrinsicError(f"{told}: {why.rstrip('.')}, on {chain} in block {height}")

    def _first_error(self, place: _Place) -> str | None:
        """The first failure that events tell of."""
        metadata = self.messenger.runtime(place.chain).types.metadata
        return metadata.dispatch_error(one.data for one in place.events)

    def _left(self) -> float:
        return max(0.0, self._end - self._network.now())


def _place_of(evidence: Evidence, record: Record[OurExtrinsic]) -> _Place:
    """The events of an extrinsic."""
    chain, hash_ = str(record.chain), str(record.hash)
    events = [one for one in evidence.events.get((chain, hash_), ()) if one.data.extrinsic == record.data.index]
    return _Place(chain, hash_, record.height, events)


def _events_until(evidence: Evidence, end: Record[RuntimeEvent]) -> list[Record[RuntimeEvent]]:
    """The events outside of extrinsics in the block of one, up to that one."""
    events = evidence.events.get((str(end.chain), str(end.hash)), ())
    return [one for one in events if one.data.extrinsic is None and one.seq <= end.seq]


def _place_before(evidence: Evidence, end: Record[RuntimeEvent]) -> _Place:
    """The events of a message: from the end of the one before it in the block to its own."""
    events: list[Record[RuntimeEvent]] = []
    for one in _events_until(evidence, end):
        if one.data.pallet == "MessageQueue" and one is not end:
            events.clear()
        else:
            events.append(one)
    return _Place(str(end.chain), str(end.hash), end.height, events)


def _since_task(events: Sequence[Record[RuntimeEvent]]) -> Iterator[Record[RuntimeEvent]]:
    """The events after the last that another task of the scheduler ended with."""
    last = max((at for at, one in enumerate(events) if one.data.pallet == "Scheduler"), default=-1)
    yield from events[last + 1 :]


def _dispatched(evidence: Evidence, places: Sequence[_Place]) -> Record[RuntimeEvent] | None:
    """The event by which a task ended that was scheduled at one of these places, on the same fork."""
    scheduled = [
        (place, one.data.fields)
        for place in places
        for one in place.events
        if (one.data.pallet, one.data.name) == ("Scheduler", "Scheduled")
    ]
    for event in evidence.all_events("Scheduler", "Dispatched", *_NEVER):
        for place, task in scheduled:
            same = event.chain == place.chain and list(event.data.fields["task"]) == [task["when"], task["index"]]
            if same and evidence.is_ancestor(place.chain, place.hash, str(event.hash)):
                return event
    return None


def _why_not(evidence: Evidence, end: Record[RuntimeEvent], topic: str) -> str:
    """Why a message of that topic was not executed whole."""
    fields: Mapping[str, Any] = end.data.fields
    failed = evidence.message_log.failed.get((str(fields.get("id")), end.hash))
    error = fields.get("error") if failed is None else failed.data.fields.get("error")
    told = "" if error is None else f": {error if isinstance(error, str) else next(iter(error), error)}"
    refused = "" if fields.get("id") == topic else ", refused by the barrier before any of it was executed"
    success = " with success False" if end.data.name == "Processed" else ""
    return f"the relay chain's message ended in {end.data.name}{success}{told}{refused}"
