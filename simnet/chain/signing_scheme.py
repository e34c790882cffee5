"""How a chain's accounts look and sign, told by the types that its metadata names."""

from __future__ import annotations

from dataclasses import dataclass

from simnet.chain import _type_registry as registry
from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.errors import InputError
from simnet.network.account_formats import ACCOUNT20, ACCOUNT32, FORMATS, AccountFormat

_SIGNATURE, _RECOVERABLE = 64, 65
"""Bytes of a signature of sr25519, and of one of ECDSA from which the key is recovered (sp-core)."""


@dataclass(frozen=True)
class SigningScheme:
    """``accounts`` sign; the signature goes into the ``variant`` of an enum, bare where that is None."""

    accounts: AccountFormat
    variant: str | None


def account_format(metadata: Metadata) -> AccountFormat:
    """The form of the keys of ``System.Account``; raises :class:`InputError` for one that simnet does not know."""
    try:
        key = metadata.storage_item("System", "Account").key
    except NotInRuntimeError:
        key = None
    if key is None:
        raise InputError("the runtime keeps no accounts: its metadata has no map System.Account")
    found = FORMATS.get(registry.octets(metadata.types, key) or 0)
    if found is None:
        known = " and ".join(f"{one.name} ({one.size} bytes)" for one in FORMATS.values())
        raise InputError(f"the accounts of the runtime are {_shown(metadata, key)}; simnet knows {known}")
    return found


def signing_scheme(metadata: Metadata) -> SigningScheme:
    """How extrinsics are signed: by sr25519 for accounts of 32 bytes, in Ethereum's way (ECDSA over keccak-256, the
    signer recovered) for those of 20. Raises :class:`InputError` for any other, with what was found."""
    accounts, kind = account_format(metadata), metadata.extrinsic.signature
    if metadata.extrinsic.address is None or kind is None:
        raise InputError("the runtime's metadata does not tell how its extrinsics are signed")
    variants = {one.name: one.fields for one in registry.variants(metadata.types, kind)}
    size = registry.octets(metadata.types, kind)
    if accounts is ACCOUNT32 and "Sr25519" in variants:
        return SigningScheme(accounts, "Sr25519")
    if (accounts, size) in ((ACCOUNT32, _SIGNATURE), (ACCOUNT20, _RECOVERABLE)):
        return SigningScheme(accounts, None)
    told = " of ".join([_shown(metadata, kind), *([", ".join(variants)] if variants else [])])
    raise InputError(
        f"the runtime's extrinsics are signed by {told} for accounts that are {accounts.name}; simnet signs by sr25519 "
        f"for {ACCOUNT32.name}, and by a recoverable ECDSA signature of {_RECOVERABLE} bytes for {ACCOUNT20.name}"
    )


def _shown(metadata: Metadata, type_id: int) -> str:
    size = registry.octets(metadata.types, type_id)
    return f"{registry.type_name(metadata.types, type_id)}{f' ({size} bytes)' if size else ''}"
