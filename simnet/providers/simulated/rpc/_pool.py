"""A node's transaction pool as JSON-RPC sees it: what it takes in, and what of it could go into the next block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from simnet.codec import DecodeError, blake2_256, read_bytes, read_compact
from simnet.errors import RuntimeTrap
from simnet.providers.simulated.rpc._errors import RefusedError
from simnet.providers.simulated.rpc._node import NodeRpc
from simnet.providers.simulated.rpc._values import as_hex

_EXTERNAL = b"\x02"
"""TransactionSource::External."""

_BAD_FORMAT, _VERIFICATION, _INVALID, _UNKNOWN, _ALREADY_IMPORTED = 1001, 1002, 1010, 1011, 1013
"""sc-rpc-api author/error.rs."""

_WHY_INVALID = (
    "Transaction call is not expected",
    "Inability to pay some fees (e.g. account balance too low)",
    "Transaction will be valid in the future",
    "Transaction is outdated",
    "Transaction has a bad signature",
    "Transaction has an ancient birth block",
    "Transaction would exhaust the block limits",
    "Custom error: {custom}",
    "A call was labelled as mandatory, but resulted in an Error.",
    "Transaction dispatch is mandatory; transactions must not be validated.",
    "Invalid signing address",
    "The implicit data was unable to be calculated",
    "The transaction extension did not authorize any origin",
)
"""InvalidTransaction's texts in the order of its variants (sp-runtime transaction_validity.rs)."""

_WHY_UNKNOWN = ("CannotLookup", "NoUnsignedValidator", "Custom({custom})")
"""UnknownTransaction's variants in order."""


@dataclass(frozen=True)
class Validity:
    """What the runtime says of a valid transaction: tags that it needs, and those that it gives."""

    requires: tuple[bytes, ...]
    provides: tuple[bytes, ...]


def validate(rpc: NodeRpc, extrinsic: bytes) -> Validity:
    """Asks the runtime at the best block; raises :class:`RefusedError` as a node's pool does."""
    best = rpc.node.own.best
    argument = _EXTERNAL + extrinsic + best.hash
    try:
        answer = best.state.call(best.runtime, "TaggedTransactionQueue_validate_transaction", argument)
    except RuntimeTrap as trap:
        text = f"Runtime error: Execution failed: {trap}"
        raise RefusedError(_VERIFICATION, f"Verification Error: {text}", text) from trap
    if answer[0] == 0:
        requires, offset = _tags(answer, 9)
        return Validity(requires, _tags(answer, offset)[0])
    variant, custom = answer[2], answer[3] if len(answer) > 3 else 0
    if answer[1] == 0:
        raise RefusedError(_INVALID, "Invalid Transaction", _text(_WHY_INVALID, variant, custom))
    raise RefusedError(_UNKNOWN, "Unknown Transaction Validity", _text(_WHY_UNKNOWN, variant, custom))


def submit(rpc: NodeRpc, extrinsic: bytes) -> tuple[bytes, Validity]:
    """Takes an extrinsic into the pool, which gossips it; its bytes. Raises :class:`RefusedError`."""
    try:
        if read_bytes(extrinsic, 0)[1] != len(extrinsic):
            raise DecodeError("bytes are left over", 0)
    except DecodeError as error:
        raise RefusedError(_BAD_FORMAT, f"Extrinsic has invalid format: {error}") from error
    hash_ = blake2_256(extrinsic)
    if hash_ in rpc.node.pool:
        raise RefusedError(_ALREADY_IMPORTED, "Transaction Already Imported", as_hex(hash_))
    validity = validate(rpc, extrinsic)
    rpc.simulation.pools.take(rpc.node, extrinsic)
    return extrinsic, validity


def pending(rpc: NodeRpc) -> list[bytes]:
    """Extrinsics of the pool that are not in the best chain."""
    return rpc.simulation.pools.waiting(rpc.node.index, rpc.node.own.best)


def still_valid(rpc: NodeRpc, extrinsics: Iterable[bytes]) -> Iterator[Validity]:
    """What the runtime says of those that it has not come to refuse."""
    for extrinsic in extrinsics:
        with suppress(RefusedError):
            yield validate(rpc, extrinsic)


def is_ready(rpc: NodeRpc, validity: Validity) -> bool:
    """Whether the next block could take it: whatever it requires is given by others of the pool that are ready."""
    missing = set(validity.requires)
    if not missing:
        return True
    waiting = list(still_valid(rpc, pending(rpc)))
    given: set[bytes] = set()
    while ready := [one for one in waiting if given.issuperset(one.requires)]:
        waiting = [one for one in waiting if one not in ready]
        given.update(tag for one in ready for tag in one.provides)
    return missing <= given


def _text(words: tuple[str, ...], variant: int, custom: int) -> str:
    return words[variant].format(custom=custom) if variant < len(words) else f"variant {variant}"


def _tags(valid: bytes, offset: int) -> tuple[tuple[bytes, ...], int]:
    count, offset = read_compact(valid, offset)
    tags = []
    for _ in range(count):
        tag, offset = read_bytes(valid, offset)
        tags.append(tag)
    return tuple(tags), offset
