"""Searches for planted bugs: for each the smallest network that shows it, what must hold, and where to look.

A base holds without faults, with the bug and without.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simnet.providers.simulated.defects import Defect
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.scenario import Scenario
from simnet.search import Exploration, Space, explore
from simnet.search.fork_server import ForkServer

EXAMPLES = 150
"""Cases that are drawn at most before a bug counts as not found."""


@dataclass(frozen=True)
class Hunt:
    """One search: a planted bug, the space in which it is to be found, and the seed of the draws."""

    defect: Defect
    space: Space
    seed: int

    def run(self, *, planted: bool = True, examples: int = EXAMPLES) -> Exploration:
        """Explores the space on one fork server, with the bug or without."""
        provider = SimulatedProvider(defects=(self.defect,) if planted else ())
        with ForkServer(self.space.base, provider) as fork_server:
            return explore(self.space, seed=self.seed, examples=examples, trial=fork_server.run)


def _space(base: dict[str, Any], kinds: tuple[str, ...], *, length: float, settle: float) -> Space:
    return Space(
        base=Scenario.model_validate(base),
        kinds=kinds,
        max_windows=3,
        length=length,
        settle=settle,
        max_fault_duration=60,
        quiet_period=10,
    )


RELAY_CHAIN = {"relay": {"validators": 4}}

LOST_PAGE = Hunt(
    "lost-hrmp-page",
    _space(
        {
            "name": "mail-over-a-session-change",
            "network": {
                "relay": {"validators": 2},
                "parachains": [{"id": 2000}, {"id": 2001}],
                "channels": [{"from": 2000, "to": 2001}],
            },
            "steps": [{"label": "mail", "send": {"from": 2000, "to": 2001, "count": 12, "every": "6s"}}],
        },
        ("stop", "pause", "partition", "isolate"),
        length=165,
        settle=80,
    ),
    seed=1,
)

NO_CATCH_UP = Hunt(
    "no-catch-up",
    _space(
        {
            "name": "finality-over-a-session-change",
            "network": RELAY_CHAIN,
            "steps": [{"wait": {"until": "160s"}}, {"label": "settle", "wait": {"until": "200s"}}],
            "expect": [{"finality_advances": {"during": "settle", "within": "40s"}}],
        },
        ("stop", "pause", "partition", "isolate"),
        length=200,
        settle=70,
    ),
    seed=0,
)

FORGETFUL = Hunt(
    "forgetful-voter",
    _space(
        {"name": "votes-over-a-restart", "seed": 1, "network": RELAY_CHAIN},
        ("stop", "partition", "isolate"),
        length=150,
        settle=30,
    ),
    seed=2,
)

HUNTS = (FORGETFUL, NO_CATCH_UP, LOST_PAGE)
