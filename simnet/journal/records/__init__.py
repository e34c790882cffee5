"""What each kind of record carries: one model for each, which the writer takes, readers ask, and the schema is made of.

Times are seconds since the run began; hashes and keys are ``0x`` hex; chains are ``relay`` or a parachain's id as text;
nodes are called by their names. A field with the default None is left out of the journal where it is None.
"""

from __future__ import annotations

from collections.abc import Mapping

from simnet.journal._record_kinds import Kind
from simnet.journal.records._asked_records import AskedKind, ReadingAsked, ValueRead
from simnet.journal.records._base import BY_KIND, JsonMapping, RecordData
from simnet.journal.records._chain_records import (
    BestHead,
    BlockSeen,
    CandidateJudged,
    ContentsRead,
    DisputeSeen,
    DisputeState,
    FinalizedHead,
    NoShow,
    PointsRead,
    RuntimeEvent,
    SeatsRead,
    SlotLost,
)
from simnet.journal.records._code_records import CodeRead, ParachainUpgrade, PvfVote, UpgradeAsked, UpgradePath
from simnet.journal.records._dry_run_records import DryRunAsked, DryRunOutcome
from simnet.journal.records._fault_records import (
    FaultApplied,
    FaultChanged,
    FaultFailed,
    FaultHealed,
    FaultObserved,
    StepDone,
    WindowDone,
)
from simnet.journal.records._message_records import MessageAsked, MessageSubmitted, OurExtrinsic, QueueRead
from simnet.journal.records._migration_records import (
    CodeCarried,
    KeyChanges,
    Migrated,
    MigrationStage,
    Separation,
    StorageVersions,
    UpgradeTried,
)
from simnet.journal.records._nodes import (
    KeysStored,
    LogMatch,
    MetricSample,
    NodeDown,
    NodePaused,
    NodeReady,
    NodeResumed,
    NodeUp,
    ObservationGap,
    PeerCount,
)
from simnet.journal.records._readings import ActTally, Reading
from simnet.journal.records._run import (
    Barrier,
    HostLate,
    Intervention,
    LimitMet,
    NetworkLaunched,
    PhaseTimed,
    RunEnded,
    RunStarted,
)

MODELS: Mapping[Kind, type[RecordData]] = {kind: BY_KIND[kind] for kind in Kind}
"""The model of each kind."""

__all__ = [
    "MODELS",
    "ActTally",
    "AskedKind",
    "Barrier",
    "BestHead",
    "BlockSeen",
    "CandidateJudged",
    "CodeCarried",
    "CodeRead",
    "ContentsRead",
    "DisputeSeen",
    "DisputeState",
    "DryRunAsked",
    "DryRunOutcome",
    "FaultApplied",
    "FaultChanged",
    "FaultFailed",
    "FaultHealed",
    "FaultObserved",
    "FinalizedHead",
    "HostLate",
    "Intervention",
    "JsonMapping",
    "KeyChanges",
    "KeysStored",
    "LimitMet",
    "LogMatch",
    "MessageAsked",
    "MessageSubmitted",
    "MetricSample",
    "Migrated",
    "MigrationStage",
    "NetworkLaunched",
    "NoShow",
    "NodeDown",
    "NodePaused",
    "NodeReady",
    "NodeResumed",
    "NodeUp",
    "ObservationGap",
    "OurExtrinsic",
    "ParachainUpgrade",
    "PeerCount",
    "PhaseTimed",
    "PointsRead",
    "PvfVote",
    "QueueRead",
    "Reading",
    "ReadingAsked",
    "RecordData",
    "RunEnded",
    "RunStarted",
    "RuntimeEvent",
    "SeatsRead",
    "Separation",
    "SlotLost",
    "StepDone",
    "StorageVersions",
    "UpgradeAsked",
    "UpgradePath",
    "UpgradeTried",
    "ValueRead",
    "WindowDone",
]
