"""Encoders of types that people write in a form of their own: accounts, addresses, votes, identity data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from substrateinterface.utils.ss58 import is_valid_ss58_address, ss58_decode

from simnet.chain._encoding import EncodeError, Encoder, octets, unlike
from simnet.errors import InputError
from simnet.network.account_formats import ACCOUNT20
from simnet.network.accounts import keys
from simnet.network.topology import nearest

_ACCOUNT20 = "an account, as secret URI, 0x hex or 20 bytes (AccountId20)"
_ACCOUNT = "an account, as SS58 address, secret URI, 0x hex or 32 bytes (AccountId32)"

# pallet_conviction_voting::Conviction, in order
_CONVICTIONS = ("None", *(f"Locked{times}x" for times in range(1, 7)))
_AYE = 0x80


def account(value: Any) -> bytes:
    """An AccountId32."""
    if isinstance(value, str) and not value.startswith("0x"):
        try:
            value = keys(value).sr25519 if value.startswith("//") else "0x" + ss58_decode(value)
        except (ValueError, InputError) as error:
            raise EncodeError(f"{unlike(_ACCOUNT, value)}: {error}") from None
    raw = octets(value, _ACCOUNT)
    if len(raw) != 32:
        raise EncodeError(f"expected {_ACCOUNT}, not {len(raw)} bytes")
    return raw


def account20(value: Any) -> bytes:
    """An AccountId20, of a secret URI that of its ECDSA key."""
    if isinstance(value, str) and value.startswith("//"):
        try:
            return ACCOUNT20.of(value)
        except InputError as error:
            raise EncodeError(f"{unlike(_ACCOUNT20, value)}: {error}") from None
    other = value if isinstance(value, str) and not value.startswith("0x") and is_valid_ss58_address(value) else None
    raw = b"" if other else octets(value, _ACCOUNT20)
    if other or len(raw) != ACCOUNT20.size:
        told = f"{other}, an account of 32 bytes as other chains have them" if other else f"{len(raw)} bytes"
        raise EncodeError(f"expected {_ACCOUNT20}, not {told}")
    return raw


def address(variants: Encoder, size: int | None = 32) -> Encoder:
    """A MultiAddress: an account stands for ``Id``, a number for ``Index``. Where accounts have another ``size``, 20
    bytes are somebody's of another chain; an Ethereum address that is meant is written as ``{Address20: 0x…}``."""

    def encode(value: Any) -> bytes:
        match value:
            case int():
                return variants({"Index": value})
            case str() | bytes() | bytearray():
                if size != ACCOUNT20.size and _has_20_bytes(value):
                    told = "20 bytes, an account as other chains have them"
                    raise EncodeError(
                        f"expected {_ACCOUNT}, not {told}; write {{Address20: 0x...}} where that is meant"
                    )
                return variants({"Id": value})
        return variants(value)

    return encode


def _has_20_bytes(value: str | bytes | bytearray) -> bool:
    if isinstance(value, str):
        return value.startswith("0x") and len(value) == 2 + 2 * ACCOUNT20.size
    return len(value) == ACCOUNT20.size


def session_keys(body: Encoder, size: int | None) -> Encoder:
    """A runtime's session keys: also as nodes give them, all in one, of ``size`` bytes, None where keys have none."""

    def encode(value: Any) -> bytes:
        if size is None or not isinstance(value, str | bytes):
            return body(value)
        raw = octets(value, "session keys, as a dict or as 0x hex of all (SessionKeys)")
        if len(raw) != size:
            raise EncodeError(f"expected {size} bytes of session keys (SessionKeys), not {len(raw)}")
        return raw

    return encode


def vote(number: Encoder) -> Encoder:
    """A conviction vote: its byte, or ``{aye: true, conviction: Locked1x}``."""

    def encode(value: Any) -> bytes:
        if not isinstance(value, Mapping):
            return number(value)
        if value.keys() != {"aye", "conviction"} or not isinstance(value["aye"], bool):
            raise unlike("{aye: true or false, conviction: name} (Vote)", value)
        conviction = value["conviction"]
        if conviction not in _CONVICTIONS:
            hint = nearest(str(conviction), _CONVICTIONS)
            raise EncodeError(f"Conviction has no variant {str(conviction)!r}{hint}", ("conviction",))
        return bytes([_CONVICTIONS.index(conviction) | (_AYE if value["aye"] else 0)])

    return encode


def identity_data(variants: Encoder) -> Encoder:
    """An identity's ``Data``: ``{Raw: text, bytes or 0x hex}`` stands for the variant of its length, ``Raw0`` to
    ``Raw32``."""

    def encode(value: Any) -> bytes:
        if not isinstance(value, Mapping) or list(value) != ["Raw"]:
            return variants(value)
        text = value["Raw"]
        plain = isinstance(text, str) and not text.startswith("0x")
        raw = text.encode() if plain else octets(text, "bytes, 0x hex or text (Raw)")
        if len(raw) > 32:
            raise EncodeError(f"expected at most 32 bytes (Raw), not {len(raw)}", ("Raw",))
        return variants({f"Raw{len(raw)}": raw})

    return encode
