"""What pydantic found wrong, in plain words and at its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from simnet.errors import Problem
from simnet.fields import KeyPath
from simnet.refusals import entries
from simnet.scenario._file_schema import FileSchema, found, guess, json_type, meant, shorten
from simnet.scenario._positions import MappingNode, ScalarNode, Spot, Tree, locate, parts

_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def explain(error: ValidationError, tree: Tree, shape: FileSchema) -> list[Problem]:
    """All problems of one validation except misfits and what is in them; ``tree`` is what was validated."""
    mistakes = [_mistake(item, tree) for item in error.errors(include_url=False)]
    return list(_Explainer(mistakes, shape, _misfits(tree, shape)).problems())


def misfits(tree: Tree, shape: FileSchema) -> list[Problem]:
    """Values that pydantic might take for something else.

    It takes ``validators: true`` for 1, a mapping for a duration, and a fault with nothing below it for none.
    """
    return [_mismatch(locate(tree, where), shape) for where in _misfits(tree, shape)]


def _misfits(tree: Tree, shape: FileSchema) -> list[KeyPath]:
    found: list[KeyPath] = []
    for where, part in parts(tree):
        kind = json_type(part)
        is_empty = kind == "null" and bool(shape.keys(where))
        if is_empty or (kind in ("boolean", "array", "object") and not shape.admits(where, kind)):
            found.append(where)
    return found


def split_hint(text: str) -> tuple[str, str | None]:
    """A message of the models, whose remedy stands behind its last semicolon that is none of a Rust array's, as
    ``[u8; 32]``."""
    message, hint = text, ""
    while True:
        message, semicolon, last = message.rpartition("; ")
        hint = f"{last}; {hint}" if hint else last
        if not semicolon:
            return text, None
        if not re.match(r"[\w.]+\]", last):
            return message, hint


@dataclass(frozen=True)
class _Mistake:
    """One of pydantic's errors: the part of the file that it is about, and the key that is unknown or missing there."""

    kind: str
    spot: Spot
    context: Mapping[str, Any]
    said: str
    key: str = ""
    of_its_key: bool = False
    """Whether the key of that part breaks a rule, not its value."""

    @property
    def is_mismatch(self) -> bool:
        """Whether the value is of the wrong type, maybe only for one of several alternatives."""
        return self.kind.endswith(("_type", "_parsing")) or self.kind in ("literal_error", "int_from_float")

    def same_part(self, other: _Mistake) -> bool:
        return self.spot.where == other.spot.where

    def is_in(self, where: KeyPath) -> bool:
        return self.spot.where[: len(where)] == where


def _mistake(item: Any, tree: Tree) -> _Mistake:
    kind, loc = item["type"], item["loc"]
    of_key = kind in ("missing", *_UNKNOWN)  # the key itself may be empty
    key = str(loc[-1]) if of_key else ""
    spot = locate(tree, loc[:-1] if of_key else loc)
    context = item.get("ctx", {})
    return _Mistake(kind, spot, context, item["msg"], key, of_its_key=not of_key and loc[-1:] == ("[key]",))


class _Explainer:
    def __init__(self, mistakes: list[_Mistake], shape: FileSchema, misfits: list[KeyPath]) -> None:
        self._mistakes = mistakes
        self._misfits = misfits
        self._shape = shape

    def problems(self) -> Iterator[Problem]:
        told: list[KeyPath] = []
        for one in self._mistakes:
            if self._follows_from_misfit(one):
                continue
            if one.is_mismatch:
                # Each alternative of a union complains; one that came further than the type knows better.
                other = any(not two.is_mismatch and two.is_in(one.spot.where) for two in self._mistakes)
                deeper = any(two.is_in(one.spot.where) and not two.same_part(one) for two in self._mistakes)
                if not other and not deeper and one.spot.where not in told:
                    told.append(one.spot.where)
                    yield _mismatch(one.spot, self._shape)
            elif one.kind == "missing":
                if not self._is_misspelt(one):
                    yield one.spot.tree.position.problem(f"missing key {one.key!r}")
            elif one.kind in _UNKNOWN:
                yield self._unknown(one)
            else:
                yield _rule(one, self._shape)

    def _follows_from_misfit(self, one: _Mistake) -> bool:
        """Whether it is about a misfit, something in it, or a rule of a mapping that holds one."""
        length = len(one.spot.where)
        breaks_rule = one.kind == "value_error"
        return any(one.is_in(where) or (breaks_rule and where[:length] == one.spot.where) for where in self._misfits)

    def _unknown(self, one: _Mistake) -> Problem:
        assert isinstance(one.spot.tree, MappingNode)
        position = one.spot.tree.entries[one.key].key_position
        return position.problem(f"unknown key {shorten(one.key)!r}", self._meant(one))

    def _meant(self, one: _Mistake) -> str | None:
        keys = self._shape.keys(one.spot.where) or ()
        held = one.spot.tree.entries if isinstance(one.spot.tree, MappingNode) else {}
        free = [key for key in keys if key not in held]
        # A key that is there already may have been meant after all, to replace one that was merged in.
        return meant(one.key, free if guess(one.key, free) or not guess(one.key, keys) else keys)

    def _is_misspelt(self, missing: _Mistake) -> bool:
        """Whether an unknown key of the same mapping was probably meant to be the missing one."""
        return any(
            other.kind in _UNKNOWN
            and other.same_part(missing)
            and self._meant(other) == meant(missing.key, [missing.key])
            for other in self._mistakes
        )


def _mismatch(spot: Spot, shape: FileSchema) -> Problem:
    tree = spot.tree
    message = f"expected {shape.expected(spot.where)}, found {found(tree)}"
    if isinstance(tree, ScalarNode) and isinstance(tree.value, str):
        near = guess(tree.value, shape.choices(spot.where))
        return tree.position.problem(message, f"did you mean {near!r}?" if near else None)
    if isinstance(tree, ScalarNode) and tree.value is not None and shape.admits(spot.where, "string"):
        return tree.position.problem(message, "put it in quotes")
    if isinstance(tree, MappingNode) and shape.admits(spot.where, "array"):
        return tree.position.problem(message, "begin each item with '- '")
    return tree.position.problem(message)


def _rule(one: _Mistake, shape: FileSchema) -> Problem:
    """A value of the right type that breaks a rule, or a mapping that contradicts itself."""
    position, tree = one.spot.position, one.spot.tree
    if one.kind in ("value_error", "assertion_error"):
        return position.problem(*split_hint(str(one.context["error"])))
    if one.kind in _BOUNDS:
        name, words = _BOUNDS[one.kind]
        return position.problem(f"expected {words} {one.context[name]}, found {found(tree)}")
    if one.kind == "string_pattern_mismatch" and one.of_its_key:
        place = one.spot.key_position or position
        return place.problem(f"the key {str(one.spot.where[-1])!r} does not have the form {one.context['pattern']}")
    if one.kind == "string_pattern_mismatch":
        message = f"{found(tree)} does not have the form {one.context['pattern']}"
        return position.problem(message, shape.description(one.spot.where))
    if one.kind == "too_short":
        return position.problem(
            f"expected {entries(one.context['min_length'])} or more, found {one.context['actual_length']}"
        )
    said = one.said.replace("Input should be", "expected")
    return position.problem(f"{said[:1].lower()}{said[1:]}, found {found(tree)}")
