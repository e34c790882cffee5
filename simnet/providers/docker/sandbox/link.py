"""One directed link as the agent is asked to make it, and its JSON form."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from ipaddress import IPv4Address
from typing import Any


@dataclass(frozen=True)
class Link:
    """Seconds, shares of packets, bits per second (None: unlimited): the fields of ``simnet.faults.LinkState``."""

    cut: bool = False
    delay: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    reorder: float = 0.0
    rate: float | None = None

    @property
    def shaped(self) -> bool:
        """Whether packets that are not cut need a queue."""
        return bool(self.delay or self.jitter or self.loss or self.reorder or self.rate is not None)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


CLEAR = Link()
_NAMES = [field.name for field in fields(Link)]


def parse_link(value: object) -> Link:
    """A link from decoded JSON; raises :class:`ValueError` or :class:`TypeError` for anything that is not one."""
    if not isinstance(value, dict) or not set(value) <= set(_NAMES):
        raise ValueError(f"a link has the fields {', '.join(_NAMES)}; got {value!r}")
    cut = value.get("cut", False)
    if not isinstance(cut, bool):
        raise TypeError(f"cut is true or false; got {cut!r}")
    rate = value.get("rate")
    link = Link(
        cut=cut,
        delay=_number(value, "delay"),
        jitter=_number(value, "jitter"),
        loss=_number(value, "loss"),
        reorder=_number(value, "reorder"),
        rate=None if rate is None else _number(value, "rate"),
    )
    if link.loss > 1 or link.reorder > 1:
        raise ValueError(f"loss and reorder are shares between 0 and 1; got {value!r}")
    if link.rate == 0:
        raise ValueError("a rate is more than zero bits per second")
    return link


def parse_table(value: object) -> dict[str, Link]:
    """Links by IPv4 address of the node at their other end; raises as :func:`parse_link`."""
    if not isinstance(value, dict):
        raise TypeError(f"a table maps addresses to links; got {value!r}")
    return {str(IPv4Address(address)): parse_link(link) for address, link in value.items()}


def _number(value: dict[str, object], name: str) -> float:
    number = value.get(name, 0.0)
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number < float("inf"):
        raise ValueError(f"{name} is a number and not negative; got {number!r}")
    return float(number)
