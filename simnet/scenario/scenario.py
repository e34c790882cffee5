"""A scenario: the network, what happens to it, and what must hold. File and Python say the same through this model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, create_model, model_validator

from simnet.checks import KINDS, Check
from simnet.errors import InputError
from simnet.faults import Fault
from simnet.network.topology import RELAY, Topology, nearest
from simnet.scenario.network_spec import Model, NetworkSpec
from simnet.scenario.steps import Step, WindowSpec


class ExpectationBase(Model):
    """Exactly one check, by its kind."""

    @model_validator(mode="after")
    def _exactly_one(self) -> ExpectationBase:
        chosen = self._chosen()
        if len(chosen) != 1:
            problem = "names no check" if not chosen else f"names {len(chosen)} checks: {', '.join(chosen)}"
            raise InputError(f"this {problem}; give one of {', '.join(KINDS)}")
        return self

    def _chosen(self) -> list[str]:
        return [kind for kind in KINDS if getattr(self, kind) is not None]

    @property
    def check(self) -> Check:
        check = getattr(self, self._chosen()[0])
        assert isinstance(check, Check)
        return check


if TYPE_CHECKING:
    Expectation = ExpectationBase
else:
    Expectation = create_model(
        "Expectation",
        __base__=ExpectationBase,
        __doc__="Exactly one check, by its kind.",
        **{kind: (check | None, None) for kind, check in KINDS.items()},
    )


class Scenario(Model):
    """A rehearsal. Steps run in order; windows of the schedule run beside them; expectations are judged at the end."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    description: str = ""
    tags: tuple[str, ...] = ()
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
        for place, message in self.contradictions():
            raise InputError(f"{'.'.join(map(str, place))}: {message}")
        return self

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
            found += [act for act in (step.restart, step.wipe) if act is not None]
        return found

    def contradictions(self) -> list[tuple[tuple[str | int, ...], str]]:
        """What cannot be: (place in the model, message) for names unknown, used twice, healed but never injected."""
        topology = self.topology
        chains = [RELAY, *(chain.id for chain in topology.parachains)]
        out: list[tuple[tuple[str | int, ...], str]] = []
        names: list[str] = []
        labels: list[str] = []

        def attempt(place: tuple[str | int, ...], act: Any) -> None:
            try:
                act()
            except InputError as error:
                out.append((place, str(error)))

        for index, window in enumerate(self.schedule):
            attempt(("schedule", index), lambda w=window: w.fault.affected(topology))
            if window.name is not None:
                names.append(window.name)
        for index, step in enumerate(self.steps):
            place: tuple[str | int, ...] = ("steps", index)
            if step.label is not None:
                if step.label in labels:
                    out.append(((*place, "label"), f"the label {step.label!r} is used twice"))
                labels.append(step.label)
            if step.inject is not None:
                attempt((*place, "inject"), lambda s=step: s.inject.fault.affected(topology))
                name = step.inject.name or step.inject.fault.kind
                if name in names:
                    out.append(
                        ((*place, "inject"), f"a fault named {name!r} exists already; give this one another `as`")
                    )
                names.append(name)
            if step.change is not None:
                attempt((*place, "change"), lambda s=step: s.change.fault.affected(topology))
                if step.change.name not in names:
                    out.append(
                        (
                            (*place, "change", "fault"),
                            f"no fault {step.change.name!r}{nearest(step.change.name, names)}",
                        )
                    )
            for name in step.heal or ():
                if name != "all" and name not in names:
                    out.append(((*place, "heal"), f"no fault named {name!r} was injected{nearest(name, names)}"))
            for verb in ("restart", "wipe"):
                act = getattr(step, verb)
                if act is not None:
                    attempt((*place, verb), lambda a=act: a.affected(topology))
            if step.start is not None:
                attempt((*place, "start"), lambda s=step: topology.select(s.start))
            if step.send is not None:
                for key, chain in (("from", step.send.sender), ("to", step.send.recipient)):
                    if chain not in chains:
                        out.append(((*place, "send", key), f"no chain {chain!r}{nearest(chain, chains)}"))
            if step.submit is not None and step.submit.chain not in chains:
                out.append(
                    ((*place, "submit", "chain"), f"no chain {step.submit.chain!r}{nearest(step.submit.chain, chains)}")
                )
            if step.wait is not None:
                attempt((*place, "wait", "nodes"), lambda s=step: topology.select(s.wait.nodes))
                for label in step.wait.messages:
                    if label not in labels:
                        out.append(
                            ((*place, "wait", "messages"), f"no step is labelled {label!r}{nearest(label, labels)}")
                        )
        for index, expectation in enumerate(self.expect):
            check = expectation.check
            place = ("expect", index, check.kind)
            attempt(place, lambda c=check: topology.select(c.selectors()))
            for key in ("during", "after"):
                name = getattr(check, key)
                if name is not None and name != "run" and name not in (*names, *labels):
                    known = [*names, *labels, "run"]
                    out.append(((*place, key), f"no fault or step is named {name!r}{nearest(name, known)}"))
        return out
