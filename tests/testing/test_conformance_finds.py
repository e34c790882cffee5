"""The rules find what breaks them, and say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st

from simnet.checks import Check, Finding, Interval
from simnet.checks.coverage import Coverage
from simnet.errors import InputError
from simnet.faults import KINDS, Fault, OnTargets, Process, Respect, Stop
from simnet.journal import Evidence
from simnet.network.topology import Topology
from simnet.providers.base import Plan, Unsupported
from simnet.testing import CheckConformance, FaultConformance, ProviderConformance, ToyProvider

MOODS: Iterator[Process] = iter(["paused", "stopped"] * 50)


@dataclass(frozen=True, kw_only=True)
class Moody(OnTargets):
    kind: ClassVar[str] = "moody"

    def process(self) -> Process:
        return next(MOODS)


@dataclass(frozen=True, kw_only=True)
class Blind(OnTargets):
    """Draws nodes that are not there."""

    kind: ClassVar[str] = "blind"

    def process(self) -> Process:
        return "stopped"

    @classmethod
    def draw(cls, topology: Topology) -> st.SearchStrategy[Fault]:
        return st.just(cls(targets=("nobody",)))


@dataclass(frozen=True, kw_only=True)
class Refusing(OnTargets):
    """Has a ladder with a value that it refuses."""

    kind: ClassVar[str] = "refusing"
    force: int = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.force < 2:
            raise InputError("too weak")

    def process(self) -> Process:
        return "stopped"

    def ladders(self) -> Mapping[str, Sequence[Any]]:
        return {"force": (1, 2, 3)}


@dataclass(frozen=True, kw_only=True)
class Endless(Stop):
    """Knows no end of what is simpler."""

    kind: ClassVar[str] = "endless"

    def simpler(self, topology: Topology, respect: Respect) -> Iterator[Fault]:
        while True:
            yield Endless(targets=("bob",))


@pytest.mark.parametrize(
    ("fault", "rule", "told"),
    [
        (Moody(targets=("alice",)), FaultConformance.test_it_asks_for_the_same_each_time, "no pure value"),
        (Blind(targets=("alice",)), FaultConformance.test_what_a_search_draws_can_be_injected, "stands for no node"),
        (Refusing(targets=("alice",)), FaultConformance.test_a_search_does_not_draw_what_it_cannot_shrink, "too weak"),
        (
            Endless(targets=("alice",)),
            FaultConformance.test_what_is_simpler_is_another_fault_of_its_kind_that_can_be_injected,
            "no end",
        ),
    ],
)
def test_a_fault_that_breaks_a_rule_is_told(
    fault: Fault, rule: Callable[[Any], None], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS.brought, fault.kind, type(fault))
    suite = type("Suite", (FaultConformance,), {"faults": (fault,)})()
    with pytest.raises((AssertionError, InputError), match=told):
        rule(suite)


def test_a_kind_that_nobody_brings_is_told() -> None:
    suite = type("Suite", (FaultConformance,), {"faults": (Moody(targets=("alice",)),)})()
    with pytest.raises(AssertionError, match="moody is None"):
        suite.test_its_kind_is_known()


@dataclass(frozen=True, kw_only=True)
class Trusting(Check):
    """Holds whatever was seen, and over nothing."""

    kind: ClassVar[str] = "trusting"

    def expected(self) -> str:
        return "peace"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        return self.finding(True, "peace", interval, coverage=Coverage())


def test_a_check_that_holds_though_nobody_looked_is_told() -> None:
    suite = type("Suite", (CheckConformance,), {"checks": (Trusting(),)})()
    suite.test_it_holds_over_a_run()
    with pytest.raises(AssertionError, match="give its finding a coverage"):
        suite.test_it_does_not_hold_where_nobody_looked()


class Curt(ToyProvider):
    """Refuses without a reason."""

    def plan(self, plan: Plan) -> list[Unsupported]:
        return [Unsupported(fault.kind, "") for fault in plan.faults]


class Fickle(ToyProvider):
    """Refuses what it took a moment ago."""

    asked = 0

    def plan(self, plan: Plan) -> list[Unsupported]:
        self.asked += 1
        return [Unsupported("this", "it changed its mind")] if self.asked > 1 else []


def suite_of(provider: ToyProvider) -> ProviderConformance:
    suite: ProviderConformance = type("Suite", (ProviderConformance,), {"provider": lambda _: provider})()
    return suite


def test_a_fault_that_a_provider_only_says_it_does_is_told() -> None:
    with pytest.raises(AssertionError, match="pause targets=alice is read back otherwise"):
        suite_of(ToyProvider(weak=["pause"])).test_each_fault_that_it_does_not_refuse_takes_hold_and_heals()


def test_a_refusal_without_a_reason_is_told() -> None:
    with pytest.raises(AssertionError, match="without a reason"):
        suite_of(Curt()).test_each_fault_that_it_does_not_refuse_takes_hold_and_heals()


def test_a_provider_that_changes_its_mind_is_told() -> None:
    with pytest.raises(AssertionError, match="when it is asked again"):
        suite_of(Fickle()).test_it_says_what_it_can_without_doing_anything()
