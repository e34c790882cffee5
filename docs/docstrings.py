"""Docstrings as Markdown: they have reStructuredText's marks for code and for names."""

from __future__ import annotations

import inspect
import re

import griffe

_ROLE = re.compile(r":(?:\w+:)+`~?(?:[\w.]+\.)?(\w+)`")


def markdown(docstring: str) -> str:
    """The docstring's text; names in roles, as ``:class:`InputError```, without the way to them."""
    return _ROLE.sub(r"`\1`", inspect.cleandoc(docstring)).replace("``", "`")


def line(docstring: str) -> str:
    """The same in one line, for a cell of a table or an item of a list."""
    return " ".join(markdown(docstring).split())


class MarkdownDocstrings(griffe.Extension):
    """Has mkdocstrings read simnet's docstrings as Markdown."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value)
