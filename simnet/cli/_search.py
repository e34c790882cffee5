"""The work of `simnet search`: spaces from files, campaigns over them, and their exit code."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from simnet.cli._last_handler import HARNESS_FAILED
from simnet.cli._scenario_files import find_scenarios
from simnet.cli._screen import Screen
from simnet.cli._search_screen import SearchProgress, show_campaign
from simnet.cli.rehearsing import worst
from simnet.errors import InputError
from simnet.preflight import in_scenario
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import check_plan, new_run_id
from simnet.rehearsal import plan_of as plan_of_scenario
from simnet.scenario.loader import load_scenario
from simnet.search.campaign import Campaign
from simnet.search.plan import search_plan
from simnet.search.pool import DaskCluster, Pool, WorkerProcesses
from simnet.search.space import Space, checked
from simnet.search.space_file import is_space, load_space

FOUND = 1


@dataclass(frozen=True, kw_only=True)
class SearchRequest:
    """What the command line says, None where it says nothing; ``length`` of a case and ``seconds`` of the search."""

    schedules: int | None
    seconds: float | None
    jobs: int | None
    dask: str | None
    seed: int
    kinds: tuple[str, ...] | None
    length: float | None
    defects: tuple[str, ...]
    out: Path


def search_for(names: Sequence[str], asked: SearchRequest, resume: Path | None) -> int:
    """Searches each of the named spaces, or goes on with a campaign; the exit code of all."""
    console = Screen()
    if resume is not None:
        with Campaign.resume(resume) as campaign:
            if campaign.plan.schedules is None and asked.seconds is None:
                raise InputError("this campaign has no number of schedules; say with --for how long it goes on")
            return _run(console, campaign, asked)
    spaces = [_adapted(space, asked) for space in _spaces(names)]
    for space in spaces:
        check_plan(SimulatedProvider(defects=asked.defects), plan_of_scenario(space.base))
    codes = []
    for space in spaces:
        plan = search_plan(space, seed=asked.seed, schedules=asked.schedules, defects=asked.defects)
        with Campaign.begin(asked.out / new_run_id(f"search-{space.base.name}"), plan) as campaign:
            codes.append(_run(console, campaign, asked))
    return worst(codes)


def _run(console: Console, campaign: Campaign, asked: SearchRequest) -> int:
    """Works on a campaign and shows what it found; what is done when it is interrupted is kept."""
    name = campaign.plan.space.base.name
    console.print(Text(f"{name}: {campaign.folder}, seed {campaign.plan.seed}"), soft_wrap=True)
    resume = shlex.join(["simnet", "search", "--resume", str(campaign.folder)])
    until = None if asked.seconds is None else time.monotonic() + asked.seconds
    with _pool(asked) as pool, SearchProgress(console, campaign, pool) as progress:
        try:
            campaign.run(pool, until=until, on_change=progress.update)
        except KeyboardInterrupt:
            campaign.write()
            show_campaign(console, campaign, progress, resume)
            console.print(Text(f"stopped after {campaign.corpus.cases} schedules; go on with {resume}"), soft_wrap=True)
            raise
    show_campaign(console, campaign, progress, resume)
    corpus = campaign.corpus
    if corpus.broken() or corpus.aside or campaign.unrepeated():
        return HARNESS_FAILED
    return FOUND if corpus.failures() else 0


@contextmanager
def _pool(asked: SearchRequest) -> Iterator[Pool]:
    cores = len(os.sched_getaffinity(0))
    pool: Pool = WorkerProcesses(asked.jobs or cores) if asked.dask is None else DaskCluster(asked.dask)
    try:
        yield pool
    finally:
        pool.close()


def _spaces(names: Sequence[str]) -> list[Space]:
    spaces = []
    for name in names:
        if is_space(Path(name)):
            spaces.append(load_space(Path(name)))
        else:
            spaces += [Space(base=load_scenario(path, further=in_scenario)) for path in find_scenarios([name])]
    return spaces


def _adapted(space: Space, asked: SearchRequest) -> Space:
    """The space with what the command line says instead."""
    said = {"kinds": asked.kinds, "length": asked.length}
    return checked(space.model_copy(update={key: value for key, value in said.items() if value is not None}))
