"""What is searched: a network, its load, what must hold, and which faults may come how close together."""

from __future__ import annotations

from pydantic import Field

from simnet.faults import KINDS
from simnet.scenario import Scenario
from simnet.scenario.network_spec import Model

FAULTS = ("stop", "kill", "pause", "outage", "restart", "wipe", "partition", "isolate", "one_way_cut", "degrade")
"""Kinds that a search draws from when it is not told otherwise."""


class Space(Model):
    """All cases of a search. Times in seconds.

    A case is a scenario: ``base`` with a schedule of windows laid over it, which begin after the barrier t0. ``base``
    has the load as steps and what must hold as expectations; invariants are judged unasked.
    """

    base: Scenario
    kinds: tuple[str, ...] = FAULTS
    most: int = Field(default=3, ge=1, description="Windows of a schedule at most.")
    length: float = Field(default=600.0, gt=0, description="Seconds from the barrier to the end of a case.")
    longest: float = Field(default=120.0, gt=0, description="Seconds that one fault lasts at most.")
    calm: float = Field(default=30.0, ge=0, description="Seconds without any fault between two of them, at least.")
    settle: float = Field(default=180.0, ge=0, description="Seconds without faults at the end, for liveness.")

    def unknown_kinds(self) -> list[str]:
        """Kinds that are no fault's, of simnet or of another distribution."""
        return [kind for kind in self.kinds if kind not in KINDS]
