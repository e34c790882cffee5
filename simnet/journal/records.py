"""What each kind of record carries: one model for each, which the writer takes, readers ask, and the schema is made of.

Times are seconds since the run began; hashes and keys are ``0x`` hex; chains are ``relay`` or a parachain's id as text;
nodes are called by their names. A field with the default None is left out of the journal where it is None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict

from simnet.journal._kinds import Kind, Reader
from simnet.network.topology import Chain, Channel, Node

Json = Mapping[str, Any]

DisputeState = Literal["raised", "confirmed", "valid", "invalid"]
"""Active, confirmed, concluded for and concluded against the candidate, in a node's own terms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordData:
    """Base of what records carry."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)

    kind: ClassVar[Kind]

    def as_data(self) -> dict[str, Any]:
        """The fields as the journal has them, in their order."""
        data = {}
        for name, optional in _written(type(self)):
            value = getattr(self, name)
            if value is not None or not optional:
                data[name] = value
        return data


_WRITTEN: dict[type[RecordData], tuple[tuple[str, bool], ...]] = {}


def _written(model: type[RecordData]) -> tuple[tuple[str, bool], ...]:
    """The names of a model's fields, and which are left out where they are None."""
    found = _WRITTEN.get(model)
    if found is None:
        found = _WRITTEN[model] = tuple((field.name, field.default is None) for field in fields(model))
    return found


# -- the run and its network ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(RecordData):
    """The first record of a journal."""

    kind = Kind.RUN_STARTED

    format: int
    """Version of the journal's schema."""
    run: str
    scenario: str
    provider: str
    seed: int
    steps: int
    """How many the scenario has."""
    versions: Mapping[str, Any]
    """Of simnet, Python and what else the run rests on, by name."""
    started: str
    """Wall time, ISO 8601."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkLaunched(RecordData):
    """The topology, and what the network is made of."""

    kind = Kind.NETWORK

    relay: Chain
    parachains: Sequence[Chain]
    nodes: Sequence[Node]
    channels: Sequence[Channel]
    adjusted: Sequence[str] | None = None
    """What of a genesis is otherwise than in the runtime's preset because the network could not be without."""
    defects: Sequence[str] | None = None
    """Bugs that were planted in simulated nodes."""
    addresses: Mapping[str, str] | None = None
    """Of real nodes, by name."""
    images: Mapping[str, str]
    """Digests of node images by name; none of simulated nodes."""
    runtimes: Mapping[str, str]
    """SHA-256 of bundled runtimes by name."""
    dishonesty: Sequence[Json] | None = None
    """What earlier runs of the same network made dishonest: ``node``, ``cause``, ``fault``, and when by relay ``slots``
    and ``sessions``, first and last, the last null while it lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseTimed(RecordData):
    """A part of starting or ending the network, so that time can be split by cause."""

    kind = Kind.PHASE

    name: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier(RecordData):
    """t0: channels open, parachains included, finality advancing. Liveness and schedules count from here."""

    kind = Kind.BARRIER

    unregistered: Sequence[str] | None = None
    """Parachains that the relay chain did not know, so that they were not waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLate(RecordData):
    """The machine did not let the harness run in time."""

    kind = Kind.HOST

    late: float
    """Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitMet(RecordData):
    """The run met something that is not simulated, told once for each chain that it concerns."""

    kind = Kind.LIMIT

    limit: str
    """Its name in :mod:`simnet.checks.limits`."""
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(RecordData):
    """The last record of a journal."""

    kind = Kind.RUN_ENDED

    outcome: str
    """``finished``, ``interrupted`` or ``failed``."""
    error: str | None


# -- steps and faults -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone(RecordData):
    """A step of the scenario is over."""

    kind = Kind.STEP

    index: int
    verb: str
    label: str | None
    text: str
    start: float
    end: float
    failure: str | None
    conclusive: bool
    """False when only the harness failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultApplied(RecordData):
    """Every effect was read back between start and end."""

    kind = Kind.FAULT_APPLIED

    id: int
    name: str
    fault: Json
    """Its kind and the fields that differ from their defaults."""
    nodes: Sequence[str]
    """On which it acts."""
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultChanged(RecordData):
    """Its value was replaced while it lasted."""

    kind = Kind.FAULT_CHANGED

    id: int
    name: str
    fault: Json
    nodes: Sequence[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultObserved(RecordData):
    """What was measured of a fault while it lasted, after it healed, or of an instant fault when it was over."""

    kind = Kind.FAULT_OBSERVED

    id: int
    holds: bool
    readings: Sequence[Json]
    """``what``, ``asked``, ``seen``, ``holds``. Of each act of a byzantine node also ``act`` {node, act, occasions,
    used, first, last}: since the fault began, how often the node could do it and how often it did, and when (null when
    it never did); the latest reading counts. Of a snapshot also ``node`` and ``block``, the highest one in the copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultHealed(RecordData):
    """It acts no more."""

    kind = Kind.FAULT_HEALED

    id: int
    name: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultFailed(RecordData):
    """It did not take hold, or did not heal."""

    kind = Kind.FAULT_FAILED

    id: int
    name: str
    why: str


# -- nodes ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeUp(RecordData):
    """The process runs. A new incarnation begins after a wipe."""

    kind = Kind.NODE_UP

    image: str
    flags: Sequence[str]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReady(RecordData):
    """Its RPC answers."""

    kind = Kind.NODE_READY


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDown(RecordData):
    """The process ended."""

    kind = Kind.NODE_DOWN

    intended: bool
    exit_code: int
    oom_killed: bool
    log_tail: Sequence[str]
    """Its log's last lines, of one that ended by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePaused(RecordData):
    """The process is frozen."""

    kind = Kind.NODE_PAUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeResumed(RecordData):
    """It goes on."""

    kind = Kind.NODE_RESUMED


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerCount(RecordData):
    """After each start, when they change, and once more when a run ends, so that a node with nothing new to show is
    seen to be watched."""

    kind = Kind.PEERS

    count: int
    syncing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationGap(RecordData):
    """The observer could not watch this node, which was supposed to run."""

    kind = Kind.GAP

    start: float
    end: float
    reason: str
    what: Reader = Reader.HEADS
    """Which reader read nothing; of heads where journals of earlier versions leave it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMatch(RecordData):
    """A line that an expectation asked for."""

    kind = Kind.LOG

    pattern: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSample(RecordData):
    """A sample that an expectation asked for, or of no-shows."""

    kind = Kind.METRIC

    name: str
    labels: Mapping[str, str]
    value: float


# -- chains -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BestHead(RecordData):
    """The observer calls this block its best."""

    kind = Kind.HEAD_BEST


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalizedHead(RecordData):
    """The observer finalized this block."""

    kind = Kind.HEAD_FINALIZED


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSeen(RecordData):
    """A block, when any node first showed it."""

    kind = Kind.BLOCK

    parent: str
    author: str | None = None
    """The node of that chain that has the key which sealed it (of twins the one that is no twin), else the key; left
    out where the set of authorities is not known."""
    slot: int | None = None
    claim: str | None = None
    """By which right a relay block's author had its slot: ``primary``, ``secondary_plain`` or ``secondary_vrf``; of any
    block why that could not be read."""
    relay_parent: int | None = None
    """Of a parachain's block: the height of the relay block that it was built on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentsRead(RecordData):
    """That block's events, extrinsics and queues were read; their records precede this one."""

    kind = Kind.CONTENTS

    events: int
    """How many there were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeEvent(RecordData):
    """A runtime event of that block."""

    kind = Kind.EVENT

    pallet: str
    name: str
    fields: Json
    extrinsic: int | None
    """Index of the extrinsic that was applied; null in other phases."""
    offenders: Mapping[str, str] | None = None
    """Of an offence: its kind by validator (node name, or account), of all reports of its kind and time slot so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRead(RecordData):
    """Reward points as the state of that block has them, added up since they were last handed over: of every relay
    block that is read, if the runtime counts points."""

    kind = Kind.POINTS

    points: Mapping[str, int]
    """By validator: a node's name, or an account."""
    disabled: Sequence[str]
    """Validators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatsRead(RecordData):
    """Who has the seats of the relay chain's session at that block: at t0 of the newest finalized one, by the harness,
    and of each that is the first of another set."""

    kind = Kind.SEATS

    session: int
    seats: Sequence[str]
    """By their indices: a node, or a key of which no node is known."""
    without_seat: Sequence[str]
    """Validators that the network lists and that have none; twins, which share one, are left out."""
    active: Sequence[int] | None = None
    """Indices of the seats that are active, once a session, where fewer are active than there are seats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotLost(RecordData):
    """The observer was to author and made no block. Simulated nodes only."""

    kind = Kind.SLOT_LOST

    slot: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoShow(RecordData):
    """A validator announced that it checks a candidate and did not approve it in time; recorded once, by the node that
    noticed first. The block is the one that included it. Simulated nodes only; real ones count theirs in a metric."""

    kind = Kind.NO_SHOW

    validator: str
    para: int
    candidate: str
    """Its hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeSeen(RecordData):
    """The observer's view of a dispute, when the first node has it so. The block is the one that included the
    candidate. Simulated nodes only; the chain's own events tell of it on both."""

    kind = Kind.DISPUTE

    state: DisputeState
    para: int
    candidate: str
    """Its hash."""
    by: str
    """Who raised it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateJudged(RecordData):
    """What ``validate_block`` makes of a candidate. The block includes it, as the first node to have that tells; or it
    is the candidate's relay parent, when the first validator refuses one. Simulated nodes only: simnet executes no real
    ones' candidates."""

    kind = Kind.CANDIDATE

    para: int
    candidate: str
    """Its hash."""
    judged: Literal["valid", "refused", "not judged"]
    why: str | None
    included: bool


# -- messages ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAsked(RecordData):
    """The time of a message of a ``send`` step has come."""

    kind = Kind.MESSAGE_ASKED

    id: str
    """Its XCM topic."""
    label: str
    index: int
    sender: str
    recipient: str
    size: int
    """Bytes of payload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSubmitted(RecordData):
    """That message was signed and handed to nodes of its sender."""

    kind = Kind.MESSAGE_SUBMITTED

    id: str
    label: str
    index: int
    sender: str
    recipient: str
    size: int
    extrinsic: str
    """Hash of the extrinsic that sends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OurExtrinsic(RecordData):
    """An extrinsic of simnet's own in that block."""

    kind = Kind.EXTRINSIC

    extrinsic: str
    """Its hash."""
    index: int
    success: bool
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRead(RecordData):
    """A runtime's message queue at that block."""

    kind = Kind.QUEUE

    queue: str
    sender: str
    recipient: str
    count: int
    bytes: int
    capacity: int | None = None
    max_bytes: int | None = None
    """Of an HRMP channel: messages and bytes that it may hold."""
    ids: Sequence[str]
    """Topics, in the queue's order."""
    mqc_head: str | None = None
    """Head of the hash chain of an HRMP channel, null before its first message."""
    closed: bool | None = None
    """True where the relay chain has no such channel or no such parachain."""

    def as_data(self) -> dict[str, Any]:
        data = RecordData.as_data(self)
        return data if self.capacity is None else data | {"mqc_head": self.mqc_head}


MODELS: Mapping[Kind, type[RecordData]] = {
    model.kind: model
    for model in tuple(vars().values())
    if isinstance(model, type) and issubclass(model, RecordData) and model is not RecordData
}
"""The model of each kind."""
