"""What must hold: checks that a scenario asks for, and the invariants that hold in every run.

All judge a journal's evidence only, so a stored run can be judged again.
"""

from simnet.checks._base import Check, Finding, Interval, Status, Unjudgeable
from simnet.checks.finality import FinalityAdvances, FinalityLag, FinalityStalls

KINDS: dict[str, type[Check]] = {check.kind: check for check in (FinalityAdvances, FinalityStalls, FinalityLag)}
"""Every check by the name that it has in a scenario file."""

__all__ = [
    "KINDS", "Check", "FinalityAdvances", "FinalityLag", "FinalityStalls", "Finding", "Interval", "Status",
    "Unjudgeable",
]  # fmt: skip
