"""What simnet sets in a genesis, as data: over a configuration that is like a runtime's."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from substrateinterface.utils.ss58 import ss58_encode

from simnet.errors import InputError
from simnet.network.account_formats import ACCOUNT20
from simnet.network.accounts import keys, sovereign_of_child, sovereign_of_sibling
from simnet.network.topology import Chain, Channel, Node, Topology
from simnet.runtime.genesis_patch import (
    BOND,
    CHANNEL_LIMITS,
    ENDOWMENT,
    laid_over,
    merge,
    parachain_config,
    raised_limits,
    relay_config,
)

RICH = 7 * ENDOWMENT
RELAY_BASE: dict[str, Any] = {
    "balances": {"balances": [[keys("//Alice").address, RICH]]},
    "session": {"keys": []},
    "paras": {"paras": []},
    "sudo": {"key": None},
}
PARA_BASE: dict[str, Any] = {
    "balances": {"balances": []},
    "session": {"keys": []},
    "parachainInfo": {"parachainId": 100},
    "sudo": {"key": None},
}


LIMITED: dict[str, Any] = {
    **RELAY_BASE,
    "configuration": {"config": {**dict.fromkeys(CHANNEL_LIMITS, 1), "max_pov_size": 5}},
}
INBOUND, OUTBOUND = "hrmp_max_parachain_inbound_channels", "hrmp_max_parachain_outbound_channels"


def topology(genesis: str = "{}") -> Topology:
    nodes = [("alice", "relay"), ("bob", "relay"), ("collator-2000", "2000"), ("collator-2001", "2001")]
    return Topology(
        relay=Chain(id="relay", genesis=genesis),
        parachains=(Chain(id="2000", genesis=genesis), Chain(id="2001")),
        nodes=tuple(
            Node(
                name=name,
                chain=chain,
                role="validator" if chain == "relay" else "collator",
                account=f"//{name.title()}",
                image="",
            )
            for name, chain in nodes
        ),
    )


PARA = (topology().parachains[0], topology())


def test_a_relay_chain_gets_validators_parachains_and_funds() -> None:
    made = relay_config(RELAY_BASE, topology(), {"2000": ("0x01", "0x02")})
    assert made["paras"] == {"paras": [[2000, ["0x01", "0x02", True]]]}
    stashes = [keys(f"//{name}//stash").address for name in ("Alice", "Bob")]
    assert [one[:2] for one in made["session"]["keys"]] == [[stash, stash] for stash in stashes]
    assert made["session"]["keys"][1][2] == keys("//Bob").session_keys()
    balances = dict(made["balances"]["balances"])
    assert balances[keys("//Alice").address] == RICH
    assert all(balances[one] == ENDOWMENT for one in (*stashes, sovereign_of_child(2001)))


def test_every_validator_is_elected_where_the_relay_chain_elects() -> None:
    preset = {"validatorCount": 2, "stakers": [["x", "x", 1, "Validator"]], "invulnerables": ["x"]}
    made = relay_config({**RELAY_BASE, "staking": {**preset, "minimumValidatorCount": 1}}, topology(), {})["staking"]
    stashes = [keys(f"//{name}//stash").address for name in ("Alice", "Bob")]
    assert made["validatorCount"] == 2
    assert made["stakers"] == [[stash, stash, BOND, "Validator"] for stash in stashes]
    assert (made["invulnerables"], made["minimumValidatorCount"]) == ([], 1)


def test_a_network_may_have_other_stakers_than_its_validators() -> None:
    base = {**RELAY_BASE, "staking": {"validatorCount": 2, "stakers": []}}
    asking = topology('{"staking": {"validatorCount": 1}}')
    assert relay_config(base, asking, {})["staking"]["validatorCount"] == 1


def test_a_twin_has_no_seat_of_its_own() -> None:
    plain = topology()
    twins = tuple(replace(node, name=f"{node.name}-backup", twin_of=node.name) for node in plain.nodes)
    doubled = replace(plain, nodes=(*plain.nodes, *twins))
    assert relay_config(RELAY_BASE, doubled, {}) == relay_config(RELAY_BASE, plain, {})
    assert parachain_config(PARA_BASE, doubled.parachains[0], doubled) == parachain_config(
        PARA_BASE, plain.parachains[0], plain
    )


def test_a_parachain_gets_its_id_its_collators_and_its_siblings_funds() -> None:
    made = parachain_config(PARA_BASE, topology().parachains[0], topology())
    collator = keys("//Collator-2000").address
    assert made["parachainInfo"] == {"parachainId": 2000}
    assert made["session"]["keys"] == [[collator, collator, {"aura": collator}]]
    funded = [collator, sovereign_of_sibling(2001), keys("//Alice").address]
    assert dict(made["balances"]["balances"]) == dict.fromkeys(funded, ENDOWMENT)


@pytest.mark.parametrize(
    "base", [{}, {"balances": {}}, {"balances": {"devAccounts": None}, "staking": {"forceEra": "NotForcing"}}]
)
def test_only_what_a_runtime_names_is_set(base: dict[str, Any]) -> None:
    assert relay_config(base, topology(), {}) == base
    known = {**base, "parachainInfo": {"parachainId": 1}}
    assert parachain_config(known, topology().parachains[0], topology()) == {
        **base,
        "parachainInfo": {"parachainId": 2000},
    }


def test_invented_stakers_are_left_out_unless_a_network_asks_for_them() -> None:
    base = {**PARA_BASE, "staking": {"devStakers": [1000, 25000], "validatorCount": 3}}
    made = parachain_config(base, topology().parachains[0], topology())
    assert made["staking"] == {"devStakers": None, "validatorCount": 3}
    asking = topology('{"staking": {"devStakers": [2, 5]}}')
    assert parachain_config(base, asking.parachains[0], asking)["staking"]["devStakers"] == [2, 5]


def test_a_networks_own_genesis_lies_over_simnets() -> None:
    over = topology('{"session": {"keys": []}, "sudo": {"key": "x"}}')
    for made in (relay_config(RELAY_BASE, over, {}), parachain_config(PARA_BASE, over.parachains[0], over)):
        assert (made["session"], made["sudo"]) == ({"keys": []}, {"key": "x"})


def test_balances_of_a_network_are_added_to_simnets_own() -> None:
    bob, eve = keys("//Bob"), keys("//Eve")
    polkadot_form = ss58_encode(bob.sr25519, 0)
    over = topology(json.dumps({"balances": {"balances": [[polkadot_form, 3], [eve.address, 4]]}}))
    alone = relay_config(RELAY_BASE, topology(), {})["balances"]["balances"]
    made = relay_config(RELAY_BASE, over, {})["balances"]["balances"]
    assert made == [[polkadot_form, 3] if one[0] == bob.address else one for one in alone] + [[eve.address, 4]]


def test_balances_that_are_none_stand_as_they_are_written() -> None:
    over = topology('{"balances": {"balances": {"//Eve": 4}}}')
    assert relay_config(RELAY_BASE, over, {})["balances"] == {"balances": {"//Eve": 4}}


def test_sudo_of_each_chain_is_the_networks_and_can_pay() -> None:
    plain = topology()
    own = replace(plain, relay=replace(plain.relay, sudo="//Root"), parachains=(Chain(id="2000", sudo="//Team"),))
    made = {
        "//Root": relay_config(RELAY_BASE, own, {}),
        "//Team": parachain_config(PARA_BASE, own.parachains[0], own),
    }
    for uri, config in made.items():
        assert config["sudo"] == {"key": keys(uri).address}
        assert dict(config["balances"]["balances"])[keys(uri).address] == ENDOWMENT


def test_parachains_need_a_runtime_that_knows_them() -> None:
    with pytest.raises(InputError, match="`paras`"):
        relay_config(PARA_BASE, topology(), {"2000": ("0x", "0x")})
    with pytest.raises(InputError, match="chain 2000 has no `parachainInfo`"):
        parachain_config(RELAY_BASE, topology().parachains[0], topology())


def test_merging_goes_deep_replaces_lists_and_keeps_null() -> None:
    base = {"a": {"b": 1, "c": [1]}, "d": 2}
    over = {"a": {"c": [2, 3], "e": None}, "f": {"g": None}}
    assert merge(base, over) == {"a": {"b": 1, "c": [2, 3], "e": None}, "d": 2, "f": {"g": None}}
    assert base == {"a": {"b": 1, "c": [1]}, "d": 2}


def with_channels(*pairs: tuple[str, str], genesis: dict[str, Any] | None = None) -> Topology:
    config = {} if genesis is None else {"configuration": {"config": genesis}}
    channels = tuple(Channel(sender=sender, recipient=recipient) for sender, recipient in pairs)
    return replace(topology(json.dumps(config)), channels=channels)


INTO_ONE = (("2001", "2000"), ("2002", "2000"), ("2003", "2000"))


def test_a_limit_of_channels_is_raised_to_what_the_network_has_and_no_other() -> None:
    network = with_channels(*INTO_ONE)
    assert raised_limits(LIMITED, network) == {INBOUND: (1, 3)}
    made = relay_config(LIMITED, network, {})
    assert made["configuration"]["config"] == {INBOUND: 3, OUTBOUND: 1, "max_pov_size": 5}


def test_a_limit_that_suffices_stays() -> None:
    assert relay_config(LIMITED, with_channels(INTO_ONE[0]), {})["configuration"] == LIMITED["configuration"]


def test_a_limit_that_the_network_sets_is_its_own() -> None:
    made = relay_config(LIMITED, with_channels(*INTO_ONE, genesis={INBOUND: 7}), {})
    assert made["configuration"]["config"][INBOUND] == 7
    with pytest.raises(InputError, match=r"parachain 2000 has 3 inbound HRMP channels, and hrmp_max_.*inbound.* is 2"):
        relay_config(LIMITED, with_channels(*INTO_ONE, genesis={INBOUND: 2}), {})


def test_more_channels_than_any_runtime_allows_are_refused() -> None:
    pairs = [(str(3000 + number), "2000") for number in range(129)]
    with pytest.raises(InputError, match="parachain 2000 has 129 inbound HRMP channels"):
        relay_config(LIMITED, with_channels(*pairs), {})


def test_the_sudo_key_is_ours_whatever_the_preset_has() -> None:
    keyless, own = ({**PARA_BASE, "sudo": {"key": key}} for key in (None, keys("//Eve").address))
    for base in (keyless, own):
        made = parachain_config(base, topology().parachains[0], topology())
        assert made["sudo"] == {"key": keys("//Alice").address}


def test_a_parachain_of_other_accounts_has_them_everywhere_but_for_aura() -> None:
    made = parachain_config({**PARA_BASE, "collatorSelection": {"invulnerables": []}}, *PARA, ACCOUNT20, 5)
    collator, alice = (ACCOUNT20.text(ACCOUNT20.of(uri)) for uri in ("//Collator-2000", "//Alice"))
    assert made["collatorSelection"] == {"invulnerables": [collator]}
    assert made["session"]["keys"] == [[collator, collator, {"aura": keys("//Collator-2000").address}]]
    sibling = "0x7369626cd1070000" + "00" * 12
    assert dict(made["balances"]["balances"]) == dict.fromkeys([collator, sibling, alice], 5)
    assert made["sudo"] == {"key": alice}


def test_a_balance_of_such_an_account_is_found_in_any_case() -> None:
    alice = ACCOUNT20.text(ACCOUNT20.of("//Alice"))
    base = {"balances": {"balances": [[alice, 1]]}}
    over = {"balances": {"balances": [["0x" + alice[2:].upper(), 2]]}}
    assert [amount for _, amount in laid_over(base, over)["balances"]["balances"]] == [2]


def test_session_keys_are_those_that_the_preset_names() -> None:
    seated = {**RELAY_BASE, "session": {"keys": [["x", "x", {"grandpa": "g", "babe": "b"}]]}}
    made = relay_config(seated, topology(), {})["session"]["keys"]
    ours = keys("//Alice").session_keys()
    assert made[0][2] == {"grandpa": ours["grandpa"], "babe": ours["babe"]}
    other = {**PARA_BASE, "session": {"keys": [["x", "x", {"aura": "a", "nimbus": "n"}]]}}
    with pytest.raises(InputError, match="session keys are aura, nimbus; simnet's nodes have aura, none for nimbus"):
        parachain_config(other, *PARA)


def test_without_sessions_collators_are_aura_s_from_the_start() -> None:
    base = {"parachainInfo": {"parachainId": 1}, "aura": {"authorities": []}}
    collator = keys("//Collator-2000").address
    assert parachain_config(base, *PARA)["aura"] == {"authorities": [collator]}
    assert parachain_config({**base, "session": {"keys": []}}, *PARA)["aura"] == {"authorities": []}
