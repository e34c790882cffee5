"""Nodes and what is read of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from simnet.journal._record_kinds import Kind, Reader
from simnet.journal.records._base import RecordData


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeUp(RecordData):
    """The process runs. A new incarnation begins after a wipe."""

    kind = Kind.NODE_UP

    image: str
    """Node image that it runs; empty for simulated nodes."""
    flags: Sequence[str]
    """What was added to its command line."""
    reason: str
    """Why it was started: ``launch``, ``joins late``, ``healed``, ``healed into a pause``, or the kind of the instant
    fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReady(RecordData):
    """Its RPC answers."""

    kind = Kind.NODE_READY

    version: str | None = None
    """Release of the node as the process says (``system_version``), such as ``1.25.1-0123abcd``; left out where nobody
    asked, as of simulated nodes, which are of none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDown(RecordData):
    """The process ended."""

    kind = Kind.NODE_DOWN

    intended: bool
    """Whether a fault or simnet ended it. False is a crash."""
    exit_code: int
    """What the process exited with; 128 and the signal's number where one ended it."""
    oom_killed: bool
    """Whether the kernel's out-of-memory killer ended the process."""
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
    """Other nodes of its chain to which it is connected, as `system_health` tells."""
    syncing: bool
    """Whether it is far behind what its peers have of its chain (``isSyncing``). It tells no heads then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysStored(RecordData):
    """The node's keystore has session keys that it did not begin with."""

    kind = Kind.KEYS

    how: Literal["made", "given"]
    """By the node's runtime (``author_rotateKeys``), or from outside (``author_insertKey``)."""
    keys: Mapping[str, str]
    """Public halves by key type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationGap(RecordData):
    """The observer could not watch this node, which was supposed to run."""

    kind = Kind.GAP

    start: float
    """Seconds since the run began when the last reading was."""
    end: float
    """Seconds since the run began when it could be read again."""
    reason: str
    """Why it could not be read, in words."""
    what: Reader = Reader.HEADS
    """Which reader read nothing; of heads where journals of earlier versions leave it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMatch(RecordData):
    """A line that an expectation asked for."""

    kind = Kind.LOG

    pattern: str
    """The expectation's regular expression that it matches."""
    line: str
    """The log line as the node wrote it, its first 2000 characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSample(RecordData):
    """A sample that an expectation asked for, or of no-shows."""

    kind = Kind.METRIC

    name: str
    """The metric's name, as the node exports it."""
    labels: Mapping[str, str]
    """Labels of the series with their values."""
    value: float
    """The sample, in the metric's own unit."""
