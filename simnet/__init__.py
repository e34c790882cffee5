"""Rehearse what can go wrong in a Polkadot network before it goes wrong.

What a suite needs most: `rehearse` runs a `Scenario` to its `Verdict`, on a provider that `simnet.providers` gives by its
name; faults are in `simnet.faults`, checks in `simnet.checks`. Names are imported when first used, since pytest loads
this package's plugin in every run.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simnet.checks import Finding, Status
    from simnet.checks.verdict import Verdict, judge
    from simnet.errors import SimnetError
    from simnet.rehearsal import Options, Outcome, judge_folder, rehearse
    from simnet.scenario import NetworkSpec, Scenario, Step, load_network, load_scenario

_HOMES = {
    "Finding": "simnet.checks",
    "NetworkSpec": "simnet.scenario",
    "Options": "simnet.rehearsal",
    "Outcome": "simnet.rehearsal",
    "Scenario": "simnet.scenario",
    "SimnetError": "simnet.errors",
    "Status": "simnet.checks",
    "Step": "simnet.scenario",
    "Verdict": "simnet.checks.verdict",
    "judge": "simnet.checks.verdict",
    "judge_folder": "simnet.rehearsal",
    "load_network": "simnet.scenario",
    "load_scenario": "simnet.scenario",
    "rehearse": "simnet.rehearsal",
}

__all__ = [
    "Finding", "NetworkSpec", "Options", "Outcome", "Scenario", "SimnetError", "Status", "Step", "Verdict", "judge",
    "judge_folder", "load_network", "load_scenario", "rehearse",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'simnet' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
