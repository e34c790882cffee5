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


@pytest.mark.parametrize(
    "act",
    [
        "network.submit('System.remark')",
        "network.submit('Fail.call', expect='failure')",
        "network.inject(Wipe(targets=('bob',)))",
        "network.inject(Snapshot(targets=('bob',))); network.inject(Restore(targets=('bob',)))",
        "network.inject(Restart(targets=('bob',), image='other:1'))",
        "network.inject(Isolate(targets=('bob',))).change(Byzantine(targets=('bob',), acts=('equivocate_votes',)))",
        "network.start('eve')",
        "network.network.messenger.submit_calls([('System.remark', {})], chain='2000')",
        "network.network.messenger.client('relay')",
        "pytest.raises(RpcError, network.rpc('alice').call, 'author_submitExtrinsic', ['0x00'])",
        "network.send('2000', '2001'); network.wait(6)",
    ],
)
def test_what_a_test_leaves_behind_ends_its_network(toys: Toys, suite: Suite, act: str) -> None:
    """Seen of a test that opened a channel: the next one, which wanted none, found it. In any order each is alone."""
    suite(f"""
from simnet.errors import RpcError
from simnet.faults import Byzantine, Restart, Restore, Snapshot, Wipe
from simnet.scenario.network_spec import NodeSpec, RelaySpec

VALIDATORS = tuple(NodeSpec(name=name) for name in ("alice", "bob", "charlie", "dave"))
LATE = NodeSpec(name="eve", joins_late=True, twin_of="alice")
pytestmark = pytest.mark.simnet(
    NetworkSpec(relay=RelaySpec(validators=(*VALIDATORS, LATE)), parachains=SPEC.parachains)
)

def test_before(network): network.wait(6)
def test_leaves_something(network): {act}
def test_after(network): network.wait(6)
""")
    toys.run("-k", "leaves or after")
    assert len(toys.networks) == 2
    toys.run()
    assert len(toys.networks) == 4, "a network that nothing was done to serves the next test"


@pytest.mark.parametrize(
    "act",
    [
        "network.inject(Partition(groups=(('alice',), ('bob',))))",
        "network.inject(Kill(targets=('bob',))).heal()",
        "network.inject(Restart(targets=('bob',)))",
        "network.send('2000', '2001'); network.wait_for('delivered')",
        "network.rpc('alice').call('state_getKeysPaged', ['0x', 9])",
    ],
)
def test_what_passes_leaves_the_network_to_the_next_test(toys: Toys, suite: Suite, act: str) -> None:
    suite(f"""
from simnet.faults import Kill, Partition, Restart

def test_passes(network): {act}
def test_after(network): network.wait(6)
""")
    toys.run().assert_outcomes(passed=2)
    assert len(toys.networks) == 1


def test_a_fault_that_the_provider_cannot_do_is_refused_before_anything_happens(
    toys: Toys, suite: Suite, runs: Callable[[], list[Path]]
) -> None:
    toys.provider = ToyProvider(unsupported=["degrade"])
    suite("""
from simnet.errors import UnsupportedError
from simnet.faults import Degrade

SLOW = Degrade(source=("alice",), target=("bob",), delay=0.1)

def test_it(network):
    with pytest.raises(UnsupportedError, match="the fault degrade: this toy lacks it"):
        network.inject(SLOW)
    with network.inject(Isolate(targets=("bob",)), "cut") as cut:
        with pytest.raises(UnsupportedError, match="the fault degrade: this toy lacks it"):
            cut.change(SLOW)
        network.wait(30)
    assert [one.name for one in network.network.injections] == ["cut"]
""")
    toys.run().assert_outcomes(passed=1)
    (folder,) = runs()
    records = read_journal(folder)
    assert [record.data.name for record in records if record.kind is Kind.FAULT_APPLIED] == ["cut"]
    assert not [record for record in records if record.kind in (Kind.FAULT_FAILED, Kind.FAULT_CHANGED)]


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


def test_a_test_that_passes_leaves_its_verdict_and_no_report(
    toys: Toys, suite: Suite, runs: Callable[[], list[Path]]
) -> None:
    suite("def test_it(network): network.wait(5)")
    toys.run().assert_outcomes(passed=1)
    (folder,) = runs()
    assert json.loads((folder / "run.json").read_text())["verdict"] == "held"
    assert not (folder / "report.html").exists()


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
