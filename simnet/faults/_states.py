"""What a fault asks of a process, of a link, and of a node that it takes down and up again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simnet.errors import InputError

Process = Literal["running", "paused", "stopped", "killed"]
"""Of a node: frozen, ended by SIGTERM, or by SIGKILL."""

Pair = tuple[str, str]
"""A directed link: the names of the node that sends and of the one that receives."""

Database = Literal["kept", "emptied", "copied", "put back"]
"""What becomes of a node's database while its process is down: it stays; it is deleted; it stays and a copy of it is
kept; the last such copy takes its place."""


@dataclass(frozen=True)
class LinkState:
    """One directed link. Seconds, shares of packets, bits per second (None: unlimited)."""

    cut: bool = False
    delay: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    reorder: float = 0.0
    rate: float | None = None

    @property
    def clear(self) -> bool:
        """Whether nothing is asked of the link."""
        return self == CLEAR

    def combine(self, other: LinkState) -> LinkState:
        """Both at once: delays and jitters add up, losses are independent, the narrower rate holds."""
        rates = [rate for rate in (self.rate, other.rate) if rate is not None]
        return LinkState(
            cut=self.cut or other.cut,
            delay=self.delay + other.delay,
            jitter=self.jitter + other.jitter,
            loss=1 - (1 - self.loss) * (1 - other.loss),
            reorder=1 - (1 - self.reorder) * (1 - other.reorder),
            rate=min(rates) if rates else None,
        )


CLEAR = LinkState()
"""Of a link of which nothing is asked."""

CUT = LinkState(cut=True)
"""Of a link that lets nothing through."""


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """What each node of an instant fault goes through: its process ends, and another one begins.

    ``kill`` ends it by SIGKILL, else by SIGTERM. ``down_for`` is how long it stays down at least, in seconds. ``flags``
    (added) and ``image``, when given, hold from then on; only real nodes have them. So does ``runtime_override``, the
    file of code that it runs in place of its chain's. ``at_once`` takes all nodes of the fault down and up together;
    else the next one goes down when the last one is ready again.
    """

    kill: bool = False
    down_for: float = 0.0
    database: Database = "kept"
    flags: tuple[str, ...] = ()
    image: str | None = None
    runtime_override: str | None = None
    at_once: bool = False

    def __post_init__(self) -> None:
        if self.down_for < 0:
            raise InputError(f"down_for is {self.down_for:g}s; a node stays down for 0s or longer")

    @property
    def new_incarnation(self) -> bool:
        """Whether the node goes on with another database, of which nothing that it showed before is true."""
        return self.database in ("emptied", "put back")
