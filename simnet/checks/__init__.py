"""What must hold: checks that a scenario asks for, and the invariants that hold in every run.

All judge a journal's evidence only, so a stored run can be judged again. One module per subject: finality, blocks,
chain (sessions, peers), validators (points, disabled, no-shows), offences (and disputes), parachains, cadence,
messages, events, state (storage, runtime APIs, balances), observed (logs, metrics), upgrades, versions (of nodes).
"""

from simnet.checks._check import Check, Finding, Interval, Status, Unjudgeable, judged_nodes
from simnet.checks.blocks import BlocksAdvance, BlocksAuthored, Forks, OneChain, Reorganisations
from simnet.checks.cadence import Cadence
from simnet.checks.chain import Peers, Sessions
from simnet.checks.conserved import Conserved
from simnet.checks.events import EventPattern, Events
from simnet.checks.finality import FinalityAdvances, FinalityLag, FinalityStalls
from simnet.checks.messages import ChannelFilled, Messages
from simnet.checks.migrations import Migration
from simnet.checks.observed import LogLines, MetricValue
from simnet.checks.offences import Disputes, Offences
from simnet.checks.parachains import CandidatesTimedOut, ParachainIncluded
from simnet.checks.pre_checking_votes import PvfVotes
from simnet.checks.state import Balance, RuntimeApi, Storage
from simnet.checks.upgrades import Upgraded
from simnet.checks.validators import Disabled, NoShows, Points
from simnet.checks.versions import NodeVersions
from simnet.extensions import CHECKS, Kinds

KINDS: Kinds[Check] = Kinds(
    CHECKS,
    Check,
    (
        FinalityAdvances,
        FinalityStalls,
        FinalityLag,
        BlocksAuthored,
        BlocksAdvance,
        Forks,
        Reorganisations,
        OneChain,
        Sessions,
        Peers,
        Points,
        Disabled,
        NoShows,
        Offences,
        Disputes,
        ParachainIncluded,
        Cadence,
        CandidatesTimedOut,
        Messages,
        ChannelFilled,
        Events,
        Storage,
        RuntimeApi,
        Balance,
        Conserved,
        LogLines,
        MetricValue,
        Upgraded,
        PvfVotes,
        Migration,
        NodeVersions,
    ),
)
"""Every check by the name that it has in a scenario file: simnet's own, then what other distributions bring by entry
points."""

__all__ = [
    "KINDS",
    "Balance",
    "BlocksAdvance",
    "BlocksAuthored",
    "Cadence",
    "CandidatesTimedOut",
    "ChannelFilled",
    "Check",
    "Conserved",
    "Disabled",
    "Disputes",
    "EventPattern",
    "Events",
    "FinalityAdvances",
    "FinalityLag",
    "FinalityStalls",
    "Finding",
    "Forks",
    "Interval",
    "LogLines",
    "Messages",
    "MetricValue",
    "Migration",
    "NoShows",
    "NodeVersions",
    "Offences",
    "OneChain",
    "ParachainIncluded",
    "Peers",
    "Points",
    "PvfVotes",
    "Reorganisations",
    "RuntimeApi",
    "Sessions",
    "Status",
    "Storage",
    "Unjudgeable",
    "Upgraded",
    "judged_nodes",
]
