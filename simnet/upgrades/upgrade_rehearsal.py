"""All rehearsals of an upgrade: the clean one first, whose course places the faults of the others."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from simnet.checks.limits import LIMITS
from simnet.codec import blake2_256
from simnet.errors import InputError, SimnetError
from simnet.exit_codes import ExitCode
from simnet.network.topology import RELAY
from simnet.paths import shown
from simnet.preflight import in_scenario, most_code, second_builds
from simnet.providers.base import Provider
from simnet.rehearsal import Options, check_plan, make_run_folder, new_run_id, plan_of
from simnet.report.breakages_tables import keep_diff
from simnet.runtime.bundled import runtime_code
from simnet.runtime.diff import CodeSource, RuntimeDiff, diff_of
from simnet.scenario import Scenario
from simnet.scenario.mistakes import Mistake
from simnet.scenario.save import to_data
from simnet.upgrades.course import Course
from simnet.upgrades.decision import UpgradeDecision
from simnet.upgrades.ground import Ground
from simnet.upgrades.moments import Missed, mail_under_way
from simnet.upgrades.performing import Performed, perform
from simnet.upgrades.plans import CLEAN, CLEAN_SHOWS, scenario_of
from simnet.upgrades.rehearsal_job import JobEnd, RehearsalJob
from simnet.upgrades.rehearsal_processes import RehearsalProcesses
from simnet.upgrades.rehearsed import NotRehearsed, Rehearsed
from simnet.upgrades.standard import NotPossible, StandardRehearsal, concerning

NOT_REHEARSED = (
    "the state of a live chain: every network here begins at a genesis of its own",
    "wallets, indexers and other clients of the chain, beyond what the comparison of the two runtimes tells",
    "releases of nodes: every node here is of one, and a rolling upgrade of binaries is a scenario of its own",
)
"""What no rehearsal shows, on any provider."""


@dataclass(frozen=True)
class _Planned:
    """A rehearsal that can be run."""

    standard: StandardRehearsal
    scenario: Scenario
    missed: Missed


def _check(clean: Scenario) -> None:
    """Raises :class:`InputError` with what is wrong with the network, its mail, or the upgrade."""
    mistakes = in_scenario(clean)
    if mistakes:
        raise InputError("\n".join(map(_mistaken, mistakes)))


def _mistaken(mistake: Mistake) -> str:
    """Of the upgrade by what the command takes: nobody wrote its step."""
    way = list(mistake.way)
    where = way[way.index("upgrade") + 1 :] if "upgrade" in way else way
    return f"{'.'.join(map(str, where))}: {mistake.message}"


class UpgradeRehearsal:
    """The rehearsals of one upgrade. ``repeat`` is the command that does all of it again, ``options`` say where the
    folder of all is made, and who is told of each rehearsal that is over."""

    def __init__(self, ground: Ground, provider: Provider, options: Options, repeat: str) -> None:
        self.ground = ground
        self._provider = provider
        self._say = options.say
        self._repeat = repeat
        self._options = options
        self.folder = Path()

    def run(self) -> UpgradeDecision:
        """Runs them all; raises :class:`InputError` for what would be wrong in each, before anything starts."""
        standard = list(concerning(self.ground.chain))
        clean = scenario_of(self.ground, CLEAN, CLEAN_SHOWS, None)
        check_plan(self._provider, plan_of(clean))
        _check(clean)
        if self._options.try_runtime is not None:
            second_builds(clean, self._options.try_runtime)
        self.folder = make_run_folder(self._options.out, new_run_id(f"upgrade-{self.ground.chain}"))
        self._options = replace(self._options, out=self.folder)
        with ExitStack() as ended:
            processes = None
            if self._provider.epoch is not None:  # they load while the clean run goes on
                processes = ended.enter_context(RehearsalProcesses(len(standard)))
            diff, not_compared = self._compared()
            first = self._told(clean, mail_under_way, perform(clean, self._provider, self._options))
            self._options = replace(self._options, try_runtime=None)  # checks of storage, which no fault changes
            others = self._others(first.course, standard, processes)
        return self._decided((first, *others), diff, not_compared)

    def _others(
        self, course: Course | None, standard: Sequence[StandardRehearsal], processes: RehearsalProcesses | None
    ) -> list[Rehearsed | NotRehearsed]:
        plans = [self._planned(one, course) for one in standard]
        ready = [one for one in plans if isinstance(one, _Planned)]
        done = map(self._here, ready) if processes is None else self._there(ready, processes)
        return [next(done) if isinstance(one, _Planned) else one for one in plans]

    def _planned(self, one: StandardRehearsal, course: Course | None) -> _Planned | NotRehearsed:
        try:
            if course is None or course.t("finalized") is None:
                raise NotPossible("the clean upgrade did not bring the code in")
            if one.placed and self._provider.epoch is None:
                raise NotPossible(
                    f"it begins at a moment of the clean run, which another run on {self._provider.name} meets earlier"
                    " or later"
                )
            variation = one.vary(self.ground, course)
            return _Planned(one, scenario_of(self.ground, one.name, one.shows, variation), variation.missed)
        except (NotPossible, InputError) as reason:
            return self._not_run(one.name, one.shows, str(reason), ExitCode.INCONCLUSIVE)

    def _here(self, one: _Planned) -> Rehearsed | NotRehearsed:
        try:
            return self._told(one.scenario, one.missed, perform(one.scenario, self._provider, self._options))
        except SimnetError as error:
            return self._not_come(one, str(error), error.exit_code)

    def _there(self, ready: Sequence[_Planned], processes: RehearsalProcesses) -> Iterator[Rehearsed | NotRehearsed]:
        answers: list[Future[JobEnd]] = processes.begin(
            [
                RehearsalJob(
                    scenario=to_data(one.scenario),
                    provider=self._provider.name,
                    out=self.folder,
                    start_within=self._options.start_within,
                )
                for one in ready
            ]
        )
        for one, future in zip(ready, answers, strict=True):
            answer = future.result()
            if answer.performed is None:
                yield self._not_come(one, answer.error, answer.exit_code)
            else:
                yield self._told(one.scenario, one.missed, answer.performed)

    def _not_come(self, one: _Planned, why: str, code: ExitCode) -> NotRehearsed:
        """The clean run took the same network and code, so that what is refused now is what this rehearsal adds."""
        code = ExitCode.INCONCLUSIVE if code is ExitCode.BAD_INPUT else code
        return self._not_run(one.standard.name, one.standard.shows, why, code)

    def _not_run(self, name: str, shows: str, why: str, code: ExitCode) -> NotRehearsed:
        one = NotRehearsed(name=name, shows=shows, exit_code=code, why=" ".join(why.split()))
        self._say(f"{one.name}: {one.status}")
        return one

    def _told(self, scenario: Scenario, missed: Missed, performed: Performed) -> Rehearsed:
        file = shown(performed.folder / "scenario.yaml")
        command = ["simnet", "run", file, "--provider", self._provider.name, "--seed", str(scenario.seed)]
        if self._options.try_runtime is not None:
            command += ["--try-runtime", str(self._options.try_runtime)]
        course = performed.course
        one = Rehearsed(
            name=scenario.name,
            shows=scenario.description,
            folder=performed.folder.name,
            seed=scenario.seed,
            seconds=performed.seconds,
            verdict=performed.verdict,
            missed="its upgrade never began" if course is None else missed(course),
            course=course,
            repeat=shlex.join(command),
        )
        self._say(f"{one.name}: {one.status}")
        return one

    def _compared(self) -> tuple[RuntimeDiff | None, str]:
        """The new code beside that of genesis, or why they cannot be compared. It is kept beside the runs, whose
        reports show it."""
        ground = self.ground
        chain = ground.topology.chain(ground.chain)
        if chain.spec_file is not None:
            return None, "the chain begins with a chain spec; `simnet diff` compares with a node's endpoint"
        old = chain.runtime or Path(chain.runtime_file or "").name
        try:
            new = CodeSource(Path(ground.runtime).name, ground.code)
            diff = diff_of(CodeSource(old, runtime_code(chain)), new)
        except InputError as error:
            return None, str(error)
        keep_diff(self.folder, diff)
        return diff, ""

    def _decided(
        self, rehearsals: tuple[Rehearsed | NotRehearsed, ...], diff: RuntimeDiff | None, not_compared: str
    ) -> UpgradeDecision:
        ground, code = self.ground, self.ground.code
        limits = [one.text for one in LIMITS] if self._provider.epoch is not None else []
        return UpgradeDecision(
            chain=ground.chain,
            runtime=ground.runtime,
            code="0x" + blake2_256(code).hex(),
            size=len(code),
            size_limit=None if ground.chain == RELAY else most_code(ground.topology),
            path=ground.path,
            network=ground.source,
            provider=self._provider.name,
            seed=ground.seed,
            taken=ground.taken,
            rehearsals=rehearsals,
            diff=diff,
            not_compared=not_compared,
            not_rehearsed=(*NOT_REHEARSED, *limits),
            folder=str(self.folder),
            repeat=self._repeat,
        )
