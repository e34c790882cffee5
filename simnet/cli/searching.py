"""Searching for schedules of faults that break a network: search."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simnet.cli._app import command
from simnet.errors import InputError
from simnet.providers.registry import DEFAULT
from simnet.units import parse_duration

SCHEDULES = 200
"""Schedules of a campaign that is told neither how many nor how long."""


@command()
def search(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="[PATH...]", help="Files of spaces or scenarios, or names of the library's."),
    ] = [],  # noqa: B006 - typer copies it
    schedules: Annotated[
        int | None, typer.Option(min=1, help=f"How many to run; {SCHEDULES} unless --for is given.")
    ] = None,
    length_of_search: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="How long to search; what is under way is finished.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Workers at a time; one for each core.")] = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Work on the Dask cluster whose scheduler is there.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the campaign: seeds of networks and schedules follow.")] = 0,
    kinds: Annotated[
        str | None, typer.Option(metavar="KIND,...", help="Faults to draw from, instead of the space's.")
    ] = None,
    length: Annotated[
        str | None, typer.Option(metavar="TIME", help="How long each case lasts from the barrier; 600s.")
    ] = None,
    provider: Annotated[str, typer.Option(help="Only simulated: schedules by the thousand need time that flies.")] = (
        DEFAULT
    ),
    defects: Annotated[
        list[str], typer.Option("--defect", metavar="NAME", help="A planted bug, to see whether it would be found.")
    ] = [],  # noqa: B006 - typer copies it
    out: Annotated[Path, typer.Option(help="Folder in which each campaign gets one of its own.")] = Path("runs"),
    resume: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Go on with a campaign that was stopped, however it was.")
    ] = None,
) -> None:
    """Search for schedules of faults under which a scenario's network does not hold what it should.

    Schedules are drawn over the scenario, run on simulated nodes, and judged by its expectations and the invariants.
    What fails is shrunk to the least that still fails, and kept as a bundle that `simnet replay` runs again. A campaign
    that was stopped goes on with --resume and ends as if it had not been.

    The file of a space has `base`, the path of a scenario beside it, and what differs from the defaults: `kinds`,
    `max_windows` (faults of a case), `length`, `max_fault_duration`, `quiet_period` (between faults), `settle` (at the
    end).

    Exits with 1 when something was found, 0 when not, 3 when simnet itself failed in a case.

    simnet search quickstart --schedules 500

    simnet search --resume runs/search-quickstart-0101-120000-ab12
    """
    from simnet.cli._search import SearchRequest, search_for  # noqa: PLC0415 - loads wasmtime and Hypothesis

    if provider != DEFAULT:
        raise InputError(
            f"a search runs thousands of schedules of minutes each, so it needs the provider {DEFAULT}, whose time is"
            " virtual; `simnet replay BUNDLE --provider docker` confirms on real nodes what it found"
        )
    if (resume is None) == (not paths):
        raise InputError("name what to search, or give --resume FOLDER")
    if jobs is not None and dask is not None:
        raise InputError("--jobs counts workers of this machine; with --dask the cluster has its own")
    asked = SearchRequest(
        schedules=schedules if schedules is not None or length_of_search is not None else SCHEDULES,
        seconds=None if length_of_search is None else parse_duration(length_of_search),
        jobs=jobs,
        dask=dask,
        seed=seed,
        kinds=None if kinds is None else tuple(kind.strip() for kind in kinds.split(",") if kind.strip()),
        length=None if length is None else parse_duration(length),
        defects=tuple(defects),
        out=out,
    )
    raise typer.Exit(search_for(paths, asked, resume))
