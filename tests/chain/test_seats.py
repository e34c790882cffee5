"""Seats of a relay chain as its state has them, by the names of the nodes that hold their keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from simnet.chain.metadata import Metadata
from simnet.chain.seat_reader import SeatReader
from simnet.codec import storage_prefix, u32, u64, vec
from simnet.errors import RpcError
from simnet.journal.records import SeatsRead
from simnet.network.accounts import keys, stash
from simnet.network.topology import Topology
from simnet.scenario.network_spec import NetworkSpec
from tests.chain.test_metadata import raw_metadata

METADATA = Metadata.parse(raw_metadata("rococo"))
NETWORK: Topology = NetworkSpec.model_validate(
    {
        "relay": {
            "validators": [{"name": "alice"}, {"name": "bob"}, {"name": "charlie"}, {"name": "two", "twin_of": "bob"}]
        },
        "parachains": [{"id": 2000, "collators": [{"name": "hub", "account": "//Eve"}]}],
    }
).topology()


@dataclass
class State:
    """``seats`` are pairs of accounts: whose stash has the seat, and whose key it is served with. ``active`` are
    indices of those that are drawn to judge candidates."""

    seats: Sequence[tuple[str, str]]
    session: int = 7
    active: Sequence[int] = ()

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = 0.0) -> Any:
        assert method == "state_queryStorageAt"
        values = {
            ("Session", "CurrentIndex"): u32(self.session),
            ("Session", "Validators"): vec(stash(owner).sr25519 for owner, _ in self.seats),
            ("Babe", "Authorities"): vec(keys(key).sr25519 + u64(1) for _, key in self.seats),
            ("ParasShared", "ActiveValidatorIndices"): vec(u32(index) for index in self.active),
        }
        if not self.session:
            values.pop(("Session", "CurrentIndex"))
        if not self.seats:
            values.pop(("Babe", "Authorities"))
        known = {"0x" + storage_prefix(*item).hex(): "0x" + value.hex() for item, value in values.items()}
        return [{"block": params[1], "changes": [[key, known.get(key)] for key in params[0]]}]

    def close(self) -> None:
        """Nothing is open."""


def read(*seats: tuple[str, str]) -> SeatsRead:
    return SeatReader(NETWORK).read(State(seats), METADATA, "0x01")


def test_a_seat_is_of_the_validator_whose_stash_it_is_also_with_anothers_keys() -> None:
    found = read(("//Bob", "//Bob"), ("//Alice", "//Charlie"), ("//Charlie", "//Alice"))
    swapped = {"alice": "charlie", "charlie": "alice"}
    assert found == SeatsRead(session=7, seats=["bob", "alice", "charlie"], without_seat=[], keys=swapped)


def test_a_seat_of_an_unknown_stash_is_of_the_node_that_has_its_key() -> None:
    assert read(("//Nobody", "//Bob"), ("//Alice", "//Alice")).seats == ["bob", "alice"]


def test_a_seat_with_rotated_keys_is_of_the_validator_whose_stash_it_is() -> None:
    found = read(("//Alice", "//Rotated"), ("//Bob", "//Bob"))
    assert found.seats == ["alice", "bob"]
    assert found.keys == {"alice": "0x" + keys("//Rotated").sr25519.hex()}


def test_a_key_of_no_validator_is_told_as_it_is_and_who_has_none_by_name() -> None:
    found = read(("//Alice", "//Alice"), ("//Ferdie", "//Eve"))
    assert found.seats == ["alice", "0x" + keys("//Eve").sr25519.hex()]
    assert found.without_seat == ["bob", "charlie"]


def test_the_first_session_is_not_in_the_state() -> None:
    assert SeatReader(NETWORK).read(State([("//Alice", "//Alice")], session=0), METADATA, "0x01").session == 0


def test_a_state_without_authorities_is_no_answer() -> None:
    with pytest.raises(RpcError, match="no BABE authorities"):
        read()


THREE = (("//Alice", "//Alice"), ("//Bob", "//Bob"), ("//Charlie", "//Charlie"))


def test_fewer_active_validators_than_seats_are_told_by_their_seats() -> None:
    assert SeatReader(NETWORK).read(State(THREE, active=(2, 0)), METADATA, "0x01").active == [0, 2]


def test_where_every_seat_is_active_nothing_more_is_told() -> None:
    assert SeatReader(NETWORK).read(State(THREE, active=(2, 0, 1)), METADATA, "0x01").active is None
