"""Docstrings as mkdocstrings shows them: in Markdown, though they have reStructuredText's marks."""

from __future__ import annotations

import re

import griffe

_ROLE = re.compile(r":\w+:`(?:~[\w.]*\.)?([^`]+)`")


def markdown(docstring: str) -> str:
    """A docstring with its lines, lists and blocks of code, and with names in code marks."""
    coded = _ROLE.sub(r"`\1`", docstring).replace("``", "`")
    return re.sub(r"(\w)::$", r"\1:", re.sub(r"^\s*::$", "", coded, flags=re.MULTILINE), flags=re.MULTILINE)


class MarkdownDocstrings(griffe.Extension):
    """Has mkdocstrings read simnet's docstrings as Markdown."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value)
