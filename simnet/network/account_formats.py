"""The forms that accounts have on chains, told apart by their bytes: an sr25519 key of 32, or Ethereum's account of 20.

One secret URI gives an account of either form; which one a chain has, its metadata tells
(:mod:`simnet.chain.signing_scheme`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from substrateinterface import Keypair, KeypairType

from simnet.network.accounts import address, ecdsa_secret, keypair, keys


@dataclass(frozen=True)
class AccountFormat:
    """One form of accounts. ``name`` is the type's in Rust."""

    name: str
    size: int
    """Bytes of an account."""
    of: Callable[[str], bytes]
    """The account of a secret URI; raises :class:`~simnet.errors.InputError` for what is none."""
    text: Callable[[bytes], str]
    """An account as genesis, RPC and people have it."""
    pair: Callable[[str], Keypair]
    """What signs for a secret URI's account, which is its ``public_key``. Ethereum's signs the same bytes alike each
    time."""

    def of_sibling(self, para_id: int) -> bytes:
        """The account that a parachain has on others: ``sibl``, its id, and as many zeros as there is room for
        (polkadot-parachain-primitives)."""
        return (b"sibl" + para_id.to_bytes(4, "little")).ljust(self.size, b"\0")


@lru_cache(maxsize=4096)
def _ethereum_pair(uri: str) -> Keypair:
    return Keypair(private_key=ecdsa_secret(uri), crypto_type=KeypairType.ECDSA)


ACCOUNT32 = AccountFormat("AccountId32", 32, lambda uri: keys(uri).sr25519, address, keypair)
ACCOUNT20 = AccountFormat(
    "AccountId20",
    20,
    lambda uri: bytes(_ethereum_pair(uri).public_key),
    lambda account: "0x" + account.hex(),
    _ethereum_pair,
)
FORMATS = {one.size: one for one in (ACCOUNT32, ACCOUNT20)}
"""All that simnet knows, by their bytes."""
