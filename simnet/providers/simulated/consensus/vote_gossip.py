"""GRANDPA's votes and commits on their way, and when voters look at what came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import InitVar, dataclass, field

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.arrivals import together
from simnet.providers.simulated.clock import MILLISECOND
from simnet.providers.simulated.consensus.voters import Voter
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.transport import Transport

_VOTE_SIZE = 200
"""Bytes of a signed vote on the wire, roughly; its effect is small beside a link's delay."""

_HOP = 2 * MILLISECOND
"""Checking and passing on a vote."""

_SMALL = 50
"""Up to so many nodes votes are handled as they come; in larger networks all that come within a grain at once."""
_GRAIN = 5 * MILLISECOND
_COARSE_GRAIN = 50 * MILLISECOND


@dataclass(eq=False)
class VoteGossip:
    """``look`` has a voter do what the votes that it has seen allow."""

    processes: Processes
    transport: Transport
    nodes: InitVar[int]
    look: Callable[[Voter], None]
    _saw: dict[int, Voter] = field(init=False, default_factory=dict)
    """Voters that are to look, by their nodes."""

    def __post_init__(self, nodes: int) -> None:
        self._small = nodes <= _SMALL

    def send(self, source: int, arrive: Callable[[NDArray[np.int64]], None]) -> None:
        """Gossips; receivers that it reaches within the same few milliseconds get it at once."""
        arrivals = self.transport.spread(source, _VOTE_SIZE, _HOP)
        grain = _GRAIN if self._small else _COARSE_GRAIN
        for t, receivers in together(arrivals, grain, besides=source):
            self.processes.receive(receivers, t, arrive)

    def seen(self, voter: Voter) -> None:
        """A voter saw a vote: it looks at its rounds, in large networks once for all votes of a grain."""
        if self._small:
            self.look(voter)
            return
        if voter.node not in self._saw:
            self._saw[voter.node] = voter
            if len(self._saw) == 1:
                self.processes.clock.at(self.processes.clock.now + _COARSE_GRAIN, self._all_look)

    def _all_look(self) -> None:
        voters, self._saw = list(self._saw.values()), {}
        for voter in voters:
            self.look(voter)
