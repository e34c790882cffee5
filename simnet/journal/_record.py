"""The journal's schema: one line of JSON per record, the kinds that there are and what each carries."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FORMAT = 1
"""Version of the schema; it is in the ``run.started`` record, and a reader refuses another."""


NO_SHOW_METRIC = "polkadot_parachain_approvals_no_shows_total"
"""Assignments that became no-shows, as each real node noticed them (polkadot-node-core-approval-voting lib.rs)."""


class Kind(StrEnum):
    """What a record says. ``data`` holds what is listed; times are seconds since the run began."""

    RUN_STARTED = "run.started"
    """format, run, scenario, provider, seed, steps (how many), versions {name: version}, started (wall time, ISO
    8601)."""
    NETWORK = "network"
    """The topology: relay, parachains, nodes [{name, chain, role, region, provider, authority}], channels; dishonest
    [nodes], which faults of an earlier run of the same network made so."""
    PHASE = "phase"
    """name, start, end: a part of starting or ending the network, so that time can be split by cause."""
    BARRIER = "barrier"
    """t0: channels open, parachains included, finality advancing. Liveness and schedules count from here. unregistered
    [parachains]: those that the relay chain did not know, so that they were not waited for."""
    STEP = "step"
    """index, verb, label, text, start, end, failure (text or null), conclusive: false when only the harness failed."""
    FAULT_APPLIED = "fault.applied"
    """id, name, fault, nodes, start, end: every effect read back between start and end."""
    FAULT_CHANGED = "fault.changed"
    """id, name, fault: its value was replaced while it lasted."""
    FAULT_OBSERVED = "fault.observed"
    """id, holds, readings [{what, asked, seen}]: what was measured while it lasted, or after it healed."""
    FAULT_HEALED = "fault.healed"
    """id, name, start, end."""
    FAULT_FAILED = "fault.failed"
    """id, name, why: it did not take hold, or did not heal."""
    NODE_UP = "node.up"
    """The process runs. image, flags, reason. A new incarnation begins after a wipe."""
    NODE_READY = "node.ready"
    """Its RPC answers."""
    NODE_DOWN = "node.down"
    """The process ended. intended, exit_code, oom_killed, log_tail [lines]."""
    NODE_PAUSED = "node.paused"
    NODE_RESUMED = "node.resumed"
    HEAD_BEST = "head.best"
    HEAD_FINALIZED = "head.finalized"
    BLOCK = "block"
    """A block, when any node first showed it. parent, author (node name or account), slot, claim, extrinsics."""
    CONTENTS = "contents"
    """That block's events, extrinsics and queues were read; their records precede this one. events: how many there
    were."""
    EVENT = "event"
    """A runtime event of that block. pallet, name, fields, extrinsic (index or null). One of an offence also has
    offenders {validator (node name, or account): kind}, of all reports of its kind and time slot so far."""
    POINTS = "points"
    """Reward points as the state of that block has them, added up since they were last handed over: of every relay
    block that is read, if the runtime counts points. points: {validator (node name, or account): points}, disabled
    [validators]."""
    SLOT_LOST = "slot.lost"
    """The observer was to author and made no block. slot, why. Simulated nodes only."""
    NO_SHOW = "approval.no_show"
    """A validator announced that it checks a candidate and did not approve it in time; recorded once, by the node that
    noticed first. validator, para, candidate (hash). The block is the one that included it. Simulated nodes only;
    real ones count theirs in a metric."""
    DISPUTE = "dispute"
    """The observer's view of a dispute, when the first node has it so. state (raised, confirmed, valid, invalid), para,
    candidate (hash), by (who raised it). The block is the one that included it. Simulated nodes only; the chain's own
    events tell of it on both."""
    PEERS = "peers"
    """count, syncing."""
    GAP = "observation_gap"
    """start, end, reason: the observer could not watch this node, which was supposed to run."""
    MESSAGE_SUBMITTED = "message.submitted"
    """id (XCM topic), label, index, sender, recipient, size (payload bytes), extrinsic (hash)."""
    EXTRINSIC = "extrinsic"
    """One of ours in a block. extrinsic (hash), index, success, error."""
    QUEUE = "queue"
    """A runtime's message queue at that block. queue, sender, recipient, count, bytes, ids [topics], mqc_head."""
    LOG = "log"
    """A line that an expectation asked for. pattern, line."""
    METRIC = "metric"
    """A sample that an expectation asked for, or of no-shows. name, labels, value."""
    HOST = "host"
    """The machine did not let the harness run in time. late: seconds."""
    RUN_ENDED = "run.ended"
    """outcome: finished, interrupted or failed; error."""


_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One fact. ``t`` is seconds since the run began, to the microsecond; ``observer`` the node or ``harness`` that
    saw it.

    ``incarnation`` counts a node's databases: a wipe starts the next one. ``height`` and ``hash`` name a block of
    ``chain``.
    """

    seq: int
    t: float
    observer: str
    incarnation: int
    chain: str | None
    height: int | None
    hash: str | None
    kind: Kind
    data: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        return _ENCODER.encode(
            {
                "seq": self.seq,
                "t": self.t,
                "observer": self.observer,
                "incarnation": self.incarnation,
                "chain": self.chain,
                "height": self.height,
                "hash": self.hash,
                "kind": self.kind.value,
                "data": self.data,
            }
        )

    @classmethod
    def from_json(cls, line: str) -> Record:
        """Raises ``ValueError`` or ``KeyError`` or ``TypeError`` for anything that is not a record."""
        raw = json.loads(line)
        return cls(**{**raw, "kind": Kind(raw["kind"])})
