"""A page for each public package: what it exports, of which mkdocstrings writes the signatures and docstrings."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable

_HEADS: dict[str, Callable[[object], bool]] = {
    "Classes": inspect.isclass,
    "Functions": inspect.isroutine,
    "Values and types": lambda value: not (inspect.isclass(value) or inspect.isroutine(value)),
}


def package(name: str) -> str:
    """What a package exports: classes, then functions, then all else."""
    module = importlib.import_module(name)
    lines = [f"# {name}", "", f"::: {name}", "    options: {members: false, show_root_heading: false}", ""]
    for head, is_of in _HEADS.items():
        exported = [one for one in sorted(module.__all__) if is_of(getattr(module, one))]
        if exported:
            lines += [f"## {head}", ""]
        for one in exported:
            lines += [f"::: {name}.{one}", ""]
    return "\n".join(lines)
