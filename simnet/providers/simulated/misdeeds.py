"""When byzantine nodes could act against the protocol, and when they did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass

from simnet.providers.simulated.clock import Clock
from simnet.providers.simulated.nodes import SimulatedNode


@dataclass(eq=False, slots=True)
class _Occasion:
    t: int
    used: int | None = None


class Misdeeds:
    """Occasions for acts, by node and act; times are the clock's nanoseconds.

    What an occasion is ``about`` (a slot, a candidate, a vote) makes it one, however often it is met; without, each is
    its own. A node that was not told to do an act has no occasions for it, so honest networks pay nothing.
    """

    def __init__(self, clock: Clock, nodes: list[SimulatedNode]) -> None:
        self._clock = clock
        self._nodes = nodes
        self._occasions: dict[tuple[int, str], dict[Hashable, _Occasion]] = defaultdict(dict)
        """In the order in which they came, by what they are about."""

    def does(self, node: int, act: str) -> bool:
        """Whether a node is byzantine in that way."""
        return act in self._nodes[node].acts

    def tempted(self, node: int, act: str, about: Hashable = None) -> bool:
        """Whether a node is byzantine in that way, now that it has an occasion to be. :meth:`did` tells its use."""
        if act not in self._nodes[node].acts:
            return False
        self._occasion(node, act, about)
        return True

    def commits(self, node: int, act: str, about: Hashable = None) -> bool:
        """The same where a node that is byzantine uses the occasion for certain."""
        if act not in self._nodes[node].acts:
            return False
        self._use(self._occasion(node, act, about))
        return True

    def did(self, node: int, act: str, about: Hashable) -> None:
        """A node used the occasion that it had about this, if it had it, maybe a while after it came."""
        occasion = self._occasions[node, act].get(about)
        if occasion is not None:
            self._use(occasion)

    def between(self, node: int, act: str, since: int, until: int) -> list[int | None]:
        """When each occasion was used that came between two times, both included; None for those that were not."""
        return [one.used for one in self._occasions[node, act].values() if since <= one.t <= until]

    def _occasion(self, node: int, act: str, about: Hashable) -> _Occasion:
        return self._occasions[node, act].setdefault(object() if about is None else about, _Occasion(self._clock.now))

    def _use(self, occasion: _Occasion) -> None:
        if occasion.used is None:
            occasion.used = self._clock.now
