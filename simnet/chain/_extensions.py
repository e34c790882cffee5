"""What signed extensions put into an extrinsic, and into what is signed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from simnet.chain import _type_registry as registry
from simnet.chain._encoders import Encoders
from simnet.chain._encoding import EncodeError, inside
from simnet.errors import InputError


@dataclass(frozen=True)
class ExtrinsicParams:
    """What a signature binds a call to, which gives no tip."""

    nonce: int
    genesis_hash: bytes
    spec_version: int
    transaction_version: int


_Value = Callable[[ExtrinsicParams], Any]

# The values of extensions with a payload. An immortal extrinsic's block is genesis.
_EXTRA: dict[str, _Value] = {
    "CheckMortality": lambda params: "Immortal",
    "CheckEra": lambda params: "Immortal",
    "CheckNonce": lambda params: params.nonce,
    "ChargeTransactionPayment": lambda params: 0,
    "ChargeAssetTxPayment": lambda params: {"tip": 0, "asset_id": None},
}
_IMPLICIT: dict[str, _Value] = {
    "CheckSpecVersion": lambda params: params.spec_version,
    "CheckTxVersion": lambda params: params.transaction_version,
    "CheckGenesis": lambda params: params.genesis_hash,
    "CheckMortality": lambda params: params.genesis_hash,
    "CheckEra": lambda params: params.genesis_hash,
}


class Extensions:
    """The signed extensions of one runtime."""

    def __init__(
        self, types: registry.Types, encoders: Encoders, extensions: Iterable[registry.SignedExtension]
    ) -> None:
        self._types = types
        self._encoders = encoders
        self._extensions = tuple(extensions)

    def encode(self, params: ExtrinsicParams) -> tuple[bytes, bytes]:
        """Their data in the extrinsic, and what is signed but not sent; InputError names one that is not known."""
        extra = b"".join(self._one(one.name, one.extra, _EXTRA, params) for one in self._extensions)
        return extra, b"".join(self._one(one.name, one.implicit, _IMPLICIT, params) for one in self._extensions)

    def _one(self, name: str, type_id: int, known: dict[str, _Value], params: ExtrinsicParams) -> bytes:
        if name in known:
            try:
                return inside(name, self._encoders.of(type_id), known[name](params))
            except EncodeError as fault:
                raise InputError(f"the signed extension {fault}") from None
        default = self._default(type_id)
        if default is None:
            kind = registry.type_name(self._types, type_id)
            raise InputError(
                f"the runtime's signed extension {name} wants a {kind}, which simnet does not know how to fill; "
                "sign with network.messenger.client(chain), or use a runtime without it"
            )
        return default

    def _default(self, type_id: int) -> bytes | None:
        """Nothing, None, or the first variant without fields; None for a type that has no such value."""
        match self._types[type_id]:
            case registry.Enumeration(path=("Option",)):
                return b"\0"
            case registry.Enumeration(variants=variants):
                return next((bytes([one.index]) for one in variants if not one.fields), None)
            case registry.Composite(fields=fields):
                return self._all(field.type_id for field in fields)
            case registry.TupleOf(items):
                return self._all(items)
            case registry.CompactOf(item) if registry.bare(self._types, item) == registry.TupleOf(()):
                return b""
        return None

    def _all(self, items: Iterable[int]) -> bytes | None:
        parts = [self._default(item) for item in items]
        return None if None in parts else b"".join(part for part in parts if part)
