"""Composes calls and signs them with what a runtime's metadata tells, without asking a node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, Protocol

from simnet.chain._encoders import Encoders
from simnet.chain._encoding import EncodeError, Encoder, inside, octets
from simnet.chain._extensions import Extensions, ExtrinsicParams
from simnet.chain._type_registry import TupleOf, variants
from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.chain.signing_scheme import SigningScheme, signing_scheme
from simnet.chain.writing import Writing
from simnet.codec import blake2_256, vec_bytes
from simnet.errors import InputError

__all__ = ["BATCHES", "Batch", "Calls", "EncodeError", "ExtrinsicParams", "SigningKey"]

_VERSION = 4
_SIGNED = 0x80
_LONGEST = 256
"""Bytes of a payload that are signed as they are; of a longer one the hash is (sp_runtime generic::SignedPayload)."""


Batch = Literal["all", "force", "plain"]
"""How several calls are dispatched together."""

BATCHES: Mapping[Batch, str] = {"all": "Utility.batch_all", "force": "Utility.force_batch", "plain": "Utility.batch"}
"""The calls that do so (pallet-utility 42)."""


class SigningKey(Protocol):
    """A pair that signs for an account, its ``public_key``: substrate-interface's ``Keypair`` of sr25519, or of ECDSA
    for Ethereum's accounts."""

    public_key: bytes
    ss58_address: str

    def sign(self, data: bytes) -> bytes: ...


class Calls:
    """The calls of one runtime. Encoders are compiled as they are needed.

    :mod:`simnet.chain._encoders` lists what arguments may look like; ``writing`` says what people write besides.
    """

    def __init__(self, metadata: Metadata, writing: Writing | None = None) -> None:
        self._metadata = metadata
        self._types = metadata.types
        self._writing = writing or Writing()
        self._extrinsic = metadata.extrinsic
        self._encoders = encoders_of(metadata, writing)
        self._extensions = Extensions(metadata.types, self._encoders, metadata.extrinsic.extensions)

    def compose(self, call: str, args: Mapping[str, Any] | None = None) -> bytes:
        """The encoded call ``Pallet.function``.

        Raises :class:`InputError` that leads to the argument which is wrong, and names what was probably meant.
        """
        pallet, dot, function = call.partition(".")
        if not dot:
            raise InputError(f"{call!r} names no call; write Pallet.function, for example System.remark")
        try:
            return self._encoders.call(pallet, function, args)
        except RecursionError:
            raise InputError(f"{call}: the arguments are nested too deep to encode") from None

    def encoder(self, type_id: int) -> Encoder:
        """What encodes values of one of the runtime's types, as arguments are; it raises :class:`EncodeError`."""
        return self._encoders.of(type_id)

    def raw(self, value: Any) -> bytes:
        """Bytes as people write them where no type is known: bytes, 0x hex or ``@file``."""
        content = self._writing.file(value) if isinstance(value, str) else None
        return octets(value, "bytes, as 0x hex or @file") if content is None else content

    def index(self, call: str) -> bytes:
        """The two bytes that a call ``Pallet.function`` begins with; raises :class:`InputError` for an unknown one."""
        pallet, _, function = call.partition(".")
        return self._encoders.index(pallet, function)

    def asking(self, function: str, *values: Any) -> bytes | None:
        """The encoded arguments of a runtime API's function, such as ``XcmPaymentApi_query_xcm_weight``; None where the
        metadata does not tell of it. Raises :class:`InputError` for values that it does not take."""
        found = (self._metadata.apis or {}).get(function)
        if found is None:
            return None
        pairs = zip(found.arguments, values, strict=True)
        return b"".join(inside(name, self._encoders.of(type_id), value) for (name, type_id), value in pairs)

    def encode(self, type_id: int, value: Any) -> bytes:
        """A value of a type of the runtime; raises :class:`InputError` that leads to the part that is wrong."""
        try:
            return self._encoders.of(type_id)(value)
        except RecursionError:
            raise InputError("the value is nested too deep to encode") from None

    def account(self, value: Any) -> bytes:
        """The key of an account in any form that arguments may have; raises :class:`InputError` for no account."""
        return self._encoders.account(value)

    def having(self, *functions: str) -> list[str]:
        """Pallets that have all of these calls."""
        return self._encoders.having(*functions)

    def arguments(self, pallet: str, function: str) -> dict[str, int]:
        """The types of a call's arguments by their names; none of a call that the runtime has not."""
        return self._encoders.arguments(pallet, function)

    def variants(self, type_id: int) -> tuple[str, ...]:
        """Names of an enum's variants; none of other types."""
        return tuple(variant.name for variant in variants(self._types, type_id))

    def parts(self, type_id: int | None) -> tuple[int, ...]:
        """The types of a tuple's parts; none of other types."""
        definition = None if type_id is None else self._types[type_id]
        return definition.items if isinstance(definition, TupleOf) else ()

    def sudo(self, call: bytes) -> bytes:
        """The call that has the sudo key's owner dispatch ``call`` as root."""
        return self.compose("Sudo.sudo", {"call": call})

    def together(self, calls: Sequence[tuple[str, Mapping[str, Any]]], batch: Batch = "all") -> bytes:
        """One call that dispatches these in their order, each with its arguments; a single one is no batch."""
        composed = [self.compose(call, args) for call, args in calls]
        return composed[0] if len(composed) == 1 else self.compose(BATCHES[batch], {"calls": composed})

    def signed(self, call: bytes, pair: SigningKey, params: ExtrinsicParams) -> bytes:
        """The signed, immortal extrinsic as nodes take it, with its length in front.

        ``pair`` is of an account in the form that :attr:`scheme` says. Raises :class:`InputError` when the runtime
        takes no extrinsics of version 4, signs otherwise than simnet can, or has a signed extension whose data is not
        known.
        """
        if self._extrinsic.version != _VERSION:
            raise InputError(
                f"the runtime takes extrinsics of version {self._extrinsic.version}; simnet signs version 4"
            )
        extra, implicit = self._extensions.encode(params)
        payload = call + extra + implicit
        signature = pair.sign(payload if len(payload) <= _LONGEST else blake2_256(payload))
        return vec_bytes(bytes([_SIGNED | _VERSION]) + self._signed_by(pair.public_key, signature) + extra + call)

    @cached_property
    def scheme(self) -> SigningScheme:
        """How the runtime's accounts look and sign; raises :class:`InputError` for what simnet cannot sign."""
        return signing_scheme(self._metadata)

    def _signed_by(self, account: bytes, signature: bytes) -> bytes:
        address, kind, variant = self._extrinsic.address, self._extrinsic.signature, self.scheme.variant
        assert address is not None  # else it has no scheme
        assert kind is not None
        signed = self._encoders.of(kind)(signature if variant is None else {variant: signature})
        return self._encoders.of(address)(account) + signed


def encoders_of(metadata: Metadata, writing: Writing | None = None) -> Encoders:
    """Encoders of a runtime's types, which take what people write of its chain."""
    return Encoders(metadata.types, metadata.pallets, writing, _own_format(metadata))


def _own_format(metadata: Metadata) -> int | None:
    """The format of the chain's own addresses (frame-system, SS58Prefix); None where the metadata does not tell."""
    try:
        return int(metadata.constant("System", "SS58Prefix"))
    except NotInRuntimeError:
        return None
