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


class Reader(StrEnum):
    """What of a node is read, each by a reader of its own that can stop by itself."""

    HEADS = "heads"
    """Its JSON-RPC: heads, blocks, peers."""
    LOG = "log"
    METRICS = "metrics"


class Kind(StrEnum):
    """What a record says. ``data`` holds what is listed; times are seconds since the run began."""

    RUN_STARTED = "run.started"
    """format, run, scenario, provider, seed, steps (how many), versions {name: version}, started (wall time, ISO
    8601)."""
    NETWORK = "network"
    """The topology: relay, parachains, nodes [{name, chain, role, region, provider, authority}], channels; dishonesty
    [{node, cause, fault, slots, sessions}], what earlier runs of the same network made dishonest: when by relay slots
    and sessions, [first, last], the last null while it lasts; adjusted [texts], what of a genesis is otherwise than in
    the runtime's preset because the network could not be without."""
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
    """id, name, fault, nodes: its value was replaced while it lasted."""
    FAULT_OBSERVED = "fault.observed"
    """id, holds, readings [{what, asked, seen, holds}]: what was measured while it lasted, after it healed, or of an
    instant fault when it was over. Of each act of a byzantine node also act {node, act, occasions, used, first, last}:
    since the fault began, how often the node could do it and how often it did, and when (null when it never did); the
    latest reading counts. Of a snapshot also node and block, the highest one in the copy."""
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
    """A block, when any node first showed it. parent, slot, claim, and author: the node of that chain that has the key
    which sealed it (of twins the one that is no twin), else the key, null where the set of authorities is not known."""
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
    SEATS = "seats"
    """Who has the seats of the relay chain's session at that block: at t0 of the newest finalized one, by the harness,
    and of each that is the first of another set. session, seats [node, or key (0x hex) of which no node is known] by
    their indices, without_seat [validators that the network lists and that have none; twins, which share one, are left
    out]; where fewer validators are active than have a seat also active [indices of their seats], once a session."""
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
    CANDIDATE = "candidate"
    """What ``validate_block`` makes of a candidate: para, candidate (hash), judged (valid, refused or not judged), why,
    included. The block includes it, as the first node to have that tells; or it is the candidate's relay parent, when
    the first validator refuses one. Simulated nodes only: simnet executes no real ones' candidates."""
    LIMIT = "limit"
    """The run met something that is not simulated, told once for each chain that it concerns. limit (its name in
    simnet.checks.limits), what. Simulated nodes only."""
    PEERS = "peers"
    """count, syncing; after each start, when they change, and once more when a run ends, so that a node with nothing
    new to show is seen to be watched."""
    GAP = "observation_gap"
    """start, end, reason, what: the observer could not watch this node, which was supposed to run. what: heads (its
    JSON-RPC), log or metrics; heads where it is left out, as in journals of earlier versions."""
    MESSAGE_ASKED = "message.asked"
    """The time of a message of a ``send`` step has come. id (XCM topic), label, index, sender, recipient, size (payload
    bytes)."""
    MESSAGE_SUBMITTED = "message.submitted"
    """That message was signed and handed to nodes of its sender, all of it again, and extrinsic (hash)."""
    EXTRINSIC = "extrinsic"
    """One of ours in a block. extrinsic (hash), index, success, error."""
    QUEUE = "queue"
    """A runtime's message queue at that block. queue, sender, recipient, count, bytes, ids [topics, in the queue's
    order], mqc_head; closed: true where the relay chain has no such channel or no such parachain."""
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
    def from_json(cls, line: str | bytes) -> Record:
        """Raises ``ValueError`` or ``KeyError`` or ``TypeError`` for anything that is not a record."""
        raw = json.loads(line)
        found = cls(**{**raw, "kind": Kind(raw["kind"])})
        for value, type_ in ((found.seq, int), (found.t, (int, float)), (found.data, dict)):
            if not isinstance(value, type_):
                raise TypeError(f"{value!r} stands where a record has {type_}")
        return found
