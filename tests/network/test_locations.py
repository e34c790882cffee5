"""Where XCM locations lead, seen from the chains of one relay chain."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.network.locations import in_version, junctions_of, located, location_of, location_text, placed

CHAINS = st.sampled_from(["relay", "1000", "2000", "4294967295"])
ACCOUNT = {"AccountId32": {"network": None, "id": "0x01"}}


@given(CHAINS, CHAINS)
def test_a_location_leads_to_the_chain_that_it_is_of(chain: str, seen_from: str) -> None:
    assert placed(location_of(chain, seen_from), seen_from) == (chain, [])


@given(CHAINS, CHAINS, st.sampled_from([3, 4, 5]))
def test_a_location_is_the_same_in_every_version(chain: str, seen_from: str, version: int) -> None:
    location = location_of(chain, seen_from)
    assert placed(in_version(location, version), seen_from) == (chain, [])


@pytest.mark.parametrize(
    ("location", "seen_from", "chain", "text"),
    [
        (located(0, [ACCOUNT]), "relay", "relay", "relay/AccountId32(0x01)"),
        (located(0, [ACCOUNT]), "2000", "2000", "2000/AccountId32(0x01)"),
        (located(0, [{"Parachain": 7}, ACCOUNT]), "relay", "7", "7/AccountId32(0x01)"),
        (located(1, [{"Parachain": 7}, {"PalletInstance": 50}]), "2000", "7", "7/PalletInstance(50)"),
        (located(1, [ACCOUNT]), "2000", "relay", "relay/AccountId32(0x01)"),
        (located(1), "relay", None, "1 levels up"),
        (located(2, [{"GlobalConsensus": {"Ethereum": {"chain_id": 1}}}]), "2000", None, None),
        (located(0, [{"GlobalConsensus": "Polkadot"}]), "relay", None, None),
    ],
)
def test_what_is_within_a_chain_or_beyond_its_relay_chain(
    location: dict[str, Any], seen_from: str, chain: str | None, text: str | None
) -> None:
    assert placed(location, seen_from)[0] == chain
    assert text in (None, location_text(location, seen_from))


def test_before_version_4_one_junction_stands_alone() -> None:
    location = located(1, [{"Parachain": 7}])
    assert in_version(location, 3) == {"parents": 1, "interior": {"X1": {"Parachain": 7}}}
    assert junctions_of(in_version(location, 3)) == [{"Parachain": 7}]
    assert in_version(location, 4) == location
    two = located(1, [{"Parachain": 7}, {"PalletInstance": 50}])
    assert in_version(two, 3) == two
