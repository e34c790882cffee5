"""Asks chains what calls would do before they do it, and what the messages that they would send would do where they
come to; all of it is journaled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simnet.chain.api_asking import ApiCalls
from simnet.chain.dry_run_api import CALL, MESSAGE, DryRunResult, DryRuns, Forwarded
from simnet.chain.xcm_pallet import XcmPallet
from simnet.errors import InputError, RpcError, SimnetError
from simnet.journal.records import DryRunAsked
from simnet.network.locations import location_of, location_text, placed
from simnet.providers.extrinsics import Pending
from simnet.providers.messenger import Messenger

MOST_HOPS = 8
"""Chains to which the messages of a message are followed: more than any transfer has."""


@dataclass(frozen=True)
class Question:
    """What is asked about: a call of a chain that an account signs, or that root makes (None)."""

    step: int | str
    """Label or position of the step that asks."""
    what: str
    """The call in words."""
    chain: str
    account: bytes | None
    call: bytes
    signed: bytes | None = None
    """The extrinsic that makes it, where there is one."""
    extrinsic: str | None = None
    """Its hash."""


@dataclass
class DryRunning:
    """Of one network's chains."""

    messenger: Messenger
    _apis: dict[str, tuple[str, DryRuns]] = field(default_factory=dict)
    """By chain, the code for which they are, and what its runtime can be asked."""

    def runs(self, chain: str) -> DryRuns:
        """What the runtime that a chain has now can be asked."""
        runtime = self.messenger.runtime(chain)
        known = self._apis.get(chain)
        if known is None or known[0] != runtime.code:
            known = self._apis[chain] = runtime.code, DryRuns(ApiCalls(runtime), runtime.types.metadata)
        return known[1]

    def before(self, pending: Pending, step: int | str, what: str) -> None:
        """Asks about a call that is signed and that nobody has yet."""
        signed = bytes.fromhex(pending.raw[2:])
        self.ask(Question(step, what, pending.chain, pending.account, pending.call, signed, pending.hash))

    def ask(self, question: Question) -> DryRunAsked:
        """Asks the chain about a call, and each receiver about what it would send. A runtime that cannot be asked is
        journaled as such, and so is a node that does not answer: nothing hangs on it."""
        chain, messenger = question.chain, self.messenger
        found: DryRunResult | None = None
        fee: int | None = None
        prices: list[Any] = []
        try:
            runs, runtime, rpc = self.runs(chain), messenger.runtime(chain), messenger.any_rpc(chain)
            why = runs.lacks(CALL)
            if why is None:
                version = XcmPallet.of(runtime.calls).versions[-1]
                found = runs.call(rpc, question.account, question.call, version)
                prices = [runs.delivery_fee(rpc, one) for one in found.forwarded]
                if question.signed is not None:
                    fee = runs.transaction_fee(rpc, question.signed)
        except (RpcError, InputError) as error:
            why = str(error)
        told = DryRunAsked(
            step=question.step,
            call=question.what,
            extrinsic=question.extrinsic,
            fees=_fees(found, fee),
            **_outcome(chain, found, why, prices),
        )
        messenger.network.journal.append(told, chain=chain)
        for message in found.forwarded if found is not None and found.success else ():
            self._at_receiver(chain, question, message, 1)
        return told

    def _at_receiver(self, sender: str, question: Question, message: Forwarded, hop: int) -> None:
        """Asks the receiver of a message; what leads to no chain of the network is asked of nobody."""
        chain, _ = placed(message.to, sender)
        if hop > MOST_HOPS or chain not in self._chains():
            return
        found: DryRunResult | None = None
        fees: list[dict[str, Any]] | None = None
        prices: list[Any] = []
        try:
            runs, rpc = self.runs(chain), self.messenger.any_rpc(chain)
            why = runs.lacks(MESSAGE)
            if why is None:
                found = runs.message(rpc, location_of(sender, chain), message.program)
                fees = runs.execution_fee(rpc, message.program)
                prices = [runs.delivery_fee(rpc, one) for one in found.forwarded]
        except SimnetError as error:
            why = str(error)
        told = DryRunAsked(
            step=question.step,
            call=", ".join(message.program.names),
            sender=sender,
            extrinsic=question.extrinsic,
            fees=None if fees is None else {"execution": fees},
            **_outcome(chain, found, why, prices),
        )
        self.messenger.network.journal.append(told, chain=chain)
        for one in found.forwarded if found is not None else ():
            self._at_receiver(chain, question, one, hop + 1)

    def _chains(self) -> list[str]:
        topology = self.messenger.network.topology
        return [one.id for one in (topology.relay, *topology.parachains)]


def _fees(found: DryRunResult | None, transaction: int | None) -> dict[str, Any] | None:
    """What a call would cost: what its events say is paid for sending, and at most for the extrinsic."""
    paid = [] if found is None else found.fields_of("FeesPaid", "fees")
    sent = [{"id": one["id"], "amount": one["fun"].get("Fungible")} for fields in paid for one in fields["fees"]]
    fees = {"delivery": sent or None, "transaction": transaction}
    return {name: fee for name, fee in fees.items() if fee is not None} or None


def _outcome(chain: str, found: DryRunResult | None, why: str | None, prices: Sequence[Any]) -> dict[str, Any]:
    """What a record has of a dry run, whatever was asked about; ``prices`` of the messages that would be sent."""
    if found is None:
        return {"outcome": "not asked", "why": why}
    trapped = [dict(fields) for fields in found.fields_of("AssetsTrapped", "origin")]
    messages = [_message(chain, one, price) for one, price in zip(found.forwarded, prices, strict=True)]
    return {
        "outcome": "success" if found.success else "failure",
        "error": found.error,
        "instruction": found.failing,
        "forwarded": messages if found.success else None,
        "trapped": trapped or None,
        "events": [f"{one.pallet}.{one.name}" for one in found.events] or None,
    }


def _message(chain: str, message: Forwarded, price: Any) -> Mapping[str, Any]:
    program = message.program
    told = {"to": location_text(message.to, chain), "version": program.version, "instructions": program.names}
    return told if price is None else {**told, "delivery": price}
