"""Which call of a batch failed: by the batch's events, or where nothing of it stays, by a dry run on the same state."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from simnet.chain.calls import Batch
from simnet.chain.client import RuntimeCalls
from simnet.chain.signing_scheme import account_format
from simnet.codec import DecodeError, u32
from simnet.errors import InputError, RpcError
from simnet.journal import Record
from simnet.journal.records import OurExtrinsic
from simnet.providers.dispatch_origins import AS_ORIGIN, OfAccount, OfRuntime, Origin, Signed, signer_of
from simnet.providers.extrinsics import CallAsked
from simnet.providers.messenger import Messenger

_PALLET = "Utility"
_DRY_RUN = "DryRunApi_dry_run_call"
_XCM = 4
"""Version in which a dry run is asked to tell of messages, which are not looked at."""


def failed_item(
    messenger: Messenger, record: Record[OurExtrinsic], calls: Sequence[CallAsked], batch: Batch, origin: Origin
) -> int | None:
    """Which of several calls failed, from 0; None for a single one, and where nobody knows. A call that may itself hold
    a batch leaves that open, since its events look the same."""
    if len(calls) == 1 or any(_may_hold_a_batch(call, args) for call, args in calls):
        return None
    if batch != "all":
        events = messenger.network.evidence.events.get((str(record.chain), str(record.hash)), ())
        ours = (one.data for one in events if one.data.extrinsic == record.data.index and one.data.pallet == _PALLET)
        return _first_failed([(one.name, one.fields) for one in ours])
    with suppress(RpcError, InputError, DecodeError, KeyError, ValueError):
        return _dry_run(messenger, record, calls, origin)
    return None


def _first_failed(events: Sequence[tuple[str, Any]]) -> int | None:
    """By the events of one batch that goes on, or stops, at the call that failed."""
    done = 0
    for name, fields in events:
        if name == "BatchInterrupted":
            return int(fields["index"])
        if name == "ItemFailed":
            return done
        done += name == "ItemCompleted"
    return None


def _dry_run(
    messenger: Messenger, record: Record[OurExtrinsic], calls: Sequence[CallAsked], origin: Origin
) -> int | None:
    """By the same calls as a batch that stops at the first one that fails, on the state before their block; None where
    that one fails otherwise, since the block had done something before them."""
    chain = str(record.chain)
    runtime = messenger.runtime(chain)
    block = messenger.network.evidence.blocks[chain].get(str(record.hash))
    if block is None or not runtime.types.has(_DRY_RUN):
        return None
    data = _encoded_origin(messenger, chain, runtime, origin) + runtime.calls.together(calls, "plain")
    for version in (u32(_XCM), b""):  # which the first version of the API does not take
        with suppress(RpcError):
            asked = [_DRY_RUN, "0x" + (data + version).hex(), block.parent]
            answer = messenger.any_rpc(chain).call("state_call", asked)
            told = runtime.types.answer(_DRY_RUN, bytes.fromhex(answer[2:]))
            return _same_failure(runtime, told["Ok"]["emitted_events"], str(record.data.error))
    return None


def _encoded_origin(messenger: Messenger, chain: str, runtime: RuntimeCalls, origin: Origin) -> bytes:
    """The origin with which the calls were dispatched, as ``OriginCaller``."""
    match origin:
        case Signed():
            uri = signer_of(messenger.network.topology, chain, origin)
            caller: Any = {"system": {"Signed": account_format(runtime.types.metadata).of(uri)}}
        case OfAccount(account):
            caller = {"system": {"Signed": account}}
        case OfRuntime(given):
            caller = given
        case _:
            caller = {"system": "Root"}
    return runtime.calls.compose(AS_ORIGIN, {"as_origin": caller, "call": b""})[2:]


def _same_failure(runtime: RuntimeCalls, events: Sequence[Any], error: str) -> int | None:
    for event in events:
        inner = event.get(_PALLET) if isinstance(event, dict) else None
        stopped = inner.get("BatchInterrupted") if isinstance(inner, dict) else None
        if stopped is not None:
            told = runtime.types.metadata.describe_dispatch_error(_as_journaled(stopped["error"]))
            return int(stopped["index"]) if told == error else None
    return None


def _as_journaled(value: Any) -> Any:
    """Bytes as 0x hex."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return {key: _as_journaled(one) for key, one in value.items()} if isinstance(value, dict) else value


def _may_hold_a_batch(call: str, args: Any) -> bool:
    """Whether a call is one of Utility, or has others among its arguments, by the names that all pallets give them."""
    if call.startswith(f"{_PALLET}."):
        return True
    if isinstance(args, dict):
        return any(str(key) in ("call", "calls") or _may_hold_a_batch("", one) for key, one in args.items())
    return isinstance(args, list | tuple) and any(_may_hold_a_batch("", one) for one in args)
