"""On whose behalf a step's calls are dispatched: what has no way is told at its place, before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.errors import Problem, ScenarioError
from simnet.preflight import in_scenario
from simnet.scenario.loader import load_scenario

BEGIN = "name: x\nnetwork: {relay: {validators: 2}, parachains: [{id: 2000}]}\nsteps:\n"


def problems(folder: Path, *steps: str) -> list[Problem]:
    file = folder / "scenario.yaml"
    file.write_text(BEGIN + "".join(f"- {step}\n" for step in steps))
    try:
        load_scenario(file, further=in_scenario)
    except ScenarioError as error:
        return list(error.problems)
    return []


def submit(rest: str) -> str:
    return f"submit: {{call: System.remark, args: {{remark: '0x00'}}, {rest}}}"


@pytest.mark.parametrize(
    "rest",
    [
        "as: root",
        "as: bob",
        "as: //Bob",
        "as: {account: bob}",
        "as: {account: 'para:2000'}",
        "as: {origin: {Origins: WhitelistedCaller}}",
        "as: {origin: {system: {Signed: alice}}}",
        "as: {scheduler: 3}",
        "chain: 2000, as: {origin: {system: Root}}",
    ],
)
def test_origins_with_a_way_are_sound(tmp_path: Path, rest: str) -> None:
    assert problems(tmp_path, submit(rest)) == []


@pytest.mark.parametrize(
    ("rest", "at", "told"),
    [
        ("as: bobby", "bobby", "'bobby' is neither a secret URI nor the name of a node (did you mean 'bob'?)"),
        ("as: 'para:2000'", "'para", "nobody can sign for para:2000 (have root dispatch it so, as: {account: "),
        ("as: {account: bobby}", "bobby", "and no node is called so (did you mean 'bob'?)"),
        ("as: {origin: {Origin: Whitelisted}}", "Origin:", "OriginCaller has no variant 'Origin' (did you mean 'Origi"),
        ("as: {origin: {Origins: WhitelistCaller}}", "WhitelistC", "(did you mean 'WhitelistedCaller'?)"),
        ("as: {scheduler: 0}", "0}", "expected at least 1, found the number 0"),
        ("as: {scheduler: 2, account: bob}", "as:", "as takes exactly one of account, origin and scheduler"),
        ("sudo: true, as: root", "submit", "sudo says that root calls, and so does this `as`"),
        ("chain: 2000, as: {scheduler: 2}", "2}", "the runtime has no pallet 'Scheduler' with calls"),
        ("chain: 2000, as: {origin: {Origins: Root}}", "Origins", "OriginCaller has no variant 'Origins'"),
    ],
)
def test_an_origin_without_a_way_is_told_at_its_place(tmp_path: Path, rest: str, at: str, told: str) -> None:
    text = submit(rest)
    (found,) = problems(tmp_path, text)
    assert told in str(found)
    assert (found.line, found.column) == (
        4,
        3 + text.index(at, text.index(rest.split(":", maxsplit=1)[0]) if at != "submit" else 0),
    )


def test_each_call_of_a_batch_is_looked_at(tmp_path: Path) -> None:
    sound = "{call: System.remark, args: {remark: '0x00'}}"
    step = f"submit: {{calls: [{sound}, {{call: System.remrk}}, {{call: Balances.burn, args: {{value: 1 DOT}}}}]}}"
    found = problems(tmp_path, step)
    assert [one.message.partition(",")[0] for one in found] == [
        "the pallet System has no call 'remrk'",
        "Balances.burn lacks the argument 'keep_alive'",
    ]
    assert [(one.line, one.column) for one in found] == [(4, 3 + step.index(at)) for at in ("System.remrk", "args: {v")]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("{call: System.remark, calls: [{call: System.remark}]}", "submit takes exactly one of call and calls"),
        ("{chain: relay}", "submit takes exactly one of call and calls"),
        ("{calls: [{call: System.remark}], args: {remark: a}}", "args are those of a single call"),
        ("{call: System.remark, batch: force}", "batch says what becomes of several calls, and there is one"),
        ("{calls: [{call: System.remark}], batch: some}", "expected one of 'all', 'force', 'plain'"),
    ],
)
def test_a_step_has_one_call_or_several(tmp_path: Path, given: str, told: str) -> None:
    (found,) = problems(tmp_path, f"submit: {given}")
    assert told in str(found)


def test_calls_after_an_upgrade_are_looked_at_by_the_code_that_it_brings(tmp_path: Path) -> None:
    upgrade = "upgrade: {chain: 2000, runtime: penpal-next}"
    wrong = "submit: {chain: 2000, call: System.remark, args: {remrk: '0x00'}}"
    (found,) = problems(tmp_path, upgrade, wrong)
    assert (found.line, found.hint) == (5, "did you mean 'remark'?")
    other = "upgrade: {chain: 2000, runtime: asset-hub-westend, path: without_checks}"
    there = "submit: {chain: 2000, call: Scheduler.cancel, args: {when: 9, index: 0}, as: root}"
    assert problems(tmp_path, other, there) == []
    (found,) = problems(tmp_path, there)
    assert "no pallet 'Scheduler' with calls" in found.message
    brought = "submit: {chain: 2000, call: System.set_code, sudo: true, args: {code: '0x00'}}"
    assert problems(tmp_path, brought, wrong) == []


@pytest.mark.parametrize(
    ("item", "at", "told"),
    [
        ("{item: Systm.Number, value: 1}", "Systm", "no pallet Systm (did you mean 'System'?)"),
        ("{item: System.Numbr, value: 1}", "System.Numbr", "no storage item System.Numbr (did you mean 'Number'?)"),
        ("{item: System.Account, value: null}", "{item", "System.Account takes 1 key (AccountId32), given were 0"),
        ("{item: System.Account, keys: [bobby], value: null}", "bobby", "no node is called so (did you mean 'bob'?)"),
        ("{item: System.Number, value: 1.5}", "1.5", "expected a whole number (u32), not 1.5"),
        ("{item: Balances.TotalIssuance, value: 1 DOT}", "1 DOT", "has no token 'DOT' (known are ROC)"),
        ("{item: Sudo.Key, value: '@none'}", "'@none", "expected an account, as SS58 address"),
        ("{item: System.ParentHash, value: '@none'}", "'@none", "there is no file"),
        ("{key: '0x123', value: '0x'}", "'0x123", "does not have the form"),
        ("{key: '0x12', value: 5}", "5}", "expected bytes, as 0x hex or @file, not 5"),
        ("{key: '0x12', item: System.Number, value: 5}", "{key", "takes exactly one of item and key"),
        ("{item: System.Number}", "{item", "missing key 'value'"),
    ],
)
def test_an_entry_of_storage_is_told_at_its_place(tmp_path: Path, item: str, at: str, told: str) -> None:
    step = f"set_storage: {{items: [{{item: System.Number, value: 1}}, {item}]}}"
    (found,) = problems(tmp_path, step)
    assert told in str(found)
    assert (found.line, found.column) == (4, 3 + step.index(at, step.index(item)))


def test_storage_is_looked_at_by_the_code_that_an_upgrade_brings(tmp_path: Path) -> None:
    upgrade = "upgrade: {chain: 2000, runtime: penpal-next}"
    wrong = "set_storage: {chain: 2000, items: [{item: System.Numbr, value: 1}]}"
    (found,) = problems(tmp_path, upgrade, wrong)
    assert (found.line, found.hint) == (5, "did you mean 'Number'?")
