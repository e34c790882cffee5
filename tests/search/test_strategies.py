"""Everything that is drawn can be run, keeps to its space, and shrinks to what is documented as simplest."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from simnet.errors import InputError
from simnet.faults import Partition, Snapshot
from simnet.network.topology import RELAY
from simnet.scenario import NetworkSpec, Scenario, Step
from simnet.scenario.loader import load_scenario
from simnet.scenario.save import save_scenario
from simnet.search import Space, cases, loads, networks, schedules
from simnet.search.schedule import Placed, allowed, placed, written
from simnet.search.space import FAULTS
from tests.search.spaces import NETWORK, space

UNHURRIED = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
TOPOLOGY = NETWORK.topology()
SPACES = [
    space(),
    space(quiet_period=0, max_windows=5),
    space(length=120, settle=60, max_fault_duration=45, quiet_period=15),
    space(kinds=("partition",), max_windows=1),
]


@pytest.mark.parametrize("one", SPACES)
@given(data=st.data())
@UNHURRIED
def test_a_case_keeps_to_its_space(one: Space, data: st.DataObject) -> None:
    case = data.draw(cases(one))
    assert allowed(one, TOPOLOGY, placed(case.schedule))
    assert {window.fault.kind for window in case.schedule} <= set(one.kinds)


@given(cases(space()))
@UNHURRIED
def test_calm_lies_between_any_two_faults_and_at_the_end(case: Scenario) -> None:
    windows = placed(case.schedule)
    assert len(windows) <= 3
    assert all(two.at - one.end(TOPOLOGY) >= 30 for one, two in pairwise(windows))
    assert all(one.end(TOPOLOGY) <= 600 - 180 and one.length <= 120 for one in windows)


@given(cases(space(quiet_period=0, max_windows=6, length=300)))
@UNHURRIED
def test_a_case_is_the_same_after_it_was_a_file(tmp_path_factory: pytest.TempPathFactory, case: Scenario) -> None:
    path = tmp_path_factory.mktemp("cases") / "case.yaml"
    path.write_text(save_scenario(case))
    assert load_scenario(path) == case


def test_a_case_lasts_to_the_end_of_its_space_whatever_its_steps_are() -> None:
    case = find(cases(space()), lambda _: True)
    assert [str(step.wait.until) for step in case.steps if step.wait is not None] == ["600s"]
    again = Space(base=case.model_copy(update={"schedule": ()}))
    assert find(cases(again), lambda _: True).steps == case.steps


def test_the_simplest_case_is_the_base_without_a_fault() -> None:
    assert find(cases(space()), lambda _: True).schedule == ()


def test_faults_overlap_only_where_no_calm_is_asked_for() -> None:
    def overlaps(case: Scenario) -> bool:
        return any(two.at < one.end(TOPOLOGY) for one, two in pairwise(placed(case.schedule)))

    assert overlaps(find(cases(space(quiet_period=0)), overlaps, random=Random(1)))


def test_kinds_are_switched_off_in_every_case() -> None:
    """Of ten kinds a case uses three at most, and different cases use different ones. What Hypothesis draws depends on
    the modules that are loaded, so there are many draws."""
    seen: dict[frozenset[str], int] = {}

    @given(cases(space(max_windows=8, quiet_period=0)))
    @settings(UNHURRIED, max_examples=400, derandomize=True)
    def draw(case: Scenario) -> None:
        kinds = frozenset(window.fault.kind for window in case.schedule)
        seen[kinds] = seen.get(kinds, 0) + 1

    draw()
    assert max(map(len, seen)) == 3
    assert frozenset[str]().union(*seen) == set(FAULTS)


def test_a_kind_that_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(InputError, match=r"draws no byzantine"):
        schedules(TOPOLOGY, space(kinds=("stop", "byzantine")))


def test_links_of_a_network_of_one_node_have_no_faults() -> None:
    alone = NetworkSpec.model_validate({"relay": {"validators": 1}}).topology()

    @given(schedules(alone, space()))
    @UNHURRIED
    def never(schedule: tuple[object, ...]) -> None:
        assert not any(isinstance(window.fault, Partition) for window in schedule)  # type: ignore[attr-defined]

    never()


def test_a_partition_of_more_than_a_minute_shrinks_to_the_next_length_between_the_first_two_nodes() -> None:
    def long_partition(case: Scenario) -> bool:
        return any(one.fault.kind == "partition" and one.length > 60 for one in placed(case.schedule))

    case = find(cases(space()), long_partition, random=Random(5))
    (window,) = case.schedule
    assert window.partition == Partition(groups=(("alice",), ("bob",)))
    assert (str(window.at), str(window.for_)) == ("0s", "70s")


@given(networks(), st.data())
@UNHURRIED
def test_a_drawn_network_with_a_drawn_load_is_a_scenario(network: NetworkSpec, data: st.DataObject) -> None:
    topology = network.topology()
    steps = data.draw(loads(topology))
    case = Scenario(name="drawn", network=network, steps=steps)
    assert len(topology.parachains) <= len(topology.validators) <= 6
    assert all(step.send is not None and step.send.count <= 12 for step in case.steps)
    assert bool(steps) == bool(topology.parachains)


def test_the_simplest_network_and_load() -> None:
    network = find(networks(validators=(2, 4), parachains=(2, 3)), lambda _: True)
    assert [(node.name, node.region) for node in network.topology().nodes] == [
        ("alice", "eu"),
        ("bob", "eu"),
        ("collator-2000", "eu"),
        ("collator-2001", "eu"),
    ]
    (step,) = find(loads(network.topology()), lambda _: True)
    assert step.send is not None
    assert (step.send.sender, step.send.recipient, step.send.count) == ("2000", "2001", 1)


def test_a_load_goes_every_way_that_there_is() -> None:
    def upward(steps: tuple[Step, ...]) -> bool:
        return any(step.send is not None and step.send.recipient == RELAY for step in steps)

    (step,) = find(loads(TOPOLOGY), upward, random=Random(1))
    assert step.send is not None
    assert step.send.sender == "2000"


def test_a_network_that_no_fault_of_the_space_can_hit_is_refused() -> None:
    alone = NetworkSpec.model_validate({"relay": {"validators": 1}}).topology()
    with pytest.raises(InputError, match="needs two nodes"):
        schedules(alone, space(kinds=("partition", "degrade")))


def test_a_network_that_some_kinds_cannot_hit_draws_the_others() -> None:
    alone = NetworkSpec.model_validate({"relay": {"validators": 1}}).topology()
    windows = find(schedules(alone, space(kinds=("partition", "stop"))), lambda drawn: len(drawn) > 0)
    assert windows[0].fault.kind == "stop"


def test_a_kind_that_no_search_draws_is_refused() -> None:
    with pytest.raises(InputError, match="draws no snapshot"):
        schedules(TOPOLOGY, space(kinds=("stop", "snapshot")))


def test_a_fault_that_no_window_can_be_is_refused_by_its_name() -> None:
    with pytest.raises(InputError, match="the fault snapshot targets=alice can be no window of a schedule"):
        written([Placed(Snapshot(targets=("alice",)), 0, 0)])


def test_a_kind_that_draws_what_no_window_can_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Snapshot, "paired", False)
    with pytest.raises(InputError, match="draws no snapshot"):
        schedules(TOPOLOGY, space(kinds=("stop", "snapshot")))
