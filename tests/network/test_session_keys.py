"""Session keys from secret URIs, as nodes read them."""

from __future__ import annotations

import pytest
from substrateinterface import Keypair

from simnet.errors import InputError
from simnet.network.accounts import keys
from simnet.network.session_keys import BEEFY, GRANDPA, KEY_TYPES, account_keys, owner_of, session_key
from simnet.network.topology import RELAY
from simnet.scenario.network_spec import NetworkSpec

PHRASE = "bottom drive obey lake curtain smoke basket hold race lonely fit walk"


@pytest.mark.parametrize("uri", ["//Alice", "//Alice//stash", "//01", "/soft//hard", f"{PHRASE}//x/y", PHRASE])
def test_an_sr25519_key_is_the_one_that_substrate_interface_derives(uri: str) -> None:
    assert session_key("babe", uri).public == Keypair.create_from_uri(uri).public_key


def test_a_seed_and_a_password_are_read_as_sp_core_does() -> None:
    seed = "0x" + "11" * 32
    assert session_key("aura", seed).public == Keypair.create_from_seed(seed).public_key
    assert session_key("aura", "//Alice///secret").public != session_key("aura", "//Alice").public
    assert session_key("aura", f"{PHRASE}//Alice///secret") == session_key("aura", "//Alice///secret")


@pytest.mark.parametrize(
    ("kind", "uri", "says"),
    [
        ("babe", "no phrase at all", "phrase that is none"),
        ("babe", "0x11", "64 hexadecimal digits"),
        ("gran", "/soft", "derives no ed25519 key"),
        ("beef", "/soft", "derives no ecdsa key"),
        ("babe", "//", "no secret URI"),
    ],
)
def test_what_is_no_secret_uri_is_refused(kind: str, uri: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        session_key(kind, uri)


def test_a_node_begins_with_its_accounts_keys() -> None:
    topology = NetworkSpec.model_validate({"relay": {"validators": 1}, "parachains": [{"id": 2000}]}).topology()
    alice, collator = topology.nodes
    held = {key.kind: key.public for key in account_keys(alice)}
    assert tuple(held) == KEY_TYPES["validator"]
    assert held[GRANDPA] == keys("//Alice").ed25519
    assert held[BEEFY] == keys("//Alice").ecdsa
    assert {public for kind, public in held.items() if kind not in (GRANDPA, BEEFY)} == {keys("//Alice").sr25519}
    assert [key.kind for key in account_keys(collator)] == ["aura"]
    assert owner_of(topology, RELAY, {"babe": keys("//Alice").sr25519}) == "alice"
    assert owner_of(topology, RELAY, {"babe": keys("//Bob").sr25519}) is None
