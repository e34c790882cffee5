"""A page for each public package: what it exports, of which mkdocstrings writes the signatures and docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module

from docs.public import names

_HEADS: dict[str, Callable[[object], bool]] = {
    "Classes": inspect.isclass,
    "Functions": inspect.isroutine,
    "Values and types": lambda value: not (inspect.isclass(value) or inspect.isroutine(value)),
}


def package(name: str) -> str:
    """What a package exports: classes, then functions, then all else."""
    module = import_module(name)
    lines = [
        f"# {name}",
        "",
        f"::: {name}",
        "    options: {members: false, show_root_heading: false, show_root_toc_entry: false}",
        "",
    ]
    for head, is_of in _HEADS.items():
        exported = [one for one in sorted(names(name)) if is_of(getattr(module, one))]
        if exported:
            lines += [f"## {head}", ""]
        for one in exported:
            lines += [f"::: {name}.{one}", ""]
    return "\n".join(lines)
