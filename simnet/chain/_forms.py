"""Encoders of types that people write in a form of their own: accounts, addresses, votes, identity data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from substrateinterface.utils.ss58 import is_valid_ss58_address

from simnet.chain._encoding import EncodeError, Encoder, octets, unlike
from simnet.chain.writing import Writing
from simnet.errors import InputError
from simnet.network.account_formats import ACCOUNT20
from simnet.network.accounts import address as generic
from simnet.network.accounts import keys, read_address
from simnet.network.topology import nearest

_ACCOUNT20 = "an account, as secret URI, 0x hex or 20 bytes (AccountId20)"
_ACCOUNT = "an account, as SS58 address, secret URI, 0x hex or 32 bytes (AccountId32)"

# pallet_conviction_voting::Conviction, in order
_CONVICTIONS = ("None", *(f"Locked{times}x" for times in range(1, 7)))
_AYE = 0x80

# ss58-registry 1, of relay chains
_NETWORKS = {0: "Polkadot", 2: "Kusama"}
_GENERIC = 42
"""The format of addresses that are of no chain."""


_LONGEST_NAME = 41
"""Letters of a node's name (simnet.fields.NodeName); addresses of accounts have more."""


def account(writing: Writing, prefix: int | None) -> Encoder:
    """An AccountId32. ``prefix`` is the format of the chain's own addresses, None where any is taken."""

    def encode(value: Any) -> bytes:
        if isinstance(value, str) and not value.startswith("0x"):
            return _named_account(value, writing, prefix)
        raw = octets(value, _ACCOUNT)
        if len(raw) != 32:
            raise EncodeError(f"expected {_ACCOUNT}, not {len(raw)} bytes{_another_format(raw)}")
        return raw

    return encode


def _named_account(text: str, writing: Writing, prefix: int | None) -> bytes:
    named = writing.account(text)
    if named is not None:
        return named
    try:
        if text.startswith("//"):
            return keys(text).sr25519
        form, raw = read_address(text)
    except InputError as error:
        if writing.chain is None or text.startswith("//") or len(text) > _LONGEST_NAME:
            raise EncodeError(f"{unlike(_ACCOUNT, text)}: {error}") from None
        raise writing.unlike_account(text, _ACCOUNT) from None
    if len(raw) != 32:
        raise EncodeError(f"expected {_ACCOUNT}, not {len(raw)} bytes")
    if writing.chain is not None and prefix is not None and form not in (prefix, _GENERIC):
        whose = f" ({_NETWORKS[form]})" if form in _NETWORKS else ""
        raise EncodeError(
            f"{text} is an address of format {form}{whose}, of another chain: this one has {prefix}; did you mean"
            f" {generic(raw)}, the same account in the generic format {_GENERIC}?"
        )
    return raw


def _another_format(raw: bytes) -> str:
    return ", which are an account of another format (AccountId20)" if len(raw) == 20 else ""


def account20(writing: Writing) -> Encoder:
    """An AccountId20, of a secret URI that of its ECDSA key."""

    def encode(value: Any) -> bytes:
        if isinstance(value, str) and not value.startswith("0x"):
            return _named_account20(value, writing)
        raw = octets(value, _ACCOUNT20)
        if len(raw) != ACCOUNT20.size:
            raise EncodeError(f"expected {_ACCOUNT20}, not {len(raw)} bytes")
        return raw

    return encode


def _named_account20(text: str, writing: Writing) -> bytes:
    named = writing.account(text, ACCOUNT20)
    if named is not None:
        return named
    if is_valid_ss58_address(text):
        raise EncodeError(f"expected {_ACCOUNT20}, not {text}, an account of 32 bytes as other chains have them")
    if not text.startswith("//"):
        raise writing.unlike_account(text, _ACCOUNT20)
    try:
        return ACCOUNT20.of(text)
    except InputError as error:
        raise EncodeError(f"{unlike(_ACCOUNT20, text)}: {error}") from None


def address(variants: Encoder, size: int | None = 32) -> Encoder:
    """A MultiAddress: an account stands for ``Id``, a number for ``Index``. Where accounts have another ``size``, 20
    bytes are somebody's of another chain; an Ethereum address that is meant is written as ``{Address20: 0x…}``."""

    def encode(value: Any) -> bytes:
        match value:
            case int():
                return variants({"Index": value})
            case str() | bytes() | bytearray():
                if size != ACCOUNT20.size and _has_20_bytes(value):
                    told = f"20 bytes{_another_format(bytes(20))}"
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
