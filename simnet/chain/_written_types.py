"""Types written by hand, as Rust writes them, for what no metadata describes; they become tables of
:mod:`simnet.chain._type_registry`, so that one compiler serves both.

A text is a primitive (``u32``), ``[T; 32]``, ``Vec<T>``, ``Option<T>``, ``BTreeMap<K, V>``, ``Compact<T>``,
``BitVec``, a tuple ``(A, B)``, or the name of a struct or an enum that is declared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from simnet.chain import _type_registry as registry

_TOKEN = re.compile(r"\s*([A-Za-z_]\w*|\d+|[\[\]<>(),;])")


@dataclass(frozen=True)
class Enum:
    """Variants by the byte that selects them: a name, and the type of each field."""

    variants: Mapping[int, tuple[str, tuple[str, ...]]]


Declared = Mapping[str, Mapping[str, str] | Enum]
"""Structs (types by the names of their fields) and enums by name."""


class WrittenTypes:
    """Types by number, those of the declared names and of every text that was asked for."""

    def __init__(self, declared: Declared) -> None:
        self.types: dict[int, registry.TypeDef] = {}
        self._declared = declared
        self._ids: dict[str, int] = {}

    def of(self, text: str) -> int:
        """The number of a type; ValueError for a text that is none."""
        tokens = _TOKEN.findall(text)
        if "".join(tokens) != re.sub(r"\s", "", text):
            raise ValueError(f"{text!r} is no type")
        return _Parser(self, tokens).whole()

    def named(self, name: str) -> int:
        """The number of a primitive, a struct or an enum."""
        if name not in self._ids:
            self._ids[name] = at = len(self._ids)
            self.types[at] = self._definition(name)
        return self._ids[name]

    def kept(self, definition: registry.TypeDef) -> int:
        """The number of a type without a name."""
        key = repr(definition)
        if key not in self._ids:
            self._ids[key] = len(self._ids)
            self.types[self._ids[key]] = definition
        return self._ids[key]

    def _definition(self, name: str) -> registry.TypeDef:
        declared = self._declared.get(name)
        if declared is None:
            if registry.Primitive(name) in registry.PRIMITIVES:
                return registry.Primitive(name)
            raise ValueError(f"no type is called {name!r}")
        if isinstance(declared, Enum):
            return registry.Enumeration(
                (name,),
                tuple(
                    registry.Variant(variant, tuple(registry.Field(None, self.of(one)) for one in fields), index, "")
                    for index, (variant, fields) in declared.variants.items()
                ),
            )
        return registry.Composite((name,), tuple(registry.Field(key, self.of(one)) for key, one in declared.items()))


class _Parser:
    """Reads one type from its tokens."""

    def __init__(self, written: WrittenTypes, tokens: list[str]) -> None:
        self._written = written
        self._tokens = tokens[::-1]

    def whole(self) -> int:
        found = self._type()
        if self._tokens:
            raise ValueError(f"{self._tokens[-1]!r} is left over")
        return found

    def _type(self) -> int:
        match self._next():
            case "(":
                return self._written.kept(registry.TupleOf(tuple(self._until(")"))))
            case "[":
                item = self._type()
                self._expect(";")
                length = int(self._next())
                self._expect("]")
                return self._written.kept(registry.Array(length, item))
            case "BitVec":
                order = self._written.kept(registry.Composite(("Lsb0",), ()))
                return self._written.kept(registry.BitSequence(self._written.named("u8"), order))
            case "Vec":
                return self._written.kept(registry.Sequence(self._arguments()[0]))
            case "BTreeMap":
                return self._written.kept(
                    registry.Sequence(self._written.kept(registry.TupleOf(tuple(self._arguments()))))
                )
            case "Compact":
                return self._written.kept(registry.CompactOf(self._arguments()[0]))
            case "Option":
                none = registry.Variant("None", (), 0, "")
                some = registry.Variant("Some", (registry.Field(None, self._arguments()[0]),), 1, "")
                return self._written.kept(registry.Enumeration(("Option",), (none, some)))
            case name:
                return self._written.named(name)

    def _arguments(self) -> list[int]:
        self._expect("<")
        return self._until(">")

    def _until(self, end: str) -> list[int]:
        found: list[int] = []
        while self._tokens and self._tokens[-1] != end:
            found.append(self._type())
            if self._tokens and self._tokens[-1] == ",":
                self._next()
        self._expect(end)
        return found

    def _next(self) -> str:
        if not self._tokens:
            raise ValueError("a type ends early")
        return self._tokens.pop()

    def _expect(self, token: str) -> None:
        found = self._next()
        if found != token:
            raise ValueError(f"{found!r} where {token!r} belongs")
