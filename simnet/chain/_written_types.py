"""Types written by hand, as Rust writes them, for what no metadata describes; they become tables of
:mod:`simnet.chain._type_registry`, so that one compiler serves both.

A text is a primitive (``u32``), ``[T; 32]``, ``Vec<T>``, ``Option<T>``, ``BTreeMap<K, V>``, ``Compact<T>``,
``BitVec``, a tuple ``(A, B)``, or the name of a struct or an enum that is declared or that a runtime's metadata has.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from itertools import count
from types import MappingProxyType

from simnet.chain import _type_registry as registry

_AS_PYTHON = str.maketrans("<>;", "[],")
"""Makes a type an expression of Python, whose parser reads it."""


class Enum(dict[int, str]):
    """Variants by the byte that selects them: a name, with the types of its fields in brackets if it has some."""


Declared = Mapping[str, Mapping[str, str] | Enum]
"""Structs (types by the names of their fields) and enums by name."""


class WrittenTypes:
    """Types by number: the ``known`` ones of a runtime, those that are declared, and every text that was asked for."""

    def __init__(self, declared: Declared, known: registry.Types = MappingProxyType({})) -> None:
        self.types: dict[int, registry.TypeDef] = dict(known)
        self._declared = declared
        self._ids = {
            kind.path[-1]: at
            for at, kind in known.items()
            if isinstance(kind, registry.Composite | registry.Enumeration)
            and kind.path
            and kind.path[-1] not in declared
        }
        self._free = count(max(known, default=-1) + 1)

    def of(self, text: str) -> int:
        """The number of a type; ValueError for a text that is none."""
        return self._number(_parsed(text))

    def _number(self, node: ast.expr) -> int:
        key = ast.unparse(node)
        if key not in self._ids:
            self._ids[key] = at = next(self._free)  # before its definition, in which it may occur
            try:
                self.types[at] = self._definition(node)
            except ValueError:
                del self._ids[key]
                raise
        return self._ids[key]

    def _definition(self, node: ast.expr) -> registry.TypeDef:
        match node:
            case ast.Tuple(items):
                return registry.TupleOf(tuple(map(self._number, items)))
            case ast.List([item, ast.Constant(int(length))]):
                return registry.Array(length, self._number(item))
            case ast.Subscript(ast.Name("Vec"), item) | ast.Subscript(ast.Name("BTreeMap"), ast.Tuple() as item):
                return registry.Sequence(self._number(item))
            case ast.Subscript(ast.Name("Compact"), item):
                return registry.CompactOf(self._number(item))
            case ast.Subscript(ast.Name("Option"), item):
                return self._declaration("Option", Enum({0: "None", 1: f"Some({ast.unparse(item)})"}))
            case ast.Name("BitVec"):
                return registry.BitSequence(self.of("u8"), self.of("Lsb0"))
            case ast.Name("Lsb0"):
                return registry.Composite(("Lsb0",), ())
            case ast.Name(name) if name in self._declared:
                return self._declaration(name, self._declared[name])
            case ast.Name(name) if registry.Primitive(name) in registry.PRIMITIVES:
                return registry.Primitive(name)
        raise ValueError(f"{ast.unparse(node)!r} is no type")

    def _declaration(self, name: str, declared: Mapping[str, str] | Enum) -> registry.TypeDef:
        if isinstance(declared, Enum):
            return registry.Enumeration((name,), tuple(self._variant(*one) for one in declared.items()))
        return registry.Composite((name,), tuple(registry.Field(key, self.of(one)) for key, one in declared.items()))

    def _variant(self, index: int, text: str) -> registry.Variant:
        node = _parsed(text)
        name, fields = (node.func, node.args) if isinstance(node, ast.Call) else (node, [])
        return registry.Variant(
            ast.unparse(name), tuple(registry.Field(None, self._number(one)) for one in fields), index, ""
        )


def _parsed(text: str) -> ast.expr:
    try:
        return ast.parse(text.translate(_AS_PYTHON), mode="eval").body
    except SyntaxError:
        raise ValueError(f"{text!r} is no type") from None
