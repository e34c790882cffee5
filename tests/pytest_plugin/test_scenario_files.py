"""Scenario files as tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock
from xml.etree import ElementTree

import pytest

from simnet.errors import NodeError
from simnet.testing import ToyNetwork, ToyProvider
from tests.pytest_plugin.conftest import FAILS, HOLDS, Toys

Write = Callable[[str, str], Path]


def test_one_that_holds_passes(toys: Toys, write: Write) -> None:
    write("one", HOLDS)
    result = toys.run("-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["one.scenario.yaml::holds PASSED*"])
    assert [network.closed for network in toys.networks] == [True]


def test_the_timeout_of_unit_tests_does_not_end_a_rehearsal(toys: Toys, write: Write) -> None:
    write("one", HOLDS)
    toys.run("--timeout=0.001").assert_outcomes(passed=1)


def test_one_that_fails_shows_what_was_expected_and_seen_and_how_to_repeat_it(toys: Toys, write: Write) -> None:
    write("one", FAILS)
    result = toys.run()
    result.assert_outcomes(failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*= FAILURES =*",
            "*_ scenario fails _*",
            "failed: finality_advances during=cut within=30",
            "  expected  each node finalizes 1 more block(s) of relay within 30s",
            "  seen      alice never (came from *",
            "  when      * s to * s of the run",
            "run folder: runs/fails-*",
            "repeat:     simnet run one.scenario.yaml --seed 3 --provider toy",
            "failed        finality_advances*",
            "inject isolate targets=charlie|dave",
            "FAILED one.scenario.yaml::fails - failed: finality_advances*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    assert toys.networks[0].closed


def test_one_that_proves_nothing_fails_as_inconclusive(toys: Toys, write: Write) -> None:
    toys.provider = ToyProvider(weak=["isolate"])
    write("one", HOLDS)
    result = toys.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["inconclusive: finality_advances after=lonely*", "inconclusive: faults took hold", "repeat:     simnet run *"]
    )
    result.stdout.no_fnmatch_line("failed: *")


def test_one_that_proves_nothing_can_be_skipped(toys: Toys, write: Write) -> None:
    toys.provider = ToyProvider(weak=["isolate"])
    write("one", HOLDS)
    result = toys.run("--simnet-inconclusive=skip")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*inconclusive: finality_advances after=lonely*"])


def test_a_file_with_mistakes_is_a_collection_error_that_says_where(toys: Toys, write: Write) -> None:
    write("bad", "name: bad\nsed: 3\nsteps:\n  - wate: {for: 3s}\n")
    write("good", HOLDS)
    result = toys.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["bad.scenario.yaml:2:1: unknown key 'sed'*", "bad.scenario.yaml:4:5: unknown key 'wate'*"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    assert not toys.networks


def test_a_harness_that_fails_is_an_error_with_its_text(toys: Toys, write: Write) -> None:
    toys.provider = ToyProvider(launch_error=NodeError("alice ended by itself"))
    write("one", HOLDS)
    result = toys.run()
    result.assert_outcomes(errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["error: alice ended by itself", "ERROR one.scenario.yaml::holds*"])


def test_what_the_provider_cannot_do_is_an_error_before_anything_starts(toys: Toys, write: Write) -> None:
    toys.provider = ToyProvider(unsupported=["isolate"])
    write("one", HOLDS)
    result = toys.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["error: the provider toy cannot run this here:", "*the fault isolate: this toy lacks it"]
    )
    assert not toys.networks


def test_an_unknown_provider_is_an_error(toys: Toys, write: Write) -> None:
    write("one", HOLDS)
    result = toys.run("--simnet-provider=dokcer")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["error: no provider is named 'dokcer'; did you mean 'docker'?"])


def test_another_seed_is_in_the_run_and_in_the_command(toys: Toys, write: Write) -> None:
    write("one", FAILS)
    result = toys.run("--simnet-seed=9")
    result.stdout.fnmatch_lines(["repeat:     simnet run one.scenario.yaml --seed 9 --provider toy"])
    assert toys.networks[0].seed == 9


def test_a_scenario_named_on_the_command_line_needs_no_special_name(
    pytester: pytest.Pytester, toys: Toys, write: Write
) -> None:
    write("one", HOLDS).rename(pytester.path / "rehearsal.yaml")
    toys.run("rehearsal.yaml").assert_outcomes(passed=1)
    assert toys.run().ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_globs_take_scenarios_and_leave_their_networks_alone(
    pytester: pytest.Pytester, toys: Toys, write: Write
) -> None:
    pytester.makeini("[pytest]\nsimnet_scenarios = rehearsals/*.yaml\n")
    file = write("one", HOLDS)
    (pytester.path / "rehearsals" / "deep").mkdir(parents=True)
    file.rename(pytester.path / "rehearsals" / "deep" / "one.yaml")
    (pytester.path / "net.yaml").rename(pytester.path / "rehearsals" / "deep" / "net.yaml")
    toys.run().assert_outcomes(passed=1)


def test_other_yaml_files_are_none_of_its_business(pytester: pytest.Pytester, toys: Toys) -> None:
    (pytester.path / "compose.yaml").write_text("name: shop\nservices: {}\n")
    assert toys.run("compose.yaml").ret == pytest.ExitCode.USAGE_ERROR


def test_scenarios_are_selected_by_marker_and_by_tag(pytester: pytest.Pytester, toys: Toys, write: Write) -> None:
    pytester.makepyfile("def test_other(): pass")
    write("one", HOLDS.replace("seed: 3", "tags: [lonely]"))
    toys.run("-m", "simnet").assert_outcomes(passed=1, deselected=1)
    toys.run("-k", "lonely").assert_outcomes(passed=1, deselected=1)


def test_junit_has_seed_folder_and_figures(pytester: pytest.Pytester, toys: Toys, write: Write) -> None:
    write("one", HOLDS)
    toys.run("--junitxml=out.xml", "-o", "junit_family=xunit1")
    properties = {
        one.get("name"): one.get("value") for one in ElementTree.parse(pytester.path / "out.xml").iter("property")
    }
    assert properties["simnet_seed"] == "3"
    assert Path(str(properties["simnet_run_folder"])).name.startswith("holds-")
    assert properties["finality_advances after=lonely: seconds"] == "6.0"


def test_ctrl_c_removes_the_network_and_judges_what_was_seen(
    toys: Toys, write: Write, runs: Callable[[], list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("one", HOLDS)
    monkeypatch.setattr(ToyNetwork, "heal", Mock(side_effect=KeyboardInterrupt))
    result = toys.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert [network.closed for network in toys.networks] == [True]
    (folder,) = runs()
    assert '"outcome":"interrupted"' in (folder / "journal.jsonl").read_text()
