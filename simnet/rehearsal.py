"""Running a scenario from start to verdict, and judging a stored run again.

One verb a stage: plan, launch, barrier, steps, settle, close, judge, report.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ConfigDict

from simnet.checks.seats import seats_at, seats_told
from simnet.checks.verdict import Verdict, judge
from simnet.codec import blake2_256
from simnet.errors import InputError, SimnetError, StorageError, UnsupportedError
from simnet.faults import Fault
from simnet.fields import Seconds, SecondsForm
from simnet.forms import FormsOfFiles
from simnet.journal import FORMAT, Ask, Evidence, Journal, read_evidence, read_seal
from simnet.journal.records import RunStarted, UpgradeTried
from simnet.paths import shown
from simnet.preflight import check_scenario, in_checks, second_builds
from simnet.providers.barrier import reach_barrier
from simnet.providers.base import Launch, Plan, Provider
from simnet.providers.network import Network
from simnet.report import write_reports
from simnet.run_file import (
    JOURNAL_FILE,
    JUDGED_FILE,
    RUN_FILE,
    SCENARIO_FILE,
    Provenance,
    commit,
    digest,
    store,
    verify,
    write_run_file,
)
from simnet.scenario import Scenario
from simnet.scenario.loader import load_scenario
from simnet.scenario.save import save_scenario, to_data
from simnet.scenario.timeline import Timeline

START_WITHIN = 480.0
"""Seconds from the launch to the barrier: on two busy cores a network of six real nodes needed 125 s."""


@dataclass(frozen=True)
class Outcome:
    """A finished run: its folder, what its journal shows, and the verdict with what it comes from."""

    folder: Path
    scenario: Scenario
    evidence: Evidence
    verdict: Verdict
    provenance: Provenance
    unwritten: str | None = None
    """Why the folder lacks a file that it should have."""


@dataclass(frozen=True, kw_only=True)
class Options(metaclass=FormsOfFiles):
    """How to run, in the forms of the command line: ``Options(out="runs", start_within="10min")``."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            out: Path | str = Path("runs"),
            keep: bool = False,
            start_within: SecondsForm = START_WITHIN,
            try_runtime: Path | str | None = None,
            say: Callable[[str], None] = ...,
            on_network: Callable[[Network], None] = ...,
        ) -> None: ...

    out: Path = Path("runs")
    """The folder in which the run gets one of its own."""
    keep: bool = False
    """Whether the network stays up after the run, where its provider can leave one."""
    start_within: Seconds = START_WITHIN
    """Time from the launch to the barrier at most."""
    try_runtime: Path | None = None
    """A second build of the code that an ``upgrade`` step brings, made with the feature ``try-runtime``: its checks are
    run on the state before the block that migrates, and what they find is part of the verdict."""
    say: Callable[[str], None] = field(default=lambda _: None)
    """Told what happens, line by line."""
    on_network: Callable[[Network], None] = field(default=lambda _: None)
    """Called once the network is launched, for live displays."""


def new_run_id(name: str) -> str:
    """A run id that no other process makes: the scenario's name, the time, some randomness."""
    stamp = datetime.now(UTC).strftime("%m%d-%H%M%S")
    return f"{name[:24]}-{stamp}-{secrets.token_hex(2)}"


def plan_of(scenario: Scenario) -> Plan:
    """What a provider is asked for, from what a scenario says."""
    return Plan(
        topology=scenario.topology,
        faults=tuple(scenario.faults()),
        links=tuple(scenario.network.links),
        seed=scenario.seed,
        log_patterns=tuple(sorted({pattern for check in scenario.checks for pattern in check.log_patterns()})),
        metrics=tuple(sorted({name for check in scenario.checks for name in check.metrics()})),
        versions=any(check.asks_versions() for check in scenario.checks),
    )


def asks_of(scenario: Scenario) -> list[Ask]:
    """What is to be read of the chains for a scenario's checks, beside what every run reads."""
    return [ask for check in scenario.checks for ask in check.asks()]


class Run:
    """A run under way: its folder and its journal, from the first record to the verdict.

    ``journal`` is given when the run takes over a running network from an earlier one.
    """

    def __init__(self, scenario: Scenario, provider: Provider, out: Path, journal: Journal | None = None) -> None:
        self.scenario = scenario
        self.id = new_run_id(scenario.name)
        self.folder = make_run_folder(out, self.id)
        self.journal = journal or Journal(time.monotonic)
        self._began, self._clock = _now(), time.monotonic()
        text = save_scenario(scenario)
        self._digests = digests_of(scenario, text)
        store(self.folder / SCENARIO_FILE, text)
        self.journal.begin(self.folder / JOURNAL_FILE, beginning(scenario, provider, self.id))

    def close(self, error: BaseException | None = None) -> Evidence:
        """Ends the journal; what the run shows. ``error`` is what ended it early, and becomes part of the verdict."""
        how, text, mistaken = "finished", None, isinstance(error, InputError)
        if isinstance(error, KeyboardInterrupt):
            how = "interrupted"
        elif error is not None:
            how = "failed"
            text = str(error) if isinstance(error, SimnetError) else f"{type(error).__name__}: {error}"
        return self.journal.end(outcome=how, error=text, mistaken=mistaken, digests=self._digests)

    def end(self, error: BaseException | None = None, *, reports: bool = True) -> Outcome:
        """Ends the journal as :meth:`close`, judges it and writes ``run.json`` and, unless told otherwise, the
        reports."""
        evidence = self.close(error)
        verdict = judge(evidence, self.scenario.checks)
        provenance = Provenance(
            journal=self.journal.stored,
            started=self._began,
            ended=_now(),
            seconds=round(time.monotonic() - self._clock, 3),
            took={what: round(taken, 6) for what, taken in self.journal.took.items()},
            judged=_now(),
            simnet=metadata.version("polkadot-simnet"),
            commit=commit(),
        )
        outcome = Outcome(self.folder, self.scenario, evidence, verdict, provenance)
        if reports:
            outcome = _with_unwritten(_reported(outcome))
        return _with_unwritten(_stored(outcome, RUN_FILE))  # last, so that it has the verdict that is told


def digests_of(scenario: Scenario, text: str) -> dict[str, str]:
    """SHA-256 of the file that a scenario is stored as, which has that text, and of its network as JSON with sorted
    keys."""
    network = json.dumps(to_data(scenario.network), sort_keys=True)
    return {"scenario": digest(text.encode()), "network": digest(network.encode())}


def beginning(scenario: Scenario, provider: Provider, run: str) -> RunStarted:
    """What ``run.started`` says of a run. Where time is virtual, it says the same of every run of a scenario."""
    return RunStarted(
        format=FORMAT,
        run=run if provider.epoch is None else f"{scenario.name}-seed{scenario.seed}",
        scenario=scenario.name,
        provider=provider.name,
        seed=scenario.seed,
        steps=len(scenario.steps),
        versions=versions(),
        started=(provider.epoch or datetime.now(UTC)).isoformat(timespec="seconds"),
    )


def rehearse(scenario: Scenario, provider: Provider, options: Options | None = None) -> Outcome:
    """Runs a scenario and judges it; the run folder has everything that the verdict rests on.

    What goes wrong after the launch began becomes part of the verdict. Raises
    :class:`~simnet.errors.InputError` when the scenario names what its runtimes have not, the provider cannot do what
    is asked, or the run's folder cannot be made; ``KeyboardInterrupt`` is passed on after everything was removed and
    judged.
    """
    options = options or Options()
    plan = plan_of(scenario)
    check_plan(provider, plan)
    check_scenario(scenario, provider)
    if options.try_runtime is not None:
        plan = replace(plan, builds=second_builds(scenario, options.try_runtime))
    run = Run(scenario, provider, options.out)
    try:
        with launch(run, plan, provider, options) as network:
            for chain, build in plan.builds.items():
                run.journal.append(UpgradeTried(code="0x" + blake2_256(build).hex()), chain=chain)
            drive(network, scenario, options)
    except SimnetError as error:
        return run.end(error)
    except BaseException as error:
        error.add_note(f"The run's folder is {shown(run.folder)}.")
        run.end(error)
        raise
    return run.end()


def launch(run: Run, plan: Plan, provider: Provider, options: Options) -> Network:
    """Starts a network for a run and brings it to its barrier; nothing of it stays when that fails."""
    for line in provider.ignored(plan):
        options.say(line)
    options.say(f"launch {len(plan.topology.nodes)} nodes on {provider.name}")
    where = Launch(run=run.id, run_dir=run.folder, journal=run.journal, keep=options.keep)
    network = provider.launch(plan, where, options.start_within)
    network.ask_provider = partial(_ask_provider, provider, plan)
    network.ask(asks_of(run.scenario))
    try:
        options.on_network(network)
        for text in network.evidence.network.adjusted or ():
            options.say(f"genesis: {text}")
        options.say("all nodes answer; waiting for channels, parachains and finality")
        absent = reach_barrier(network, options.start_within)
    except BaseException:
        network.close()
        raise
    options.say(f"barrier reached after {network.now():.0f} s")
    seats = seats_at(network.evidence, network.now())
    for text in seats_told(seats) if seats is not None else ():
        options.say(text)
    if absent:
        options.say(f"not waited for, since the relay chain does not know them: parachains {', '.join(absent)}")
    return network


def _ask_provider(provider: Provider, plan: Plan, fault: Fault) -> None:
    """A plan need not list the faults that a test injects: those are asked for one by one."""
    if fault not in plan.faults:
        check_plan(provider, replace(plan, faults=(fault,)))


def drive(network: Network, scenario: Scenario, options: Options) -> None:
    """Runs a scenario's steps and schedule on a network that stands at its barrier."""
    Timeline(network, scenario, options.say).run()
    network.settle()


def check_plan(provider: Provider, plan: Plan) -> None:
    """Raises :class:`UnsupportedError` with every reason when the provider cannot do what is planned."""
    refused = provider.plan(plan)
    if refused:
        lines = "\n".join(f"  {one.what}: {one.why}" for one in refused)
        raise UnsupportedError(f"the provider {provider.name} cannot run this here:\n{lines}\nSee `simnet doctor`.")


def make_run_folder(out: Path, run: str) -> Path:
    """A new folder of the run; raises :class:`InputError` when it cannot be made."""
    folder = out / run
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"the run folder {folder} cannot be made: {error}; choose another with --out") from error
    return folder


def judge_folder(folder: Path | str, expectations: Path | str | None = None) -> Outcome:
    """Judges a stored run again by its journal and its stored scenario, or by what the scenario file ``expectations``
    expects, and writes its reports anew and ``judged.json``. What those name of a chain's contents is looked at by its
    runtime, so that a name which no runtime has does not count as something that never happened.

    First it looks whether the journal, the scenario and ``run.json`` are as they were written, which it leaves as they
    are. A folder that cannot be written to is judged all the same. Raises
    :class:`~simnet.errors.JournalError`, which names what is not as it was, or
    :class:`~simnet.errors.ScenarioError` when the folder is not a run's.
    """
    folder = Path(folder)
    evidence, seal = read_evidence(folder), read_seal(folder)
    wall = (verify(folder, evidence, seal) or {}).get("wall") or {}
    scenario = load_scenario(folder / SCENARIO_FILE)
    checks = scenario.checks if expectations is None else load_scenario(expectations, further=in_checks).checks
    verdict = judge(evidence, checks)
    provenance = Provenance(
        journal=seal,
        started=wall.get("started"),
        ended=wall.get("ended"),
        seconds=wall.get("seconds"),
        took=wall.get("took") or {},
        judged=_now(),
        simnet=metadata.version("polkadot-simnet"),
        commit=commit(),
        judged_by=None if expectations is None else str(expectations),
    )
    return _reported(_stored(Outcome(folder, scenario, evidence, verdict, provenance), JUDGED_FILE))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _stored(outcome: Outcome, name: str) -> Outcome:
    """With the verdict as a file of that name in its folder, if the disk takes it."""
    try:
        write_run_file(outcome.folder / name, outcome.evidence, outcome.verdict, outcome.provenance)
    except StorageError as error:
        return replace(outcome, unwritten=outcome.unwritten or str(error))
    return outcome


def _reported(outcome: Outcome) -> Outcome:
    """With the verdict as reports in its folder, as far as the disk takes them."""
    try:
        write_reports(outcome.folder, outcome.scenario, outcome.evidence, outcome.verdict, outcome.provenance)
    except StorageError as error:
        return replace(outcome, unwritten=outcome.unwritten or str(error))
    return outcome


def _with_unwritten(outcome: Outcome) -> Outcome:
    """A run whose folder lacks what it should have did not come to its end."""
    if outcome.unwritten is None or outcome.verdict.harness_error is not None:
        return outcome
    return replace(outcome, verdict=replace(outcome.verdict, harness_error=outcome.unwritten))


def versions() -> dict[str, str]:
    """Of simnet, Python and the kernel."""
    return {
        "simnet": metadata.version("polkadot-simnet"),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "cores": str(os.cpu_count()),
    }
