"""What a search shows: how far it is while it runs, and at its end what failed, what was reached and what was not."""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

from simnet.paths import shown
from simnet.report.words import plural
from simnet.search.batch import Windows
from simnet.search.bundle import BUNDLE_FILE, read_bundle
from simnet.search.campaign import Campaign
from simnet.search.case_coverage import Phase, SearchCoverage
from simnet.search.corpus import Failure
from simnet.search.pool import Pool
from simnet.units import format_duration

HEARTBEAT = 30.0
"""Seconds between lines where there is no terminal."""

MOST_TOLD = 5
"""Failures that are told in full; the folder has all."""

_LABEL = 12
"""Width of the labels' column."""

_NEVER = "·"
"""Stands in the table for what was never reached."""


class SearchProgress:
    """A context manager around a campaign under way; :meth:`update` suits ``on_change`` of its ``run``."""

    def __init__(self, console: Console, campaign: Campaign, pool: Pool) -> None:
        self._console = console
        self._campaign = campaign
        self._pool = pool
        self._began = self._told = time.monotonic()
        self._before = campaign.corpus.cases + campaign.corpus.cases_shrinking
        """Schedules that an earlier process ran."""
        self._failures = 0
        self._live: Live | None = None

    def __enter__(self) -> SearchProgress:
        if self._console.is_terminal:
            self._live = Live(console=self._console, get_renderable=self._line, refresh_per_second=1, transient=True)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def update(self) -> None:
        """Tells of new failures at once, and where there is no terminal, how far it is, now and then."""
        failures = self._campaign.corpus.failures()
        for failure in failures[self._failures :]:
            found = f"found: {failure.suspect.name}, {schedule_text(failure.schedule)}"
            self._console.print(Text(found), soft_wrap=True)
        self._failures = max(self._failures, len(failures))
        if self._live is None and time.monotonic() - self._told >= HEARTBEAT:
            self._told = time.monotonic()
            self._console.print(self._line(), soft_wrap=True)

    @property
    def ran(self) -> int:
        """Schedules that this process had run, those of shrinking included."""
        corpus = self._campaign.corpus
        under_way = sum(self._pool.under_way(shrinking=which) for which in (False, True))
        return corpus.cases + corpus.cases_shrinking - self._before + under_way

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def _line(self) -> Text:
        plan, corpus = self._campaign.plan, self._campaign.corpus
        whole = f" of {plan.schedules}" if plan.schedules is not None else ""
        parts = [
            f"{corpus.cases + self._pool.under_way(shrinking=False)}{whole} schedules",
            f"{per_minute(self.ran, self.seconds)} a minute",
            plural(len(corpus.failures()), "failure"),
        ]
        waiting = len(corpus.to_shrink())
        parts += [f"shrinking {waiting}"] if waiting else []
        return Text(f"[{self.seconds:7.1f} s] " + ", ".join(parts))


def per_minute(ran: int, seconds: float) -> str:
    """Schedules a minute, whole."""
    return f"{60 * ran / seconds:.0f}" if seconds > 0 else "0"


def show_campaign(console: Console, campaign: Campaign, progress: SearchProgress, again: str) -> None:
    """The last screen. ``again`` is the command that goes on with the campaign or repeats it."""
    plan, corpus = campaign.plan, campaign.corpus
    _row(console, "space", f"{plan.space.base.name}, cases of {format_duration(plan.space.length)}, seed {plan.seed}")
    shrinking = f" and {corpus.cases_shrinking} to shrink failures" if corpus.cases_shrinking else ""
    ran = f"{progress.ran} now in {format_duration(round(progress.seconds))}"
    rate = per_minute(progress.ran, progress.seconds)
    _row(console, "schedules", f"{corpus.cases}{shrinking}; {ran}, {rate} a minute")
    failed, inconclusive = plural(corpus.failed, "schedule"), plural(corpus.inconclusive, "schedule")
    _row(console, "", f"{failed} failed, {inconclusive} inconclusive")
    failures = corpus.failures()
    for failure in failures[:MOST_TOLD]:
        _show_failure(console, campaign, failure)
    if len(failures) > MOST_TOLD:
        _row(console, "", f"and {len(failures) - MOST_TOLD} more in {shown(campaign.folder)}")
    console.print()
    show_coverage(console, SearchCoverage.of(corpus.reached(), plan.space.kinds))
    _show_trouble(console, campaign)
    console.print()
    _row(console, "folder", shown(campaign.folder))
    _row(console, "again", again)


def _show_failure(console: Console, campaign: Campaign, failure: Failure) -> None:
    console.print()
    _row(console, "failed", failure.suspect.name, "bold red")
    folder = campaign.bundle(failure)
    if (folder / BUNDLE_FILE).exists():
        for check, seen in _findings(folder):
            _row(console, "  seen", seen if check == failure.suspect.name else f"{check}: {seen}")
    _row(console, "  schedule", schedule_text(failure.schedule))
    _row(console, "  found", f"in {plural(failure.seen, 'schedule')}, shrunk in {failure.shrunk_in}")
    _row(console, "  file", shown(folder))
    _row(console, "  replay", shlex.join(["simnet", "replay", shown(folder)]))


def _findings(folder: Path) -> list[tuple[str, str]]:
    """(check, seen) of a bundle's failed findings, what was followed first."""
    bundle = read_bundle(folder)
    return sorted(bundle.findings.items(), key=lambda pair: pair[0] != bundle.followed)[:2]


def _show_trouble(console: Console, campaign: Campaign) -> None:
    """What the harness could not do."""
    corpus = campaign.corpus
    for (batch, _), why in sorted(corpus.aside.items()):
        _row(console, "put aside", f"batch {batch}: {why}", "bold yellow")
    for _, one in corpus.broken()[:MOST_TOLD]:
        _row(console, "broken", f"{schedule_text(one['schedule'])}: {one['why'].strip().splitlines()[-1]}", "bold red")
    for failure in campaign.unrepeated():
        _row(console, "unrepeated", f"{failure.suspect.name} did not fail again from scratch", "bold red")


def show_coverage(console: Console, coverage: SearchCoverage) -> None:
    """In how many schedules each kind of fault came in each phase, and which states were reached or never were."""
    width = max((len(kind) for kind in coverage.faults), default=0)
    _row(console, "coverage", "schedules by kind of fault and by what was going on when it came")
    for words in zip_longest(*(phase.value.split() for phase in Phase), fillvalue=""):
        _row(console, "", " " * width + "".join(f"{word:>11}" for word in words))
    for kind, row in coverage.faults.items():
        _row(console, "", f"{kind:<{width}}" + "".join(f"{row[phase] or _NEVER:>11}" for phase in Phase))
    reached = [f"{state.value} {n}" for state, n in coverage.states.items() if n]
    never = [state.value for state, n in coverage.states.items() if not n]
    _row(console, "states", "; ".join(reached) or "none")
    _row(console, "never", "; ".join(never) or "none")


def schedule_text(windows: Windows) -> str:
    """A schedule in a line: ``at 30s stop alice for 60s; at 120s ...``."""
    return "; ".join(_window_text(window) for window in windows) or "no fault"


def _window_text(window: dict[str, Any]) -> str:
    times = {"at", "for", "as"}
    kind = next(key for key in window if key not in times)
    values = window[kind] or {}
    said = ", ".join(f"{key} {_value_text(value)}" for key, value in values.items())
    length = f" for {window['for']}" if "for" in window else ""
    return f"at {window['at']} {kind} {said}{length}"


def _value_text(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " | ".join(_value_text(item) for item in value)
    return str(value)


def _row(console: Console, label: str, text: str, style: str = "") -> None:
    """A label and a text beside it, unwrapped, so that a line of a log stays one."""
    console.print(Text.assemble((f"{label:<{_LABEL}}", style), text.replace("\n", "\n" + " " * _LABEL)), soft_wrap=True)
