"""Dispatch errors in events: which fields of a runtime's events may carry one, found by their types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simnet.chain import _type_registry as registry

_ERROR = ("sp_runtime", "DispatchError")
_ERROR_WITH_INFO = ("sp_runtime", "DispatchErrorWithPostInfo")

_HANDLED = ("IfElseFallbackCalled",)
"""Events whose error the call itself has dealt with (pallet-utility 42, if_else)."""


class DispatchErrors:
    """Finds in events what says that a call failed: a ``DispatchError``, or a ``Result`` with one as its ``Err``."""

    def __init__(self, types: registry.Types, pallets: Mapping[str, registry.Pallet]) -> None:
        self._types = types
        self._pallets = pallets
        self._fields: dict[str, dict[str, tuple[str, ...]]] = {}
        """By pallet and event, the names of fields that may hold one."""

    def events_of(self, pallet: str) -> Mapping[str, Sequence[str]]:
        """The events of a pallet that may tell of a failure, with their fields."""
        if pallet not in self._fields:
            found = self._pallets.get(pallet)
            events = registry.variants(self._types, None if found is None else found.event)
            self._fields[pallet] = {
                one.name: fields for one in events if one.name not in _HANDLED and (fields := self._of(one))
            }
        return self._fields[pallet]

    def found(self, pallet: str, event: str, fields: Mapping[str, Any]) -> Any:
        """The decoded ``DispatchError`` in an event; None where it tells of none."""
        for name in self.events_of(pallet).get(event, ()):
            value = fields.get(name)
            if isinstance(value, dict) and value.keys() <= {"Ok", "Err"}:
                value = value.get("Err")
            elif value == "Ok":
                value = None
            if isinstance(value, dict) and value.keys() == {"post_info", "error"}:
                value = value["error"]
            if value is not None:
                return value
        return None

    def _of(self, event: registry.Variant) -> tuple[str, ...]:
        named = ((field.name or str(at), field.type_id) for at, field in enumerate(event.fields))
        return tuple(name for name, type_id in named if self._may_fail(type_id))

    def _may_fail(self, type_id: int) -> bool:
        match self._types[type_id]:
            case registry.Enumeration(path=("Result",), variants=(_, err)):
                return any(self._is_error(field.type_id) for field in err.fields)
        return self._is_error(type_id)

    def _is_error(self, type_id: int) -> bool:
        definition = self._types[type_id]
        if not isinstance(definition, registry.Composite | registry.Enumeration):
            return False
        return definition.path in (_ERROR, _ERROR_WITH_INFO)
