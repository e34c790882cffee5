"""What a runtime says of a call, or of a message as its receiver, before either is: ``DryRunApi``, and what it would
cost: ``XcmPaymentApi``. Nothing that it does stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simnet.chain._type_registry import variants
from simnet.chain.api_asking import ApiCalls
from simnet.chain.metadata import Event, Metadata
from simnet.chain.rpc import Rpc
from simnet.errors import InputError, RpcError
from simnet.network.locations import Location, in_version

CALL, MESSAGE = "DryRunApi_dry_run_call", "DryRunApi_dry_run_xcm"
WEIGHT, FEE = "XcmPaymentApi_query_xcm_weight", "XcmPaymentApi_query_weight_to_asset_fee"
DELIVERY = "XcmPaymentApi_query_delivery_fees"
ACCEPTED = "XcmPaymentApi_query_acceptable_payment_assets"
FEE_OF_EXTRINSIC = "TransactionPaymentApi_query_info"


@dataclass(frozen=True)
class XcmProgram:
    """A program of a version of XCM: its instructions as decoded, and its bytes."""

    version: int
    instructions: tuple[Any, ...]
    data: bytes

    @classmethod
    def of(cls, pair: tuple[Mapping[str, Any], bytes]) -> XcmProgram:
        """From what the API gave, the value and its bytes."""
        value, data = pair
        ((version, instructions),) = value.items()
        return cls(int(version[1:]), tuple(instructions), data)

    @property
    def names(self) -> list[str]:
        """The names of its instructions."""
        return [_name(one) for one in self.instructions]

    def payment(self) -> Any:
        """The id of the asset that buys its execution; None where nothing does."""
        for one in self.instructions:
            if isinstance(one, Mapping):
                bought, paid = one.get("BuyExecution"), one.get("PayFees")
                if bought is not None:
                    return bought["fees"]["id"]
                if paid is not None:
                    return paid["asset"]["id"]
        return None


@dataclass(frozen=True)
class Forwarded:
    """A message that would be sent to a location, seen from the chain that sends it."""

    to: Location
    program: XcmProgram


@dataclass(frozen=True)
class DryRunResult:
    """What would happen. ``instruction`` is the place from 0 of the one that would fail."""

    success: bool
    error: str | None
    instruction: int | None
    program: XcmProgram | None
    """What was executed: the message, or what a call had the chain execute itself."""
    forwarded: tuple[Forwarded, ...]
    events: tuple[Event, ...]

    @property
    def failing(self) -> dict[str, Any] | None:
        """The instruction that would fail, by its place and, where the program is known, its name."""
        if self.instruction is None:
            return None
        names = [] if self.program is None else self.program.names
        known = self.instruction < len(names)
        return {"index": self.instruction, **({"name": names[self.instruction]} if known else {})}

    def fields_of(self, name: str, key: str) -> list[dict[str, Any]]:
        """Fields of the events of that name that have such a field, whatever their pallet is called."""
        return [one.fields for one in self.events if one.name == name and key in one.fields]


class DryRuns:
    """Of one chain's runtime."""

    def __init__(self, apis: ApiCalls, metadata: Metadata) -> None:
        self._apis = apis
        self._metadata = metadata

    def lacks(self, function: str) -> str | None:
        """Why the runtime cannot be asked, in words; None where it can."""
        return None if self._apis.has(function) else f"the runtime's metadata has no {function}"

    def call(self, rpc: Rpc, account: bytes | None, call: bytes, version: int) -> DryRunResult:
        """What a call would do that an account signs, or root makes (None). Messages come in that version of XCM.

        Raises :class:`~simnet.errors.RpcError` when the node does not answer or the runtime says that it cannot tell.
        """
        effects = self._asked(rpc, CALL, [self._origin(account), call, version])
        result = effects["execution_result"]
        events = tuple(map(_event, effects["emitted_events"]))
        found = (self._metadata.failures.found(one.pallet, one.name, one.fields) for one in events)
        error = result["Err"]["error"] if "Err" in result else next((one for one in found if one is not None), None)
        local = effects.get("local_xcm")
        return DryRunResult(
            success=error is None,
            error=None if error is None else self._metadata.describe_dispatch_error(error),
            instruction=self._failed_at(error, events),
            program=None if local is None else XcmProgram.of(local),
            forwarded=_forwarded(effects),
            events=events,
        )

    def message(self, rpc: Rpc, origin: Location, program: XcmProgram) -> DryRunResult:
        """What a message would do that comes from that location; raises as :meth:`call` does."""
        version = program.version
        effects = self._asked(rpc, MESSAGE, [{f"V{version}": in_version(origin, version)}, program.data])
        error, index = _incomplete(effects["execution_result"])
        return DryRunResult(
            success=error is None,
            error=error,
            instruction=index,
            program=program,
            forwarded=_forwarded(effects),
            events=tuple(map(_event, effects["emitted_events"])),
        )

    def execution_fee(self, rpc: Rpc, program: XcmProgram) -> list[dict[str, Any]] | None:
        """What the execution of a message costs, in the asset that buys it; None where nobody can say."""
        asset = program.payment()
        if asset is None or self.lacks(WEIGHT) or self.lacks(FEE):
            return None
        weight = self._answered(rpc, WEIGHT, [program.data])
        if weight is None:
            return None
        fee = self._answered(rpc, FEE, [weight, {f"V{program.version}": asset}])
        return None if fee is None else [{"id": asset, "amount": fee}]

    def delivery_fee(self, rpc: Rpc, message: Forwarded) -> list[dict[str, Any]] | None:
        """What it costs to send a message, in the asset that the chain asks for; None where nobody can say."""
        if self.lacks(DELIVERY):
            return None
        version, values = message.program.version, list[Any]()
        values += [{f"V{version}": in_version(message.to, version)}, message.program.data]
        assets: list[Any] = [None]
        if len(self._apis.arguments(DELIVERY)) > len(values):  # from version 2 of the API on it wants to know in what
            answer = self._answered(rpc, ACCEPTED, [version]) if not self.lacks(ACCEPTED) else None
            assets = answer or []
        for asset in assets:
            found = self._answered(rpc, DELIVERY, [*values, asset])
            if found is not None:
                ((_, fees),) = found.items()
                return [{"id": one["id"], "amount": one["fun"]["Fungible"]} for one in fees]
        return None

    def transaction_fee(self, rpc: Rpc, extrinsic: bytes) -> int | None:
        """What an extrinsic costs at most, in the chain's own token; None where nobody can say. The call alone is not
        enough: its extensions weigh too."""
        if self.lacks(FEE_OF_EXTRINSIC):
            return None
        answer = self._apis.ask(rpc, FEE_OF_EXTRINSIC, [extrinsic, len(extrinsic)])
        return int(answer["partial_fee"])

    def weight(self, rpc: Rpc, program: Mapping[str, Any]) -> dict[str, int]:
        """What the execution of a program would weigh; raises :class:`InputError` where the runtime does not tell."""
        told = self.lacks(WEIGHT)
        if told is None:
            answer = self._apis.ask(rpc, WEIGHT, [program])
            if "Ok" in answer:
                return dict(answer["Ok"])
            told = f"the runtime cannot weigh it ({_name(answer['Err'])})"
        raise InputError(f"{told}, so that the `weight` of its execution has to be given")

    def _asked(self, rpc: Rpc, function: str, values: Sequence[Any]) -> dict[str, Any]:
        answer = self._apis.ask(rpc, function, values)
        if "Err" in answer:
            raise RpcError(f"{function} answered {_name(answer['Err'])}")
        found: dict[str, Any] = answer["Ok"]
        return found

    def _answered(self, rpc: Rpc, function: str, values: Sequence[Any]) -> Any:
        try:
            answer = self._apis.ask(rpc, function, values)
        except RpcError:
            return None
        return answer.get("Ok")

    def _origin(self, account: bytes | None) -> Any:
        """The runtime's origin of an account, or root: the variant that holds frame-system's."""
        types = self._metadata.types
        caller = self._apis.arguments(CALL)[0][1]
        raw = "Root" if account is None else {"Signed": account}
        for variant in variants(types, caller):
            inner = variants(types, variant.fields[0].type_id) if variant.fields else ()
            if {"Root", "Signed"} <= {one.name for one in inner}:
                return {variant.name: raw}
        raise InputError("the runtime's origins have none that signs")

    def _failed_at(self, error: Any, events: Iterable[Event]) -> int | None:
        """The instruction at which what a call executed failed: of its error's data, or of the outcome's."""
        found = self._metadata.module_error(error)
        if found is not None and isinstance(found.fields.get("index"), int):
            return int(found.fields["index"])
        outcomes = (event.fields["outcome"] for event in events if event.name == "Attempted")
        return next((index for _, index in map(_incomplete, outcomes) if index is not None), None)


def _forwarded(effects: Mapping[str, Any]) -> tuple[Forwarded, ...]:
    return tuple(
        Forwarded(_unversioned(to), XcmProgram.of(program))
        for to, programs in effects["forwarded_xcms"]
        for program in programs
    )


def _unversioned(versioned: Mapping[str, Any]) -> Location:
    ((_, location),) = versioned.items()
    return dict(location)


def _incomplete(outcome: Any) -> tuple[str | None, int | None]:
    """The error of an outcome and the place of its instruction, which XCM 5 tells; None for one that is complete."""
    if not isinstance(outcome, Mapping) or "Complete" in outcome:
        return None, None
    ((_, said),) = outcome.items()
    error = said["error"] if isinstance(said, Mapping) and "error" in said else said
    index = said.get("index") if isinstance(said, Mapping) else None
    if isinstance(error, Mapping) and error.keys() == {"index", "error"}:
        index, error = error["index"], error["error"]
    return _error(error), index


def _error(error: Any) -> str:
    if isinstance(error, Mapping) and len(error) == 1:
        ((name, data),) = error.items()
        return f"{name}({data})"
    return str(error)


def _event(value: Any) -> Event:
    """An event as a runtime's enum of all events has it."""
    ((pallet, inner),) = value.items()
    if not isinstance(inner, Mapping):
        return Event("apply", None, pallet, str(inner), {})
    ((name, fields),) = inner.items()
    if isinstance(fields, Mapping):
        return Event("apply", None, pallet, name, dict(fields))
    return Event("apply", None, pallet, name, {"0": fields})


def _name(variant: Any) -> str:
    return str(next(iter(variant)) if isinstance(variant, Mapping) else variant)
