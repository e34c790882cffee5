"""A page for each public package, of what mkdocstrings finds in it."""

from __future__ import annotations

import importlib


def package(name: str) -> str:
    """What a package exports, each with its docstring."""
    members = "".join(f"        - {one}\n" for one in importlib.import_module(name).__all__)
    return f"# {name}\n\n::: {name}\n    options:\n      members:\n{members}"
