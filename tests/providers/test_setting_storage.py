"""Storage that a step has root write: what the state has then, and what the journal says of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simnet.chain.storage_writes import StorageWrite
from simnet.checks.verdict import judge
from simnet.errors import InputError
from simnet.journal.records import Intervention
from simnet.network.accounts import keys
from simnet.network.topology import RELAY
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from tests.providers.test_dispatching import PARA, launched

BOB = keys("//Bob").sr25519
PARENT = {"parents": 1, "interior": "Here"}
ACCOUNT = {
    "nonce": 0,
    "consumers": 0,
    "providers": 1,
    "sufficients": 0,
    "data": {"free": "3 ROC", "reserved": 0, "frozen": 0, "flags": 2**127},
}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    network = launched(tmp_path_factory.mktemp("storage"))
    yield network
    network.close()


def stored(network: SimulatedNetwork, chain: str, item: str, *parts: bytes) -> Any:
    """What the chain's best block has, in this node's view."""
    pallet, _, name = item.partition(".")
    metadata = network.messenger.runtime(chain).types.metadata
    node = "alice" if chain == RELAY else f"collator-{chain}"
    key = "0x" + metadata.storage_key(pallet, name, *parts).hex()
    raw = network.rpc(node).call("state_getStorage", [key])
    return None if raw is None else metadata.decode_storage(pallet, name, bytes.fromhex(raw[2:]))


def comes(network: SimulatedNetwork, expected: Any, chain: str, item: str, *parts: bytes) -> None:
    network.wait_until(
        lambda _: stored(network, chain, item, *parts) == expected or None, within=30, what=f"{item} to be {expected}"
    )


def test_an_entry_of_a_map_is_written_by_its_types_and_removed(network: SimulatedNetwork) -> None:
    entry = StorageWrite(item="System.Account", keys=["bob"], value=ACCOUNT)
    network.set_storage([entry], chain=RELAY)
    free = {**ACCOUNT["data"], "free": 3 * 10**12}  # type: ignore[dict-item]
    comes(network, {**ACCOUNT, "data": free}, RELAY, "System.Account", BOB)
    network.set_storage([StorageWrite(item="System.Account", keys=["bob"], value=None)], chain=RELAY)
    comes(network, None, RELAY, "System.Account", BOB)


def test_values_and_raw_keys_are_written_in_one_block(network: SimulatedNetwork) -> None:
    mark = len(network.evidence.of(Intervention))
    entries = [
        StorageWrite(item="PolkadotXcm.SafeXcmVersion", value=3),
        StorageWrite(
            item="PolkadotXcm.SupportedVersion", keys=[5, {"V5": {"parents": 1, "interior": "Here"}}], value=4
        ),
        StorageWrite(key="0x1234", value="0x5678"),
        StorageWrite(item="PolkadotXcm.QueryCounter", value=None),
    ]
    network.set_storage(entries, chain=PARA)
    comes(network, 3, PARA, "PolkadotXcm.SafeXcmVersion")
    (record,) = network.evidence.of(Intervention)[mark:]
    assert (record.chain, record.data.how) == (PARA, "sudo")
    assert record.data.items[2] == {"item": "0x1234", "keys": [], "value": "0x5678"}
    assert [one.data.success for one in network.evidence.message_log.extrinsics[record.data.extrinsic]] == [True]
    told = judge(network.evidence, []).interventions[-1]
    assert told.startswith(
        "storage of 1000: PolkadotXcm.SafeXcmVersion set to 3; PolkadotXcm.SupportedVersion[5, {'V5'"
    )
    assert told.endswith("0x1234 set to 0x5678; PolkadotXcm.QueryCounter removed (by sudo)")


def test_root_of_the_relay_chain_writes_where_the_chain_has_no_sudo(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network.messenger, "root_by_relay", lambda _: True)
    network.set_storage([StorageWrite(item="PolkadotXcm.SafeXcmVersion", value=4)], chain=PARA, within=120)
    comes(network, 4, PARA, "PolkadotXcm.SafeXcmVersion")
    assert network.evidence.of(Intervention)[-1].data.how == "relay root"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (
            StorageWrite(item="Sistem.Account", value=1),
            "item: the runtime has no pallet Sistem; did",
        ),
        (StorageWrite(item="System.Acount", value=1), "item: the runtime has no storage item System.Acount; did you"),
        (
            StorageWrite(item="System.Account", value=1),
            "keys: System.Account takes 1 key .AccountId32., given were 0",
        ),
        (
            StorageWrite(item="System.Number", keys=[1], value=1),
            "keys: System.Number is no map and takes no keys, given were 1",
        ),
        (StorageWrite(item="System.Account", keys=[5], value=None), r"keys > \[0\]: expected an account, as SS58"),
        (StorageWrite(item="System.Number", value=2**40), "value: 1099511627776 does not fit u32"),
        (StorageWrite(key="0x12", value=5), "value: expected bytes, as 0x hex or @file, not 5"),
    ],
)
def test_what_the_runtime_has_not_is_told(network: SimulatedNetwork, entry: StorageWrite, told: str) -> None:
    before = len(network.evidence.of(Intervention))
    with pytest.raises(InputError, match=f"^{told}"):
        network.set_storage([entry], chain=RELAY)
    assert len(network.evidence.of(Intervention)) == before


def test_calls_of_root_that_write_storage_are_interventions_as_well(network: SimulatedNetwork) -> None:
    mark = len(network.evidence.of(Intervention))
    items = {"items": [("0x77", "0x01")]}
    network.submit("System.set_storage", items, chain=PARA, signer="root")
    network.submit("Utility.batch", {"calls": [{"System": {"kill_storage": {"keys": ["0x77"]}}}]}, sudo=True)
    network.submit("System.set_storage", items, expect="failure")
    network.chain(RELAY).call("System.set_storage", items, sudo=True)
    found = network.evidence.of(Intervention)[mark:]
    assert [(one.chain, one.data.how, one.data.what.partition(": ")[2]) for one in found] == [
        (PARA, "sudo", "0x77 set to 0x01"),
        (RELAY, "sudo", "0x77 removed"),
        (RELAY, "sudo", "0x77 set to 0x01"),
    ]
