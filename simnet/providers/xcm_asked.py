"""Programs and transfers as steps ask for them, and the calls that they come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simnet.chain.calls import Calls, EncodeError
from simnet.chain.metadata import Metadata
from simnet.chain.transfers import AssetTransfer, account_at, asset_location
from simnet.chain.xcm_pallet import AssetOf, NamedCall, XcmPallet
from simnet.errors import InputError
from simnet.network.locations import Location, location_of, placed
from simnet.network.topology import ALICE


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program as people write it: instructions in the terms of the metadata. ``to`` is a chain or a location, None
    for one that the chain executes itself, with at most that ``weight``."""

    chain: str
    to: str | Mapping[str, Any] | None
    instructions: Sequence[Any]
    version: int | None = None
    weight: Mapping[str, int] | None = None

    @property
    def goal(self) -> Location | None:
        """Where it is sent, seen from the chain; None where nowhere."""
        return location_of(self.to, self.chain) if isinstance(self.to, str) else self.to

    @property
    def receiver(self) -> str:
        """The chain that executes it first. Raises :class:`InputError` for a location that leads to none."""
        if self.goal is None:
            return self.chain
        chain, _ = placed(self.goal, self.chain)
        if chain is None:
            raise InputError(f"the location {dict(self.goal)} leads to no chain of this network")
        return chain

    def call(self, calls: Calls, receiver: Calls, version: int, weight: Mapping[str, int] | None) -> NamedCall:
        """The call. Calls in its ``Transact`` are those of the receiver's runtime."""
        pallet = XcmPallet.of(calls)
        pallet.knows(version)
        program = [_numbered(one, at, receiver, version) for at, one in enumerate(self.instructions)]
        if self.goal is None:
            return pallet.execute(program, version, weight or {"ref_time": 0, "proof_size": 0})
        return pallet.send(self.goal, program, version)


@dataclass(frozen=True, kw_only=True)
class Transferred:
    """A transfer as people write it. ``assets`` are pairs of asset and amount, the first of which is what the transfer
    is for; the last one pays at the recipient's."""

    sender: str
    recipient: str
    assets: tuple[tuple[Any, int | str], ...]
    beneficiary: Any = None
    """An account of the recipient's chain, or a location there; None for the sender's own account."""
    method: str = "auto"

    def composed(
        self, sender: Calls, native: Location, metadata: Metadata, beneficiary: Location
    ) -> Callable[[int], NamedCall]:
        """The call by the version of XCM."""
        assets: list[AssetOf] = [(asset_location(one, metadata, native), amount) for one, amount in self.assets]
        asked = AssetTransfer(self.sender, self.recipient, tuple(assets), assets[-1][0], beneficiary, self.method)
        pallet = XcmPallet.of(sender)
        return lambda version: asked.call(pallet, version)


def beneficiary_at(calls: Calls, given: Any, sender: str = ALICE) -> Location:
    """Where assets go on the chain that has these calls: to the account or location that is given, else to the account
    of the ``sender``'s secret URI there. Raises :class:`InputError` for what is no account of the chain."""
    return given if isinstance(given, Mapping) else account_at(calls.account(sender if given is None else given))


def _numbered(instruction: Any, at: int, receiver: Calls, version: int) -> Any:
    """As :func:`_with_calls`; a fault in the call says in which instruction it is."""
    try:
        return _with_calls(instruction, receiver)
    except EncodeError as error:
        for step in ("call", "Transact", f"[{at}]", f"V{version}", "message"):
            error = error.within(step)
        raise error from None


def _with_calls(instruction: Any, receiver: Calls) -> Any:
    """An instruction whose ``Transact`` has a call of the receiver in words, with the call encoded."""
    if not isinstance(instruction, Mapping) or len(instruction) != 1:
        return instruction
    ((name, inner),) = instruction.items()
    if name in ("SetAppendix", "SetErrorHandler") and isinstance(inner, list | tuple):
        return {name: [_with_calls(one, receiver) for one in inner]}
    if name != "Transact" or not isinstance(inner, Mapping):
        return instruction
    call = inner.get("call")
    if not isinstance(call, Mapping) or "encoded" in call or len(call) != 1:
        return instruction
    ((pallet, function),) = call.items()
    if not isinstance(function, Mapping) or len(function) != 1:
        return instruction
    ((called, args),) = function.items()
    try:
        encoded = receiver.compose(f"{pallet}.{called}", args)
    except EncodeError as error:
        if error.path:
            raise
        there = pallet in receiver.having()  # else the pallet itself is not
        raise EncodeError(error.reason, (pallet,) if there else (), key=called if there else pallet) from None
    return {name: {**inner, "call": {"encoded": encoded}}}
