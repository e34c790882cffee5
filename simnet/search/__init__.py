"""Searching for the schedule that breaks a network: spaces of schedules, trials of one, exploration with Hypothesis."""

from simnet.search.exploring import Effort, Exploration, explore
from simnet.search.space import Space
from simnet.search.strategies import cases, schedules
from simnet.search.trial import Trial, run_trial

__all__ = ["Effort", "Exploration", "Space", "Trial", "cases", "explore", "run_trial", "schedules"]
