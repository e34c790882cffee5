"""Processes of nodes on the clock: what falls due is done by the process that was meant, or not at all."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.clock import Clock
from simnet.providers.simulated.cores import Cores
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.times import BACKGROUND
from simnet.providers.simulated.view import View


class Processes:
    """The nodes of a network, by index. A process that ended takes what was on its way to it along; a frozen one does
    it when it thaws."""

    def __init__(self, clock: Clock, nodes: list[SimulatedNode]) -> None:
        self.clock = clock
        self.nodes = nodes
        self._cores = [self._cores_of(node) for node in nodes]

    def revive(self, node: SimulatedNode) -> None:
        """A new process of the node begins."""
        self._end(node)
        node.process = "running"

    def kill(self, node: SimulatedNode) -> None:
        """The node's process ends: what it had in memory is gone, its database stays."""
        self._end(node)
        node.process = "down"
        node.ready = False
        node.pool.clear()

    def freeze(self, node: SimulatedNode) -> None:
        """Stops a process as SIGSTOP does."""
        node.process = "paused"

    def thaw(self, node: SimulatedNode) -> None:
        """Lets a frozen process go on; it does all that fell due."""
        node.process = "running"
        late, node.late = node.late, []
        for act in late:
            self.when(node.index, self.clock.now, act)

    def _end(self, node: SimulatedNode) -> None:
        node.life += 1
        node.late.clear()
        node.syncing.clear()
        node.relay.silent.clear()
        self._cores[node.index].clear()

    def _cores_of(self, node: SimulatedNode) -> Cores:
        cpus = node.spec.cpus
        limit = None if cpus is None else max(cpus / 10, cpus - BACKGROUND)
        return Cores(lambda t, act: self.when(node.index, t, act), lambda: self.clock.now, limit)

    def view(self, node: int) -> View:
        """The node's view of the relay chain."""
        return self.nodes[node].relay

    def para_view(self, node: int) -> View:
        """A collator's view of its parachain."""
        view = self.nodes[node].para
        assert view is not None
        return view

    def runs(self, node: int) -> bool:
        """Whether the node's process runs, is not frozen, and has started up."""
        one = self.nodes[node]
        return one.process == "running" and one.ready

    def when(self, node: int, t: int, act: Callable[[], None]) -> None:
        """Has ``act`` done at ``t`` if the process that runs now still does; when it is frozen, as soon as it thaws."""
        one = self.nodes[node]
        life = one.life

        def due() -> None:
            if one.life != life or one.process == "down":
                return
            if one.process == "paused":
                one.late.append(act)
            else:
                act()

        self.clock.at(t, due)

    def cores(self, node: int) -> Cores:
        """What a node's processes compute on."""
        return self._cores[node]

    def work(self, node: int, begin: int, takes: int, act: Callable[[], None], share: float = 1.0) -> None:
        """Has ``act`` done when the process, from ``begin`` on, has had its ``share`` of a core for ``takes``
        nanoseconds."""
        cores = self._cores[node]

        def begins() -> None:
            cores.run(takes, act, share)

        if cores.limited:
            self.when(node, begin, begins)
        else:
            self.when(node, begin + takes, act)

    def receive(self, receivers: NDArray[np.int64], t: int, act: Callable[[NDArray[np.int64]], None]) -> None:
        """Has ``act`` done at ``t`` with those of the nodes whose processes still run; frozen ones follow when they
        thaw."""
        meant = [(node, self.nodes[node].life) for node in receivers.tolist()]

        def due() -> None:
            awake = []
            for node, life in meant:
                one = self.nodes[node]
                if one.life != life:
                    continue
                if one.process == "running":
                    awake.append(node)
                elif one.process == "paused":
                    one.late.append(lambda n=node: act(np.array([n])))
            if awake:
                act(receivers if len(awake) == len(meant) else np.array(awake))

        self.clock.at(t, due)
