"""Which keys of a state tell who has how much."""

from __future__ import annotations

import pytest

from simnet.checks.written_keys import holdings_at
from simnet.codec import storage_prefix, twox_128

ACCOUNTS = storage_prefix("System", "Account")


def raw(key: bytes) -> str:
    return "0x" + key.hex()


@pytest.mark.parametrize(
    ("item", "holds"),
    [
        ("System.Account", True),
        ("System.Number", False),
        ("Balances.TotalIssuance", True),
        ("Balanced.Item", False),
        ("PolkadotXcm.AssetTraps", True),
        (raw(ACCOUNTS + bytes(48)), True),
        (raw(ACCOUNTS), True),
        (raw(ACCOUNTS[:20]), True),  # the beginning of keys that are removed
        (raw(storage_prefix("System", "Number")), False),
        (raw(storage_prefix("Balances", "Locks") + bytes(9)), True),
        (raw(storage_prefix("PolkadotXcm", "AssetTraps") + bytes(32)), True),
        (raw(storage_prefix("PolkadotXcm", "QueryCounter")), False),
        (raw(twox_128(b"PolkadotXcm")), True),
        ("0x", True),
        ("0x3a636f6465", False),
        ("0x1234", False),
        ("0x12345… (900 characters)", True),
        ("@key.bin", True),
    ],
)
def test_keys_of_accounts_of_the_pallet_and_of_traps_do(item: str, holds: bool) -> None:
    assert holdings_at(item, "Balances") is holds
