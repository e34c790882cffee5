"""Keys of a chain's state that were written, by what is kept under them."""

from __future__ import annotations

from simnet.codec import storage_prefix, twox_128

_ACCOUNT, _TRAPS = "System.Account", "AssetTraps"

_PALLET, _ITEM = 16, 32
"""Bytes of a key after which its pallet, and its item, are certain (frame-support storage, twox_128 of both names)."""


def holdings_at(item: str, pallet: str) -> bool:
    """Whether ``Pallet.Item`` or a raw key (0x hex), which may be the beginning of many, may tell who has how much of
    what a pallet keeps, or what is trapped. A key whose bytes are not known may."""
    if not item.startswith("0x"):
        name = item.rpartition(".")[2]
        return item.startswith("@") or item == _ACCOUNT or name == _TRAPS or item.startswith(f"{pallet}.")
    try:
        key = bytes.fromhex(item[2:])
    except ValueError:
        return True
    own = storage_prefix(*_ACCOUNT.split(".")), twox_128(pallet.encode())
    return (
        any(key.startswith(one) or one.startswith(key) for one in own)
        or key[_PALLET:_ITEM] == twox_128(_TRAPS.encode())
        or len(key) == _PALLET  # all of a pallet that may trap assets
    )


def holding_keys(pallet: str) -> tuple[str, ...]:
    """What keys have in them, as hex, under which is who has how much, or what is trapped."""
    own = storage_prefix(*_ACCOUNT.split(".")), twox_128(pallet.encode()), twox_128(_TRAPS.encode())
    return tuple(key.hex() for key in own)
