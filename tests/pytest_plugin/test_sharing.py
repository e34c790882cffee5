"""``--simnet-share``: scenario files that follow one another on one network."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from simnet.journal import Kind, read_journal
from simnet.journal.records import MessageSubmitted
from simnet.rehearsal import judge_folder
from tests.pytest_plugin.conftest import FAILS, HOLDS, Toys

Write = Callable[[str, str], Path]

SENDS = """
name: sends
seed: 3
network: net.yaml
steps:
  - label: mail
    send: {from: 2000, to: relay, count: 2}
  - wait: {state: delivered, within: 120s}
expect:
  - messages: {at_least: 2}
"""


def test_equal_networks_start_once(toys: Toys, write: Write, runs: Callable[[], list[Path]]) -> None:
    for name in ("a", "b", "c"):
        write(name, SENDS.replace("name: sends", f"name: sends-{name}"))
    write("d", HOLDS)
    toys.run("--simnet-share").assert_outcomes(passed=4)
    assert [network.closed for network in toys.networks] == [True]
    for folder in runs():
        records = read_journal(folder)
        assert records[0].kind is Kind.RUN_STARTED
        assert all(one.t <= two.t for one, two in pairwise(records[1:]))
        assert records[1].t == 0.0
        assert judge_folder(folder).verdict.exit_code == 0
    topics = [
        record.data.id
        for folder in runs()
        for record in read_journal(folder)
        if isinstance(record.data, MessageSubmitted)
    ]
    assert len(set(topics)) == 6


def test_without_the_option_each_has_its_own(toys: Toys, write: Write) -> None:
    write("a", SENDS)
    write("b", HOLDS)
    toys.run().assert_outcomes(passed=2)
    assert len(toys.networks) == 2


@pytest.mark.parametrize(
    "first",
    [
        FAILS,
        SENDS.replace("seed: 3", "seed: 4"),
        SENDS.replace("network: net.yaml", "network: {use: net.yaml, relay: {validators: 5}}"),
        HOLDS.replace("steps:", "steps:\n  - submit: {call: System.remark, args: {remark: '0x00'}}"),
        HOLDS.replace("steps:", "steps:\n  - restart: {targets: [bob], flags: [--x]}"),
        HOLDS.replace("steps:", "steps:\n  - wipe: {targets: [bob]}"),
        HOLDS.replace("steps:", "steps:\n  - snapshot: {targets: [bob]}"),
        HOLDS + "schedule:\n  - {at: 1s, wipe: {targets: [bob]}}\n",
        HOLDS.replace("expect:", "  - send: {from: 2000, to: relay}\nexpect:"),
    ],
    ids=[
        "failed",
        "other seed",
        "other topology",
        "calls",
        "other flags",
        "wiped",
        "kept database",
        "wiped by a window",
        "mail under way",
    ],
)
def test_what_is_not_the_same_network_any_more_is_not_shared(toys: Toys, write: Write, first: str) -> None:
    write("a", first)
    write("b", HOLDS)
    toys.run("--simnet-share")
    assert [network.closed for network in toys.networks] == [True, True]


def test_a_run_on_a_used_network_is_judged_as_one_on_a_fresh_one(
    toys: Toys, write: Write, runs: Callable[[], list[Path]]
) -> None:
    write("a", SENDS)
    write("b", HOLDS)
    toys.run("--simnet-share")
    toys.run("b.scenario.yaml")
    first, second = (judge_folder(folder).verdict.findings for folder in runs()[1:])
    assert [(one.check, one.status) for one in first] == [(two.check, two.status) for two in second]
