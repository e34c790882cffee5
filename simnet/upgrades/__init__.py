"""Rehearsals of an upgrade before it goes live: the clean one, the standard faults around it, and the decision.

The clean upgrade comes first. On a provider that repeats a seed, its phases are where the others have their faults;
each of them says by its own phases whether it met its moment.
"""

from simnet.upgrades.course import Course, FaultSpan
from simnet.upgrades.decision import UpgradeDecision
from simnet.upgrades.ground import Ground, ground_of
from simnet.upgrades.rehearsed import NotRehearsed, Rehearsed
from simnet.upgrades.standard import STANDARD, StandardRehearsal
from simnet.upgrades.upgrade_rehearsal import UpgradeRehearsal

__all__ = [
    "STANDARD",
    "Course",
    "FaultSpan",
    "Ground",
    "NotRehearsed",
    "Rehearsed",
    "StandardRehearsal",
    "UpgradeDecision",
    "UpgradeRehearsal",
    "ground_of",
]
