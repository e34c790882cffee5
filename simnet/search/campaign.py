"""A campaign: batches of one space, done by many workers, in a folder from which it can be resumed.

``campaign.json`` says what is searched, ``batches.jsonl`` has a line for each result, ``corpus/`` what was found, and
``coverage.json`` what was reached. All but the first two follow from these.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from simnet.errors import InputError, SimnetError
from simnet.paths import write_whole
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.regular_files import NOTES, UnfitFileError, only_regular, read_lines, read_regular
from simnet.scenario import Scenario
from simnet.scenario.save import save_scenario
from simnet.search.batch import EXPLORE, CaseKey, Job, Windows
from simnet.search.bundle import BUNDLE_FILE, read_bundle, write_bundle
from simnet.search.case_coverage import SearchCoverage
from simnet.search.corpus import Corpus, Failure
from simnet.search.plan import SearchPlan
from simnet.search.pool import FinishedJob, Pool
from simnet.search.results import read_result
from simnet.search.space_file import windows_from_data
from simnet.search.strategies import case

CAMPAIGN_FILE, BATCHES_FILE, COVERAGE_FILE, CORPUS = "campaign.json", "batches.jsonl", "coverage.json", "corpus"

DEATHS = 3
"""Workers that a job may cost before it is put aside."""

GLANCE = 1.0
"""Seconds between looks at workers that have not ended."""


class Campaign:
    """A campaign in its folder. Make one with :meth:`begin`, or :meth:`resume` what was begun."""

    def __init__(self, folder: Path, plan: SearchPlan, results: list[dict[str, Any]], file: IO[str]) -> None:
        self.folder = folder
        self.plan = plan
        self._results = results
        self._file = file
        self.corpus = Corpus.of(results)
        self._deaths: Counter[CaseKey] = Counter()
        self._running: set[CaseKey] = set()

    # -- its folder ---------------------------------------------------------------------------------------------------

    @classmethod
    @contextmanager
    def begin(cls, folder: Path | str, plan: SearchPlan) -> Iterator[Campaign]:
        """A new campaign in a new folder; raises :class:`InputError` when it cannot be made."""
        folder = Path(folder)
        try:
            folder.mkdir(parents=True)
            (folder / CAMPAIGN_FILE).write_text(json.dumps(plan.to_data(), indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise InputError(f"the campaign's folder {folder} cannot be made: {error}; choose another") from error
        with cls.resume(folder) as campaign:
            yield campaign

    @classmethod
    @contextmanager
    def resume(cls, folder: Path | str) -> Iterator[Campaign]:
        """A campaign that was begun, with what is done of it. Batches whose processes were killed from outside are none
        of that: they are run again.

        Raises :class:`InputError` for a folder without one, when simnet or a runtime is not what it was, so that its
        batches would not be comparable, and when another process works on it.
        """
        folder = Path(folder)
        plan = _read_plan(folder)
        path = folder / BATCHES_FILE
        with ExitStack() as opened:
            file = opened.enter_context(_locked(path))
            results, lines = _read_results(path)
            if len(lines) != path.stat().st_size:
                write_whole(path, lines)
                file = opened.enter_context(_locked(path))
            yield cls(folder, plan, results, file)

    def _keep(self, result: dict[str, Any]) -> None:
        """Adds a line, which reaches the disk before the work counts as done."""
        self._file.write(json.dumps(result) + "\n")
        self._file.flush()
        self._results.append(result)
        self.corpus = Corpus.of(self._results)

    # -- running ------------------------------------------------------------------------------------------------------

    def run(self, pool: Pool, *, until: float | None = None, on_change: Callable[[], None] = lambda: None) -> None:
        """Works until all schedules are run, or until a time of ``time.monotonic``; batches under way are finished,
        and failures shrunk. ``on_change`` is called now and then, and after each result.

        Raises :class:`~simnet.errors.SimnetError` when a network cannot be launched.
        """
        while True:
            late = until is not None and time.monotonic() >= until
            for job in self._due(explore=not late, limit=pool.free):
                self._running.add(job.key)
                pool.start(job)
            if not self._running:
                break
            for ended in pool.wait(GLANCE):
                self._take(ended)
            on_change()
        self.write()

    def _due(self, *, explore: bool, limit: int) -> list[Job]:
        """Jobs to begin now: failures to shrink first, then the next batches."""
        due = [
            Job(plan=self.plan, batch=one.key[0], case=one.key[1], first=one.schedule, name=one.name)
            for one in self.corpus.to_shrink()
            if one.key not in self._running
        ]
        batch = 0
        while explore and len(due) < limit and self.plan.examples(batch):
            if not self.corpus.done(batch) and (batch, EXPLORE) not in self._running:
                due.append(Job(plan=self.plan, batch=batch))
            batch += 1
        return due[: max(0, limit)]

    def _take(self, ended: FinishedJob) -> None:
        """Keeps a result; a job whose worker died is begun again, unless it has cost too many."""
        key = ended.job.key
        self._running.discard(key)
        if ended.result is None:
            self._deaths[key] += 1
            if self._deaths[key] >= DEATHS:
                self._keep({"batch": key[0], "case": key[1], "aside": ended.death})
            return
        if "error" in ended.result:
            raise SimnetError(f"batch {key[0]} cannot be run: {ended.result['error']}")
        self._keep(ended.result)
        if key[1] != EXPLORE:
            self._write_failures()

    # -- what it found ------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Brings ``coverage.json`` and ``corpus/`` up to date with the results."""
        corpus = self.corpus
        coverage = SearchCoverage.of(corpus.reached(), self.plan.space.kinds)
        data = {
            "schedules": corpus.cases,
            "faults": coverage.faults,
            "states": coverage.states,
            "missing": coverage.missing(),
        }
        (self.folder / COVERAGE_FILE).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
        self._write_failures()
        files = {
            f"reached-{_name(kept.key)}.yaml": (kept.key, kept.schedule, f"The first to reach: {'; '.join(kept.new)}.")
            for kept in corpus.kept()
        } | {
            f"broken-{_name(key)}.yaml": (key, one["schedule"], f"The harness failed: {one['why']}")
            for key, one in corpus.broken()
        }
        for path in self._corpus().glob("*.yaml"):
            if path.name not in files:
                path.unlink()
        for name, (key, schedule, why) in files.items():
            path = self._corpus() / name
            text = save_scenario(self.scenario(key, schedule).model_copy(update={"description": why}))
            if not path.exists() or path.read_text(encoding="utf-8") != text:  # an earlier batch may have ended since
                path.write_text(text, encoding="utf-8")

    def scenario(self, key: CaseKey, schedule: Windows) -> Scenario:
        """A case of the campaign as a scenario."""
        return case(self.plan.of_batch(key[0]), windows_from_data(schedule))

    def bundle(self, failure: Failure) -> Path:
        """The folder of a failure's bundle."""
        return self._corpus() / f"failure-{_name(failure.suspect.key)}"

    def unrepeated(self) -> list[Failure]:
        """Failures that did not come again, when they were to be shrunk or from scratch."""
        return [one for one in self.corpus.failures() if not (one.repeated and read_bundle(self.bundle(one)).stands)]

    def _corpus(self) -> Path:
        folder = self.folder / CORPUS
        folder.mkdir(exist_ok=True)
        return folder

    def _write_failures(self) -> None:
        """Writes a bundle for each failure that has none, and removes those that a smaller one has replaced."""
        failures = {self.bundle(failure): failure for failure in self.corpus.failures()}
        for path in self._corpus().glob("failure-*"):
            if path not in failures:
                shutil.rmtree(path)
        provider = SimulatedProvider(defects=self.plan.defects)
        for path, failure in failures.items():
            if not (path / BUNDLE_FILE).exists():
                suspect = failure.suspect
                found = {
                    "campaign": self.folder.name,
                    "seed": self.plan.seed,
                    "batch": suspect.key[0],
                    "case": suspect.key[1],
                    "first": suspect.schedule,
                    "shrunk_in": failure.shrunk_in,
                }
                scenario = self.scenario(suspect.key, failure.schedule)
                write_bundle(path, scenario, provider, followed=suspect.name, found=found)


def _name(key: CaseKey) -> str:
    return f"{key[0]:04}-{key[1]:02}"


def _read_plan(folder: Path) -> SearchPlan:
    try:
        data = json.loads(read_regular(folder / CAMPAIGN_FILE, NOTES))
        was = {key: data.pop(key) for key in ("versions", "runtimes")}
        plan = SearchPlan.model_validate(data)
    except FileNotFoundError as error:
        raise InputError(f"{folder} is no campaign: {error}; give a folder that `simnet search` made") from error
    except UnfitFileError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{folder / CAMPAIGN_FILE} is not what `simnet search` writes: {error!r}") from error
    now = plan.depends_on()
    if was != now:
        raise InputError(
            f"the campaign in {folder} was begun with {was['versions']} and runtimes {was['runtimes']}, now there"
            f" are {now['versions']} and {now['runtimes']}; results of both cannot stand beside each other, so begin"
            " another"
        )
    return plan


@contextmanager
def _locked(path: Path) -> Iterator[IO[str]]:
    """The results' file, to append to, while no other process has it so."""
    with open(path, "a+", encoding="utf-8", opener=only_regular) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(f"another process works on the campaign in {path.parent}; wait for it or end it") from None
        yield file


def _read_results(path: Path) -> tuple[list[dict[str, Any]], bytes]:
    """The results so far, and the lines that say them: without a last one that a kill cut short, since others will
    follow, and without what was killed from outside."""
    whole = [line for line in read_lines(path) if line.endswith(b"\n")]
    results = []
    for number, line in enumerate(whole, start=1):
        try:
            results.append(read_result(line))
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError(f"{path}:{number} is no result of a batch: {error}") from error
    again = {one["batch"] for one in results if _was_killed(one)}
    # What later batches had shrunk in the place of those may not be what is to be shrunk.
    first = min(again, default=None)
    later = [first is not None and "shrunk_in" in one and one["batch"] > first for one in results]
    kept = [one["batch"] not in again and not passed for one, passed in zip(results, later, strict=True)]
    lines = b"".join(line for line, keep in zip(whole, kept, strict=True) if keep)
    return [one for one, keep in zip(results, kept, strict=True) if keep], lines


def _was_killed(result: dict[str, Any]) -> bool:
    """Whether a job was put aside, or a case of a batch showed nothing, because its process was killed."""
    return "aside" in result or any(one.get("killed") for one in result.get("broken", ()))
