"""Field types that read what people write in files (``60s``, ``2 %``) and what programs pass (numbers).

A number without its unit is refused only where validation runs with ``context={"file": True}``, which the YAML loader
sets; Python callers pass seconds, bytes, bits per second and shares between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from simnet.errors import InputError
from simnet.units import (
    Moment,
    Span,
    parse_duration,
    parse_moment,
    parse_rate,
    parse_share,
    parse_size,
    parse_span,
)

KeyPath = tuple[str | int, ...]
"""From the root of a file, or of other data, to a part of it: keys of mappings and positions in lists."""


@dataclass(frozen=True)
class InPlace:
    """Marks a text as the name of a place: with this kind before it, it selects the nodes there."""

    kind: str


@dataclass(frozen=True, eq=False)
class Choices:
    """Marks a ``Literal``, or text that is one of a few, with what each means, which its JSON Schema then says of
    each."""

    meanings: Mapping[str, str]

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        return self.as_schema()

    def as_schema(self) -> dict[str, Any]:
        """The JSON Schema of one of the texts."""
        choices = [{"const": text, "type": "string", "description": said} for text, said in self.meanings.items()]
        return {"anyOf": choices}


@dataclass(frozen=True, kw_only=True)
class Reads(BeforeValidator):
    """Reads the forms in which people write a value. It leaves a value of the field's own type alone, a number if it
    lies between ``least`` and ``most``. ``selects``: what it reads are selectors of nodes."""

    least: float = -inf
    most: float = inf
    selects: bool = False


def _number(
    parse: Callable[[str], object],
    what: str,
    example: str,
    *,
    most: float = inf,
    of_number: Callable[[float], object] = lambda number: number,
) -> Reads:
    """Reads text with a unit by ``parse``, and from Python a number without one by ``of_number``."""

    def read(value: Any, info: ValidationInfo) -> Any:
        file = info.context is not None and info.context.get("file")
        if isinstance(value, str):
            return parse(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if file:
                raise InputError(f"{value} is {what} without a unit; write for example {example}")
            if value < 0:
                raise InputError(f"{value:g} is below zero, which {what} cannot be")
            if value > most:
                raise InputError(f"{value:g} is more than {most:g}, which {what} cannot be")
            if value >= 0:
                return of_number(value)
        if not (file or isinstance(value, (Span, Moment))):
            raise InputError(f"{value!r} is not {what}; write for example {example}")
        return value

    return Reads(read, least=0.0, most=most)


def _text(pattern: str, example: str, description: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example], "description": description})


def _id(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def one_or_many(value: Any) -> Any:
    """One text as a tuple of it; anything else as it is."""
    return (value,) if isinstance(value, str) else value


Seconds = Annotated[
    float,
    _number(parse_duration, "a duration", "60s, 150ms or 2min"),
    _text(r"^\d+(\.\d+)?\s*(ms|s|min|h)$", "60s", "A duration with its unit: ms, s, min or h."),
]
"""A duration: text with its unit, in Python also seconds."""
Bytes = Annotated[
    int,
    _number(parse_size, "a size", "4 KiB"),
    _text(
        r"^\d+(\.\d+)?\s*(B|kB|KiB|MB|MiB|GB|GiB)$",
        "4 KiB",
        "A size with its unit: B, KiB, MiB, GiB (of 1024), kB, MB or GB (of 1000).",
    ),
]
"""A size: text with its unit, in Python also bytes."""
BitsPerSecond = Annotated[
    float,
    _number(parse_rate, "a rate", "5 Mbit/s"),
    _text(
        r"^\d+(\.\d+)?\s*(bit|kbit|Mbit|Gbit)/s$", "5 Mbit/s", "A rate with its unit: bit/s, kbit/s, Mbit/s or Gbit/s."
    ),
]
"""A rate: text with its unit, in Python also bits per second."""
Share = Annotated[
    float,
    _number(parse_share, "a share", "2 %", most=1.0),
    _text(r"^\d+(\.\d+)?\s*%$", "2 %", "A share in per cent."),
]
"""A share: text in per cent, in Python also a number between 0 and 1."""
SpanField = Annotated[
    Span,
    _number(parse_span, "a length of time", "60s or 10 blocks", of_number=lambda number: Span(seconds=float(number))),
    _text(
        r"^\d+(\.\d+)?\s*(ms|s|min|h|blocks?)$",
        "60s",
        "A duration with its unit (ms, s, min or h), or a number of relay-chain blocks.",
    ),
]
"""A length of time: text, in Python also seconds."""
MomentField = Annotated[
    Moment,
    _number(
        parse_moment,
        "a moment",
        "30s, 12 blocks or session + 3 blocks",
        of_number=lambda number: Moment(span=Span(seconds=float(number))),
    ),
    WithJsonSchema(
        {
            "type": "string",
            "examples": ["30s", "12 blocks", "session + 3 blocks", "session 4 + 6s"],
            "description": "A time or a number of blocks after t0, after the next session change (`session + 3"
            " blocks`), or after the change into session n (`session 4 + 6s`).",
        }
    ),
]
"""A moment: text, in Python also seconds after t0."""
Selectors = Annotated[
    tuple[str, ...],
    Reads(one_or_many, selects=True),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
            "description": "One or a list of: node names, region:NAME, provider:NAME, validators, collators,"
            " parachain:ID, all.",
        }
    ),
]
"""Selectors of nodes: one text or several."""
Words = Annotated[
    tuple[str, ...],
    Reads(one_or_many),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
            "description": "One text or a list of them.",
        }
    ),
]
"""One text, or several."""
Names = Annotated[
    tuple[str, ...],
    Reads(one_or_many, selects=True),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
            "description": "One name or a list of them.",
        }
    ),
]
"""What people called things: faults, steps."""
NAME = r"^[A-Za-z0-9][A-Za-z0-9 .:#+_-]{0,59}$"
"""The form of a name that people choose. Nodes and scenarios are named more narrowly, since containers, hosts and
folders are named after them."""
Name = Annotated[
    str,
    Field(pattern=NAME, description="Up to 60 letters, digits, spaces and . : # + _ -, a letter or digit first."),
]
"""A label of a step, a fault's name, a tag, the name of a place."""
ScenarioName = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,99}$",
        description="Lower-case letters, digits and hyphens, up to 100; no hyphen comes first.",
    ),
]
"""Run folders are named after it."""
NodeName = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9-]{1,40}$", description="Two to 41 characters: a-z, 0-9 and -, a letter first."),
]
"""Containers and hosts are named after it."""
CallName = Annotated[
    str, Field(pattern=r"^\w+\.\w+$", description="Pallet and call with a dot between, for example System.remark.")
]
"""A call by its pallet and name."""
EventName = Annotated[
    str, Field(pattern=r"^\w+\.\w+$", description="Pallet and event with a dot between, for example Balances.Transfer.")
]
"""An event by its pallet and name."""
ItemName = Annotated[
    str,
    Field(pattern=r"^\w+\.\w+$", description="Pallet and storage item with a dot between, for example System.Account."),
]
"""A storage item by its pallet and name."""
FunctionName = Annotated[
    str,
    Field(
        pattern=r"^\w+\.\w+$",
        description="Runtime API and function with a dot between, for example AccountNonceApi.account_nonce.",
    ),
]
"""A function of a runtime API by both names."""
Amount = Annotated[
    int | str,
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "examples": ["1.5 WND", 1500000000000],
            "description": "A whole number of the smallest unit, or text with a unit of the chain.",
        }
    ),
]
"""An amount of a token."""
ImageName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][!-~]{0,254}$",
        description="A node image as Docker names it, for example parity/polkadot:v1.25.1.",
    ),
]
"""A node image."""
Argument = Annotated[str, Field(pattern=r"^[^\x00]*$", description="Any text without a NUL character.")]
"""What a process is started with."""
Variable = Annotated[
    str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="Letters, digits and _; no digit comes first.")
]
"""The name of a variable of a process's environment."""
Region = Annotated[str, InPlace("region")]
"""The name of a region."""
HostingProvider = Annotated[str, InPlace("provider")]
"""The name of a hosting provider."""
ChainId = Annotated[
    str,
    Reads(_id),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "integer"}],
            "description": "`relay` or a parachain's id.",
        }
    ),
]
"""A chain: text, or the number of a parachain."""
ParaId = Annotated[
    str,
    Reads(_id),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "integer"}],
            "description": "A parachain's id.",
        }
    ),
]
"""A parachain: its id as text, or as a number."""

SecondsForm = float | str
"""A duration as Python may give it: seconds, or text with its unit such as ``"60s"``."""
SizeForm = int | str
"""Bytes, or text such as ``"4 KiB"``."""
RateForm = float | str
"""Bits per second, or text such as ``"5 Mbit/s"``."""
ShareForm = float | str
"""A share between 0 and 1, or text such as ``"2 %"``."""
SpanForm = Span | float | str
"""A length of time: seconds, or text such as ``"60s"`` or ``"10 blocks"`` of the relay chain."""
MomentForm = Moment | float | str
"""Seconds after t0, or text such as ``"session + 3 blocks"``."""
SelectorsForm = str | Sequence[str]
"""One selector of nodes, or several: names, ``region:NAME``, ``provider:NAME``, ``validators``, ``collators``,
``parachain:ID``, ``all``."""
ChainForm = str | int
"""``"relay"``, or the id of a parachain."""
