"""Which names of simnet are for its users, module by module: what the reference shows, what has to be documented."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

MODULES: tuple[str, ...] = (
    "simnet",
    "simnet.scenario",
    "simnet.faults",
    "simnet.checks",
    "simnet.testing",
    "simnet.pytest_plugin",
    "simnet.search",
    "simnet.network",
    "simnet.providers",
    "simnet.journal",
    "simnet.journal.records",
    "simnet.report",
    "simnet.errors",
    "simnet.fields",
    "simnet.units",
    "simnet.faults.drawing",
    "simnet.faults.strengths",
    "simnet.checks.bounds",
    "simnet.checks.coverage",
    "simnet.checks.watched",
    "simnet.checks.authors",
)
"""In the order of the reference: first what scenarios and suites need, from ``simnet.fields`` on what extensions do."""

INTERNAL: tuple[str, ...] = (
    "simnet.chain",
    "simnet.cli",
    "simnet.codec",
    "simnet.environment",
    "simnet.escaping",
    "simnet.exit_codes",
    "simnet.extensions",
    "simnet.field_docs",
    "simnet.forms",
    "simnet.ownership",
    "simnet.paths",
    "simnet.preflight",
    "simnet.refusals",
    "simnet.regular_files",
    "simnet.rehearsal",
    "simnet.run_file",
    "simnet.runtime",
    "simnet.scratch",
    "simnet.upgrades",
)
"""Rooms that users have no need to import from; what they may want of one is exported by ``simnet``."""


def names(module: str) -> tuple[str, ...]:
    """The public names of a module: those that it exports, or else those that it defines."""
    found: ModuleType = import_module(module)
    exported: list[str] | None = getattr(found, "__all__", None)
    return tuple(exported) if exported is not None else tuple(_defined(found))


def _defined(module: ModuleType) -> Iterator[str]:
    for node in ast.parse(inspect.getsource(module)).body:
        targets: list[ast.expr] = []
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            targets = [ast.Name(node.name)]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (one.id for one in targets if isinstance(one, ast.Name) and not one.id.startswith("_"))
