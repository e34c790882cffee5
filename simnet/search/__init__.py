"""Searching for the schedule that breaks a network: spaces of schedules, trials of one, exploration with Hypothesis."""

from simnet.search.exploring import Effort, Exploration, explore
from simnet.search.property import CaseFailed, assert_held
from simnet.search.space import Space
from simnet.search.strategies import cases, loads, networks, schedules
from simnet.search.trial import Trial, run_trial

__all__ = [
    "CaseFailed", "Effort", "Exploration", "Space", "Trial", "assert_held", "cases", "explore", "loads", "networks",
    "run_trial", "schedules",
]  # fmt: skip
