"""Encoders compiled from a type registry: one closure per type, made when its type is first met.

They take what the decoders of :mod:`simnet.chain._decoders` give, and what substrate-interface takes for arguments:

- numbers also as their digits; byte vectors as bytes, ``0x`` hex or text; byte arrays as bytes or ``0x`` hex;
- accounts as SS58 address, secret URI (``//Alice``), ``0x`` hex or bytes, those of 20 bytes not as SS58 address, and an
  account where a MultiAddress is due;
- where a :class:`~simnet.chain.writing.Writing` says how the chain's values are written: accounts also by the name of a
  node, which stands for the node's account and not for its stash, or as ``para:2000``, the sovereign account of that
  parachain; addresses of the chain's own format and the generic one alone; integers of 64 bits or more as amounts,
  ``1.5 WND``; bytes as ``@path`` of a file;
- session keys also as nodes give them, all in one ``0x`` hex;
- structs as dicts, or as lists in order; a struct of one unnamed field also as a list of that field;
- enums as ``"Variant"``, ``{"Variant": value}`` or ``("Variant", value)``; None for an ``Option`` without value;
- maps as dicts or lists of pairs, which stay in their order (runtimes refuse signatures over keys that are not sorted);
- calls as ``{"Pallet": {"function": {arguments}}}`` or ``{call_module, call_function, call_args}``, encoded ones as
  bytes or ``0x`` hex, or as what substrate-interface composed.

Stricter than substrate-interface: unknown fields are refused, numbers are neither bools nor fractions, and bit
sequences keep the leading zeros of ``0b0101``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simnet.chain import _encoding as encoding
from simnet.chain import _forms as forms
from simnet.chain import _type_registry as registry
from simnet.chain._closures import whole
from simnet.chain._decoders import Decoders
from simnet.chain._encoding import EncodeError, Encoder, inside, unlike
from simnet.chain._per_type import PerType
from simnet.chain.writing import Writing
from simnet.codec import DecodeError
from simnet.network.topology import nearest

_CALL = "a call, as {Pallet: {function: {arguments}}} or encoded"


class Encoders(PerType[Encoder]):
    """Compiles and keeps the encoders of one runtime's types."""

    def __init__(
        self,
        types: registry.Types,
        pallets: Mapping[str, registry.Pallet],
        writing: Writing | None = None,
        prefix: int | None = None,
    ) -> None:
        """``prefix`` is the format of the chain's own addresses, None where it is not known."""
        super().__init__(types)
        self._writing = writing or Writing()
        self._accounts = {32: forms.account(self._writing, prefix), 20: forms.account20(self._writing)}
        """By their bytes."""
        self._calls = {
            name: (pallet.index, pallet.calls) for name, pallet in pallets.items() if pallet.calls is not None
        }
        self._functions: dict[tuple[str, str], tuple[bytes, Encoder]] = {}
        system = pallets.get("System")
        accounts = None if system is None else system.storage.get("Account")
        self._account = None if accounts is None else accounts.key
        """The type of accounts, by whatever name."""
        self._call: int | None = None
        """The type of the runtime's call, once it is met."""

    def call(self, pallet: str, function: str, arguments: Any) -> bytes:
        """A call; EncodeError names the argument that is wrong, or what is called nearly so."""
        name = f"{pallet}.{function}"
        if (pallet, function) not in self._functions:
            self._functions[pallet, function] = self._function(pallet, function)
        prefix, encode = self._functions[pallet, function]
        if isinstance(arguments, list) and all(
            isinstance(one, dict) and one.keys() >= {"name", "value"} for one in arguments
        ):
            arguments = {one["name"]: one["value"] for one in arguments}
        return prefix + inside(name, encode, {} if arguments is None else arguments)

    def index(self, pallet: str, function: str) -> bytes:
        """Indices of a pallet and its call; EncodeError names what is called nearly so."""
        return self._function(pallet, function)[0]

    def having(self, *functions: str) -> list[str]:
        """Pallets that have all of these calls."""
        return [
            name
            for name, (_, calls) in self._calls.items()
            if {*functions} <= {variant.name for variant in registry.variants(self._types, calls)}
        ]

    def arguments(self, pallet: str, function: str) -> dict[str, int]:
        """The types of a call's arguments by their names; none of a call that is not there."""
        calls = self._calls[pallet][1] if pallet in self._calls else None
        found = (one for one in registry.variants(self._types, calls) if one.name == function)
        return {field.name or str(at): field.type_id for one in found for at, field in enumerate(one.fields)}

    def account(self, value: Any) -> bytes:
        """An account as people write one, in the chain's form."""
        size = None if self._account is None else registry.octets(self._types, self._account)
        return self._accounts.get(size or 32, self._accounts[32])(value)

    def _function(self, pallet: str, function: str) -> tuple[bytes, Encoder]:
        if pallet not in self._calls:
            raise EncodeError(f"the runtime has no pallet {pallet!r} with calls{nearest(pallet, self._calls)}")
        index, type_id = self._calls[pallet]
        variants = {variant.name: variant for variant in registry.variants(self._types, type_id)}
        if function not in variants:
            raise EncodeError(f"the pallet {pallet} has no call {function!r}{nearest(function, variants)}")
        found = variants[function]
        arguments = encoding.record(self.named(found.fields), f"{pallet}.{function}", "argument")
        return bytes([index, found.index]), arguments

    def _compile(self, type_id: int) -> Encoder:
        name = registry.type_name(self._types, type_id)
        if type_id == self._account and (form := self._accounts.get(registry.octets(self._types, type_id) or 0)):
            return form
        match self._types[type_id]:
            case registry.Primitive(kind):
                return encoding.primitive(kind, self._writing.amount)
            case registry.Composite(path, fields):
                return self._composite(path, fields, name)
            case registry.Enumeration(path=("Option",), variants=(_, some)):
                return encoding.option(self.of(some.fields[0].type_id))
            case registry.Enumeration(path, variants):
                return self._enumeration(type_id, path, variants, name)
            case registry.TupleOf(items):
                return self._tuple(items, name)
            case registry.Sequence(item):
                return self._sequence(item, name)
            case registry.Array(length, item):
                return self._array(length, item, name)
            case registry.CompactOf(item):
                return self._compact(item)
            case registry.BitSequence(store, order):
                return encoding.bits(*registry.bit_layout(self._types, store, order))

    def _composite(self, path: tuple[str, ...], fields: Sequence[registry.Field], name: str) -> Encoder:
        match path:
            case ("primitive_types", "U256"):
                return encoding.primitive("u256", self._writing.amount)
            case ("sp_core", "crypto", "AccountId32"):
                return self._accounts[32]
            case (_, "vote", "Vote"):
                return forms.vote(self._body(fields, name))
            case (*_, "SessionKeys"):
                return forms.session_keys(self._body(fields, name), self._fixed_size(fields))
        return self._body(fields, name)

    def _fixed_size(self, fields: Sequence[registry.Field]) -> int | None:
        """Bytes of fields that are byte arrays, together; None where one is something else."""
        bare = [registry.bare(self._types, field.type_id) for field in fields]
        octet = registry.Primitive("u8")
        sizes = [one.length for one in bare if isinstance(one, registry.Array) and self._types[one.item] == octet]
        return sum(sizes) if len(sizes) == len(bare) else None

    def _body(self, fields: Sequence[registry.Field], name: str) -> Encoder:
        if fields and fields[0].name is not None:
            return encoding.record(self.named(fields), name)
        return self._tuple([field.type_id for field in fields], name)

    def _tuple(self, items: Sequence[int], name: str) -> Encoder:
        if len(items) == 1:
            return encoding.newtype(self.of(items[0]))
        return encoding.fixed_list([self.of(item) for item in items], name) if items else encoding.unit

    def _sequence(self, item: int, name: str) -> Encoder:
        definition = self._types[item]
        if definition == registry.Primitive("u8"):
            return encoding.byte_vector(self._writing.file)
        pairs = isinstance(definition, registry.TupleOf) and len(definition.items) == 2
        return encoding.vector(self.of(item), name, pairs=pairs)

    def _array(self, length: int, item: int, name: str) -> Encoder:
        if self._types[item] == registry.Primitive("u8"):
            return encoding.byte_array(length, self._writing.file)
        return encoding.fixed_list([self.of(item)] * length, name)

    def _compact(self, item: int) -> Encoder:
        number = registry.bare(self._types, item)
        if not isinstance(number, registry.Primitive):
            return encoding.unit
        return encoding.compact_number(number.name, self._writing.amount)

    def _enumeration(
        self, type_id: int, path: tuple[str, ...], variants: Sequence[registry.Variant], name: str
    ) -> Encoder:
        by_name = {variant.name: variant for variant in variants}
        if self._are_pallets(by_name):
            self._call = type_id
            return self._nested_call
        bodies: dict[str, tuple[bytes, Encoder]] = {}  # compiled when met: an XCM alone has hundreds of types

        def encode(value: Any) -> bytes:
            variant, inner = encoding.chosen(value, name)
            if variant not in bodies:
                if variant not in by_name:
                    hint = nearest(variant, by_name)
                    key = variant if isinstance(value, Mapping) else None
                    raise EncodeError(f"{name} has no variant {variant!r}{hint}", key=key)
                bodies[variant] = bytes([by_name[variant].index]), self._variant(by_name[variant])
            index, body = bodies[variant]
            return index + inside(variant, body, inner)

        match path:
            case ("sp_runtime", "multiaddress", "MultiAddress"):
                size = None if "Id" not in by_name else registry.octets(self._types, by_name["Id"].fields[0].type_id)
                return forms.address(encode, size)
            case ("pallet_identity", "types", "Data"):
                return forms.identity_data(encode)
        return encode

    def _variant(self, variant: registry.Variant) -> Encoder:
        if variant.name == "AccountId32" and [field.name for field in variant.fields] == ["network", "id"]:
            network, _ = self.named(variant.fields)  # an XCM's junction, whose key no type says to be an account's
            return encoding.record([network, ("id", self._accounts[32])], variant.name)
        if len(variant.fields) == 1 and variant.fields[0].name is None:
            return self.of(variant.fields[0].type_id)
        return self._body(variant.fields, variant.name)

    def _known_call(self, encoded: bytes) -> bytes:
        """An encoded call, which a chain that is known can decode: else no block would ever take what holds it."""
        if self._writing.chain is not None and self._call is not None:
            try:
                whole(Decoders(self._types).of(self._call), encoded, "call")
            except DecodeError as error:
                raise EncodeError(f"the runtime has no such call: {error}") from None
        return encoded

    def _are_pallets(self, variants: Mapping[str, registry.Variant]) -> bool:
        """Whether an enum is the runtime's call, whatever its path: its variants are pallets with their calls."""
        return bool(variants) and all(
            name in self._calls and [field.type_id for field in variant.fields] == [self._calls[name][1]]
            for name, variant in variants.items()
        )

    def _call_by_keys(self, pallet: str, inner: Any) -> bytes:
        """A call whose names are keys, so that one that is wrong is told there."""
        function, arguments = encoding.chosen(inner, f"call of {pallet}")
        try:
            self.index(pallet, function)
        except EncodeError as error:
            if pallet not in self._calls:
                raise EncodeError(error.reason, key=pallet) from None
            raise EncodeError(error.reason, (pallet,), key=None if isinstance(inner, str) else function) from None
        return self.call(pallet, function, arguments)

    def _nested_call(self, value: Any) -> bytes:
        match value:
            case bytes() | bytearray():
                return bytes(value)
            case str() if value.startswith("0x"):
                return self._known_call(encoding.octets(value, _CALL))
            case {"call_module": str(pallet), "call_function": str(function)}:
                return self.call(pallet, function, value.get("call_args"))
            case Mapping() if len(value) == 1:
                ((pallet, inner),) = value.items()
                return self._call_by_keys(str(pallet), inner)
        encoded = getattr(getattr(value, "data", None), "data", None)  # a GenericCall of substrate-interface
        if isinstance(encoded, bytes | bytearray):
            return bytes(encoded)
        raise unlike(_CALL, value)
