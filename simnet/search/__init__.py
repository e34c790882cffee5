"""Searching for the schedule that breaks a network: spaces of schedules, trials of one, exploration with Hypothesis,
campaigns of many explorations, and bundles of what they found.
"""

from simnet.search.bundle import Bundle, read_bundle, replay, write_bundle
from simnet.search.campaign import Campaign
from simnet.search.case_coverage import CaseCoverage, coverage_of
from simnet.search.exploring import Effort, Exploration, explore
from simnet.search.fork_server import ForkServer
from simnet.search.plan import SearchPlan, search_plan
from simnet.search.pool import DaskCluster, WorkerProcesses
from simnet.search.property import CaseFailed, assert_held
from simnet.search.space import Space
from simnet.search.space_file import load_space
from simnet.search.strategies import cases, loads, networks, schedules
from simnet.search.trial import Trial, run_trial

__all__ = [
    "Bundle",
    "Campaign",
    "CaseCoverage",
    "CaseFailed",
    "DaskCluster",
    "Effort",
    "Exploration",
    "ForkServer",
    "SearchPlan",
    "Space",
    "Trial",
    "WorkerProcesses",
    "assert_held",
    "cases",
    "coverage_of",
    "explore",
    "load_space",
    "loads",
    "networks",
    "read_bundle",
    "replay",
    "run_trial",
    "schedules",
    "search_plan",
    "write_bundle",
]
