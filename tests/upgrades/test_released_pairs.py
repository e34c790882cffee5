"""The release before goes over to the bundled one, chain by chain, with what its real migrations change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from simnet.codec import storage_prefix, twox_128
from simnet.journal.records import RuntimeEvent, UpgradeAsked
from simnet.network.accounts import stash
from simnet.network.topology import RELAY
from simnet.providers.barrier import reach_barrier
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from tests.providers.simulated.networks import launch

OLDER = Path(__file__).parents[3] / "shared" / "runtimes" / "older"
"""Westend, Asset Hub and Penpal of the release before. They are not in the repository."""

pytestmark = pytest.mark.skipif(not OLDER.is_dir(), reason=f"the runtimes of the release before are not in {OLDER}")

NAMES = ("alice", "bob", "charlie", "dave")
OBSERVED = {RELAY: "alice", "1000": "collator-1000", "2000": "collator-2000"}
RELEASED = {RELAY: "westend", "1000": "asset-hub-westend", "2000": "penpal"}

GONE = ("Staking", "VoterList", "NominationPools", "ElectionProviderMultiPhase", "FastUnstake")
"""Pallets that Westend 40.0.0 removes."""

_VERSION = twox_128(b":__STORAGE_VERSION__:").hex()


def prefix_of(pallet: str) -> str:
    return twox_128(pallet.encode()).hex()


@dataclass(frozen=True)
class Looked:
    """How many keys each pallet has, and which storage version; pallets by the hex of their prefix."""

    keys: Mapping[str, int]
    versions: Mapping[str, int]

    def of(self, pallet: str) -> int:
        return self.keys.get(prefix_of(pallet), 0)

    def version(self, pallet: str) -> int | None:
        return self.versions.get(prefix_of(pallet))


@dataclass(frozen=True)
class Upgraded:
    """What each chain had before its upgrade and a minute after it, and the network that it ran in."""

    network: SimulatedNetwork
    before: Mapping[str, Looked]
    after: Mapping[str, Looked]
    ended: float
    """When the last of them was over, in seconds since the run began."""


def look(network: SimulatedNetwork, chain: str) -> Looked:
    rpc, keys = network.rpc(OBSERVED[chain]), list[str]()
    while len(page := rpc.call("state_getKeysPaged", ["0x", 1000, keys[-1] if keys else None])) == 1000:
        keys += page
    keys = [key.removeprefix("0x") for key in (*keys, *page)]
    prefixes = [key[:32] for key in keys]
    stored = {key[:32]: rpc.call("state_getStorage", [f"0x{key}"]) for key in keys if key[32:] == _VERSION}
    versions = {prefix: int.from_bytes(bytes.fromhex(value[2:]), "little") for prefix, value in stored.items()}
    return Looked({prefix: prefixes.count(prefix) for prefix in dict.fromkeys(prefixes)}, versions)


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    """This Westend still elects on the relay chain, so that its genesis has stakers."""
    files = {chain: str(OLDER / f"{name}.compact.compressed.wasm") for chain, name in RELEASED.items()}
    stashes = [stash(f"//{name.capitalize()}").address for name in NAMES]
    staking = {
        "validatorCount": 4,
        "minimumValidatorCount": 1,
        "stakers": [[one, one, 10**15, "Validator"] for one in stashes],
        "invulnerables": stashes,
    }
    relay = {
        "runtime": files[RELAY],
        "validators": [{"name": name} for name in NAMES],
        "genesis": {"staking": staking},
    }
    paras = [{"id": int(chain), "runtime": files[chain]} for chain in ("1000", "2000")]
    spec = {"relay": relay, "parachains": paras, "channels": "none"}
    with launch(spec, tmp_path_factory.mktemp("released")) as network:
        reach_barrier(network, 600)
        before = {chain: look(network, chain) for chain in RELEASED}
        after = {}
        for chain, runtime in RELEASED.items():
            path = "without_checks" if chain == "2000" else "authorized"
            network.upgrade(runtime, chain=chain, path=path)
            network.wait(60)
            after[chain] = look(network, chain)
        ended = network.now()
        network.wait(60)
        yield Upgraded(network, before, after, ended)


def test_westend_loses_the_pallets_that_it_removes_with_all_their_keys(upgraded: Upgraded) -> None:
    assert all(upgraded.before[RELAY].of(pallet) for pallet in GONE)
    assert [upgraded.after[RELAY].of(pallet) for pallet in GONE] == [0] * len(GONE)


def test_westend_s_storage_versions_stay_but_for_one_that_its_migrations_raise(upgraded: Upgraded) -> None:
    """Genesis by the release before has most of them at the new version already."""
    before, after = upgraded.before[RELAY], upgraded.after[RELAY]
    assert (before.version("Dmp"), after.version("Dmp")) == (0, 1)
    assert {*after.versions} <= {*before.versions}
    assert [one for one in after.versions if after.versions[one] != before.versions[one]] == [prefix_of("Dmp")]


def test_asset_hub_s_three_migrations_of_several_blocks_come_to_their_end(upgraded: Upgraded) -> None:
    """ForeignAssetsReserves, MigrateForeignAssetPrecompileMappings and pallet-revive's v3 (asset-hub-westend-runtime
    0.57, pallet_migrations::Config), which are noted as done one by one."""
    before, after = upgraded.before["1000"], upgraded.after["1000"]
    assert after.of("MultiBlockMigrations") - before.of("MultiBlockMigrations") == 3
    cursor = "0x" + storage_prefix("MultiBlockMigrations", "Cursor").hex()
    assert upgraded.network.rpc(OBSERVED["1000"]).call("state_getStorage", [cursor]) is None


def test_asset_hub_s_pallet_that_is_set_anew_loses_what_the_release_before_stored(upgraded: Upgraded) -> None:
    assert (upgraded.before["1000"].of("Psm"), upgraded.after["1000"].of("Psm")) == (1, 0)


def test_penpal_has_other_code_of_the_same_version_which_migrates_nothing(upgraded: Upgraded) -> None:
    assert upgraded.before["2000"].versions == upgraded.after["2000"].versions
    (asked,) = (one.data for one in upgraded.network.evidence.of(UpgradeAsked) if one.chain == "2000")
    assert asked.migrates is False


def test_both_parachains_go_on_after_all_three(upgraded: Upgraded) -> None:
    later = [one for one in upgraded.network.evidence.of(RuntimeEvent) if one.t > upgraded.ended]
    included = [one.data.fields["para_id"] for one in later if one.data.name == "CandidateIncluded"]
    assert {para: included.count(para) >= 5 for para in (1000, 2000)} == {1000: True, 2000: True}, included
