"""Which release nodes are of, judged by what their processes said. On toy networks, whose images' tags they say."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from simnet.checks import Finding, NodeVersions, Status
from simnet.errors import InputError
from simnet.faults import Kill
from simnet.journal import Evidence, Record
from simnet.journal.records import NodeReady
from simnet.scenario import Scenario, Step
from simnet.scenario.timeline import Timeline
from simnet.testing import ToyNetwork
from tests.checks.journals import evidence
from tests.scenario.test_rolling import NEW, SITES
from tests.scenario.test_timeline import at_barrier, wait

OLD = "1.25.1"
VALIDATORS = ("alice", "bob", "charlie", "dave")


def played(*steps: Step) -> ToyNetwork:
    network = at_barrier(scenario := Scenario(name="played", network=SITES, steps=steps))
    Timeline(network, scenario).run()
    network.settle()
    return network


@cache
def half() -> tuple[Record, ...]:
    """Two of four validators go to 2.0.0, and a minute later the others."""
    network = played(
        wait("30s", label="calm"),
        Step(roll={"targets": ("charlie", "dave"), "image": NEW}, label="half"),
        wait("60s", label="mixed"),
        Step(roll={"targets": ("alice", "bob"), "image": NEW}, label="rest"),
        wait("30s", label="after"),
    )
    return tuple(network.evidence.records)


def of(*, seen: Evidence | None = None, **fields: object) -> Finding:
    check = NodeVersions(**{"nodes": ("validators",), **fields})  # type: ignore[arg-type]
    return check.judge(seen or evidence(half()))


def silent(node: str) -> Evidence:
    """As if nobody had asked that node which release it is of."""
    return evidence(
        replace(one, data=NodeReady()) if one.observer == node and isinstance(one.data, NodeReady) else one
        for one in half()
    )


def test_every_validator_is_of_the_new_release_in_the_end() -> None:
    found = of(version="2.0.0")
    assert found.status is Status.HELD
    assert "4 of 4 nodes are of 2.0.0" in found.seen


def test_those_that_are_not_are_named_with_what_they_say() -> None:
    found = of(version="2.0.0", during="mixed")
    assert found.status is Status.FAILED
    assert f"2 of 4 nodes are of 2.0.0; 2 releases at once at most: {OLD}, 2.0.0; not alice {OLD}, bob" in found.seen


def test_a_release_is_told_with_or_without_the_commit_that_it_was_built_from() -> None:
    said = evidence(
        replace(one, data=NodeReady(version=f"{one.data.version}-0123abcd")) if isinstance(one.data, NodeReady) else one
        for one in half()
    )
    assert of(version="2.0.0", seen=said).status is Status.HELD
    assert of(version="2.0.0-0123abcd", seen=said).status is Status.HELD
    assert of(version="2.0", seen=said).status is Status.FAILED


def test_how_many_releases_run_beside_each_other_is_counted() -> None:
    assert of(at_least=2, during="mixed").status is Status.HELD
    assert of(at_most=1, during="calm").status is Status.HELD
    assert of(at_most=1, during="mixed").status is Status.FAILED
    assert of(at_least=3).status is Status.FAILED
    assert of(at_least=2, during="calm").status is Status.FAILED


def test_the_release_has_its_time_to_come() -> None:
    assert of(version="2.0.0", during="rest", within="1s").status is Status.FAILED
    assert of(version="2.0.0", after="half", within="100s").status is Status.HELD


def test_a_node_that_was_never_asked_leaves_it_open() -> None:
    for fields in ({"version": "2.0.0"}, {"at_most": 2}, {"at_least": 3}):
        found = of(seen=silent("bob"), **fields)
        assert found.status is Status.INCONCLUSIVE, fields
        assert "it never said which release it is of" in found.seen


def test_what_was_said_is_certain_whatever_another_node_did_not_say() -> None:
    assert of(seen=silent("bob"), at_most=1).status is Status.FAILED
    assert of(seen=silent("bob"), at_least=2, during="mixed", nodes=("alice", "charlie")).status is Status.HELD
    assert of(seen=silent("bob"), version="2.0.0", during="mixed").status is Status.FAILED


def test_where_no_node_says_its_release_nothing_is_known() -> None:
    seen = evidence(replace(one, data=NodeReady()) if isinstance(one.data, NodeReady) else one for one in half())
    assert of(seen=seen, version="2.0.0").status is Status.INCONCLUSIVE
    assert of(seen=seen, at_most=9).status is Status.INCONCLUSIVE


def test_a_node_that_a_fault_keeps_down_is_excused() -> None:
    network = played(
        wait("12s"),
        Step(inject={"kill": Kill(targets=("dave",)), "name": "dead"}),
        Step(roll={"targets": ("alice", "bob", "charlie"), "image": NEW, "state": "producing"}),
        wait("12s", label="down"),
    )
    found = of(seen=network.evidence, version="2.0.0", during="down")
    assert found.status is Status.HELD
    assert "3 of 3 nodes are of 2.0.0" in found.seen
    assert "excused: dave" in found.seen


def test_a_node_that_ended_by_itself_is_of_no_release() -> None:
    network = at_barrier(scenario := Scenario(name="played", network=SITES, steps=(wait("60s"),)))
    network.at(network.now() + 20, lambda: network.crash("bob"))
    Timeline(network, scenario).run()
    found = of(seen=network.evidence, version=OLD)
    assert found.status is Status.FAILED
    assert "not bob ended by itself" in found.seen


@pytest.mark.parametrize(
    "fields",
    [{}, {"within": "5s"}, {"at_least": 1}, {"at_least": 3, "at_most": 2}, {"at_most": 2, "within": "5s"}],
)
def test_a_check_that_could_not_fail_or_contradicts_itself_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(InputError):
        NodeVersions(**fields)  # type: ignore[arg-type]
