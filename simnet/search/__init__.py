"""Searching for the schedule that breaks a network: spaces of schedules, trials of one, exploration with Hypothesis,
campaigns of many explorations, and bundles of what they found.
"""

from simnet.search.bundle import Bundle, read_bundle, replay, write_bundle
from simnet.search.campaign import Campaign
from simnet.search.case_coverage import CaseCoverage, coverage_of
from simnet.search.exploring import Effort, Exploration, explore
from simnet.search.fork_server import ForkServer
from simnet.search.property import CaseFailed, assert_held
from simnet.search.space import Space
from simnet.search.strategies import cases, loads, networks, schedules
from simnet.search.trial import Trial, run_trial

__all__ = [
    "Bundle",
    "Campaign",
    "CaseCoverage",
    "CaseFailed",
    "Effort",
    "Exploration",
    "ForkServer",
    "Space",
    "Trial",
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
