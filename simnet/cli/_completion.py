"""What a shell offers after Tab: names of the library, runs that are up, their nodes, kinds of fault and their keys.

It must say nothing and never fail: where nobody can say what there is, nothing is offered. A shell filters by what was
typed so far.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import typer
from pydantic import TypeAdapter

from simnet.cli._run_finder import survey
from simnet.cli._scenario_files import library
from simnet.cli._schemas import SCHEMAS
from simnet.errors import SimnetError
from simnet.faults import KINDS
from simnet.journal import launched_network
from simnet.network.topology import Topology
from simnet.providers.registry import names
from simnet.runtime.bundled import digests
from simnet.scenario.loader import load_plain

_BY_SELECTORS = {"targets", "groups", "from", "to", "source", "target"}
"""Keys of faults that take selectors of nodes."""


def scenarios() -> list[str]:
    """Names of the library. Of files the shell knows itself."""
    return list(library())


def tags() -> list[str]:
    """Of the library's scenarios."""
    return sorted({str(tag) for path in library().values() for tag in load_plain(path).get("tags", ())})


def schemas() -> list[tuple[str, str]]:
    """What `simnet schema` takes."""
    return [(name, one.what) for name, one in SCHEMAS.items()]


def runtimes() -> list[str]:
    """Bundled runtimes. Of files the shell knows itself."""
    return list(digests())


def providers() -> list[str]:
    """What `--provider` takes."""
    return list(names())


def runs() -> list[tuple[str, str]]:
    """Runs that are up."""
    return [(one.deployment.run, one.deployment.what) for one in survey().found]


def nodes(ctx: typer.Context) -> list[str]:
    """Nodes of the run that the command line names."""
    topology = _topology(ctx)
    return [node.name for node in topology.nodes] if topology is not None else []


def kinds() -> list[str]:
    """Of faults."""
    return list(KINDS)


def fault_values(ctx: typer.Context, incomplete: str) -> list[str]:
    """Keys of the fault that the command line names, and after a key that takes nodes, selectors of them.

    Some shells, as bash, give what stands on both sides of ``=`` as words of their own.
    """
    kind = ctx.params.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        return []
    keys = list(TypeAdapter(KINDS[kind]).json_schema(by_alias=True)["properties"])
    before = [word for word in ctx.params.get("values") or () if word != "="]
    key, equals, _ = incomplete.partition("=")
    if not equals and before and before[-1] in keys:
        return _selectors(ctx, before[-1])
    if equals:
        return [f"{key}={one}" for one in _selectors(ctx, key)]
    return [f"{one}=" for one in keys]


def _selectors(ctx: typer.Context, key: str) -> list[str]:
    topology = _topology(ctx) if key in _BY_SELECTORS else None
    return topology.selectors() if topology is not None else []


def _topology(ctx: typer.Context) -> Topology | None:
    """Of the run that the command line names, by its journal."""
    with contextlib.suppress(SimnetError, OSError):
        run = ctx.params.get("run")
        folder = Path(run) if run is not None and Path(run).is_dir() else survey().one(run).deployment.folder
        return launched_network(folder).topology if folder is not None else None
    return None
