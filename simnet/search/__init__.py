"""Searching for the schedule that breaks a network: spaces of schedules, trials of one, exploration with Hypothesis,
campaigns of many explorations, and bundles of what they found.
"""

from simnet.search.bundle import Bundle, read_bundle, replay, write_bundle
from simnet.search.campaign import Campaign
from simnet.search.coverage import Coverage, coverage_of
from simnet.search.exploring import Effort, Exploration, explore
from simnet.search.property import CaseFailed, assert_held
from simnet.search.space import Space
from simnet.search.strategies import cases, loads, networks, schedules
from simnet.search.trial import Trial, run_trial
from simnet.search.warm import Warm

__all__ = [
    "Bundle",
    "Campaign",
    "CaseFailed",
    "Coverage",
    "Effort",
    "Exploration",
    "Space",
    "Trial",
    "Warm",
    "assert_held",
    "cases",
    "coverage_of",
    "explore",
    "loads",
    "networks",
    "read_bundle",
    "replay",
    "run_trial",
    "schedules",
    "write_bundle",
]
