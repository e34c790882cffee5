"""The ``network`` fixture: which network a test gets, how long it lives, and what is judged when the test ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from simnet.errors import NodeError
from simnet.journal import Kind, read_journal
from simnet.rehearsal import judge_folder
from simnet.testing import ToyProvider
from tests.pytest_plugin.conftest import NETWORK, Toys

HEAD = """
import pytest
from simnet.checks import FinalityAdvances, FinalityStalls, Messages
from simnet.errors import InputError
from simnet.faults import Isolate, Pause
from simnet.scenario import NetworkSpec, ParachainSpec

SPEC = NetworkSpec(parachains=(ParachainSpec(id=2000), ParachainSpec(id=2001)))
pytestmark = pytest.mark.simnet(SPEC)
"""

Suite = Callable[[str], None]


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Suite:
    def write(body: str) -> None:
        pytester.makepyfile(test_suite=HEAD + body)

    return write


def test_tests_of_a_module_share_a_network_and_each_has_its_own_run(
    toys: Toys, suite: Suite, runs: Callable[[], list[Path]]
) -> None:
    suite("""
def test_stalls(network):
    with network.inject(Isolate(targets=("alice", "bob")), "cut"):
        network.wait(60)
    network.expect(FinalityStalls(during="cut"))
    network.wait_for("finalizing")
    network.expect(FinalityAdvances(after="cut", within=60))

def test_sends(network):
    network.send("2000", "2001", count=3, every=6, label="mail")
    network.wait_for("delivered")
    network.expect(Messages(at_least=3))

def test_sends_again(network):
    network.send("2000", "2001", label="mail")
    network.wait_for("delivered")
    assert network.expect(Messages()).figures["messages"] == 1
""")
    toys.run().assert_outcomes(passed=3)
    (network,) = toys.networks
    assert network.closed
    assert [folder.name.rpartition("-")[0].rpartition("-")[0][:-5] for folder in runs()] == [
        "test-stalls", "test-sends", "test-sends-again",
    ]  # fmt: skip
    for folder in runs():
        kinds = [record.kind for record in read_journal(folder)]
        assert (kinds[0], kinds[-1]) == (Kind.RUN_STARTED, Kind.RUN_ENDED)
        assert kinds.count(Kind.BARRIER) == kinds.count(Kind.NETWORK) == 1
        assert judge_folder(folder).verdict.exit_code == 0


def test_an_expectation_that_does_not_hold_fails_the_test_with_its_finding(toys: Toys, suite: Suite) -> None:
    suite("""
def test_stalls(network):
    with network.inject(Isolate(targets=("alice",)), "cut"):
        network.wait(60)
    network.expect(FinalityStalls(during="cut"))
""")
    result = toys.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*network.expect(FinalityStalls*",
            "E *simnet.testing.ExpectationError: failed: finality_stalls during=cut",
            "E *expected  nothing of relay is finalized*",
            "E *seen *bob finalized*",
            "run folder: runs/test-stalls-*",
            "repeat:     pytest *test_suite.py::test_stalls --simnet-seed 0 --simnet-provider toy",
        ]
    )
    result.stdout.no_fnmatch_line("*finding = self.judge*")


def test_a_failed_test_leaves_its_network_to_the_next_one_healed(toys: Toys, suite: Suite) -> None:
    suite("""
def test_forgets_to_heal(network):
    network.inject(Isolate(targets=("alice",)), "cut")
    network.send("2000", "2001", count=9, every=600)
    assert False

def test_next(network):
    assert network.state().reachable("alice", "bob")
    assert not network.evidence.windows
    assert network.now() < 60
    network.wait(6)
    assert network.expect(FinalityAdvances(within=6))
    assert network.evidence.t0 < 60
""")
    toys.run().assert_outcomes(failed=1, passed=1)
    assert len(toys.networks) == 1


def test_a_broken_invariant_fails_a_test_that_asserts_nothing_and_costs_the_network(toys: Toys, suite: Suite) -> None:
    suite("""
def test_crash(network):
    network.network.crash("alice")
    network.wait(6)

def test_next(network):
    assert "alice" in network.network.running("relay")
""")
    result = toys.run()
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["failed: no unasked crash", "  seen      alice ended at *", "repeat:     pytest *"])
    assert [network.closed for network in toys.networks] == [True, True]


def test_a_fault_that_did_not_take_hold_is_inconclusive(toys: Toys, suite: Suite) -> None:
    toys.provider = ToyProvider(weak=["pause"])
    suite("""
def test_weak(network):
    with network.inject(Pause(targets=("alice",))):
        network.wait(6)
""")
    result = toys.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["inconclusive: faults took hold"])


def test_a_check_of_a_fault_that_only_another_test_injected_is_a_mistake(toys: Toys, suite: Suite) -> None:
    suite("""
def test_one(network):
    with network.inject(Isolate(targets=("alice",)), "cut"):
        network.wait(30)

def test_two(network):
    with pytest.raises(InputError, match="injected no fault named 'cut'"):
        network.expect(FinalityStalls(during="cut"))
""")
    toys.run().assert_outcomes(passed=2)


def test_a_marker_gives_a_test_a_network_of_its_own(pytester: pytest.Pytester, toys: Toys, suite: Suite) -> None:
    (pytester.path / "net.yaml").write_text(NETWORK)
    suite("""
@pytest.mark.simnet("net.yaml", seed=7)
def test_file(network):
    assert [chain.id for chain in network.topology.parachains] == ["2000"]
    assert network.network.seed == 7

def test_spec(network):
    assert len(network.topology.parachains) == 2
""")
    toys.run().assert_outcomes(passed=2)
    assert [network.closed for network in toys.networks] == [True, True]


def test_overriding_the_fixture_says_which_network(pytester: pytest.Pytester, toys: Toys) -> None:
    (pytester.path / "net.yaml").write_text(NETWORK)
    pytester.makepyfile("""
import pytest

@pytest.fixture(scope="module")
def simnet_network():
    return "net.yaml"

def test_file(network):
    assert len(network.topology.validators) == 4
""")
    toys.run().assert_outcomes(passed=1)


def test_one_network_can_serve_the_session(pytester: pytest.Pytester, toys: Toys) -> None:
    body = HEAD + "\ndef test_it(network): network.wait(6)\n"
    pytester.makepyfile(test_a=body, test_b=body)
    toys.run().assert_outcomes(passed=2)
    assert len(toys.networks) == 2
    toys.run("-o", "simnet_network_scope=session").assert_outcomes(passed=2)
    assert len(toys.networks) == 3


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ("", "error: test_it asks for a network and says not which: *"),
        ("@pytest.mark.simnet('nowhere.yaml')", "error: there is no network file nowhere.yaml, *"),
        ("@pytest.mark.simnet(NetworkSpec(), sed=3)", "error: the marker simnet has no sed; *"),
    ],
)
def test_a_network_that_cannot_be_is_an_error_without_a_traceback(
    pytester: pytest.Pytester, toys: Toys, mark: str, message: str
) -> None:
    pytester.makepyfile(f"import pytest\nfrom simnet.scenario import NetworkSpec\n{mark}\ndef test_it(network): pass\n")
    result = toys.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])
    assert not toys.networks


def test_an_unknown_provider_is_an_error_without_a_traceback(toys: Toys, suite: Suite) -> None:
    suite("def test_it(network): pass")
    result = toys.run("--simnet-provider=dokcer")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["error: no provider is named 'dokcer'; did you mean 'docker'?"])


def test_a_launch_that_fails_is_an_error_with_the_run_folder(toys: Toys, suite: Suite) -> None:
    toys.provider = ToyProvider(launch_error=NodeError("alice ended by itself"))
    suite("def test_it(network): pass")
    result = toys.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["error: alice ended by itself", "run folder: runs/test-it-*"])


def test_ctrl_c_in_a_test_removes_the_network(toys: Toys, suite: Suite, runs: Callable[[], list[Path]]) -> None:
    suite("def test_it(network): raise KeyboardInterrupt")
    assert toys.run().ret == pytest.ExitCode.INTERRUPTED
    assert [network.closed for network in toys.networks] == [True]
    (folder,) = runs()
    assert json.loads((folder / "run.json").read_text())["verdict"] == "inconclusive"


def test_the_network_goes_when_another_fixture_fails(toys: Toys, suite: Suite, runs: Callable[[], list[Path]]) -> None:
    suite("""
@pytest.fixture
def broken(network):
    raise RuntimeError("no luck")

def test_it(broken): pass
""")
    toys.run().assert_outcomes(errors=1)
    assert toys.networks[0].closed
    assert read_journal(runs()[0])[-1].kind is Kind.RUN_ENDED
