"""The link agent: process 1 of the sandbox container."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable

from . import egress, filters
from .control import TOKEN_ENV, ControlServer, Verbs
from .ingress import Ingress
from .nfqueue import PacketQueue
from .probe import PORT as PROBE_PORT
from .probe import Arrivals, echo
from .rules import Mode, Rules
from .shaper import Shaper


def _choose(seed: str) -> tuple[Mode, Ingress | None]:
    """The best way to shape that this kernel has, found by trying."""
    if egress.available():
        return "netem", None
    if filters.can_queue():
        try:
            return "nfqueue", Ingress(PacketQueue(filters.QUEUE), Shaper(seed))
        except OSError as error:
            print(f"packet queues cannot be used: {error}", file=sys.stderr, flush=True)
    return "filter", None


def _start(name: str, work: Callable[[], None]) -> None:
    threading.Thread(target=work, name=name, daemon=True).start()


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    token = os.environ[TOKEN_ENV]
    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)  # before any thread: only the wait below takes them
    filters.prepare()
    mode, ingress = _choose(token)
    if ingress is not None:
        _start("ingress", ingress.run)
    arrivals = Arrivals()
    echo_socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    echo_socket.bind(("0.0.0.0", PROBE_PORT))
    _start("echo", lambda: echo(arrivals, echo_socket))
    server = ControlServer(Verbs(Rules(mode, ingress), arrivals), token)
    _start("control", server.serve_forever)
    with subprocess.Popen([sys.executable, "-m", "sandbox.gate"]) as gate:  # beside: packets do not wait for its bytes
        signal.sigwait(stop)
        gate.kill()


if __name__ == "__main__":
    main()
