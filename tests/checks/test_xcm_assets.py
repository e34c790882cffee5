"""What events of XCM pallets say of an asset, in each version's way of writing it."""

from __future__ import annotations

from typing import Any

import pytest

from simnet.checks.xcm_assets import chain_at, ended, place, place_of_chain, sent, trapped
from simnet.journal import Record
from simnet.journal.records import RuntimeEvent

_PARENT = {"parents": 1, "interior": "Here"}
_HERE = {"parents": 0, "interior": "Here"}


def _event(name: str, chain: str, **fields: Any) -> Record[RuntimeEvent]:
    data = RuntimeEvent(pallet="AnyXcm", name=name, fields=fields, extrinsic=None)
    return Record(seq=1, t=0.0, observer="a", incarnation=0, chain=chain, height=7, hash="0x07", data=data)


def _assets(location: Any, amount: int) -> list[Any]:
    return [{"id": location, "fun": {"Fungible": amount}}]


@pytest.mark.parametrize(
    ("location", "seen_from", "chain"),
    [
        (_HERE, "relay", "relay"),
        (_PARENT, "2000", "relay"),
        (_HERE, "2000", "2000"),
        ({"parents": 1, "interior": {"X1": [{"Parachain": 1000}]}}, "2000", "1000"),
        ({"parents": 1, "interior": {"X1": {"Parachain": 1000}}}, "2000", "1000"),  # version 3
        ({"V4": {"parents": 0, "interior": {"X1": [{"Parachain": 1000}]}}}, "relay", "1000"),
    ],
)
def test_a_chain_is_found_from_wherever_it_is_seen(location: Any, seen_from: str, chain: str) -> None:
    found = place(location, seen_from)
    assert found is not None
    assert chain_at(found) == chain
    assert found == place_of_chain(chain)


@pytest.mark.parametrize("location", [{"parents": 2, "interior": "Here"}, {"interior": "Here"}, "Here", None])
def test_what_lies_beyond_the_relay_chain_or_is_no_location_is_no_place(location: Any) -> None:
    assert place(location, "2000") is None


def test_a_message_tells_what_it_moves_and_what_it_withdraws_of_the_asset_alone() -> None:
    other = {"parents": 0, "interior": {"X1": [{"PalletInstance": 50}]}}
    program = [
        {"ReceiveTeleportedAsset": _assets(_PARENT, 10) + _assets(other, 99)},
        "ClearOrigin",
        {"WithdrawAsset": _assets(_PARENT, 3)},
        {"ReserveAssetDeposited": _assets(_PARENT, 5)},
        {"DepositAsset": {"assets": {"Wild": "All"}, "beneficiary": _HERE}},
    ]
    to = {"parents": 0, "interior": {"X1": [{"Parachain": 1000}]}}
    found = sent(_event("Sent", "relay", origin=_HERE, destination=to, message=program, message_id="0xaa"), ())
    assert found is not None
    assert (found.sender, found.recipient, found.moved, found.withdrawn) == ("relay", "1000", 15, 3)


def test_a_message_whose_program_is_not_told_carries_nobody_knows_what() -> None:
    found = sent(_event("Sent", "1000", destination=_PARENT, message=[], message_id="0xaa"), ())
    assert found is not None
    assert found.moved is None


def test_trapped_assets_count_until_they_are_claimed() -> None:
    of_version = {"V5": _assets(_PARENT, 4)}
    assert trapped(_event("AssetsTrapped", "2000", hash="0x", origin=_HERE, assets=of_version), ()) == 4
    assert trapped(_event("AssetsClaimed", "2000", hash="0x", origin=_HERE, assets=of_version), ()) == -4
    concrete = [{"id": {"Concrete": _PARENT}, "fun": {"Fungible": 4}}]
    assert trapped(_event("AssetsTrapped", "2000", hash="0x", origin=_HERE, assets={"V3": concrete}), ()) == 4
    assert trapped(_event("AssetsTrapped", "2000", hash="0x", origin=_HERE, assets=of_version), ("x",)) == 0


def test_a_message_ends_by_its_queue_alone() -> None:
    assert ended(_event("Processed", "2000", id="0xaa", origin="Parent", success=True)) == "0xaa"
    assert ended(_event("Processed", "2000", id="0xaa")) is None
