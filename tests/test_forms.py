"""Faults and checks take in Python the forms that files take."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from inspect import signature
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import BeforeValidator

from simnet import Options
from simnet.checks import (
    Check,
    Disputes,
    FinalityAdvances,
    FinalityStalls,
    LogLines,
    Messages,
    MetricValue,
    ParachainIncluded,
)
from simnet.errors import InputError
from simnet.faults import Byzantine, Degrade, Fault, Isolate, OneWayCut, Outage, Partition, Restart, Stop
from simnet.fields import Seconds, Selectors
from simnet.network.topology import Topology
from simnet.scenario._written import written_fields
from simnet.scenario.save import to_data
from tests.checks.watched_run import CHECKS
from tests.testing.test_conformance import TestFaults as OurFaults

VALUES: tuple[Fault | Check, ...] = (
    *OurFaults.faults,
    *(check for check, _ in CHECKS),
    Degrade(source=("alice",), target=("bob",), delay=0.15, jitter=0.1, loss=0.02, reorder=0.01, rate=5e6),
    Restart(targets=("alice", "bob"), down_for=90.0, flags=("--log=debug",)),
    Messages(labels=("mail",), sender="2000", within=150.0, held_for=0.5),
    MetricValue(name="x", labels={"a": "b"}, at_least=1.0),
    ParachainIncluded(para="2000", at_least=1, grace=12.0, within=60.0),
)


def as_written(value: Fault | Check) -> dict[str, Any]:
    """The arguments that a file would say: text with units, lists, one text for one selector."""
    names = {field.key: field.name for field in written_fields(type(value))}
    return {names[key]: held for key, held in to_data(value).items()}


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_what_a_file_says_makes_the_same_value_in_python(value: Fault | Check) -> None:
    made = type(value)(**as_written(value))
    assert (made, repr(made)) == (value, repr(value)), "equal values may be of another type, as 5 and 5.0"


@pytest.mark.parametrize("value", [one for one in VALUES if not isinstance(one, MetricValue)], ids=str)
def test_a_value_made_of_forms_has_the_same_hash_and_survives_pickling(value: Fault | Check) -> None:
    made = type(value)(**as_written(value))
    assert hash(made) == hash(value)
    assert pickle.loads(pickle.dumps(made)) == value


@pytest.mark.parametrize(
    ("made", "same"),
    [
        (lambda: Stop(targets="alice"), Stop(targets=("alice",))),
        (lambda: Stop(targets=["alice", "bob"]), Stop(targets=("alice", "bob"))),
        (lambda: Partition(groups=["alice", "bob"]), Partition(groups=(("alice",), ("bob",)))),
        (lambda: Partition(groups=("alice", ["bob", "eve"])), Partition(groups=(("alice",), ("bob", "eve")))),
        (lambda: OneWayCut(source="alice", target="all"), OneWayCut(source=("alice",), target=("all",))),
        (lambda: Byzantine(targets="alice", acts="stall"), Byzantine(targets=("alice",), acts=("stall",))),
        (lambda: FinalityStalls(during="x", grace="12s"), FinalityStalls(during="x", grace=12.0)),
        (lambda: FinalityAdvances(within=30, chain=2000), FinalityAdvances(within=30.0, chain="2000")),
        (lambda: Messages(labels="mail", sender=2000), Messages(labels=("mail",), sender="2000")),
        (lambda: replace(Stop(targets="alice"), targets="bob"), Stop(targets=("bob",))),
    ],
)
def test_a_form_is_read_as_what_it_says(made: Callable[[], object], same: object) -> None:
    value = made()
    assert (value, repr(value)) == (same, repr(same))


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: Stop(target="alice"), "Stop: there is no 'target'; did you mean 'targets'?"),
        (Stop, "Stop: targets is missing"),
        (lambda: Stop("alice"), "Stop: 'alice' stands without a name; name each field, for example Stop(targets=...)"),
        (lambda: Stop(targets=3), "Stop: targets: expected text or a list, found 3"),
        (lambda: Stop(targets={"alice"}), "Stop: targets: expected text or a list, found {'alice'}"),
        (lambda: Stop(targets=["alice", 3]), "Stop: targets.1: expected text, found 3"),
        (lambda: Stop(targets=()), "stop needs at least one target"),
        (lambda: Partition(groups="alice"), "Partition: groups: expected a list, found 'alice'"),
        (lambda: Partition(groups={("a",), ("b",)}), "Partition: groups: expected a list, found {"),
        (lambda: Degrade(source="alice", target="bob"), "degrade changes nothing; give delay, jitter, loss, reorder"),
        (lambda: Degrade(source="a", target="b", loss="150 %"), "Degrade: loss: '150 %' is more than 100 %"),
        (lambda: Degrade(source="a", target="b", rate=[5]), "Degrade: rate: [5] is not a rate; write for example 5"),
        (lambda: FinalityStalls(grace="12"), "FinalityStalls: grace: '12' has no unit; write for example 60s"),
        (lambda: FinalityStalls(grace=None), "FinalityStalls: grace: None is not a duration; write for example 60s"),
        (lambda: FinalityStalls(grace=True), "FinalityStalls: grace: True is not a duration; write for example 60s"),
        (lambda: FinalityAdvances(blocks=True), "FinalityAdvances: blocks: expected a number, found True"),
        (lambda: FinalityAdvances(blocks=1.5), "FinalityAdvances: blocks: expected a whole number, found 1.5"),
        (lambda: Messages(in_order="perhaps"), "Messages: in_order: expected True or False, found 'perhaps'"),
        (lambda: Disputes(at_least=1, outcome="val"), "Disputes: outcome: there is no 'val'; did you mean 'valid'?"),
        (
            lambda: Byzantine(targets="alice", acts="stal"),
            "Byzantine: acts.0: there is no 'stal'; did you mean 'stall'",
        ),
        (lambda: LogLines(pattern=3, at_least=1), "LogLines: pattern: expected text, found 3"),
    ],
)
def test_a_form_that_no_field_takes_is_told_in_a_sentence_with_what_was_given(
    made: Callable[[], object], told: str
) -> None:
    with pytest.raises(InputError) as caught:
        made()
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


def test_a_call_with_two_mistakes_is_told_both() -> None:
    with pytest.raises(InputError) as caught:
        FinalityStalls(grace="12", node="alice")
    assert [line.partition("; ")[0] for line in str(caught.value).splitlines()] == [
        "FinalityStalls: grace: '12' has no unit",
        "FinalityStalls: there is no 'node'",
    ]


@dataclass(frozen=True)
class Brownout(Fault):
    """As another distribution may write one: by place, with a reader and a rule of its own."""

    kind: ClassVar[str] = "brownout"
    targets: Selectors
    for_: Seconds = 1.0
    depth: Annotated[int, BeforeValidator(lambda value: {"half": 2}.get(value, value))] = 1
    how: Literal["slow", "off"] = "off"

    def __post_init__(self) -> None:
        if self.depth < 1:
            raise InputError("a brownout is 1 deep or more")

    def affected(self, topology: Topology) -> tuple[str, ...]:
        return topology.select(self.targets)


def test_a_dataclass_of_another_distribution_takes_forms_too() -> None:
    assert Brownout("alice", "2min", depth="half", how="slow") == Brownout(("alice",), 120.0, 2, "slow")


def test_the_rules_of_another_distribution_are_told_in_its_words() -> None:
    for targets in ("alice", ("alice",)):
        with pytest.raises(InputError, match=r"^a brownout is 1 deep or more$"):
            Brownout(targets, depth=0)


def test_a_value_in_its_own_form_is_read_by_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches make faults by the thousand."""
    values = [
        Isolate(targets=("alice",)),
        Outage(region="eu"),
        Messages(within=60.0),
        Partition(groups=(("a",), ("b",))),
    ]
    monkeypatch.setattr("simnet.forms._constructor", None)
    for value in values:
        assert replace(value) == value


def test_options_take_the_forms_of_the_command_line() -> None:
    options = Options(out="elsewhere", start_within="10min")
    assert (options.out, options.start_within) == (Path("elsewhere"), 600.0)
    with pytest.raises(InputError, match="Options: there is no 'start_withn'; did you mean 'start_within'"):
        Options(start_withn="10min")


def test_help_shows_the_fields_of_a_call() -> None:
    assert list(signature(Restart).parameters) == [
        *("targets", "down_for", "kill", "flags", "image", "runtime_override", "at_once"),
    ]


def test_a_base_class_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Fault()
