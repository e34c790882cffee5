"""The run and its network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from simnet.journal._record_kinds import Kind
from simnet.journal.records._base import JsonMapping, RecordData
from simnet.network.topology import Chain, Channel, Node, Topology


def _a_dishonesty(data: JsonMapping) -> JsonMapping:
    """The data of a time in which a node was dishonest."""
    names = ("node", "cause", "fault", *(name for name in ("key", "key_type") if name in data))
    wrong = [name for name in names if not isinstance(data.get(name), str)]
    wrong += [name for name in ("slots", "sessions") if not _is_span(data.get(name))]
    if wrong or data.keys() - {*names, "slots", "sessions"}:
        raise ValueError(f"not what makes a node dishonest: {', '.join(wrong) or 'it has more than that'}")
    return data


def _is_span(ends: Any) -> bool:
    """Whether it is a first and a last number, the last maybe null."""
    if not isinstance(ends, list | tuple) or len(ends) != 2:
        return False
    return type(ends[0]) is int and (ends[1] is None or type(ends[1]) is int)


DishonestyData = Annotated[JsonMapping, AfterValidator(_a_dishonesty)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(RecordData):
    """The first record of a journal."""

    kind = Kind.RUN_STARTED

    format: int
    """Version of the journal's schema; a reader refuses another one."""
    run: str
    """Id of the run, by which its folder and what it made on an engine are named."""
    scenario: str
    """Name of the scenario; of a test the name that its report has."""
    provider: str
    """Where it ran: `simulated`, `docker`, or what another distribution brings."""
    seed: int
    """Whole number from which everything random was taken."""
    steps: int
    """How many steps the scenario has, all verbs counted."""
    versions: Mapping[str, Any]
    """Of simnet, Python and what else the run rests on, by name."""
    started: str
    """Wall time, ISO 8601; the epoch of virtual time when simulated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkLaunched(RecordData):
    """The topology, and what the network is made of."""

    kind = Kind.NETWORK

    relay: Chain
    """The relay chain, with its runtime and what is laid over genesis."""
    parachains: Sequence[Chain]
    """Every parachain, those included that a step onboards later."""
    nodes: Sequence[Node]
    """Every node in the file's order, those included that join late."""
    channels: Sequence[Channel]
    """HRMP channels that simnet opens before the barrier t0, each one way."""
    adjusted: Sequence[str] | None = None
    """What of a genesis is otherwise than in the runtime's preset because the network could not be without. Left out:
    nothing."""
    defects: Sequence[str] | None = None
    """Bugs that were planted in simulated nodes, by name. Left out: none."""
    addresses: Mapping[str, str] | None = None
    """IPv4 addresses of real nodes, by name. Left out of simulated runs."""
    images: Mapping[str, str]
    """Digests of node images by name; none of simulated nodes."""
    runtimes: Mapping[str, str]
    """SHA-256 of bundled runtimes by name."""
    tokens: Mapping[str, Mapping[str, int]] | None = None
    """Decimals of chains' tokens by chain and symbol, where a chain spec tells them. Left out: none does."""
    dishonesty: Sequence[DishonestyData] | None = None
    """What earlier runs of the same network made dishonest: ``node``, ``cause``, ``fault``, and when by relay ``slots``
    and ``sessions``, first and last, the last null while it lasts. Left out: nothing did."""

    @property
    def topology(self) -> Topology:
        """As a value, for selecting nodes."""
        return Topology(
            relay=self.relay,
            parachains=tuple(self.parachains),
            nodes=tuple(self.nodes),
            channels=tuple(self.channels),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseTimed(RecordData):
    """A part of starting or ending the network, so that time can be split by cause."""

    kind = Kind.PHASE

    name: str
    """What was done: ``genesis``, ``images``, ``specs``, ``sandboxes``, ``nodes``, ``channels open`` and the like."""
    start: float
    """Seconds since the run began."""
    end: float
    """Seconds since the run began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier(RecordData):
    """t0: channels open, parachains included, finality advancing. Liveness and schedules count from here."""

    kind = Kind.BARRIER

    unregistered: Sequence[str] | None = None
    """Parachains that the relay chain did not know, so that they were not waited for. Left out: it knew all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostLate(RecordData):
    """The machine did not let the harness run in time."""

    kind = Kind.HOST

    late: float
    """Seconds by which it came too late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitMet(RecordData):
    """The run met something that is not simulated, told once for each chain that it concerns."""

    kind = Kind.LIMIT

    limit: str
    """Its name in :mod:`simnet.checks.limits`."""
    what: str
    """What of the run showed that the limit matters, in words for people."""


def _an_item(data: JsonMapping) -> JsonMapping:
    """What an intervention writes."""
    named = data.keys() == {"item", "keys", "value"} and isinstance(data["item"], str)
    if not named or not isinstance(data["keys"], list | tuple):
        raise ValueError("not an entry of storage, which has an item, a list of keys and a value")
    return data


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention(RecordData):
    """Simnet was asked to change a chain's state otherwise than its users can, and handed in what does so; the verdict
    lists it. What became of it the extrinsic's own record and the step tell. Of a ``block`` it is about the first that
    did it."""

    kind = Kind.INTERVENTION

    what: str
    """Which chain's state, and how it is changed, in words for people."""
    items: Sequence[Annotated[JsonMapping, AfterValidator(_an_item)]]
    """Entries of storage: ``item``, as `Pallet.Item` or a raw key (0x hex); ``keys``, the parts of a map's key; and
    ``value``, null for one that is removed; as they were written."""
    how: Literal["sudo", "relay root", "block"]
    """By whose root: that of the chain's own Sudo, or the relay chain's by a message. ``block``: by no call, in the
    next block of a simulated relay chain whose root cannot be had."""
    extrinsic: str | None
    """Hash of the signed extrinsic, 0x hex; null of a block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(RecordData):
    """The last record of a journal."""

    kind = Kind.RUN_ENDED

    outcome: str
    """How: ``finished``, ``interrupted`` or ``failed``."""
    error: str | None
    """Why the harness could not go on; null where it could."""
    digests: Mapping[str, str] | None = None
    """SHA-256 of what the run was made of: ``scenario`` of the file ``scenario.yaml``, ``network`` of that part of it
    as JSON with sorted keys, ``runtime NAME`` of each. Left out of journals of earlier versions."""
    mistaken: bool | None = None
    """True where the input was wrong in what shows only after the launch began, such as an image that is not to be had.
    Left out where it was not."""
