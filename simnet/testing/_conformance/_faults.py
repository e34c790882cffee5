"""What every fault keeps to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count, islice, product
from typing import Any, ClassVar

import yaml

from simnet.errors import InputError
from simnet.faults import (
    KINDS,
    Degrade,
    Fault,
    Isolate,
    Kill,
    Partition,
    Pause,
    Snapshot,
    admit,
    effect,
    effective,
    fault_from,
)
from simnet.network.topology import Topology
from simnet.scenario import Inject, NetworkSpec, Scenario, Step
from simnet.scenario.save import save_scenario, to_data
from simnet.testing._conformance._stage import TWO_REGIONS, toy

_DRAWN = 60
"""Faults of a kind that are drawn."""

_MOST_TRIALS = 2000
"""Trials of shrinking one window; more mean that it goes in circles."""


class FaultConformance:
    """Rules for faults. A subclass for pytest says which: one or more values of each kind, for ``network``.

    ::

        class TestBrownout(FaultConformance):
            faults = (Brownout(region="eu", loss=0.2),)
    """

    faults: ClassVar[tuple[Fault, ...]]
    network: ClassVar[NetworkSpec] = TWO_REGIONS

    @property
    def topology(self) -> Topology:
        """The ``network`` with everything resolved."""
        return self.network.topology()

    def test_its_kind_is_known(self) -> None:
        for fault in self.faults:
            known = KINDS.get(fault.kind)
            assert known is type(fault), f"{fault.kind} is {known}; list the kind, or install what brings it"

    def test_it_changes_something_of_nodes_that_are_there(self) -> None:
        for fault in self.faults:
            names = admit(self.topology, fault)
            assert set(names) <= {node.name for node in self.topology.nodes}, f"{fault} acts on {names}"

    def test_it_is_an_instant_with_a_cycle_or_a_state_without(self) -> None:
        for fault in self.faults:
            state = not effect(self.topology, fault).nothing
            asks = f"{fault} asks for {'a cycle' if fault.cycle() else 'no cycle'} and {'a' if state else 'no'} state"
            assert fault.instant is (fault.cycle() is not None) is not state, asks

    def test_it_is_read_back_from_a_journal(self) -> None:
        for fault in self.faults:
            data = json.loads(json.dumps(fault.as_data()))
            assert fault_from(data) == fault, f"{fault} is read back from {data} as {fault_from(data)}"

    def test_it_is_read_back_from_a_file(self) -> None:
        for fault in self.faults:
            model: type[Any] = Step if fault.instant else Inject
            text = yaml.safe_dump(to_data(model(**{fault.kind: fault})))
            again = model.model_validate(yaml.safe_load(text), context={"file": True}, by_alias=True, by_name=False)
            assert getattr(again, fault.kind) == fault, f"{fault} is another one after it was written as {text}"

    def test_it_is_one_line_of_text(self) -> None:
        for fault in self.faults:
            text = str(fault)
            assert text.startswith(fault.kind), f"{text!r} begins with another kind"
            assert text.isprintable(), f"{text!r} is no line"

    def test_it_asks_for_the_same_each_time(self) -> None:
        for fault in self.faults:
            assert effect(self.topology, fault) == effect(self.topology, fault), f"{fault} is no pure value"
            assert fault.cycle() == fault.cycle(), f"{fault} is no pure value"

    def test_it_overlaps_others_in_any_order_and_leaves_them_as_they_were(self) -> None:
        for fault, other in product(self.faults, self._others()):
            both, turned = effective(self.topology, (fault, other)), effective(self.topology, (other, fault))
            assert both == turned, f"{fault} and {other} give another state the other way round"
            left = effective(self.topology, [one for one in (fault, other) if one is not fault])
            assert left == effective(self.topology, (other,)), f"{other} is not as before after {fault}"

    def test_it_takes_hold_and_heals_on_a_network(self) -> None:
        for fault in self.faults:
            with toy(self.topology) as network:
                cycle = fault.cycle()
                if cycle is not None and cycle.database == "put back":
                    network.inject(Snapshot(targets=fault.affected(network.topology)), "before")
                before = network.state()
                injection = network.inject(fault, "it")
                assert injection.last is not None, f"nothing was read back of {fault}"
                wrong = [one for one in injection.last.readings if not one.holds]
                assert injection.last.holds, f"{fault} did not take hold: {wrong}"
                network.wait(30)
                injection.heal()
                assert network.state() == before, f"{fault} left something behind"

    def test_what_a_search_draws_can_be_injected(self) -> None:
        for fault in self._drawn():
            admit(self.topology, fault)
            assert fault_from(fault.as_data()) == fault, f"{fault} was drawn and is read back otherwise"

    def test_what_a_search_draws_is_read_back_from_a_schedule(self) -> None:
        from simnet.search.schedule import Placed, placed, written  # noqa: PLC0415 - loads Hypothesis
        from simnet.search.space import scenario_from_text  # noqa: PLC0415

        drawn = enumerate(self._drawn())
        schedule = tuple(Placed(fault, 60.0 * number, 0.0 if fault.instant else 30.0) for number, fault in drawn)
        case = Scenario(name="conformance", network=self.network, schedule=written(schedule))
        again = placed(scenario_from_text(save_scenario(case)).schedule)
        changed = [f"{one.fault} as {two.fault}" for one, two in zip(schedule, again, strict=True) if one != two]
        assert not changed, f"drawn faults are read back from a scenario file otherwise: {', '.join(changed)}"

    def test_what_is_simpler_is_another_fault_of_its_kind_that_can_be_injected(self) -> None:
        for fault in self._drawn():
            weaker = list(islice(fault.simpler(self.topology, "strength"), _MOST_TRIALS))
            earlier = list(islice(fault.simpler(self.topology, "names"), _MOST_TRIALS))
            assert max(len(weaker), len(earlier)) < _MOST_TRIALS, f"there is no end of what is simpler than {fault}"
            assert fault not in weaker, f"{fault} is weaker than itself"
            for one in weaker + earlier:
                assert one.kind == fault.kind, f"{one} is simpler than {fault} and of another kind"
                admit(self.topology, one)

    def test_sides_are_its_nodes_and_can_be_changed(self) -> None:
        for fault in (*self.faults, *self._drawn()):
            for number, side in enumerate(fault.sides()):
                assert set(self.topology.select(side)) <= set(fault.affected(self.topology)), (
                    f"{side} is no side of {fault}"
                )
                again = fault.with_side(number, side)
                assert again == fault, f"side {number} of {fault} put in its own place gives {again}"

    def test_a_search_does_not_draw_what_it_cannot_shrink(self) -> None:
        """Shrinking ends, and ends with a fault that can be injected."""
        from simnet.search import Space  # noqa: PLC0415 - loads Hypothesis
        from simnet.search.schedule import Placed, Schedule  # noqa: PLC0415
        from simnet.search.shrinking import shrink  # noqa: PLC0415

        base = Scenario(name="conformance", network=self.network)
        for fault in self._drawn():
            trials = count(1)

            def fails(schedule: Schedule, trials: Iterator[int] = trials) -> bool:
                assert next(trials) < _MOST_TRIALS, f"shrinking does not end; it came to {schedule}"
                return len(schedule) > 0

            space = Space(base=base, kinds=(fault.kind,))
            (left,) = shrink(space, self.topology, (Placed(fault, 60, 0 if fault.instant else 60),), fails)
            admit(self.topology, left.fault)
            assert left.at == 0, f"{fault} shrinks to {left}, though it fails at any time"

    def _others(self) -> Iterator[Fault]:
        names = [node.name for node in self.topology.validators]
        yield Kill(targets=(names[0],))
        yield Pause(targets=(names[-1],))
        yield Isolate(targets=(names[0],))
        yield Partition(groups=((names[0],), (names[-1],)))
        yield Degrade(source=(names[0],), target=("all",), delay=0.1, loss=0.1)

    def _drawn(self) -> list[Fault]:
        """Some of each kind, as far as a search draws it."""
        found: list[Fault] = []
        for kind in dict.fromkeys(type(fault) for fault in self.faults):
            why = kind.unfit(self.topology)
            assert why is None, f"{kind.kind} does not fit the network of its own tests: {why}"
            found += _some(kind, self.topology)
        return found


def _some(kind: type[Fault], topology: Topology) -> list[Fault]:
    from hypothesis import HealthCheck, Phase, given, settings  # noqa: PLC0415 - loads Hypothesis

    strategy = kind.draw(topology)
    if strategy is None:
        return []
    found: dict[str, Fault] = {}
    unhurried = settings(max_examples=_DRAWN, database=None, derandomize=True, deadline=None, phases=[Phase.generate])

    @settings(unhurried, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def draw(fault: Fault) -> None:
        assert type(fault) is kind, f"{kind.kind} draws {fault}"
        found[str(fault)] = fault

    try:
        draw()
    except InputError as error:
        raise AssertionError(f"{kind.kind} draws what it refuses: {error}") from error
    return list(found.values())
