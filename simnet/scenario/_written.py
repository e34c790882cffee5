"""How the fields of models, faults and checks are called and written in files."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, get_args, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from simnet.errors import InputError
from simnet.fields import BitsPerSecond, Bytes, InPlace, Reads, Seconds, Share
from simnet.units import (
    Moment,
    Span,
    digits,
    parse_duration,
    parse_moment,
    parse_rate,
    parse_share,
    parse_size,
    parse_span,
)

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

NO_DEFAULT = object()


@dataclass(frozen=True)
class WrittenField:
    """One field: its attribute, its key in a file, its default (``NO_DEFAULT``: must be given), how it is written."""

    name: str
    key: str
    default: Any
    selects: bool
    """Whether it holds selectors: text, or tuples of text."""
    place: str | None
    """With this and a colon before it, its text is a selector: ``region``, ``provider``. None for other fields."""
    write: Callable[[Any], str] | None
    """Writes its number with a unit; None when numbers stay as they are."""


def written_fields(kind: type) -> tuple[WrittenField, ...]:
    """The fields of a pydantic model or a dataclass, in order."""
    return _written_fields(kind)


@functools.cache
def _written_fields(kind: Hashable) -> tuple[WrittenField, ...]:
    assert isinstance(kind, type)
    hints = get_type_hints(kind, include_extras=True)
    return tuple(_field(name, default, alias, hints[name]) for name, default, alias in _declared(kind))


def _declared(kind: type) -> Iterator[tuple[str, Any, str | None]]:
    if issubclass(kind, BaseModel):
        for name, info in kind.model_fields.items():
            default = NO_DEFAULT if info.is_required() else info.get_default(call_default_factory=True)
            yield name, default, info.alias
        return
    for field in dataclasses.fields(cast("type[DataclassInstance]", kind)):
        default = NO_DEFAULT if field.default is dataclasses.MISSING else field.default
        yield field.name, default if field.default_factory is dataclasses.MISSING else field.default_factory(), None


def _field(name: str, default: Any, alias: str | None, hint: Any) -> WrittenField:
    marks = list(_metadata(hint))
    aliases = (mark.alias or mark.validation_alias for mark in marks if isinstance(mark, FieldInfo))
    alias = alias or next((one for one in aliases if isinstance(one, str)), None)
    return WrittenField(
        name=name,
        key=alias or name,
        default=default,
        selects=any(isinstance(mark, Reads) and mark.selects for mark in marks),
        place=next((mark.kind for mark in marks if isinstance(mark, InPlace)), None),
        write=next((write for kind, write in _WITH_UNIT if _reader(kind) in marks), None),
    )


def _metadata(hint: Any) -> Iterator[Any]:
    """What ``Annotated`` adds anywhere inside a type."""
    yield from getattr(hint, "__metadata__", ())
    for part in get_args(hint):
        yield from _metadata(part)


def _reader(annotated: Any) -> Any:
    """What tells one of :mod:`simnet.fields`' types from the others: its reader."""
    return annotated.__metadata__[0]


def write_seconds(seconds: float) -> str:
    """``60s``, ``150ms``: text that :func:`~simnet.units.parse_duration` reads as exactly this number."""
    texts = [f"{digits(seconds * 1000)}ms"] if 0 < seconds < 1 else []
    return _exact([*texts, f"{digits(seconds)}s"], seconds, parse_duration)


def write_span(span: Span) -> str:
    """``60s`` or ``10 blocks``."""
    text = f"{span.blocks} blocks" if span.seconds is None else write_seconds(span.seconds)
    return _exact([text], span, parse_span)


def write_moment(moment: Moment) -> str:
    """``30s``, ``12 blocks``, ``session + 3 blocks`` or ``session 4 + 6s``."""
    if moment.session is None:
        return write_span(moment.span)
    anchor = "session" if moment.session == 0 else f"session {moment.session}"
    text = anchor if moment.span == Span(seconds=0.0) else f"{anchor} + {write_span(moment.span)}"
    return _exact([text], moment, parse_moment)


def _write_bytes(size: int) -> str:
    units = (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024))
    texts = [f"{size // factor} {unit}" for unit, factor in units if size and size % factor == 0]
    return _exact([*texts, f"{size} B"], size, parse_size)


def _write_rate(bits: float) -> str:
    units = (("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3))
    texts = [f"{digits(bits / factor)} {unit}" for unit, factor in units if bits and bits % factor == 0]
    return _exact([*texts, f"{digits(bits)} bit/s"], bits, parse_rate)


def _write_share(share: float) -> str:
    # Reading divides by 100, which rounds, so it may be a neighbour that is read back as this share.
    percent = float(digits(share, shift=2))
    near = (percent, math.nextafter(percent, 0), math.nextafter(percent, 100))
    return _exact([f"{digits(number)} %" for number in near], share, parse_share)


def _exact(texts: list[str], value: object, parse: Callable[[str], object]) -> str:
    """The first text that is read back as the value."""
    for text in texts:
        try:
            if parse(text) == value:
                return text
        except InputError:
            continue
    raise InputError(f"{value!r} cannot be written to a file: {texts[-1]!r} is not read back as the same")


_WITH_UNIT: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (Seconds, write_seconds),
    (Bytes, _write_bytes),
    (BitsPerSecond, _write_rate),
    (Share, _write_share),
)


def write_with_unit(pattern: str) -> Callable[[Any], str] | None:
    """What writes numbers as the text that a field type's JSON Schema pattern asks for; None for other patterns."""
    for kind, write in _WITH_UNIT:
        if kind.__metadata__[1].json_schema["pattern"] == pattern:
            return write
    return None
