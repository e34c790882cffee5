"""What a runtime answers and stores, decoded by its own types, for code: byte arrays are ``bytes``.

:class:`~simnet.chain.metadata.Metadata` decodes the same for journals and people, with ``0x`` hex.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from simnet.chain._closures import whole
from simnet.chain._decoders import Decoders
from simnet.chain._known_apis import known_apis
from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.chain.rpc import Rpc
from simnet.codec import read_bytes, u32
from simnet.errors import RpcError

WITH_APIS = 15
"""Version of the metadata from which it has the runtime APIs."""

_METADATA_TIMEOUT = 60.0
"""Seconds that a node under load may take for its metadata."""

_WHOLE = frozenset(
    {"CandidateReceipt", "CandidateReceiptV2", "DisputeOffenceKind", "SlashingOffenceKind", "PersistedValidationData"}
)
"""What is hashed or handed on as it is: the value and its bytes, as a pair."""


class RuntimeTypes:
    """Decoders of one runtime, each compiled when it is first asked for.

    ``versions`` are those of its APIs (``RuntimeVersion.apis``); where the metadata has no APIs (version 14), they
    tell what is answered. Structs are dicts, enums a name or a dict of one name, ``Option`` None or its value; receipts
    and the like (``_WHOLE``) come with their bytes.
    """

    def __init__(self, metadata: Metadata, versions: Mapping[bytes, int]) -> None:
        self.metadata = metadata
        types = metadata.types
        self._answers = {name: function.answer for name, function in (metadata.apis or {}).items()}
        if metadata.apis is None:
            types, self._answers = known_apis(types, versions)
        self._decoders = Decoders(types, octets=True, whole=_WHOLE)

    def has(self, function: str) -> bool:
        """Whether the runtime has a function, such as ``ParachainHost_claim_queue``, whose answer can be decoded."""
        return function in self._answers

    def answer(self, function: str, data: bytes) -> Any:
        """What a function answered; DecodeError for other bytes, NotInRuntimeError for a function that is not there."""
        if function not in self._answers:
            raise NotInRuntimeError(f"the runtime has no function {function} whose answer is known")
        return whole(self._decoders.of(self._answers[function]), data, function)

    def stored(self, pallet: str, item: str, data: bytes | None) -> Any:
        """The value of a storage item; for no data (None) its default, or None where it is optional."""
        return self.metadata.decode_storage(pallet, item, data, self._decoders)


def runtime_types(rpc: Rpc, *at: str) -> RuntimeTypes:
    """Those of the runtime in a block's state, given by its hash, or in the best one's; RpcError when the node has
    none."""
    versions = {bytes.fromhex(api[2:]): number for api, number in rpc.call("state_getRuntimeVersion", at)["apis"]}
    return RuntimeTypes(metadata_at(rpc, *at), versions)


def metadata_at(rpc: Rpc, *at: str) -> Metadata:
    """That of the runtime in a block's state, given by its hash, or in the best one's; RpcError when the node has none.

    Version 15 where the runtime can give it, which is then read and compiled once for all that is done with it.
    """
    asked = ["Metadata_metadata_at_version", "0x" + u32(WITH_APIS).hex(), *at]
    try:
        answer = bytes.fromhex(rpc.call("state_call", asked, timeout=_METADATA_TIMEOUT)[2:])
    except RpcError:  # it has no such function
        answer = b"\0"
    told = answer[:1] == b"\x01"
    raw = read_bytes(answer, 1)[0] if told else bytes.fromhex(rpc.call("state_getMetadata", at, _METADATA_TIMEOUT)[2:])
    return _parsed(raw)


@lru_cache(maxsize=8)
def _parsed(raw: bytes) -> Metadata:
    """The same metadata again for chains of one runtime, and for codes that differ in what it does not tell."""
    return Metadata.parse(raw)
