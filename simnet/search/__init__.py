"""Searching for the schedule that breaks a network: spaces of schedules, trials of one, exploration with Hypothesis."""

from simnet.search.space import Space
from simnet.search.trial import Trial, run_trial

__all__ = ["Space", "Trial", "run_trial"]
