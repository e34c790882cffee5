"""What a run says while it runs: a live display on a terminal, timestamped lines elsewhere.

It reads only the evidence, from a thread of its own, so the thread that drives the network never waits for it.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from simnet.report.glance import Glance, glance, heights_text

if TYPE_CHECKING:
    from simnet.providers.network import Network

HEARTBEAT = 30.0
"""Seconds between lines that tell heights where there is no terminal."""

MOST_NODES = 16
"""Nodes in the live display; those that do not run come first when there are more."""


class Progress:
    """A context manager around a run; its ``say`` and ``attach`` suit ``Options.say`` and ``Options.on_network``.

    ``console`` decides whether there is a terminal. Times are seconds since it was entered.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._network: Network | None = None
        self._step = ""
        self._ended = threading.Event()
        self._until_exit = ExitStack()

    def __enter__(self) -> Progress:
        self._began = time.monotonic()
        if self._console.is_terminal:
            live = Live(console=self._console, get_renderable=self._render, refresh_per_second=1, transient=True)
            self._until_exit.enter_context(live)
        else:
            heart = threading.Thread(target=self._beat, name="progress", daemon=True)
            heart.start()
            self._until_exit.callback(heart.join)
        self._until_exit.callback(self._ended.set)
        return self

    def __exit__(self, *_: object) -> None:
        self._until_exit.close()

    def say(self, text: str) -> None:
        """Tells one event; on a terminal it also becomes the step that the display names."""
        self._step = text
        self._print(text)

    def attach(self, network: Network) -> None:
        """Shows this network's evidence from now on."""
        self._network = network

    def _print(self, text: str) -> None:
        self._console.print(Text(f"[{time.monotonic() - self._began:7.1f} s] {text}"), soft_wrap=True)

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT):
            seen = self._glance()
            if seen is not None:
                self._print(heights_text(seen))

    def _glance(self) -> Glance | None:
        network = self._network
        if network is None:
            return None
        with network.journal.changed:
            return glance(network.evidence)

    def _render(self) -> RenderableType:
        elapsed = time.monotonic() - self._began
        line = Text.assemble((f"{elapsed:5.0f} s  ", "bold"), self._step)
        line.no_wrap, line.overflow = True, "ellipsis"
        seen = self._glance()
        return line if seen is None else Group(line, _status(seen), _nodes(seen))


def _status(seen: Glance) -> Text:
    since = "before t0" if seen.since_t0 is None else f"t0 + {seen.since_t0:.0f} s"
    text = Text(f"{since}, {seen.messages_ended} of {seen.messages} messages ended")
    if seen.faults:
        text.append(", ")
        text.append("faults: " + ", ".join(seen.faults), "bold yellow")
    return text


def _nodes(seen: Glance) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("node")
    for title in ("best", "finalized", "lag", "peers"):
        table.add_column(title, justify="right")
    table.add_column("state")
    chosen = list(seen.nodes)
    if len(chosen) > MOST_NODES:
        chosen = sorted(chosen, key=lambda node: node.state == "running")[:MOST_NODES]
    for node in chosen:
        lag = None if node.best is None or node.finalized is None else node.best - node.finalized
        numbers = ("–" if value is None else str(value) for value in (node.best, node.finalized, lag, node.peers))
        table.add_row(node.name, *numbers, Text(node.state, "" if node.state == "running" else "bold red"))
    if len(seen.nodes) > len(chosen):
        table.add_row(f"and {len(seen.nodes) - len(chosen)} more")
    return table
