"""Writes scenarios as YAML that loads back to the same: stored runs, shrunk schedules."""

from __future__ import annotations

from simnet.scenario._as_data import to_data
from simnet.scenario._yaml import write_yaml
from simnet.scenario.scenario import Scenario

__all__ = ["save_scenario", "to_data", "write_yaml"]


def save_scenario(scenario: Scenario) -> str:
    """The scenario as YAML: only what differs from the defaults, durations with units, the network written out.

    :func:`~simnet.scenario.loader.load_scenario` reads it back as an equal scenario. Raises :class:`InputError` for a
    value that a file cannot hold, such as an endless duration.
    """
    return write_yaml(to_data(scenario))
