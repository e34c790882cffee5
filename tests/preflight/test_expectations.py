"""Checks of chains' contents, looked at by their runtimes before the launch: what is wrong is told at its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from simnet.errors import InputError, Problem, ScenarioError
from simnet.preflight import check_scenario, in_checks, in_scenario
from simnet.scenario import NetworkSpec, Scenario
from simnet.scenario.loader import load_scenario

HEAD = """name: x
network:
  relay: {runtime: westend, validators: 2}
  parachains: [{id: 2000, collators: 1}, {id: 1000, runtime: asset-hub-westend, collators: 1}]
expect:
"""
FIRST = HEAD.count("\n") + 1


def problems(folder: Path, text: str, further: Any = in_scenario) -> list[Problem]:
    file = folder / "scenario.yaml"
    file.write_text(text)
    try:
        load_scenario(file, further=further)
    except ScenarioError as error:
        return list(error.problems)
    return []


LOCATION = "{parents: 2, interior: {X1: [{GlobalConsensus: {ByGenesis: '0x%s'}}]}}" % ("11" * 32)

SOUND = (
    "events: {event: Balances.Transfer, where: {from: alice, to: //Bob, amount: 1.5 WND}, at_least: 1}",
    "events: {event: Balances.Transfer, where: {to: 'para:2000', amount: {at_least: 1 WND, not: 5}}, at_most: 0}",
    "events: {event: System.ExtrinsicFailed, where: {dispatch_error: {Module: {index: 4}}}, at_most: 0}",
    "events: {event: System.ExtrinsicFailed, where: {dispatch_error: {any_of: [Other, {Token: Frozen}]}}, at_most: 0}",
    "events: {event: Sudo.Sudid, where: {sudo_result: {Ok: null}}, at_least: 1}",
    "events: {event: Sudo.KeyChanged, where: {old: null}, at_most: 0}",
    "events: {event: ParaInclusion.CandidateIncluded, where: {'0': {descriptor: {para_id: 2000}}, '2': 0}, at_most: 9}",
    "events: {chain: 2000, event: System.Remarked, where: {sender: collator-2000}, at_least: 1}",
    "events: {in_order: [{event: Sudo.Sudid}, {event: System.Remarked, where: {sender: //Bob}}]}",
    "storage: {item: System.Number, changes_by: {at_least: 1}}",
    "storage: {item: System.Account, keys: [alice], field: data.free, at_least: 1 WND, at_most: 2 WND}",
    "storage: {item: System.Account, keys: [alice], equals: {nonce: 0, data: {free: {at_least: 1 WND}}}}",
    "storage: {item: Sudo.Key, equals: //Alice}",
    "storage: {item: Sudo.Key, equals: {not: null}}",
    "storage: {item: Sudo.Key, absent: true}",
    "storage: {item: Session.Validators, field: '0', equals: //Alice//stash}",
    "storage: {item: Session.ExternallySetKeys, keys: [alice], absent: true}",
    "storage: {item: ParasDisputes.Frozen, never: 5, when: always}",
    "storage: {item: Balances.Account, keys: [alice], field: free, changes_by: -1.5 WND}",
    "runtime_api: {function: AccountNonceApi.account_nonce, args: [alice], equals: 0}",
    "runtime_api: {function: Core.version, field: spec_name, equals: westend}",
    "runtime_api: {function: ParachainHost.para_backing_state, args: [2000], equals: {not: null}}",
    "balance: {account: alice, equals: 1 WND}",
    "balance: {account: 'para:2000', part: total, changes_by: {at_most: 0}}",
    f"balance: {{chain: 1000, account: alice, asset: {{ForeignAssets: {LOCATION}}}, at_most: 0}}",
    "balance: {chain: 1000, account: alice, asset: {Assets: 1984}, changes_by: 5}",
)


def test_what_runtimes_have_is_sound(tmp_path: Path) -> None:
    assert problems(tmp_path, HEAD + "".join(f"  - {one}\n" for one in SOUND)) == []


WRONG: tuple[tuple[str, str, str], ...] = (
    # the check; what of it is wrong, as it is written there, by its key where it is a mapping; what is told
    ("events: {event: Balanses.Transfer, at_most: 0}", "Balanses.Transfer", "did you mean 'Balances'?"),
    ("events: {event: Balances.Transfr, at_most: 0}", "Balances.Transfr", "did you mean 'Transfer'?"),
    ("events: {event: Utility.Transfer, at_most: 0}", "Utility.Transfer", "the pallet Utility has no event"),
    ("events: {event: Balances.Transfer, where: {tu: 5}, at_most: 0}", "tu:", "no field 'tu' (known are from, to"),
    ("events: {event: Balances.Transfer, where: {to: bobb}, at_most: 0}", "bobb", "did you mean 'bob'?"),
    ("events: {event: Balances.Transfer, where: {to: null}, at_most: 0}", "null", "not None"),
    ("events: {event: Balances.Transfer, where: {to: {Id: bob}}, at_most: 0}", "to:", "AccountId32"),
    ("events: {event: Balances.Transfer, where: {amount: 1 UNIT}, at_most: 0}", "1 UNIT", "has no token 'UNIT'"),
    ("events: {event: Balances.Transfer, where: {amount: -1}, at_most: 0}", "-1", "-1 does not fit u128"),
    ("events: {event: Balances.Transfer, where: {amount: '5'}, at_most: 0}", "'5'", "'5' is read as 5"),
    ("events: {event: Balances.Transfer, where: {amount: 5.0}, at_most: 0}", "5.0", "5.0 is read as 5"),
    ("events: {event: Balances.Transfer, where: {amount: true}, at_most: 0}", "true", "a whole number"),
    ("events: {event: Balances.Transfer, where: {amount: {}}, at_most: 0}", "amount:", "a whole number"),
    ("events: {event: Balances.Transfer, where: {amount: {any_of: []}}, at_most: 0}", "[]", "any_of takes a list"),
    ("events: {event: Balances.Transfer, where: {amount: {any_of: 5}}, at_most: 0}", "5}", "any_of takes a list"),
    ("events: {event: Balances.Transfer, where: {amount: {any_of: [1, x]}}, at_most: 0}", "x]", "a whole number"),
    ("events: {event: Balances.Transfer, where: {amount: {at_least: x}}, at_most: 0}", "x}", "is no amount"),
    ("events: {event: Balances.Transfer, where: {to: {at_least: 5}}, at_most: 0}", "5}", "is no number"),
    ("events: {event: Balances.Transfer, where: {amount: {not: {at_lest: 5}}}, at_most: 0}", "not:", "whole"),
    (
        "events: {event: System.ExtrinsicFailed, where: {dispatch_info: {}}, at_most: 0}",
        "dispatch_info:",
        "a struct of weight",
    ),
    (
        "events: {event: System.ExtrinsicFailed, where: {dispatch_error: BadOrigine}, at_most: 0}",
        "BadOrigine",
        "did you mean 'BadOrigin'?",
    ),
    (
        "events: {event: System.ExtrinsicFailed, where: {dispatch_error: Module}, at_most: 0}",
        "Module",
        "the variant Module holds a struct of index, error",
    ),
    (
        "events: {event: System.ExtrinsicFailed, where: {dispatch_error: {BadOrigin: 1}}, at_most: 0}",
        "BadOrigin:",
        "write BadOrigin alone",
    ),
    (
        "events: {event: System.ExtrinsicFailed, where: {dispatch_error: {Modul: {index: 4}}}, at_most: 0}",
        "Modul:",
        "did you mean 'Module'?",
    ),
    (
        "events: {event: System.ExtrinsicFailed, where: {dispatch_error: {Module: {indx: 4}}}, at_most: 0}",
        "indx:",
        "did you mean 'index'?",
    ),
    (
        "events: {event: System.ExtrinsicFailed, where: {dispatch_error: {Module: {index: 256}}}, at_most: 0}",
        "256",
        "256 does not fit u8",
    ),
    (
        "events: {event: System.ExtrinsicFailed, where: {dispatch_error: {any_of: [{Token: Frosen}]}}, at_most: 0}",
        "Frosen",
        "did you mean 'Frozen'?",
    ),
    (
        "events: {event: ParaInclusion.CandidateIncluded, where: {'0': {descriptor: {para_ids: 1}}}, at_least: 1}",
        "para_ids:",
        "did you mean 'para_id'?",
    ),
    ("events: {event: ParaInclusion.CandidateIncluded, where: {para_id: 1}, at_least: 1}", "para_id:", "known are 0"),
    ("events: {in_order: [{event: Sudo.Sudid}, {event: Sudo.Suded}]}", "Sudo.Suded", "did you mean 'Sudid'?"),
    (
        "events: {in_order: [{event: Sudo.Sudid}, {event: System.Remarked, where: {sendr: //Bob}}]}",
        "sendr:",
        "did you mean 'sender'?",
    ),
    ("storage: {item: Sistem.Number, at_least: 1}", "Sistem.Number", "did you mean 'System'?"),
    ("storage: {item: System.Numbr, at_least: 1}", "System.Numbr", "did you mean 'Number'?"),
    ("storage: {item: System.Number, keys: [1], at_least: 1}", "[1]", "System.Number is no map and takes no keys"),
    ("storage: {item: System.Account, at_least: 1}", "storage:", "System.Account takes 1 key (AccountId32)"),
    ("storage: {item: System.Account, keys: [bobb], equals: {nonce: 1}}", "bobb", "did you mean 'bob'?"),
    ("storage: {item: System.BlockHash, keys: [-1], equals: '0x'}", "-1", "-1 does not fit u32"),
    ("storage: {item: System.Account, keys: [bob], field: data.fre, at_least: 1}", "data.fre", "did you mean 'free'?"),
    (
        "storage: {item: System.Account, keys: [bob], field: nonce.x, at_least: 1}",
        "nonce.x",
        "the value has no part 'x'",
    ),
    ("storage: {item: System.Account, keys: [bob], field: data, at_least: 1}", "1}", "the value is no number"),
    ("storage: {item: System.Account, keys: [bob], equals: {}}", "equals:", "a struct of nonce"),
    ("storage: {item: System.Number, equals: 4294967296}", "4294967296", "does not fit u32"),
    ("storage: {item: System.Number, at_least: 4294967296}", "4294967296", "does not fit u32"),
    ("storage: {item: System.Number, at_least: 5, at_most: 4}", "4}", "4 is less than 5"),
    ("storage: {item: System.Number, changes_by: -4294967296}", "-4294967296", "does not fit u32"),
    ("storage: {item: System.Number, changes_by: {at_least: 5, at_most: 1 UNIT}}", "1 UNIT", "its units are WND"),
    ("storage: {item: System.Number, changes_by: {at_least: 2, at_most: 1}}", "1}", "1 is less than 2"),
    ("storage: {item: System.Number, absent: true}", "true", "always has a value"),
    ("storage: {item: Sudo.Key, never: //Alic/e, when: always}", "//Alic/e", "AccountId32"),
    ("storage: {item: Sudo.Key, never: 5, when: always}", "5,", "AccountId32"),
    (
        "runtime_api: {function: AccountNonseApi.account_nonce, args: [bob], at_least: 1}",
        "AccountNonseApi.account_nonce",
        "did you mean 'AccountNonceApi'?",
    ),
    (
        "runtime_api: {function: AccountNonceApi.acount_nonce, args: [bob], at_least: 1}",
        "AccountNonceApi.acount_nonce",
        "did you mean 'account_nonce'?",
    ),
    ("runtime_api: {function: AccountNonceApi.account_nonce, args: [bobb], at_least: 1}", "bobb", "did you mean"),
    ("runtime_api: {function: AccountNonceApi.account_nonce, args: [], at_least: 1}", "[]", "1 argument"),
    ("runtime_api: {function: Core.version, field: spec_nam, equals: x}", "spec_nam", "did you mean 'spec_name'?"),
    ("runtime_api: {function: Core.version, absent: true}", "true", "always"),
    ("balance: {account: bobb, equals: 1}", "bobb", "did you mean 'bob'?"),
    ("balance: {account: 'para:2001', equals: 1}", "'para:2001'", "did you mean 'para:2000'?"),
    ("balance: {account: bob, equals: 1 UNIT}", "1 UNIT", "its units are WND"),
    ("balance: {account: bob, equals: 0.0000000000001 WND}", "0.0000000000001 WND", "is no amount of this chain"),
    ("balance: {account: bob, at_least: 2 WND, at_most: 1 WND}", "1 WND", "1 WND is less than 2 WND"),
    ("balance: {account: bob, changes_by: {at_most: 1 WNDD}}", "1 WNDD", "its units are WND"),
    ("balance: {chain: 1000, account: bob, asset: {Asets: 1984}, equals: 1}", "Asets:", "did you mean 'Assets'?"),
    ("balance: {chain: 1000, account: bob, asset: {Assets: -1}, equals: 1}", "-1", "-1 does not fit u32"),
    ("balance: {chain: 1000, account: bobb, asset: {Assets: 1}, equals: 1}", "bobb", "did you mean 'bob'?"),
    (
        "balance: {chain: 1000, account: bob, asset: {ForeignAssets: {parents: 256, interior: Here}}, equals: 1}",
        "256",
        "256 does not fit u8",
    ),
    (
        "balance: {chain: 1000, account: bob, asset: {ForeignAssets: {paents: 1, interior: Here}}, equals: 1}",
        "paents:",
        "did you mean 'parents'?",
    ),
    (
        "balance: {chain: 1000, account: bob, asset: {ForeignAssets: {parents: 1, interior: Her}}, equals: 1}",
        "Her}",
        "did you mean 'Here'?",
    ),
    ("balance: {account: bob, asset: {Assets: 1984}, equals: 1}", "Assets:", "the runtime has no pallet Assets"),
)


@pytest.mark.parametrize(("check", "wrong", "message"), WRONG)
def test_what_is_wrong_is_told_at_its_place(tmp_path: Path, check: str, wrong: str, message: str) -> None:
    line = f"  - {check}"
    (place,) = [found.start() for found in re.finditer(rf"(?<![\w.'/]){re.escape(wrong)}", line)][-1:]
    (found,) = problems(tmp_path, f"{HEAD}{line}\n")
    assert (found.line, found.column) == (FIRST, place + 1), found
    assert message in str(found)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, HEAD + "".join(f"  - {check}\n" for check, _, _ in WRONG))
    assert [one.line for one in found] == list(range(FIRST, FIRST + len(WRONG)))


def test_the_same_is_told_of_checks_in_python() -> None:
    network = NetworkSpec(relay={"runtime": "westend", "validators": 2})  # type: ignore[arg-type]
    expect = {"events": {"event": "Balances.Transfer", "where": {"tu": 5}, "at_most": 0}}
    scenario = Scenario(name="x", network=network, expect=[expect])  # type: ignore[list-item]
    with pytest.raises(InputError, match=r"^expect\.0\.events\.where\.tu: there is no field 'tu'"):
        check_scenario(scenario)


TYPO = "events: {chain: 2000, event: System.Remarkd, at_most: 0}"


def upgraded(to: str, check: str, path: str = "without_checks") -> str:
    """A Penpal that gets another runtime."""
    step = f"steps:\n  - upgrade: {{chain: 2000, runtime: {to}, path: {path}}}\n"
    return HEAD.replace("expect:\n", step) + f"expect:\n  - {check}\n"


def test_a_name_that_no_runtime_of_a_chain_has_is_told_though_it_is_upgraded(tmp_path: Path) -> None:
    """Nothing was said of a chain that a step upgrades, so that `at_most: 0` held by a typing error."""
    (found,) = problems(tmp_path, upgraded("penpal-next", TYPO))
    assert found.hint == "did you mean 'Remarked'?"


def test_what_the_target_of_an_upgrade_has_is_sound(tmp_path: Path) -> None:
    of_relay = "events: {chain: 2000, event: ParaInclusion.CandidateIncluded, at_most: 0}"
    assert len(problems(tmp_path, HEAD + f"  - {of_relay}\n")) == 1
    assert problems(tmp_path, upgraded("westend", of_relay)) == []


def test_a_runtime_that_a_call_brings_may_have_anything(tmp_path: Path) -> None:
    call = "steps:\n  - submit: {chain: 2000, call: System.set_code, sudo: true, args: {code: '0x00'}}\n"
    assert problems(tmp_path, HEAD.replace("expect:\n", call) + f"expect:\n  - {TYPO}\n") == []


def test_judging_by_another_file_looks_at_its_names(tmp_path: Path) -> None:
    """A run has every event of every block, so that none of a name which no runtime has was taken for none at all."""
    (found,) = problems(tmp_path, HEAD + f"  - {TYPO}\n", further=in_checks)
    assert found.hint == "did you mean 'Remarked'?"
    gone = HEAD.replace("{id: 2000,", "{id: 2000, runtime: gone.wasm,")
    assert problems(tmp_path, gone + f"  - {TYPO}\n", further=in_checks) == [], "nothing is known of its names"
