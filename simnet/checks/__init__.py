"""What must hold: checks that a scenario asks for, and the invariants that hold in every run.

All judge a journal's evidence only, so a stored run can be judged again. One module per subject: finality, blocks,
chain (sessions, peers, offences), parachains, messages, observed (logs, metrics).
"""

from simnet.checks._base import Check, Finding, Interval, Status, Unjudgeable
from simnet.checks.blocks import BlocksAdvance, BlocksAuthored, Forks, OneChain, Reorganisations
from simnet.checks.chain import Offences, Peers, Sessions
from simnet.checks.finality import FinalityAdvances, FinalityLag, FinalityStalls
from simnet.checks.messages import ChannelFilled, Messages
from simnet.checks.observed import LogLines, MetricValue
from simnet.checks.parachains import ParachainIncluded

KINDS: dict[str, type[Check]] = {
    check.kind: check
    for check in (
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
        Offences,
        ParachainIncluded,
        Messages,
        ChannelFilled,
        LogLines,
        MetricValue,
    )
}
"""Every check by the name that it has in a scenario file."""

__all__ = [
    "KINDS", "BlocksAdvance", "BlocksAuthored", "ChannelFilled", "Check", "FinalityAdvances", "FinalityLag",
    "FinalityStalls", "Finding", "Forks", "Interval", "LogLines", "Messages", "MetricValue", "Offences", "OneChain",
    "ParachainIncluded", "Peers", "Reorganisations", "Sessions", "Status", "Unjudgeable",
]  # fmt: skip
