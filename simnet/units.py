"""Durations, sizes, rates, shares and moments as people write them, and as seconds, bytes, bits per second and
numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from math import inf, isinf

from simnet.errors import InputError

_NUMBER = r"(?P<number>\d+(?:\.\d+)?)"
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
_BYTES = {"B": 1, "kB": 1000, "KiB": 1024, "MB": 1000**2, "MiB": 1024**2, "GB": 1000**3, "GiB": 1024**3}
_BITS = {"bit/s": 1.0, "kbit/s": 1e3, "Mbit/s": 1e6, "Gbit/s": 1e9}
_MOMENT = re.compile(
    r"^(?:(?P<session>session(?:\s+(?P<index>\d+))?)(?:\s*\+\s*(?P<rest>.+))?|(?P<plain>.+))$",
)
_BLOCKS = re.compile(r"^(?P<count>\d+)\s*blocks?$")


def _with_unit(text: str, units: dict[str, float], what: str, example: str) -> float:
    match = re.fullmatch(rf"{_NUMBER}\s*(?P<unit>[A-Za-z/]+)?", text.strip())
    if match is None:
        raise InputError(f"{text!r} is not {what}; write for example {example}")
    unit = match["unit"]
    if unit is None:
        raise InputError(f"{text!r} has no unit; write for example {example}")
    if unit not in units:
        raise InputError(f"{text!r} has the unknown unit {unit!r}; known are {', '.join(units)}")
    try:
        value = float(Decimal(match["number"]) * Decimal(str(units[unit])))
    except OverflowError:
        value = inf
    if isinf(value):
        raise InputError(f"{text[:20]!r}... is too large")
    return value


def parse_duration(text: str) -> float:
    """Seconds in ``60s``, ``150 ms``, ``2 min`` or ``1h``; raises :class:`InputError` when the unit is missing."""
    return _with_unit(text, _SECONDS, "a duration", "60s, 150ms or 2min")


def parse_size(text: str) -> int:
    """Bytes in ``512 B``, ``4 KiB``, ``2 GiB`` (binary) or ``4 kB`` (decimal)."""
    return int(_with_unit(text, dict(_BYTES), "a size", "4 KiB or 2 GiB"))


def parse_rate(text: str) -> float:
    """Bits per second in ``5 Mbit/s``."""
    return _with_unit(text, _BITS, "a rate", "5 Mbit/s")


def parse_share(text: str) -> float:
    """A share between 0 and 1 in ``2 %``."""
    match = re.fullmatch(rf"{_NUMBER}\s*%", text.strip())
    if match is None:
        raise InputError(f"{text!r} is not a share; write for example 2 %")
    share = float(Decimal(match["number"]) / 100)
    if share > 1:
        raise InputError(f"{text!r} is more than 100 %")
    return share


@dataclass(frozen=True)
class Span:
    """A length of time: seconds, or relay-chain blocks. Exactly one of the two is set."""

    seconds: float | None = None
    blocks: int | None = None

    def __post_init__(self) -> None:
        if (self.seconds is None) == (self.blocks is None):
            raise InputError("a span is either seconds or blocks")
        if (self.seconds or 0) < 0 or (self.blocks or 0) < 0:
            raise InputError(f"a span cannot be negative: {self}")

    def __str__(self) -> str:
        if self.blocks is not None:
            return f"{self.blocks} block{'s' if self.blocks != 1 else ''}"
        return f"{digits(self.seconds or 0.0)}s"


def digits(number: float, *, shift: int = 0) -> str:
    """The shortest decimal digits that give this number back, without an exponent, times ten to the ``shift``."""
    text = format(Decimal(repr(float(number))).scaleb(shift), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class Moment:
    """A point in a run: an anchor plus a span.

    ``session`` is None for the barrier t0, 0 for the next session change after t0, and n for the change into session n.
    """

    span: Span = Span(seconds=0.0)
    session: int | None = None

    def __str__(self) -> str:
        if self.session is None:
            return str(self.span)
        anchor = "session" if self.session == 0 else f"session {self.session}"
        return anchor if self.span == Span(seconds=0.0) else f"{anchor} + {self.span}"


def parse_span(text: str) -> Span:
    """``60s`` or ``10 blocks`` (relay-chain blocks)."""
    match = _BLOCKS.match(text.strip())
    if match is not None:
        return Span(blocks=int(match["count"]))
    return Span(seconds=parse_duration(text))


def parse_moment(text: str) -> Moment:
    """``30s``, ``12 blocks`` (both after t0), ``session + 3 blocks`` (after the next session change), ``session 4 +
    6s``."""
    match = _MOMENT.match(text.strip())
    if match is None:
        raise InputError(f"{text!r} is not a moment; write for example 30s, 12 blocks or session + 3 blocks")
    if match["session"] is None:
        return Moment(span=parse_span(match["plain"]))
    rest = match["rest"]
    span = parse_span(rest) if rest else Span(seconds=0.0)
    return Moment(span=span, session=int(match["index"] or 0))


def format_duration(seconds: float) -> str:
    """Seconds for people: ``850 ms``, ``61.2 s``, ``12 min 05 s``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"
