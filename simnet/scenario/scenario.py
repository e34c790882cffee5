"""A scenario: the network, what happens to it, and what must hold. File and Python say the same through this model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from simnet.checks import KINDS, Check
from simnet.errors import InputError
from simnet.faults import Fault
from simnet.fields import Name, ScenarioName
from simnet.network.topology import Topology
from simnet.scenario._as_data import to_data
from simnet.scenario._choices import Choice, with_each
from simnet.scenario._contradictions import in_scenario
from simnet.scenario.model import Model
from simnet.scenario.network_spec import NetworkSpec
from simnet.scenario.steps import Step, Upgrade, WindowSpec


class ExpectationBase(Choice):
    """Something that must hold: exactly one check, by its kind."""

    WHAT = "check"
    ALL = KINDS

    @property
    def check(self) -> Check:
        """The check that it holds."""
        check: Check = self._held()
        return check


if TYPE_CHECKING:
    Expectation = ExpectationBase
else:
    Expectation = with_each("Expectation", KINDS, ExpectationBase)


class Scenario(Model):
    """A rehearsal: a network, what happens to it, and what must hold. Steps run in order, windows of the schedule run
    beside them, expectations are judged at the end."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            name: str,
            description: str = "",
            tags: Sequence[str] = (),
            seed: int = 0,
            network: NetworkSpec | Mapping[str, Any] = ...,
            steps: Sequence[Step | Mapping[str, Any]] = (),
            schedule: Sequence[WindowSpec | Mapping[str, Any]] = (),
            expect: Sequence[Check | Expectation | Mapping[str, Any]] = (),
        ) -> None: ...

    name: ScenarioName
    """What reports, run folders and the library call the scenario."""
    description: str = ""
    """A sentence or two for people: what is rehearsed, and what should come of it. Empty by default."""
    tags: tuple[Name, ...] = ()
    """Words by which people sort scenarios; nothing in a run depends on them. None by default."""
    seed: int = Field(default=0, ge=0)
    """Whole number from which a run takes everything that is random: message topics, node keys, and on the simulated
    provider whatever happens, so that equal seeds give equal journals."""
    network: NetworkSpec = NetworkSpec()
    """The chains, nodes, channels and links that are launched, written here or in a file of its own. By default four
    validators and no parachain."""
    steps: tuple[Step, ...] = ()
    """What happens, in this order, from the barrier t0 on. By default nothing does, and the run ends at t0."""
    schedule: tuple[WindowSpec, ...] = ()
    """Faults with a time of their own, counted from t0, which run beside the steps. None by default."""
    expect: tuple[Expectation, ...] = ()
    """Checks that are judged when all steps and windows are over. By default none; invariants are judged all the
    same."""

    @model_validator(mode="before")
    @classmethod
    def _checks_as_values(cls, data: Any) -> Any:
        """Lets Python callers write ``expect=[FinalityStalls(...)]``."""
        if isinstance(data, dict) and isinstance(data.get("expect"), (list, tuple)):
            wrapped = [{item.kind: item} if isinstance(item, Check) else item for item in data["expect"]]
            return {**data, "expect": wrapped}
        return data

    @model_validator(mode="after")
    def _consistent(self) -> Scenario:
        found = self.contradictions()
        if found:
            raise InputError("\n".join(f"{'.'.join(map(str, place))}: {message}" for place, message in found))
        return self

    def __repr__(self) -> str:
        """As a Python expression in a file's terms, which gives an equal scenario when it is evaluated."""
        return f"Scenario.model_validate({to_data(self)!r})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """As :meth:`__repr__`, over several lines: IPython and Hypothesis ask for it."""
        with printer.group(4, "Scenario.model_validate(", ")"):
            printer.pretty("..." if cycle else to_data(self))

    @property
    def topology(self) -> Topology:
        """The network with everything resolved."""
        return self.network.topology()

    @property
    def checks(self) -> tuple[Check, ...]:
        """What is expected, as values."""
        return tuple(expectation.check for expectation in self.expect)

    def faults(self) -> list[Fault]:
        """Every fault that it may inject, links' initial state included."""
        windows = (window.fault for window in self.schedule if window.upgrade is None)
        found: list[Fault] = [*self.network.links, *windows]
        for step in self.steps:
            found += [choice.fault for choice in (step.inject, step.change) if choice is not None]
            found += [step.cycle] if step.cycle is not None else []
            found += step.roll.restarts(self.topology).values() if step.roll is not None else []
        return found

    def upgrades(self) -> list[Upgrade]:
        """Every upgrade that it begins, by a step or beside the steps."""
        begun = [*(step.upgrade for step in self.steps), *(window.upgrade for window in self.schedule)]
        return [upgrade for upgrade in begun if upgrade is not None]

    def contradictions(self) -> list[tuple[tuple[str | int, ...], str]]:
        """What cannot be: (place in the file, message) for names unknown, used twice, healed but never injected."""
        return in_scenario(self.topology, self.steps, self.schedule, self.checks)
