"""One directed link as the agent is asked to make it, and how it is read from JSON."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
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


CLEAR = Link()
_NAMES = [field.name for field in fields(Link)]
_FINITE = sys.float_info.max
_MOST = {"delay": _FINITE, "jitter": _FINITE, "loss": 1.0, "reorder": 1.0, "rate": _FINITE}


def parse_link(value: object) -> Link:
    """A link from decoded JSON; raises :class:`ValueError` or :class:`TypeError` for anything that is not one."""
    if not isinstance(value, dict) or not set(value) <= set(_NAMES):
        raise ValueError(f"a link has the fields {', '.join(_NAMES)}; got {value!r}")
    link = Link(**value)
    if not isinstance(link.cut, bool):
        raise TypeError(f"cut is true or false; got {link.cut!r}")
    for name, most in _MOST.items():
        if name != "rate" or link.rate is not None:
            number(vars(link), name, most)
    if link.rate == 0:
        raise ValueError("a rate is more than zero bits per second")
    return link


def parse_table(value: object) -> dict[str, Link]:
    """Links by IPv4 address of the node at their other end; raises as :func:`parse_link`."""
    if not isinstance(value, dict):
        raise TypeError(f"a table maps addresses to links; got {value!r}")
    return {str(IPv4Address(address)): parse_link(link) for address, link in value.items()}


def number(given: Mapping[str, Any], name: str, most: float, *, whole: bool = False) -> Any:
    """A number of that name, from 0 to ``most``; raises :class:`ValueError` for anything else."""
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or not 0 <= value <= most:
        raise ValueError(f"{name} is a {'whole ' if whole else ''}number from 0 to {most:g}; got {value!r}")
    return value
