"""What simnet sets in a genesis, as data: over a configuration that is like a runtime's."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from substrateinterface.utils.ss58 import ss58_encode

from simnet.errors import InputError
from simnet.network.accounts import keys, sovereign_of_child, sovereign_of_sibling
from simnet.network.genesis import ENDOWMENT, merge, parachain_config, relay_config
from simnet.network.topology import Chain, Node, Topology

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


def test_a_relay_chain_gets_validators_parachains_and_funds() -> None:
    made = relay_config(RELAY_BASE, topology(), {"2000": ("0x01", "0x02")})
    assert made["paras"] == {"paras": [[2000, ["0x01", "0x02", True]]]}
    stashes = [keys(f"//{name}//stash").address for name in ("Alice", "Bob")]
    assert [one[:2] for one in made["session"]["keys"]] == [[stash, stash] for stash in stashes]
    assert made["session"]["keys"][1][2] == keys("//Bob").session_keys()
    balances = dict(made["balances"]["balances"])
    assert balances[keys("//Alice").address] == RICH
    assert all(balances[one] == ENDOWMENT for one in (*stashes, sovereign_of_child(2001)))


def test_a_parachain_gets_its_id_its_collators_and_its_siblings_funds() -> None:
    made = parachain_config(PARA_BASE, topology().parachains[0], topology())
    collator = keys("//Collator-2000").address
    assert made["parachainInfo"] == {"parachainId": 2000}
    assert made["session"]["keys"] == [[collator, collator, {"aura": collator}]]
    funded = [collator, sovereign_of_sibling(2001), keys("//Alice").address]
    assert dict(made["balances"]["balances"]) == dict.fromkeys(funded, ENDOWMENT)


@pytest.mark.parametrize(
    "base", [{}, {"balances": {}}, {"balances": {"devAccounts": None}, "staking": {"stakers": []}}]
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
