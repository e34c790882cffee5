"""Serving one network until someone ends it: node ports, the control port, the paced clock."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Mapping

from simnet.providers.deployments import Ready
from simnet.providers.origins import NOBODY, USUAL, Origins
from simnet.providers.ports import ANY
from simnet.providers.simulated.discovery import registered
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.serving._control import Control
from simnet.providers.simulated.serving._pace import Pace, RequestQueue
from simnet.providers.simulated.serving._socket_server import ListenerState, SocketServer
from simnet.providers.simulated.simulated_network import SimulatedNetwork


class _EndedError(Exception):
    """Someone asked for the end."""


def serve(
    network: SimulatedNetwork,
    speed: float,
    *,
    ready: Ready,
    say: Callable[[str], None],
    pages: Origins = USUAL,
    ports: Mapping[str, int] | None = None,
) -> None:
    """Serves until `simnet down` asks for the end, or a signal raises ``KeyboardInterrupt`` here.

    ``speed`` is in virtual seconds a real one. ``ready`` gets the nodes when all ports are open and other processes
    find the network; ``say`` is told when it cannot keep the pace; ``pages`` are the web pages that may ask nodes;
    ``ports`` are those of nodes that have a certain one. Called by the thread that drives the network. Raises
    :class:`~simnet.errors.InputError` for a port that is taken.
    """
    requests = RequestQueue()
    server = SocketServer(requests)
    with contextlib.ExitStack() as stack:
        stack.callback(server.close)
        fixed = ports or {}
        listeners = {
            node.name: server.listener(network.rpcs[node.name], pages, port=fixed.get(node.name, ANY))
            for node in network.simulation.nodes
        }
        control = Control(network, {name: f"ws://{listener.address}" for name, listener in listeners.items()}, say)
        token = secrets.token_hex(16)
        control_listener = server.listener(control, NOBODY, token)
        control_listener.turn("open")
        lives: dict[str, int] = {}

        def follow() -> None:
            """Keeps each node's listener as its process is."""
            if control.ending:
                raise _EndedError
            for node in network.simulation.nodes:
                listener = listeners[node.name]
                if lives.get(node.name) != node.life:
                    lives[node.name] = node.life
                    listener.turn("closed")
                listener.turn(_state(node))

        follow()
        network.journal.prompt()  # `simnet status` reads it
        pace = Pace(network.simulation.clock, requests, speed, say=say, after=follow)
        stack.enter_context(network.paced(pace.advance))
        stack.enter_context(registered(network.run, network.run_dir, f"http://{control_listener.address}", token))
        ready(control.nodes())
        with contextlib.suppress(_EndedError):
            network.wait(float("inf"))


def _state(node: SimulatedNode) -> ListenerState:
    if not node.ready or node.process == "down":
        return "closed"
    return "open" if node.process == "running" else "frozen"
