"""What methods take: the annotation of a parameter says how it is read from JSON, as serde reads it for a real node.

Parameters are given by position or by name. What does not fit is told in serde's words (serde_json 1.0, sp-core's
``Bytes`` and ``H256`` by impl-serde), and the call is not made. One more than there are is refused, which real nodes
pass over (jsonrpsee-types 0.24, ``ParamsSequence``).
"""

from __future__ import annotations

import inspect
import json
from binascii import unhexlify
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from substrateinterface.utils.ss58 import ss58_decode

from simnet.codec import blake2_256
from simnet.providers.simulated.rpc._errors import InvalidParamsError

_Read = Callable[[Any], Any]
"""Makes a parameter of what the client sent; raises :class:`InvalidParamsError`."""

_ACCOUNT20 = 20
_ACCOUNT_SIZES = (_ACCOUNT20, 32)
"""Bytes of an account: AccountId20 of chains with Ethereum's addresses, AccountId32."""

_SHOWN = 40
"""Letters of a value that an error repeats."""


def _text(value: Any) -> str:
    if isinstance(value, str) and _encodes(value):
        return value
    raise _unexpected(value, "a string")


def _bytes(value: Any) -> bytes:
    try:
        return unhexlify(value[2:] if value[:2] == "0x" else value)
    except (ValueError, TypeError, KeyError):
        raise _unexpected(value, "a (both 0x-prefixed or not) hex string") from None


def _hash(value: Any) -> bytes:
    data = _bytes(value)
    if len(data) != 32:
        raise InvalidParamsError(f"invalid length {2 * len(data)}, expected a 0x-prefixed hex string of 64 digits")
    return data


def _bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _unexpected(value, "a boolean")


def _unsigned(bits: int) -> _Read:
    def read(value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool):
            if 0 <= value < 1 << bits:
                return value
            raise InvalidParamsError(f"invalid value: integer `{_shown(value)}`, expected u{bits}")
        raise _unexpected(value, f"u{bits}")

    return read


_u256 = _unsigned(256)


def _number_or_hex(value: Any) -> int:
    if isinstance(value, str):
        try:
            value = int(value, 16) if value.isascii() and value.isalnum() else None
        except ValueError:
            value = None
    if isinstance(value, int):
        return int(_u256(value))
    raise InvalidParamsError("data did not match any variant of untagged enum NumberOrHex")


def _account(value: Any) -> bytes:
    text = _text(value)
    try:
        account = bytes.fromhex((text if text[:2] == "0x" else ss58_decode(text)).removeprefix("0x"))
    except (ValueError, IndexError):
        account = b""
    if len(account) not in _ACCOUNT_SIZES or (text[:2] == "0x" and len(account) != _ACCOUNT20):
        raise InvalidParamsError(f"invalid value: string {_shown(value)}, expected an SS58 encoded address")
    return account


def _extrinsic_or_hash(value: Any) -> bytes:
    match value:
        case {"hash": hash_, **others} if not others:
            return _hash(hash_)
        case {"extrinsic": extrinsic, **others} if not others:
            return blake2_256(_bytes(extrinsic))
    raise InvalidParamsError("expected `hash` or `extrinsic`")


Text = Annotated[str, _text]
HexBytes = Annotated[bytes, _bytes]
"""Any bytes, as hex."""
Hash = Annotated[bytes, _hash]
"""32 bytes, as hex."""
U32 = Annotated[int, _unsigned(32)]
U64 = Annotated[int, _unsigned(64)]
NumberOrHex = Annotated[int, _number_or_hex]
"""A height (sp-rpc's ``NumberOrHex``)."""
Account = Annotated[bytes, _account]
"""The id of an account, given by its address; one of 20 bytes as hex, as chains with such accounts take it."""
ExtrinsicOrHash = Annotated[bytes, _extrinsic_or_hash]
"""The hash of an extrinsic (sc-rpc-api author/hash.rs)."""


@dataclass(frozen=True)
class StorageQuery:
    """One question of ``chainHead_v1_storage``: a key, and what of it."""

    key: bytes
    type: str


_QUERY_TYPES = ("value", "hash", "closestDescendantMerkleValue", "descendantsValues", "descendantsHashes")
"""sc-rpc-spec-v2 0.62, ``StorageQueryType``."""


def _query(value: Any) -> StorageQuery:
    if not isinstance(value, dict):
        raise _unexpected(value, "struct StorageQuery")
    for name in ("key", "type"):
        if name not in value:
            raise InvalidParamsError(f"missing field `{name}`")
    kind = _text(value["type"])
    if kind not in _QUERY_TYPES:
        raise InvalidParamsError(f"unknown variant `{_shown(kind)}`, expected one of {', '.join(_QUERY_TYPES)}")
    return StorageQuery(_bytes(value["key"]), kind)


Query = Annotated[StorageQuery, _query]


@dataclass(frozen=True)
class Parameters:
    """What one method takes, in order: names as Rust has them, readers, and which may be left out."""

    names: tuple[str, ...]
    readers: tuple[_Read, ...]
    optional: tuple[bool, ...]

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Parameters:
        """Those of a function or method after its first, by their annotations. ``hash_`` is called ``hash``."""
        hints = get_type_hints(function, include_extras=True)
        names = tuple(inspect.signature(function).parameters)[1:]
        types = [hints[name] for name in names]
        optional = tuple(NoneType in get_args(one) for one in types)
        return cls(tuple(name.rstrip("_") for name in names), tuple(map(_reader, types)), optional)

    def read(self, params: Sequence[Any] | Mapping[str, Any]) -> list[Any]:
        """The arguments of a call; raises :class:`InvalidParamsError`."""
        given = self._in_order(params) if isinstance(params, Mapping) else params
        if len(given) > len(self.readers):
            raise InvalidParamsError(f"takes {len(self.readers)} parameters and not {len(given)}")
        arguments = [reader(value) for reader, value in zip(self.readers, given, strict=False)]
        if not all(self.optional[len(given) :]):
            raise InvalidParamsError("No more params")
        return arguments + [None] * (len(self.readers) - len(given))

    def _in_order(self, params: Mapping[str, Any]) -> list[Any]:
        known = {alias: name for name in self.names for alias in (name, _camel(name))}
        named: dict[str, Any] = {}
        for alias, value in params.items():
            if alias not in known:
                raise InvalidParamsError(f"unknown field `{_shown(alias)}`, expected {', '.join(self.names) or 'none'}")
            named[known[alias]] = value
        for name, optional in zip(self.names, self.optional, strict=True):
            if name not in named and not optional:
                raise InvalidParamsError(f"missing field `{name}`")
        return [named.get(name) for name in self.names]


def _reader(kind: Any) -> _Read:
    if get_origin(kind) is Annotated:
        read: _Read = get_args(kind)[1]
        return read
    if kind is bool:
        return _bool
    if get_origin(kind) is list:
        return _list_of(_reader(get_args(kind)[0]))
    if get_origin(kind) in (Union, UnionType):
        return _any_of([one for one in get_args(kind) if one is not NoneType], NoneType in get_args(kind))
    raise TypeError(f"no JSON-RPC parameter is a {kind}")


def _list_of(read: _Read) -> _Read:
    def read_all(value: Any) -> list[Any]:
        if isinstance(value, list):
            return [read(one) for one in value]
        raise _unexpected(value, "a sequence")

    return read_all


def _any_of(kinds: list[Any], optional: bool) -> _Read:
    """Of a type, null, or a list of a type (sp-rpc's ``ListOrValue``)."""
    listed = next((_reader(one) for one in kinds if get_origin(one) is list), None)
    single = next((_reader(one) for one in kinds if get_origin(one) is not list), None)

    def read(value: Any) -> Any:
        if value is None and optional:
            return None
        reader = listed if listed is not None and (single is None or isinstance(value, list)) else single
        assert reader is not None
        return reader(value)

    return read


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _encodes(value: str) -> bool:
    """Whether a text is Unicode; JSON's escapes can write half of a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unexpected(value: Any, wanted: str) -> InvalidParamsError:
    """serde's ``invalid type``."""
    match value:
        case None:
            what = "null"
        case bool():
            what = f"boolean `{str(value).lower()}`"
        case int():
            what = f"integer `{_shown(value)}`"
        case float():
            what = f"floating point `{value}`"
        case str():
            what = f"string {_shown(value)}"
        case list():
            what = "sequence"
        case _:
            what = "map"
    return InvalidParamsError(f"invalid type: {what}, expected {wanted}")


def _shown(value: Any) -> str:
    text = hex(value) if isinstance(value, int) and value.bit_length() > 128 else json.dumps(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
