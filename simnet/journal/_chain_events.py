"""Events of chains as rows, whoever reads them: the kind that is asked for, and which fields they are to have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from substrateinterface.utils.ss58 import ss58_decode

from simnet.errors import InputError, UnknownFieldError
from simnet.journal._asks import KEPT_OF_CANDIDATES, SHORTENED
from simnet.journal._observations import Block
from simnet.journal._structs import Struct, as_structs
from simnet.network.accounts import keys
from simnet.network.topology import nearest

_ACCOUNT = 32
"""Bytes of an AccountId32, and of hashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainEvent:
    """An event of a block.

    ``extrinsic`` is the index in the block of the extrinsic that deposited it, None of what the runtime does before and
    after them. ``t`` is when any node first showed the block, in seconds since the run began.
    """

    chain: str
    """``relay`` or the parachain's id."""
    height: int
    """Number of the block."""
    hash: str
    """Hash of the block, 0x hex."""
    t: float
    """Seconds since the run began at which a node first showed the block."""
    extrinsic: int | None
    """Index of the extrinsic in the block; None in other phases."""
    pallet: str
    """Pallet that deposited it, as the runtime's metadata names it."""
    name: str
    """Variant of that pallet's events."""
    fields: Struct
    """Its fields by name, or ``"0"``, ``"1"``… where they have none: numbers, text, ``0x`` hex, structs."""

    @classmethod
    def of(cls, block: Block, pallet: str, name: str, fields: Mapping[str, Any], extrinsic: int | None) -> ChainEvent:
        """A row of what a block deposited."""
        return cls(
            chain=block.chain,
            height=block.height,
            hash=block.hash,
            t=block.t,
            extrinsic=extrinsic,
            pallet=pallet,
            name=name,
            fields=as_structs(dict(fields)),
        )

    @property
    def kind(self) -> str:
        """``Pallet.Event``."""
        return f"{self.pallet}.{self.name}"

    @property
    def slim(self) -> bool:
        """Whether its fields are only what journals keep of a candidate's."""
        return self.pallet == SHORTENED and bool(self.fields) and self.fields.keys() <= set(KEPT_OF_CANDIDATES)


EventFilter = Mapping[str, Any] | Callable[[ChainEvent], object]
"""Which events are meant: values by field, or a function that is asked of each event.

A key is a field, or the way to a part of it: ``dispatch_info.class``, ``result.Err``, ``assets.0``. What stands at the
key is the value that the field has to have, or a function that is asked of that value. Accounts are secret URIs
(``//Alice``), SS58 addresses or ``0x`` hex.
"""


def event_kind(name: str) -> tuple[str, str]:
    """Pallet and name of ``Pallet.Event``; InputError for what is not written so."""
    pallet, dot, event = name.partition(".")
    if not (pallet and dot and event) or "." in event:
        raise InputError(f"{name!r} names no event; write Pallet.Event, for example Balances.Transfer")
    return pallet, event


def one_slip(one: str, two: str) -> bool:
    """Whether two names differ by case, by one letter, or by two neighbours that changed places. No two events of a
    bundled runtime do."""
    one, two = one.casefold(), two.casefold()
    at = next((at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    a, b = one[at:], two[at:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def fits(event: ChainEvent, where: EventFilter | None) -> bool:
    """Whether an event is among those that are meant.

    Raises :class:`~simnet.errors.UnknownFieldError` for a field that it does not have, and :class:`InputError` for a
    value that such a field can never have, as text where it is a number: nothing would ever fit it.
    """
    if where is None:
        return True
    if not isinstance(where, Mapping):
        return bool(where(event))
    return all(_has(event, path, wanted) for path, wanted in where.items())


def _has(event: ChainEvent, path: str, wanted: Any) -> bool:
    value: Any = event.fields
    way = event.kind
    for name in path.split("."):
        known = value if isinstance(value, Mapping) else None
        if known is not None and name in known:
            value = known[name]
        elif isinstance(value, list) and name.isdecimal():
            if int(name) >= len(value):
                return False
            value = value[int(name)]
        elif value is not event.fields and _another_variant(value):
            return False
        else:
            hint = nearest(name, known or ()) or f"; it is {_shown(value)}"
            raise UnknownFieldError(f"{way} has no field {name!r}{hint}")
        way = f"{way} > {name}"
    return bool(wanted(value)) if callable(wanted) else _same(value, wanted, way)


def _another_variant(value: Any) -> bool:
    """Whether a value is that of an enum or an Option, of which a name that it lacks may be another variant."""
    if isinstance(value, Mapping):
        return len(value) == 1 and next(iter(value))[:1].isupper()
    return value is None or (isinstance(value, str) and value[:1].isupper())


def _same(value: Any, wanted: Any, way: str) -> bool:
    """Whether a decoded value is the one that is wanted, in any of its forms; InputError where it can never be."""
    if isinstance(wanted, bytes | bytearray):
        wanted = "0x" + wanted.hex()
    if isinstance(wanted, tuple):
        wanted = list(wanted)
    if value is None or wanted is None:
        return value is wanted
    match value, wanted:
        case str(), str():
            return value == wanted or (value.startswith("0x") and _same_bytes(value, wanted, way))
        case list(), list():
            pairs = zip(value, wanted, strict=False)
            return len(value) == len(wanted) and all(_same(a, b, f"{way} > {at}") for at, (a, b) in enumerate(pairs))
        case dict(), Mapping():
            return _same_fields(value, wanted, way)
        case (dict(), str()) | (str(), Mapping()):
            return False  # variants of an enum, one of which carries something
        case bool(), bool():
            return value is wanted
        case int(), int() | float() if not isinstance(value, bool) and not isinstance(wanted, bool):
            return value == wanted
    raise InputError(f"{way} is compared with {wanted!r}, which it can never be: it is {_shown(value)}")


def _same_fields(value: Mapping[str, Any], wanted: Mapping[str, Any], way: str) -> bool:
    if value.keys() == wanted.keys():
        return all(_same(value[name], wanted[name], f"{way} > {name}") for name in value)
    if len(value) == len(wanted) == 1:
        return False  # variants of an enum
    wrong = next((name for name in wanted if name not in value), None)
    if wrong is not None:
        raise UnknownFieldError(f"{way} has no field {str(wrong)!r}{nearest(str(wrong), value)}")
    missing = next(name for name in value if name not in wanted)
    raise InputError(f"{way} is compared with a value without its field {missing!r}; compare fields one by one")


def _same_bytes(value: str, wanted: str, way: str) -> bool:
    """Whether bytes (0x hex) are those of another hex, of an account, or of a text."""
    if wanted.startswith("0x"):
        return value == wanted.lower()
    size = len(value) // 2 - 1
    account = _account(wanted)
    if account is not None and size == _ACCOUNT:
        return value == account
    text = "0x" + wanted.encode().hex()
    if wanted.startswith("//") or (size == _ACCOUNT and len(text) != len(value)):
        forms = "an account (//Alice, SS58) or 0x hex" if size == _ACCOUNT else "0x hex"
        raise InputError(f"{way} is compared with {wanted!r}, which it can never be: it is {size} bytes; write {forms}")
    return value == text


def _account(text: str) -> str | None:
    """The account that a secret URI or an SS58 address stands for, 0x hex; None for other texts."""
    try:
        return "0x" + (keys(text).sr25519.hex() if text.startswith("//") else str(ss58_decode(text)))
    except (ValueError, InputError):
        return None


def _shown(value: Any) -> str:
    text = repr(as_structs(value))
    return text if len(text) <= 60 else f"{text[:60]}…"
