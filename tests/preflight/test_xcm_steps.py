"""Steps of assets and XCM that cannot be: each told at its place, with what was probably meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.errors import Problem, ScenarioError
from simnet.preflight import in_scenario
from simnet.scenario.loader import load_scenario

NETWORK = """\
name: x
network:
  relay: {runtime: westend, validators: 4}
  parachains:
    - {id: 1000, runtime: asset-hub-westend}
    - {id: 2000, tokens: {UNIT: 12, WND: 12}}
    - {id: 2001}
steps:
"""
LINE = NETWORK.count("\n") + 1
REMARK = "Transact: {origin_kind: Native, fallback_max_weight: null, call: {System: {%s: {%s: '0x'}}}}"
SOUND = (
    "transfer: {from: relay, to: 1000, amount: 1.5 WND, beneficiary: bob}",
    "transfer: {from: 1000, to: 2000, amount: 7, asset: {pallet: Assets, id: 1984}, fees: {amount: 1 WND}, as: alice}",
    "transfer: {from: 2000, to: 2001, amount: 1 WND, asset: {parents: 1, interior: Here}, reserve: 1000}",
    "transfer: {from: relay, to: 1000, amount: 1, beneficiary: {parents: 0, interior: Here}, method: teleport}",
    f"xcm: {{chain: 2000, to: relay, program: [ClearOrigin, {{{REMARK % ('remark', 'remark')}}}]}}",
    "xcm: {chain: 1000, to: {parents: 1, interior: {X1: [{Parachain: 2000}]}}, program: [ClearOrigin], as: root}",
    "xcm: {chain: 2000, program: [{Trap: 7}], version: 4, weight: {ref_time: 1, proof_size: 1}}",
    "dry_run: {chain: 2000, call: System.remark, args: {remark: '0x'}, as: root, expect: success}",
    "dry_run: {transfer: {from: relay, to: 1000, amount: 1 WND}}",
    "claim: {chain: 2000, beneficiary: //Bob}",
)


@pytest.fixture(scope="module")
def problems(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[Problem]]:
    folder = tmp_path_factory.mktemp("files")

    def load(*steps: str) -> list[Problem]:
        file: Path = folder / "scenario.yaml"
        file.write_text(NETWORK + "".join(f"  - {step}\n" for step in steps))
        try:
            load_scenario(file, further=in_scenario)
        except ScenarioError as error:
            return list(error.problems)
        return []

    return load


def test_sound_steps_are_taken(problems: Callable[..., list[Problem]]) -> None:
    assert problems(*SOUND) == []


WRONG = {
    "a chain": ("transfer: {from: relay, to: |1001, amount: 1 WND}", "'2001'"),
    "a reserve": ("transfer: {from: 2000, to: 2001, amount: 1, reserve: |1001}", "'2001'"),
    "a unit": ("transfer: {from: relay, to: 1000, amount: |1 WMD}", "'WND'"),
    "decimals": ("transfer: {from: relay, to: 1000, amount: |0.1234567890123 WND}", None),
    "an amount below zero": ("transfer: {from: relay, to: 1000, amount: |-1}", None),
    "an amount beyond its type": (f"transfer: {{from: relay, to: 1000, amount: |{2**128}}}", None),
    "an asset": ("transfer: {from: 1000, to: 2000, amount: 1, asset: |usdt}", None),
    "an asset's pallet": ("transfer: {from: 1000, to: 2000, amount: 1, |asset: {pallet: Asets, id: 1}}", "'Assets'"),
    "an asset's location": (
        "transfer: {from: 1000, to: 2000, amount: 1, asset: {parents: 1, interior: {X1: [{|Parachian: 3}]}}}",
        "'Parachain'",
    ),
    "a fee": ("transfer: {from: 1000, to: 2000, amount: 1, fees: {amount: |1 UNIT}}", None),
    "a beneficiary": ("transfer: {from: relay, to: 1000, amount: 1, beneficiary: |bobb}", "'bob'"),
    "a method": ("transfer: {from: relay, to: 1000, amount: 1, method: |teleprt}", "'teleport'"),
    "a reserve at an end": ("|transfer: {from: 2000, to: 1000, amount: 1, reserve: 1000}", "destination_reserve"),
    "a signer": ("transfer: {from: relay, to: 1000, amount: 1, as: |alcie}", "'alice'"),
    "a poor signer": ("transfer: {from: relay, to: 1000, amount: 1, as: |//Zoe}", "genesis"),
    "root as a signer": ("transfer: {from: relay, to: 1000, amount: 1, as: |root}", None),
    "an instruction": ("xcm: {chain: 2000, to: relay, program: [ClearOrigin, {|WithdrawAset: []}]}", "'WithdrawAsset'"),
    "a bare instruction": ("xcm: {chain: 2000, to: relay, program: [|ClearOrign]}", "'ClearOrigin'"),
    "a field": ("xcm: {chain: 2000, program: [{BuyExecution: {|fee: 1, weight_limit: Unlimited}}]}", "'fees'"),
    "a value": ("xcm: {chain: 2000, program: [{Trap: |many}]}", None),
    "a location of who is to get it": (
        "transfer: {from: relay, to: 1000, amount: 1, beneficiary: {parents: 0, interior: {X1: [{|Acount: 1}]}}}",
        None,
    ),
    "a call within": (
        f"xcm: {{chain: 2000, to: relay, program: [{{{REMARK.replace('%s', '|%s', 1) % ('remork', 'remark')}}}]}}",
        "'remark'",
    ),
    "a version": ("xcm: {chain: 2000, to: relay, version: |6, program: [ClearOrigin]}", None),
    "a receiver": ("xcm: {chain: 2000, to: |1001, program: [ClearOrigin]}", "'2001'"),
    "its own receiver": ("xcm: {chain: 2000, to: |2000, program: [ClearOrigin]}", None),
    "a location beyond": ("xcm: {chain: 2000, |to: {parents: 2, interior: Here}, program: [ClearOrigin]}", None),
    "no location": ("xcm: {chain: 2000, |to: {parent: 1}, program: [ClearOrigin]}", "parents: 1"),
    "no program": ("xcm: {chain: 2000, to: relay, program: |[]}", None),
    "a weight of what is sent": (
        "|xcm: {to: 2000, program: [ClearOrigin], weight: {ref_time: 1, proof_size: 1}}",
        None,
    ),
    "a call that is asked about": ("dry_run: {call: |Balances.transfer_al}", "'transfer_all'"),
    "its argument": ("dry_run: {call: System.remark, args: {|remrk: '0x'}}", "'remark'"),
    "its transfer": ("dry_run: {transfer: {from: relay, to: 1000, amount: |1 WMD}}", "'WND'"),
    "two things to ask about": (
        "|dry_run: {call: System.remark, transfer: {from: relay, to: 1000, amount: 1}}",
        None,
    ),
    "a trap": ("claim: {chain: 2000, trap: |lates, beneficiary: //Bob}", "'latest'"),
    "who is to get it": ("claim: {chain: 2000, beneficiary: |bobb}", "'bob'"),
}
"""A step with a mark before what is wrong, and what its remedy has, if it has one."""


@pytest.mark.parametrize(("step", "meant"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_at_its_place(
    problems: Callable[..., list[Problem]], step: str, meant: str | None
) -> None:
    (found,) = problems(step.replace("|", ""))
    assert (found.line, found.column) == (LINE, step.index("|") + 5)
    assert meant is None or meant in str(found)


def test_a_version_that_only_the_receiver_lacks_names_the_receiver(problems: Callable[..., list[Problem]]) -> None:
    (found,) = problems("xcm: {chain: 2000, to: relay, version: 7, program: [ClearOrigin]}")
    assert found.message == "parachain 2000: the runtime knows XCM 3, 4, 5, and not 7"


def test_a_transfer_pays_for_later_steps_of_its_beneficiary(problems: Callable[..., list[Problem]]) -> None:
    given_before = "transfer: {from: relay, to: 1000, amount: 5 WND, beneficiary: //Zoe}"
    later = "transfer: {from: 1000, to: relay, amount: 1 WND, as: //Zoe}"
    assert problems(given_before, later) == []
    assert len(problems(later, given_before)) == 1


def test_a_label_of_an_earlier_step_names_a_trap(problems: Callable[..., list[Problem]]) -> None:
    left = "{label: left, xcm: {chain: 2000, program: [ClearOrigin]}}"
    claim = "claim: {chain: 2000, trap: left, beneficiary: //Bob}"
    assert problems(left, claim) == []
    (found,) = problems(claim, left)
    assert found.message == "no earlier step that sends or executes is labelled 'left'"


NAMES = ("WithdrawAsset", "fun", "Fungible", "BuyExecution", "weight_limit", "Unlimited", "SetTopic", "interior")
PROGRAM = (
    "xcm: {chain: 2000, to: relay, program: [{WithdrawAsset: [{id: {parents: 0, interior: Here}, fun: {Fungible: 1}}]},"
    " {BuyExecution: {fees: {id: {parents: 0, interior: Here}, fun: {Fungible: 1}}, weight_limit: Unlimited}},"
    f" {{SetTopic: '0x{'00' * 32}'}}]}}"
)


@given(st.sampled_from(NAMES), st.sampled_from("qxz"), st.integers(1, 6))
def test_a_name_that_is_changed_is_told_where_it_stands(
    problems: Callable[..., list[Problem]], name: str, letter: str, at: int
) -> None:
    changed = name[:at] + letter + name[at:]
    (found,) = problems(PROGRAM.replace(name, changed, 1))
    assert (found.line, found.column) == (LINE, PROGRAM.index(name) + 5)
    assert repr(changed) in found.message
    assert f"did you mean {name!r}" in str(found)
