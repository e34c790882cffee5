"""Hypothesis strategies for what a search varies: whole cases, schedules of faults, networks and loads.

What is simpler comes first everywhere, so that failures shrink to fewer, shorter, weaker faults at rounder times.
"""

from simnet.search.strategies._cases import at_moment, case, cases, upgrades_of
from simnet.search.strategies._drawn_faults import drawn_kinds
from simnet.search.strategies._loads import loads
from simnet.search.strategies._networks import networks
from simnet.search.strategies._schedules import schedules

__all__ = ["at_moment", "case", "cases", "drawn_kinds", "loads", "networks", "schedules", "upgrades_of"]
