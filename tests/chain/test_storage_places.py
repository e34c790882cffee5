"""Storage items by names and keys as people write them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.chain.storage_places import HashedKey, storage_place
from simnet.chain.typed_values import typed_values
from simnet.codec import blake2_128, u16, u32
from simnet.errors import InputError
from simnet.network.accounts import keys
from tests.chain.names_of import storage_items
from tests.chain.runtimes import NAMES, Both
from tests.chain.values import values

ALICE = keys("//Alice")


@pytest.mark.parametrize("alice", ["//Alice", ALICE.address, "0x" + ALICE.sr25519.hex(), ALICE.sr25519])
def test_an_account_is_a_key_in_each_of_its_forms(bundled: dict[str, Both], alice: Any) -> None:
    metadata = bundled["penpal"].metadata
    place = storage_place(metadata, "System.Account")
    assert place.storage_key([alice]) == metadata.storage_key("System", "Account", ALICE.sr25519)


def test_the_keys_of_a_double_map_are_encoded_each_by_its_type(bundled: dict[str, Both]) -> None:
    metadata = bundled["rococo"].metadata
    place = storage_place(metadata, "ConvictionVoting.VotingFor")
    assert place.storage_key(["//Alice", 3]) == metadata.storage_key(
        "ConvictionVoting", "VotingFor", ALICE.sr25519, u16(3)
    )
    assert place.storage_key(["//Alice"], partly=True) == metadata.storage_key(
        "ConvictionVoting", "VotingFor", ALICE.sr25519
    )


def test_a_key_that_is_a_struct_is_one_key(bundled: dict[str, Both]) -> None:
    place = storage_place(bundled["rococo"].metadata, "Hrmp.HrmpChannels")
    assert place.encoded([{"sender": 2000, "recipient": 2001}]) == (u32(2000) + u32(2001),)


@settings(max_examples=200)
@given(data=st.data())
def test_the_keys_of_an_entry_are_read_back_from_its_storage_key(bundled: dict[str, Both], data: st.DataObject) -> None:
    metadata = bundled[data.draw(st.sampled_from(NAMES))].metadata
    maps = [place for name in storage_items(metadata) if (place := storage_place(metadata, name)).keys]
    place = data.draw(st.sampled_from(maps))
    given_keys = [data.draw(values(metadata, kind)) for kind in place.keys]
    assert list(place.keys_of(place.storage_key(given_keys))) == given_keys


def test_a_key_of_which_the_runtime_keeps_only_the_hash_is_said_to_be_one(bundled: dict[str, Both]) -> None:
    """No bundled runtime has such a map: the hashers of one that there is are other ones here."""
    metadata = bundled["rococo"].metadata
    place = replace(storage_place(metadata, "ConvictionVoting.VotingFor"), hashers=(0, 5))
    prefix = metadata.storage_key("ConvictionVoting", "VotingFor")
    key = prefix + blake2_128(ALICE.sr25519) + metadata.storage_key("System", "BlockHash", u32(0))[32:40] + u16(3)
    first, second = place.keys_of(key)
    assert isinstance(first, HashedKey)
    assert (first, second) == ("0x" + blake2_128(ALICE.sr25519).hex(), 3)
    assert "hash" in repr(first)


@pytest.mark.parametrize(
    ("item", "given", "told"),
    [
        ("System.Account", [], r"System\.Account takes 1 key \(AccountId32\), given were 0; entries\(\) gives all"),
        ("System.Account", ["//Alice", 1], r"System\.Account takes 1 key \(AccountId32\), given were 2$"),
        ("System.Number", [1], r"System\.Number is no map and takes no keys, given were 1$"),
        ("System.BlockHash", ["//Alice"], r"key 1 of System\.BlockHash: expected a whole number \(u32\)"),
        ("System.BlockHash", [2**32], r"key 1 of System\.BlockHash: 4294967296 does not fit u32"),
        ("ConvictionVoting.VotingFor", ["//Alice", "//Bob"], r"key 2 of ConvictionVoting\.VotingFor: expected"),
        (
            "ConvictionVoting.VotingFor",
            ["//Alice"],
            r"takes 2 keys \(AccountId32, u16\), given were 1; entries\(\) gives",
        ),
        (
            "Hrmp.HrmpChannels",
            [{"sender": 1, "recipent": 2}],
            r"key 1 of Hrmp\.HrmpChannels: HrmpChannelId has no field 'recipent'; did you mean 'recipient'\?",
        ),
    ],
)
def test_keys_that_an_item_does_not_take_are_told(
    bundled: dict[str, Both], item: str, given: list[Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        storage_place(bundled["rococo"].metadata, item).storage_key(given)


@pytest.mark.parametrize("name", ["Account", "System.", ".Account"])
def test_what_names_no_item_is_refused(bundled: dict[str, Both], name: str) -> None:
    with pytest.raises(InputError, match=r"write Pallet\.Item"):
        storage_place(bundled["rococo"].metadata, name)


def test_the_compilers_of_a_runtime_are_made_once(bundled: dict[str, Both]) -> None:
    assert typed_values(bundled["rococo"].metadata) is typed_values(bundled["rococo"].metadata)
