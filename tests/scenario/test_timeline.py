"""The timeline: steps in order, the schedule beside them, moments, all healed at the end. On toy networks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from simnet.errors import InputError
from simnet.faults import (
    Degrade,
    Effective,
    Fault,
    Isolate,
    Kill,
    OneWayCut,
    Partition,
    Pause,
    Restart,
    Stop,
    effective,
)
from simnet.journal import Evidence, Journal, Record, Window
from simnet.journal.records import FaultFailed
from simnet.network.topology import RELAY
from simnet.providers.barrier import reach_barrier
from simnet.providers.base import Launch
from simnet.rehearsal import plan_of
from simnet.scenario import Inject, NetworkSpec, ParachainSpec, Scenario, Send, Step, Submit, Wait, WindowSpec
from simnet.scenario.timeline import Timeline
from simnet.testing import ToyNetwork, ToyProvider
from simnet.units import Span, parse_moment, parse_span
from tests.runs import started

NETWORK = NetworkSpec(parachains=(ParachainSpec(id=2000), ParachainSpec(id=2001)))


def at_barrier(scenario: Scenario) -> ToyNetwork:
    """A toy of the scenario's network that reached its barrier."""
    journal = Journal(lambda: 0.0)
    journal.begin(None, started(provider="toy", steps=len(scenario.steps)))
    network = ToyProvider().launch(plan_of(scenario), Launch(run="test", run_dir=Path(), journal=journal), 600)
    reach_barrier(network, 600)
    return network


def play(*steps: Step, schedule: Iterable[WindowSpec] = (), say: Callable[[str], None] = lambda _: None) -> ToyNetwork:
    """The network after a timeline of these steps and windows."""
    scenario = Scenario(name="played", network=NETWORK, steps=steps, schedule=tuple(schedule))
    network = at_barrier(scenario)
    Timeline(network, scenario, say).run()
    return network


def isolate(name: str, *targets: str, length: str | None = None, **step: Any) -> Step:
    span = parse_span(length) if length else None
    return Step(inject=Inject(isolate=Isolate(targets=targets), name=name, for_=span), **step)


def wait(text: str, **step: Any) -> Step:
    return Step(wait=Wait(for_=parse_span(text)), **step)


def window(evidence: Evidence, name: str) -> Window:
    found = evidence.window(name)
    assert found is not None
    return found


def since_t0(network: ToyNetwork, t: float | None) -> float:
    assert network.evidence.t0 is not None
    assert t is not None
    return round(t - network.evidence.t0, 3)


def spans(network: ToyNetwork) -> list[tuple[float, float]]:
    """Start and end of each step, after t0."""
    return [(since_t0(network, one.data.start), since_t0(network, one.data.end)) for one in network.evidence.steps]


def height(network: ToyNetwork, t: float) -> int:
    """The highest best block of the relay chain at a time."""
    heads = (network.evidence.head_at(node, t, finalized=False) for node in network.evidence.nodes(RELAY))
    return max(head.height for head in heads if head is not None)


# -- steps ------------------------------------------------------------------------------------------------------------


def test_steps_run_in_order_one_after_another() -> None:
    said: list[str] = []
    network = play(wait("10s"), isolate("cut", "alice"), wait("5s"), Step(heal=("cut",)), say=said.append)
    assert spans(network) == [(0, 10), (10, 10), (10, 15), (15, 15)]
    assert [record.data.verb for record in network.evidence.steps] == ["wait", "inject", "wait", "heal"]
    assert [text.split()[0] for text in said] == ["wait", "inject", "wait", "heal"]


@pytest.mark.parametrize(("at", "start"), [("7s", 7.0), ("2 blocks", 12.0)])
def test_a_step_waits_for_its_moment(at: str, start: float) -> None:
    network = play(wait("1s", at=parse_moment(at)))
    assert spans(network) == [(start, start + 1)]


def test_a_moment_that_has_passed_holds_nothing_back() -> None:
    network = play(wait("20s"), wait("1s", at=parse_moment("7s")))
    assert spans(network)[1] == (20, 21)


def test_a_moment_can_count_blocks_from_the_next_session() -> None:
    network = play(wait("1s", at=parse_moment("session + 3 blocks")))
    ((changed, changed_height, _), *_) = (
        one for one in network.evidence.session_changes() if one[0] >= (network.evidence.t0 or 0)
    )
    (step,) = network.evidence.steps
    assert changed_height == 10
    assert height(network, step.data.start) == 13
    assert step.data.start == changed + 18


def test_a_wait_counts_relay_blocks() -> None:
    network = play(wait("3 blocks"))
    (step,) = network.evidence.steps
    assert height(network, step.data.end) - height(network, step.data.start) == 3


def test_labels_name_steps_and_messages() -> None:
    network = play(
        Step(label="mail", send=Send(sender="2000", recipient="2001", count=2, every=6.0)),
        Step(wait=Wait(state="delivered", messages=("mail",))),
    )
    assert network.evidence.steps[0].data.label == "mail"
    assert [(one.label, one.index, len(one.terminals)) for one in network.evidence.messages()] == [
        ("mail", 0, 1),
        ("mail", 1, 1),
    ]


def test_the_run_lasts_until_every_message_is_sent() -> None:
    network = play(Step(send=Send(sender="2000", recipient=RELAY, count=3, every=20.0)))
    assert [since_t0(network, one.submitted) for one in network.evidence.messages()] == [0, 20, 40]


# -- failures ---------------------------------------------------------------------------------------------------------


def only_failure(network: ToyNetwork) -> Record:
    (failed,) = (record for record in network.evidence.steps if record.data.failure)
    return failed


def test_a_state_that_does_not_come_ends_the_steps_and_everything_is_healed() -> None:
    network = play(
        isolate("cut", "alice", "bob"), Step(wait=Wait(state="finalizing", within=30.0)), wait("1s"), wait("2s")
    )
    failed = only_failure(network)
    assert len(network.evidence.steps) == 2
    assert "waited 30 s for the state finalizing" in failed.data.failure
    assert failed.data.conclusive is True
    assert window(network.evidence, "cut").heal_end is not None


def test_windows_go_on_after_a_step_failed() -> None:
    late = WindowSpec(at=parse_moment("100s"), for_=parse_span("10s"), name="late", pause=Pause(targets=("alice",)))
    network = play(Step(wait=Wait(state="stalled", within=10.0)), schedule=[late])
    assert since_t0(network, window(network.evidence, "late").heal_start) == 110


def test_a_call_that_ends_otherwise_than_asked_fails_its_step() -> None:
    network = play(Step(submit=Submit(call="Fail.always")), wait("1s"))
    assert only_failure(network).data.failure.startswith("Fail.Asked, of Fail.always on relay in block ")


def test_a_call_that_should_fail_may() -> None:
    network = play(Step(submit=Submit(call="Fail.always", expect="failure")))
    assert network.evidence.steps[0].data.failure is None


def test_a_fault_that_cannot_take_hold_leaves_the_step_inconclusive() -> None:
    frozen = Inject(pause=Pause(targets=("bob",)), for_=Span(blocks=5))
    network = play(Step(inject=frozen), Step(restart={"targets": ("bob",)}))
    failed = only_failure(network)
    assert "bob is paused by another fault" in failed.data.failure
    assert failed.data.conclusive is False


# -- faults and windows -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "lasts"), [("30s", 30.0), ("4 blocks", 24.0)])
def test_a_fault_heals_by_itself_while_steps_go_on(length: str, lasts: float) -> None:
    network = play(isolate("cut", "alice", length=length), wait("50s"))
    cut = window(network.evidence, "cut")
    assert since_t0(network, cut.apply_end) == 0
    assert abs(since_t0(network, cut.heal_start) - lasts) <= 0.5
    assert spans(network) == [(0, 0), (0, 50)]


def test_a_fault_that_lasts_longer_than_the_steps_is_waited_for() -> None:
    network = play(isolate("cut", "alice", length="90s"), wait("10s"))
    assert since_t0(network, window(network.evidence, "cut").heal_start) == 90


def test_what_no_step_heals_is_healed_at_the_end() -> None:
    network = play(isolate("cut", "alice"), isolate("other", "bob"), wait("10s"))
    assert [since_t0(network, window(network.evidence, name).heal_start) for name in ("cut", "other")] == [10, 10]
    assert not [one for one in network.injections if one.active]


@pytest.mark.parametrize(("at", "start"), [("20s", 20.0), ("3 blocks", 18.0), ("session + 1 blocks", 42.0)])
def test_a_window_opens_at_its_moment_beside_the_steps(at: str, start: float) -> None:
    spec = WindowSpec(at=parse_moment(at), for_=parse_span("10s"), name="night", isolate=Isolate(targets=("alice",)))
    network = play(wait("60s"), schedule=[spec])
    night = window(network.evidence, "night")
    assert abs(since_t0(network, night.apply_end) - start) <= 0.5
    assert round((night.heal_start or 0) - night.apply_end, 3) == 10
    assert spans(network) == [(0, 60)]


def test_a_window_that_does_not_take_hold_is_told_and_the_steps_go_on() -> None:
    """As a step of the same fault does; it had ended the run as if simnet had failed."""
    said: list[str] = []
    stopped = WindowSpec(at=parse_moment("10s"), for_=parse_span("40s"), name="down", stop=Stop(targets=("alice",)))
    again = WindowSpec(at=parse_moment("20s"), name="again", restart=Restart(targets=("alice",)))
    network = play(wait("60s"), schedule=[stopped, again], say=said.append)
    assert spans(network) == [(0, 60)]
    (failed,) = network.evidence.of(FaultFailed)
    assert failed.data.name == "again"
    assert any("did not take hold: alice is stopped by another fault" in line for line in said)


def test_a_change_replaces_a_fault_without_a_moment_in_between() -> None:
    network = play(
        isolate("cut", "alice"),
        wait("6s"),
        Step(change={"fault": "cut", "isolate": {"targets": ["bob"]}}),
        wait("6s"),
    )
    injection = network.injection("cut")
    assert injection.fault == Isolate(targets=("bob",))
    assert since_t0(network, window(network.evidence, "cut").heal_start) == 12


def test_healing_a_partition_does_not_undo_an_isolation_that_overlaps_it() -> None:
    scenario = Scenario(name="overlap", network=NETWORK)
    network = at_barrier(scenario)
    cut = network.inject(Partition(groups=(("alice", "bob"), ("charlie", "dave"))))
    network.inject(Isolate(targets=("alice",)))
    cut.heal()
    assert not network.applied.reachable("alice", "charlie")
    assert network.applied.reachable("bob", "charlie")
    network.heal_all()
    assert network.applied == effective(network.topology, [])


def test_two_active_faults_cannot_have_one_name() -> None:
    network = at_barrier(Scenario(name="names", network=NETWORK))
    network.inject(Isolate(targets=("alice",)), "cut")
    with pytest.raises(InputError, match="a fault named 'cut' is active"):
        network.inject(Isolate(targets=("bob",)), "cut")


# -- overlapping faults, in every order -------------------------------------------------------------------------------

NODES = ("alice", "bob", "charlie", "dave")
some_nodes = st.lists(st.sampled_from(NODES), min_size=1, max_size=3, unique=True).map(tuple)
faults: st.SearchStrategy[Fault] = st.one_of(
    *(st.builds(kind, targets=some_nodes) for kind in (Stop, Kill, Pause, Isolate)),
    st.just(Partition(groups=(("alice", "bob"), ("charlie", "dave")))),
    st.just(Partition(groups=(("alice",), ("bob", "charlie", "dave", "collator-2000")))),
    st.just(OneWayCut(source=("alice",), target=("bob", "charlie"))),
    st.builds(Degrade, source=some_nodes, target=st.just(("collator-2000",)), delay=st.sampled_from([0.1, 0.3])),
)


class Overlaps(RuleBasedStateMachine):
    """Whatever is injected, changed and healed in whatever order: the network is what its active faults ask for."""

    @initialize()
    def launch(self) -> None:
        self.network = at_barrier(Scenario(name="overlaps", network=NETWORK))
        self.active: dict[str, Fault] = {}
        self.count = 0

    def expected(self) -> Effective:
        return effective(self.network.topology, self.active.values())

    @rule(fault=faults)
    def inject(self, fault: Fault) -> None:
        self.count += 1
        name = f"fault-{self.count}"
        self.network.inject(fault, name)
        self.active[name] = fault

    @rule(fault=faults, pick=st.randoms(use_true_random=False))
    def change(self, fault: Fault, pick: Any) -> None:
        if self.active:
            name = pick.choice(sorted(self.active))
            self.network.injection(name).change(fault)
            self.active[name] = fault

    @rule(pick=st.randoms(use_true_random=False))
    def heal(self, pick: Any) -> None:
        if self.active:
            name = pick.choice(sorted(self.active))
            self.network.injection(name).heal()
            del self.active[name]

    @rule()
    def heal_all(self) -> None:
        self.network.heal_all()
        self.active.clear()

    @rule()
    def pass_time(self) -> None:
        self.network.wait(13)

    @invariant()
    def the_network_is_what_its_active_faults_ask_for(self) -> None:
        assert self.network.state() == self.expected()
        assert self.network.applied == self.expected()

    @invariant()
    def processes_are_down_and_paused_as_asked(self) -> None:
        for name, process in self.expected().nodes.items():
            downs = self.network.evidence.downs[name]
            assert (bool(downs) and downs[-1].end is None) == (process != "running")


TestOverlaps = Overlaps.TestCase
TestOverlaps.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
