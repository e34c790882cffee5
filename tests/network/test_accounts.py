"""Known answers: the well-known development accounts of Substrate, as every local chain spec has them."""

import pytest

from simnet.errors import InputError
from simnet.network.accounts import keys, node_key, peer_id, sovereign_of_child, sovereign_of_sibling


def test_alice_session_keys() -> None:
    sr25519 = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
    assert keys("//Alice").session_keys() == {
        "grandpa": "5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu",
        "babe": sr25519,
        "para_validator": sr25519,
        "para_assignment": sr25519,
        "authority_discovery": sr25519,
        "beefy": "KW39r9CJjAVzmkf9zQ4YDb2hqfAVGdRqn53eRqyruqpxAP5YL",
    }


def test_stash_of_bob() -> None:
    assert keys("//Bob//stash").address == "5HpG9w8EBLe5XCrbczpwq5TSXvedjrBGCwqxK1iQ7qUsSWFc"


def test_keystore_names_hold_key_type_and_public_key() -> None:
    store = keys("//Alice").keystore(("gran", "babe"))
    assert set(store.values()) == {b'"//Alice"'}
    assert "6772616e88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee" in store


def test_peer_id_of_a_known_node_key() -> None:
    """The node key 00..01 that Substrate's docs use for Alice."""
    assert peer_id(bytes(31) + b"\x01") == "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp"


def test_node_keys_differ_by_name_and_seed_and_repeat() -> None:
    assert node_key(1, "alice") == node_key(1, "alice")
    assert len({node_key(seed, name) for seed in (1, 2) for name in ("alice", "bob")}) == 4


def test_sovereign_accounts() -> None:
    assert sovereign_of_child(2000) == "5Ec4AhPUwPeyTFyuhGuBbD224mY85LKLMSqSSo33JYWCazU4"
    assert sovereign_of_sibling(2000) == "5Eg2fntJ27qsari4FGrGhrMqKFDRnkNSR6UshkZYBGXmSuC8"


@pytest.mark.parametrize("uri", ["Alice", "/Alice", "", "//", "//a/b"])
def test_what_is_no_uri_of_hard_junctions_is_refused(uri: str) -> None:
    with pytest.raises(InputError, match="//Alice"):
        keys(uri)
