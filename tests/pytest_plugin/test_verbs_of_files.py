"""What the ``network`` fixture and its marker take in Python: the forms of scenario files, seeds, a start time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simnet import NetworkSpec, checks, faults
from simnet.errors import InputError
from simnet.journal import Kind, read_journal
from simnet.providers import Launch, Plan
from simnet.testing import NetworkUnderTest, ToyNetwork, ToyProvider
from tests.pytest_plugin.conftest import Toys
from tests.testing.test_toy import launched

HEAD = """
import pytest
from simnet.checks import FinalityAdvances, FinalityStalls
from simnet.errors import InputError
from simnet.faults import Isolate, Partition, Restart, Stop
from simnet.testing import ExpectationError

NET = {"relay": {"validators": 4}, "parachains": [{"id": 1281}]}
pytestmark = pytest.mark.simnet(NET)
"""


def suite(pytester: pytest.Pytester, body: str) -> None:
    pytester.makepyfile(test_suite=HEAD + body)


def test_verbs_take_what_files_take(pytester: pytest.Pytester, toys: Toys) -> None:
    """First guesses of a Python user, on one network."""
    suite(
        pytester,
        """
def test_targets_as_text(network): network.inject(Stop(targets="alice"))
def test_groups_as_text(network): network.inject(Partition(groups=["alice", "bob"]))

def test_times_as_text(network):
    with network.inject(Isolate(targets=["alice", "bob"]), "x"):
        network.wait("1min")
    network.expect(FinalityStalls(during="x", grace="12s"))
    network.wait("10 blocks")
    network.expect({"finality_advances": {"after": "x", "within": "60s"}})

def test_heal_by_name(network):
    network.inject(Stop(targets="alice"), "x")
    network.inject(Isolate(targets="bob"), "y")
    network.inject(Isolate(targets="charlie"), "z")
    network.heal("x", "y")
    assert [one.name for one in network.network.injections if one.active] == ["z"]
    network.heal("all")
    assert not [one for one in network.network.injections if one.active]

@pytest.mark.parametrize("length", ["60s", 60, "10 blocks"])
def test_heal_after(network, length):
    cut = network.inject(Isolate(targets="alice"), "x", for_=length)
    network.wait(54)
    assert cut.active
    network.wait(12)
    assert not cut.active

def test_para_as_number(network):
    label = network.send(1281, "relay", every="6s", count=2, size="4 KiB", label="mail")
    network.wait_for("delivered", within="2min", messages=label, nodes="alice")
    sent = [trace for trace in network.evidence.messages()]
    assert [round(trace.asked - sent[0].asked) for trace in sent] == [0, 6]
    network.expect({"messages": {"labels": "mail", "at_least": 2}})

def test_within_longer_than_interval(network):
    with network.inject(Isolate(targets="alice"), "alone"):
        network.wait(40)
    network.wait_for("finalizing", within=200)
    with pytest.raises(ExpectationError, match="^inconclusive: .*\\n.*\\n.*20.0 s before alice was due"):
        network.expect(FinalityAdvances(during="alone", within=60, nodes="alice"))
""",
    )
    toys.run().assert_outcomes(passed=9)
    assert len(toys.networks) == 1


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("network.heal()", 'heal takes names of faults, or "all"'),
        ("network.inject(Isolate(targets='alice'), 'cut'); network.heal('cat')", "; did you mean 'cut'?"),
        ("network.inject(Restart(targets='alice'), for_='60s')", "a restart takes no for_: it is over when"),
        ("network.inject(Isolate(targets='alice'), for_='60')", "inject: for_: '60' has no unit; write for example"),
        ("network.wait('60')", "wait: for_: '60' has no unit; write for example"),
        ("network.wait(None)", "wait: for_: None is not a length of time; write for example 60s or 10 blocks"),
        ("network.send(1281, 'relay', every='6')", "Send: every: '6' has no unit"),
        ("network.send(1281, 'relay', count=0)", "Send: count: expected greater than or equal to 1, found 0"),
        ("network.send(1281, 1281)", "a message from 1281 to itself crosses no chain"),
        ("network.wait_for('finalising')", "Wait: state: there is no 'finalising'; did you mean 'finalizing'?"),
        ("network.wait_until(lambda _: True, within='soon', what='it')", "wait_until: within: 'soon' is not a"),
        ("network.submit('remark')", "Submit: call: 'remark' does not have the form"),
        ("network.onboard(1281.5)", "onboard: para: expected text, found 1281.5"),
        ("network.expect({'mesages': {}})", "Expectation: there is no 'mesages'; did you mean 'messages'?"),
        ("network.expect(FinalityStalls(during='x'))", "this test injected no fault named 'x'"),
    ],
)
def test_what_a_verb_does_not_take_is_an_input_error_in_a_sentence(call: str, told: str) -> None:
    network = NetworkUnderTest(launched(NetworkSpec(parachains=[{"id": 1281}])), Path())
    with pytest.raises(InputError) as caught:
        exec(call, {**vars(checks), **vars(faults), "network": network})
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_seeds_reach_the_network(pytester: pytest.Pytester, toys: Toys) -> None:
    suite(
        pytester,
        """
@pytest.mark.parametrize("seed", [1, 2])
def test_each(network, seed): assert network.network.seed == seed

@pytest.mark.simnet(NET, seed=3)
def test_marked(network): assert network.network.seed == 3

@pytest.mark.simnet(NET, seed=3)
@pytest.mark.parametrize("seed", [5])
def test_both(network, seed): assert network.network.seed == 5

def test_none(network): assert network.network.seed == 0
""",
    )
    toys.run().assert_outcomes(passed=5)
    assert [network.seed for network in toys.networks] == [1, 2, 3, 5, 0]


def test_the_command_line_s_seed_goes_before_markers_and_not_before_parameters(
    pytester: pytest.Pytester, toys: Toys
) -> None:
    suite(
        pytester,
        """
@pytest.mark.parametrize("seed", [1])
def test_each(network, seed): pass

@pytest.mark.simnet(NET, seed=3)
def test_marked(network): pass
""",
    )
    toys.run("--simnet-seed=9").assert_outcomes(passed=2)
    assert [network.seed for network in toys.networks] == [1, 9]


def test_a_test_that_failed_with_its_seed_says_how_to_repeat_it(pytester: pytest.Pytester, toys: Toys) -> None:
    suite(
        pytester, '@pytest.mark.parametrize("seed", [7])\ndef test_it(network, seed): network.network.crash("alice")\n'
    )
    result = toys.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["repeat:     pytest 'test_suite.py::test_it[[]7]' --simnet-seed 7 *"])


class PatientToys(ToyProvider):
    """Toys that note how long each launch may take."""

    def __init__(self) -> None:
        super().__init__()
        self.deadlines: list[float] = []

    def launch(self, plan: Plan, launch: Launch, deadline: float) -> ToyNetwork:
        self.deadlines.append(deadline)
        return super().launch(plan, launch, deadline)


@pytest.mark.parametrize(
    ("options", "deadlines"),
    [
        ([], [480.0, 90.0]),
        (["-o", "simnet_start_within=10min"], [600.0, 90.0]),
        (["-o", "simnet_start_within=10min", "--simnet-start-within=20min"], [1200.0, 90.0]),
    ],
)
def test_a_marker_goes_before_the_command_line_and_that_before_the_ini_file_in_how_long_a_start_may_take(
    pytester: pytest.Pytester, toys: Toys, options: list[str], deadlines: list[float]
) -> None:
    provider = toys.provider = PatientToys()
    suite(
        pytester,
        """
def test_usual(network): pass

@pytest.mark.simnet(NET, start_within="90s", seed=1)
def test_marked(network): pass
""",
    )
    toys.run(*options).assert_outcomes(passed=2)
    assert provider.deadlines == deadlines


@pytest.mark.parametrize(
    ("mark", "options", "message"),
    [
        ("NET, seed='three'", [], "error: a seed is a whole number, 0 or more, and not 'three'"),
        ("NET, start_within='90'", [], "error: the marker simnet: start_within: '90' has no unit; *"),
        ("NET, metrics=3", [], "error: the marker simnet: metrics: expected a list, found 3"),
        ("['net.yaml']", [], "error: a network is a file, a NetworkSpec or a mapping *, and not *"),
        ("{'rely': {}}", [], "error: NetworkSpec: there is no 'rely'; did you mean 'relay'?"),
        ("NET", ["--simnet-start-within=soon"], "error: --simnet-start-within: 'soon' is not a duration; *"),
        ("NET", ["-o", "simnet_start_within=5"], "error: simnet_start_within: '5' has no unit; *"),
    ],
)
def test_what_cannot_be_of_a_marker_or_an_option_is_an_error_without_a_traceback(
    pytester: pytest.Pytester, toys: Toys, mark: str, options: list[str], message: str
) -> None:
    suite(pytester, f"@pytest.mark.simnet({mark})\ndef test_it(network): pass\n")
    result = toys.run(*options)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])
    assert not toys.networks


def test_what_a_form_says_is_in_the_journal_as_a_file_would_say_it(
    pytester: pytest.Pytester, toys: Toys, runs: Callable[[], list[Path]]
) -> None:
    suite(pytester, 'def test_it(network): network.inject(Restart(targets="alice", down_for="5s"))')
    toys.run().assert_outcomes(passed=1)
    applied = [one.data for one in read_journal(runs()[0]) if one.kind is Kind.FAULT_APPLIED]
    assert [one.fault for one in applied] == [{"kind": "restart", "targets": ["alice"], "down_for": 5.0}]
