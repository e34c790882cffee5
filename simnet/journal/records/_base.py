"""What the models of all kinds have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from pydantic import ConfigDict

from simnet.journal._record_kinds import Kind

JsonMapping = Mapping[str, Any]

BY_KIND: dict[Kind, type[RecordData]] = {}
"""The models that were defined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordData:
    """Base of what records carry."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    kind: ClassVar[Kind]

    def __init_subclass__(cls) -> None:
        BY_KIND[cls.kind] = cls  # of the two classes that ``slots`` makes the one that stays, which comes last

    def as_data(self) -> dict[str, Any]:
        """The fields as the journal has them, in their order."""
        data = {}
        for name, optional in _written(type(self)):
            value = getattr(self, name)
            if value is not None or not optional:
                data[name] = value
        return data


_WRITTEN: dict[type[RecordData], tuple[tuple[str, bool], ...]] = {}


def _written(model: type[RecordData]) -> tuple[tuple[str, bool], ...]:
    """The names of a model's fields, and which are left out where they are None."""
    found = _WRITTEN.get(model)
    if found is None:
        found = _WRITTEN[model] = tuple((field.name, field.default is None) for field in fields(model))
    return found
