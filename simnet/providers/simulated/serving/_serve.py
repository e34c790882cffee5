"""Serving one network until someone ends it: node ports, the control port, the paced clock."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable

from simnet.providers.simulated.network import SimulatedNetwork
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.serving._control import Control
from simnet.providers.simulated.serving._front import Front, Port, State
from simnet.providers.simulated.serving._pace import Desk, Pace
from simnet.providers.simulated.standing import Door, registered
from simnet.providers.standing import Ready


class _EndedError(Exception):
    """Someone asked for the end."""


def serve(network: SimulatedNetwork, speed: float, *, ready: Ready, say: Callable[[str], None]) -> None:
    """Serves until `simnet down` asks for the end, or a signal raises ``KeyboardInterrupt`` here.

    ``speed`` is in virtual seconds a real one. ``ready`` gets the nodes when all ports are open and other processes
    find the network; ``say`` is told when it cannot keep the pace. Called by the thread that drives the network.
    """
    desk = Desk()
    front = Front(desk)
    with contextlib.ExitStack() as stack:
        stack.callback(front.close)
        ports = {node.name: front.port(network.rpcs[node.name]) for node in network.simulation.nodes}
        control = Control(network, {name: f"ws://{port.address}" for name, port in ports.items()})
        token = secrets.token_hex(16)
        door = front.port(control, token)
        door.turn("open")
        doors = _Doors(network.simulation.nodes, ports)
        doors.follow()

        def after() -> None:
            if control.ending:
                raise _EndedError
            doors.follow()

        network.journal.prompt()  # `simnet status` reads it
        pace = Pace(network.simulation.clock, desk, speed, say=say, after=after)
        stack.enter_context(network.paced(pace.advance))
        stack.enter_context(registered(network.run, network.run_dir, Door(f"http://{door.address}", token)))
        ready(control.nodes())
        with contextlib.suppress(_EndedError):
            network.wait(float("inf"))


class _Doors:
    """Keeps each node's port as its process is."""

    def __init__(self, nodes: list[SimulatedNode], ports: dict[str, Port]) -> None:
        self._pairs = [(node, ports[node.name]) for node in nodes]
        self._lives = [node.life for node in nodes]

    def follow(self) -> None:
        for index, (node, port) in enumerate(self._pairs):
            if node.life != self._lives[index]:
                self._lives[index] = node.life
                port.turn("closed")
            state = _state(node)
            if state != port.state:
                port.turn(state)


def _state(node: SimulatedNode) -> State:
    if not node.ready or node.process == "down":
        return "closed"
    return "open" if node.process == "running" else "frozen"
