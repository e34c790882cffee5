"""What is compiled once for each type of a registry, when the type is first met: decoders and encoders."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar, cast

from simnet.chain._type_registry import Field, Types

_T = TypeVar("_T", bound=Callable[..., Any])


class PerType(ABC, Generic[_T]):
    """Compiles and keeps one function for each type of a registry. Safe to use from several threads."""

    def __init__(self, types: Types) -> None:
        self._types = types
        self._compiled: dict[int, _T] = {}
        self._open: set[int] = set()
        self._lock = threading.RLock()

    def of(self, type_id: int) -> _T:
        """What a type was compiled to; KeyError when the registry does not have it."""
        compiled = self._compiled.get(type_id)
        if compiled is not None:
            return compiled
        with self._lock:
            if type_id in self._compiled:
                return self._compiled[type_id]
            if type_id in self._open:  # a type that contains itself
                return self._later(type_id)
            self._open.add(type_id)
            try:
                compiled = self._compiled[type_id] = self._compile(type_id)
            finally:
                self._open.discard(type_id)
            return compiled

    def named(self, fields: Sequence[Field]) -> list[tuple[str, _T]]:
        """Fields with what their types were compiled to; unnamed ones are called ``"0"``, ``"1"`` and so on."""
        return [(field.name or str(at), self.of(field.type_id)) for at, field in enumerate(fields)]

    @abstractmethod
    def _compile(self, type_id: int) -> _T: ...

    def _later(self, type_id: int) -> _T:
        """What stands for a type while it is being compiled: it asks :meth:`of` again when it is used."""

        def later(*args: Any) -> Any:
            return self.of(type_id)(*args)

        return cast(_T, later)
