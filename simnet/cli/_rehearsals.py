"""The work of `simnet run`: scenarios one after another, what came of each, and the exit code of all."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.text import Text

from simnet.cli._annotations import annotate_verdict
from simnet.cli._answers import NotRunAnswer, RunAnswer, RunsAnswer
from simnet.cli._last_handler import exit_code_of
from simnet.cli._scenario_files import find_scenarios, in_words, named_files
from simnet.cli._signals import exit_code_of_signal
from simnet.cli._verdicts import show
from simnet.errors import InputError, ScenarioError, UnsupportedError
from simnet.paths import shown, write_whole
from simnet.preflight import in_scenario
from simnet.providers.base import Provider, writes_blocks
from simnet.rehearsal import Options, Outcome, check_plan, plan_of, rehearse
from simnet.report.junit import RunSuite, UnrunSuite, junit_of_all
from simnet.report.progress import Progress
from simnet.scenario import Scenario
from simnet.scenario.loader import load_scenario


@dataclass(frozen=True)
class Planned:
    """What is to be run: scenarios with their files, and what was wrong with files that are left out."""

    scenarios: list[tuple[Path, Scenario]]
    left_out: dict[Path, InputError]


def planned(names: Sequence[str], overrides: Sequence[str], provider: Provider) -> Planned:
    """What the names stand for, each file read and each plan asked of the provider before anything starts.

    What is wrong with a file that is named itself refuses all: raises :class:`ScenarioError` with the problems of all
    such files together, :class:`UnsupportedError`, or :class:`InputError` for what is no such file. One that was found
    in a folder is left out, unless all would be.
    """
    paths, named = find_scenarios(names), named_files(names)
    further = partial(in_scenario, writes_blocks=writes_blocks(provider))
    read: list[tuple[Path, Scenario]] = []
    unread: dict[Path, InputError] = {}
    for path in paths:
        try:
            read.append((path, load_scenario(path, overrides=overrides, further=further)))
        except InputError as error:
            unread[path] = error
    _refuse([error for path, error in unread.items() if path in named or not read])
    fit: list[tuple[Path, Scenario]] = []
    unfit: dict[Path, InputError] = {}
    for path, scenario in read:
        try:
            check_plan(provider, plan_of(scenario))
        except UnsupportedError as error:
            unfit[path] = UnsupportedError(f"{scenario.name}: {error}")
        else:
            fit.append((path, scenario))
    left_out = unread | unfit
    _refuse([error for path, error in left_out.items() if path in named or not fit])
    return Planned(fit, left_out)


def _refuse(errors: Sequence[InputError]) -> None:
    """Raises what was wrong, all together, if something was."""
    mistakes = [one for one in errors if isinstance(one, ScenarioError)]
    if mistakes and len(mistakes) == len(errors):
        raise ScenarioError(list(dict.fromkeys(problem for one in mistakes for problem in one.problems)))
    if errors:
        text = "\n".join(dict.fromkeys(map(str, errors)))
        raise UnsupportedError(text) if isinstance(errors[0], UnsupportedError) else InputError(text)


@dataclass
class Rehearsals:
    """Runs what is planned, in order; a file that could not be run does not keep the others from it."""

    console: Console
    provider: Provider
    provider_name: str
    options: Options
    overrides: Sequence[str]
    outcomes: list[tuple[Path, Outcome]] = field(default_factory=list)
    not_run: dict[Path, tuple[int, str]] = field(default_factory=dict)
    """Exit code of each, and what was wrong."""
    ended_by: int | None = None
    """Exit code of the signal that ended all."""

    def run(self, what: Planned) -> None:
        """What raises on the way is told, and stands for that file; a signal ends all."""
        for path, error in what.left_out.items():
            self.not_run[path] = exit_code_of(error), str(error)
        try:
            for path, scenario in what.scenarios:
                self._one(path, scenario)
        finally:
            if len(what.scenarios) + len(what.left_out) > 1:
                self._summarize()

    def _one(self, path: Path, scenario: Scenario) -> None:
        about = f"{scenario.name}: {shown(path)}, seed {scenario.seed}, on {self.provider_name}"
        self.console.print(Text(about), soft_wrap=True)
        try:
            outcome = self._rehearse(scenario)
        except BrokenPipeError:
            raise
        except KeyboardInterrupt as error:
            self.ended_by = exit_code_of_signal(error)
            self.not_run[path] = self.ended_by, "interrupted"
            raise
        except Exception as error:
            self.not_run[path] = exit_code_of(error), str(error) or type(error).__name__
            return
        self.outcomes.append((path, outcome))
        show(self.console, outcome, self.command(path, outcome))
        annotate_verdict(scenario.name, path, outcome.verdict)

    def _rehearse(self, scenario: Scenario) -> Outcome:
        with Progress(self.console) as progress:
            options = replace(self.options, say=progress.say, on_network=progress.attach)
            return rehearse(scenario, self.provider, options)

    def command(self, path: Path, outcome: Outcome) -> str:
        """The command that repeats a run; a scenario of the library goes by its name in it."""
        seed = str(outcome.scenario.seed)
        parts = ["simnet", "run", in_words(path), "--provider", self.provider_name, "--seed", seed]
        for override in self.overrides:
            if not override.startswith("seed="):
                parts += ["--set", override]
        if self.options.try_runtime is not None:
            parts += ["--try-runtime", str(self.options.try_runtime)]
        return shlex.join(parts)

    def answer(self) -> RunsAnswer:
        """What is told to programs."""
        runs = (RunAnswer.of(one, file=path, repeat=self.command(path, one)) for path, one in self.outcomes)
        not_run = (
            NotRunAnswer(file=str(path), exit_code=code, error=why) for path, (code, why) in self.not_run.items()
        )
        return RunsAnswer.of(tuple(runs), tuple(not_run), self.ended_by)

    def write_junit(self, file: Path) -> None:
        """One file for all, as CI systems read it."""
        suites = [RunSuite(one.folder, one.scenario, one.evidence, one.verdict) for _, one in self.outcomes]
        unrun = [UnrunSuite(path.stem, str(path), why) for path, (_, why) in self.not_run.items()]
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, junit_of_all([*suites, *unrun]))

    def _summarize(self) -> None:
        """A line for each of several."""
        self.console.print()
        for _, outcome in self.outcomes:
            ended = "ended early" if outcome.verdict.harness_error is not None else outcome.verdict.status.value
            line = f"{ended:13} {outcome.scenario.name}  {shown(outcome.folder)}"
            self.console.print(Text(line), soft_wrap=True)
        for path, (_, why) in self.not_run.items():
            self.console.print(Text(f"{'not run':13} {shown(path)}  {why.splitlines()[0]}"), soft_wrap=True)
