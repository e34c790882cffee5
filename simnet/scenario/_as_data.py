"""Models, faults, checks, spans and moments as a file says them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from simnet.errors import InputError
from simnet.scenario._written import write_moment, write_span, written_fields
from simnet.units import Moment, Span


def to_data(value: object) -> Any:
    """A model, fault, check, span or moment as a file says it: mappings, lists, text and numbers."""
    return _data(value, None)


def _data(value: Any, write: Callable[[Any], str] | None) -> Any:
    if isinstance(value, (Span, Moment)):
        return write_span(value) if isinstance(value, Span) else write_moment(value)
    if value is None or isinstance(value, (bool, str, int, float)):
        return write(value) if write and type(value) in (int, float) else value
    if isinstance(value, (tuple, list)):
        return [_data(item, write) for item in value]
    if isinstance(value, Mapping):
        return {_key(key): _data(item, write) for key, item in value.items()}
    if isinstance(value, BaseModel) or dataclasses.is_dataclass(value):
        return _fields(value)
    raise InputError(f"{value!r} cannot be written to a file; use text, numbers, lists and mappings")


def _fields(value: Any) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for field in written_fields(type(value)):
        held = getattr(value, field.name)
        if held != field.default:
            out[field.key] = _selectors(held) if field.selects else _data(held, field.write)
    return out


def _selectors(value: Any) -> Any:
    """One selector is text; groups of selectors are a list of either."""
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return [_selectors(group) for group in value]
    return value[0] if len(value) == 1 else list(value)


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise InputError(f"the key {key!r} cannot be written to a file; keys are text")
    return key
