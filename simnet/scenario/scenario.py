"""A scenario: the network, what happens to it, and what must hold. File and Python say the same through this model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from simnet.checks import KINDS, Check
from simnet.errors import InputError
from simnet.faults import Fault
from simnet.fields import Name
from simnet.network.topology import Topology
from simnet.scenario._as_data import to_data
from simnet.scenario._choices import Choice, with_each
from simnet.scenario._contradictions import in_scenario
from simnet.scenario.network_spec import Model, NetworkSpec
from simnet.scenario.steps import Step, WindowSpec


class ExpectationBase(Choice):
    """Exactly one check, by its kind."""

    WHAT = "check"
    ALL = KINDS

    @property
    def check(self) -> Check:
        check: Check = self._held()
        return check


if TYPE_CHECKING:
    Expectation = ExpectationBase
else:
    Expectation = with_each("Expectation", KINDS, ExpectationBase)


class Scenario(Model):
    """A rehearsal. Steps run in order; windows of the schedule run beside them; expectations are judged at the end."""

    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,99}$", description="Lower-case letters, digits and hyphens, up to 100."
    )
    description: str = ""
    tags: tuple[Name, ...] = ()
    seed: int = Field(default=0, ge=0, description="Seeds message topics, node keys and, when simulated, everything.")
    network: NetworkSpec = NetworkSpec()
    steps: tuple[Step, ...] = ()
    schedule: tuple[WindowSpec, ...] = ()
    expect: tuple[Expectation, ...] = ()

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
        return self.network.topology()

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(expectation.check for expectation in self.expect)

    def faults(self) -> list[Fault]:
        """Every fault that it may inject, links' initial state included."""
        found: list[Fault] = [*self.network.links, *(window.fault for window in self.schedule)]
        for step in self.steps:
            found += [choice.fault for choice in (step.inject, step.change) if choice is not None]
            found += [step.cycle] if step.cycle is not None else []
        return found

    def contradictions(self) -> list[tuple[tuple[str | int, ...], str]]:
        """What cannot be: (place in the file, message) for names unknown, used twice, healed but never injected."""
        return in_scenario(self.topology, self.steps, self.schedule, self.checks)
