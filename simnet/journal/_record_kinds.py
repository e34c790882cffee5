"""The kinds of records that there are, and what is read of a node."""

from __future__ import annotations

from enum import StrEnum


class Reader(StrEnum):
    """What of a node is read, each by a reader of its own that can stop by itself."""

    HEADS = "heads"
    """Its JSON-RPC: heads, blocks, peers."""
    LOG = "log"
    METRICS = "metrics"


class Kind(StrEnum):
    """What a record says; :data:`simnet.journal.records.MODELS` has what each carries."""

    RUN_STARTED = "run.started"
    NETWORK = "network"
    PHASE = "phase"
    BARRIER = "barrier"
    HOST = "host"
    LIMIT = "limit"
    RUN_ENDED = "run.ended"
    STEP = "step"
    WINDOW = "window"
    FAULT_APPLIED = "fault.applied"
    FAULT_CHANGED = "fault.changed"
    FAULT_OBSERVED = "fault.observed"
    FAULT_HEALED = "fault.healed"
    FAULT_FAILED = "fault.failed"
    NODE_UP = "node.up"
    NODE_READY = "node.ready"
    NODE_DOWN = "node.down"
    NODE_PAUSED = "node.paused"
    NODE_RESUMED = "node.resumed"
    KEYS = "keys"
    PEERS = "peers"
    GAP = "observation_gap"
    LOG = "log"
    METRIC = "metric"
    HEAD_BEST = "head.best"
    HEAD_FINALIZED = "head.finalized"
    BLOCK = "block"
    CONTENTS = "contents"
    EVENT = "event"
    CODE = "code"
    UPGRADE = "upgrade"
    PVF_VOTE = "pvf.vote"
    PARA_UPGRADE = "para.upgrade"
    POINTS = "points"
    SEATS = "seats"
    SLOT_LOST = "slot.lost"
    NO_SHOW = "approval.no_show"
    DISPUTE = "dispute"
    CANDIDATE = "candidate"
    MESSAGE_ASKED = "message.asked"
    MESSAGE_SUBMITTED = "message.submitted"
    EXTRINSIC = "extrinsic"
    QUEUE = "queue"
