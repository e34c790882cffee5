"""What files name and only runtimes or disks know: told at its place, before anything starts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simnet.errors import InputError, Problem, ScenarioError
from simnet.network.accounts import keys
from simnet.preflight import check_network, check_scenario, in_network, in_scenario
from simnet.scenario import NetworkSpec, RelaySpec, Scenario
from simnet.scenario.loader import load_network, load_scenario
from simnet.scenario.state_steps import Submit
from simnet.scenario.steps import Step

Load = Callable[[str], list[Problem]]
BOB = keys("//Bob").address


@pytest.fixture
def problems(tmp_path: Path) -> Load:
    """What is wrong with a scenario of that text; nothing for one that is sound."""

    def load(text: str) -> list[Problem]:
        file = tmp_path / "scenario.yaml"
        file.write_text(text)
        try:
            load_scenario(file, further=in_scenario)
        except ScenarioError as error:
            return list(error.problems)
        return []

    return load


def places(found: list[Problem]) -> list[tuple[int, int]]:
    return [(one.line, one.column) for one in found]


def test_runtimes_and_files_that_are_not_there_are_told_together(problems: Load) -> None:
    found = problems(
        "name: x\n"
        "network:\n"
        "  relay: {runtime: polkadot, validators: 4}\n"
        "  parachains: [{id: 2000, spec: nowhere.json}, {id: 2001, runtime: nowhere.wasm}, {id: 2002}]\n"
    )
    assert places(found) == [(3, 20), (4, 33), (4, 68)]
    assert [one.message.rpartition("/")[2] for one in found] == [
        "chain relay: no bundled runtime 'polkadot'",
        "nowhere.json cannot be read: No such file or directory",
        "nowhere.wasm cannot be read: No such file or directory",
    ]
    assert found[0].hint == "known are asset-hub-westend, penpal-next, penpal, rococo, westend"


def test_calls_arguments_and_genesis_keys_that_a_runtime_has_not(problems: Load) -> None:
    found = problems(
        "name: x\n"
        "network:\n"
        "  relay: {genesis: {configuration: {config: {max_validators_per_core: 2}}}}\n"
        "steps:\n"
        "  - submit: {call: Sytem.remark}\n"
        "  - submit: {call: System.remork}\n"
        "  - submit: {call: System.remark, args: {remrak: '0x00'}}\n"
        "  - submit: {call: Utility.batch, args: {calls: [{System: {remark: {remark: 5}}}]}}\n"
    )
    assert places(found) == [(3, 46), (5, 20), (6, 20), (7, 42), (8, 77)]
    assert [one.hint for one in found[:4]] == [
        "it belongs in configuration.config.scheduler_params",
        "did you mean 'System'?",
        "did you mean 'remark'?",
        "did you mean 'remark'?",
    ]
    assert found[0].message.endswith("unknown key 'max_validators_per_core'")


@pytest.mark.parametrize(
    ("genesis", "column", "message"),
    [
        ("{sudoo: {key: null}}", 37, "unknown key 'sudoo'"),
        ("{parachainSystem: {x: 1}}", 55, "parachainSystem.x: unknown key 'x'"),
        ("{parachainInfo: {parachainId: many}}", 66, 'invalid type: string "many", expected u32'),
        (f"{{balances: {{balances: [[{BOB}, 1]]}}}}", 37, "existential deposit"),
    ],
)
def test_what_a_runtime_refuses_of_its_genesis_is_told_at_its_key(
    problems: Load, genesis: str, column: int, message: str
) -> None:
    (found,) = problems(f"name: x\nnetwork:\n  parachains: [{{id: 2000, genesis: {genesis}}}]\n")
    assert (found.line, found.column) == (3, column)
    assert message in found.message
    assert "\n" not in str(found)
    assert ".cargo" not in str(found)


def test_balances_of_a_team_do_not_take_those_that_simnet_needs(problems: Load) -> None:
    assert (
        problems(
            "name: x\n"
            "network:\n"
            "  parachains:\n"
            f"    - {{id: 2000, genesis: {{balances: {{balances: [[{BOB}, 5000000000000000]]}}}}}}\n"
            "    - {id: 2001}\n"
            "steps: [{send: {from: 2000, to: 2001}}]\n"
        )
        == []
    )


FOREIGN = (
    f"name: x\nnetwork:\n  relay: {{genesis: {{sudo: {{key: {BOB}}}}}%s}}\n  parachains: [{{id: 2000}}, {{id: 2001}}]\n"
)


def test_a_sudo_key_that_is_not_ours_is_told_with_its_owner(problems: Load) -> None:
    (found,) = problems(FOREIGN % "")
    assert (found.line, found.column) == (3, 33)
    assert found.message.startswith(
        f"sudo's key of the relay chain is {BOB} (//Bob), not //Alice's, by which simnet opens"
    )
    assert found.hint == "give its secret URI to the chain, sudo: //Bob"


def test_a_sudo_key_that_is_given_is_ours(problems: Load) -> None:
    assert problems(FOREIGN % ", sudo: //Bob") == []
    assert places(problems(FOREIGN % ", sudo: //Charlie")) == [(3, 91)]


def test_a_sudo_key_that_nobody_needs_may_be_anybodys(problems: Load) -> None:
    assert problems(FOREIGN % "" + "  channels: none\n") == []


def test_mail_needs_the_senders_sudo_key(problems: Load) -> None:
    (found,) = problems(
        f"name: x\nnetwork:\n  parachains: [{{id: 2000, genesis: {{sudo: {{key: {BOB}}}}}}}, {{id: 2001}}]\n"
        "steps: [{send: {from: 2000, to: 2001}}, {send: {from: 2001, to: 2000}}]\n"
    )
    assert (found.line, found.column) == (3, 49)
    assert "of parachain 2000" in found.message
    assert "sends mail from there" in found.message


def signed(rest: str) -> str:
    return f"name: x\nsteps:\n  - submit: {{call: System.remark, args: {{remark: '0x00'}}, {rest}}}\n"


def test_a_step_under_sudo_is_signed_by_the_chains_key_unless_it_names_one(problems: Load) -> None:
    assert problems(signed("sudo: true")) == []
    (found,) = problems(signed("sudo: true, as: //Bob"))
    assert (found.line, found.column) == (3, 75)
    assert "//Bob is not the sudo key of the relay chain" in found.message
    assert problems(signed("sudo: true, as: //Bob, expect: failure")) == []


def test_a_signer_without_funds_is_told(problems: Load) -> None:
    (found,) = problems(signed("as: //Zoe"))
    assert (found.line, found.column) == (3, 63)
    assert found.message == "//Zoe has nothing on the relay chain, so that it cannot pay"
    assert keys("//Zoe").address in (found.hint or "")


def test_a_signer_who_was_named_in_an_earlier_call_may_have_funds(problems: Load) -> None:
    args = f"{{dest: {keys('//Zoe').address}, value: 1000000000000}}"
    paid = f"steps:\n  - submit: {{call: Balances.transfer_keep_alive, args: {args}}}\n"
    assert problems(signed("as: //Zoe").replace("steps:\n", paid)) == []


def test_steps_after_an_upgrade_are_not_held_against_the_first_runtime(problems: Load) -> None:
    unknown = "  - submit: {call: Novelty.shine}\n"
    upgrade = "  - submit: {call: System.set_code, sudo: true, args: {code: '0x00'}}\n"
    nested = "  - submit: {call: Utility.batch, sudo: true, args: {calls: [{System: {set_code: {code: '0x00'}}}]}}\n"
    assert places(problems("name: x\nsteps:\n" + unknown + upgrade)) == [(3, 20)]
    assert problems("name: x\nsteps:\n" + upgrade + unknown) == []
    assert problems("name: x\nsteps:\n" + nested + unknown) == []


def test_a_sudo_key_that_an_earlier_step_sets_may_be_anybodys(problems: Load) -> None:
    rekeyed = f"steps:\n  - submit: {{call: Sudo.set_key, args: {{new: {BOB}}}}}\n"
    assert problems(signed("sudo: true, as: //Bob").replace("steps:\n", rekeyed)) == []


def test_parachains_that_nobody_would_back_are_told_at_the_number_of_cores(problems: Load) -> None:
    params = "{lookahead: 4, num_cores: 3, max_validators_per_core: 1}"
    network = f"  relay: {{validators: 3, genesis: {{configuration: {{config: {{scheduler_params: {params}}}}}}}}}\n"
    (found,) = problems(f"name: x\nnetwork:\n{network}  parachains: [{{id: 1000}}]\n")
    assert (found.line, found.column) == (3, 105)
    assert found.message == (
        "nobody would back: parachain 1000 has core 3, and 3 validators make groups for cores 0 to 2 alone"
    )


def test_too_few_active_validators_are_told_at_their_number(problems: Load) -> None:
    network = "  relay: {validators: 6, genesis: {configuration: {config: {max_validators: 1}}}}\n  channels: none\n"
    (found,) = problems(f"name: x\nnetwork:\n{network}  parachains: [{{id: 1}}, {{id: 2}}]\n")
    assert (found.line, found.column) == (3, 77)
    assert "parachain 2 has core 1, and 1 validators make groups" in found.message
    assert "max_validators lets no more of them judge candidates" in str(found.hint)


def test_more_parachains_than_validators_are_told_at_the_validators(problems: Load) -> None:
    (found,) = problems(
        "name: x\nnetwork:\n  relay: {validators: 2}\n  channels: none\n  parachains: [{id: 1}, {id: 2}, {id: 3}]\n"
    )
    assert (found.line, found.column) == (3, 23)
    assert "parachain 3 has core 2" in found.message


def test_groups_that_move_on_within_a_session_serve_every_core(problems: Load) -> None:
    params = "{num_cores: 3, group_rotation_frequency: 4}"
    network = f"  relay: {{validators: 3, genesis: {{configuration: {{config: {{scheduler_params: {params}}}}}}}}}\n"
    assert problems(f"name: x\nnetwork:\n{network}  parachains: [{{id: 1000}}]\n") == []


def test_a_network_file_is_looked_at_as_well(tmp_path: Path) -> None:
    file = tmp_path / "network.yaml"
    file.write_text("relay: {runtime: rokoko}\n")
    with pytest.raises(ScenarioError) as caught:
        load_network(file, further=in_network)
    assert str(caught.value).endswith("1:18: chain relay: no bundled runtime 'rokoko' (did you mean 'rococo'?)")


def test_networks_and_scenarios_in_python_are_told_by_their_keys() -> None:
    network = NetworkSpec(relay=RelaySpec(genesis={"nonsense": {}}))
    with pytest.raises(InputError, match=r"^relay\.genesis\.nonsense: .* unknown key 'nonsense'"):
        check_network(network.topology())
    scenario = Scenario(name="x", steps=(Step(submit=Submit(call="System.remrak")),))
    with pytest.raises(InputError, match=r"^steps\.0\.submit\.call: .* did you mean 'remark'\?"):
        check_scenario(scenario)


def test_values_of_a_chain_are_looked_at_as_people_write_them(problems: Load, tmp_path: Path) -> None:
    (tmp_path / "memo.txt").write_text("hello")
    sound = (
        "name: x\n"
        "network:\n"
        "  relay: {validators: 2, tokens: {OWN: 9}}\n"
        "  parachains: [{id: 2000}]\n"
        "steps:\n"
        "- submit: {call: System.remark, args: {remark: '@memo.txt'}}\n"
        "- submit: {call: Balances.transfer_keep_alive, args: {dest: alice, value: 1.5 OWN}}\n"
        "- submit: {call: Balances.transfer_keep_alive, chain: 2000, args: {dest: collator-2000, value: 1 UNIT}}\n"
        "- submit: {call: Balances.transfer_keep_alive, args: {dest: 'para:2000', value: 1}}\n"
    )
    assert problems(sound) == []
    mistaken = (
        sound.replace("memo.txt", "nemo.txt")
        .replace("dest: alice", "dest: bobby")
        .replace("1 UNIT", "1 OWN")
        .replace("para:2000", "para:2001")
    )
    found = problems(mistaken)
    assert places(found) == [(6, 48), (7, 61), (8, 96), (9, 61)]
    assert [one.hint for one in found] == [
        "did you mean 'memo.txt'?",
        "did you mean 'bob'?",
        "known are UNIT",
        "did you mean 'para:2000'?",
    ]


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        ("{WND: 31}", ":33: expected at most 30, found the number 31"),
        ("{WND: -1}", ":33: expected at least 0, found the number -1"),
        ("{12: 12}", ":28: "),
        ("{W D: 12}", ":28: the key 'W D' does not have the form"),
    ],
)
def test_tokens_have_symbols_and_decimals(problems: Load, tokens: str, told: str) -> None:
    found = problems(f"name: x\nnetwork: {{relay: {{tokens: {tokens}}}}}\n")
    assert [one.line for one in found] == [2]
    assert told in str(found[0])
