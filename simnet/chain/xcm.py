"""XCM messages that simnet sends: each executes a remark on the receiver and carries a topic that names it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simnet.chain.calls import Calls
from simnet.chain.client import RuntimeCalls
from simnet.chain.rpc import Rpc
from simnet.chain.runtime_types import RuntimeTypes
from simnet.codec import blake2_256, u32, vec_bytes
from simnet.errors import InputError
from simnet.network.topology import RELAY

FEES = 5 * 10**12
"""Planck withdrawn for execution on the receiver at least; its remark costs far less where the token has twelve
decimals, the rest is trapped or lost."""

_TYPICAL = 32
"""Bytes of a message of which a receiver is asked what it costs."""

_MARGIN = 2
"""How many times what a receiver asks for execution is withdrawn, since it may ask more when the message comes."""

_TRANSACT_WEIGHT = {"ref_time": 2 * 10**9, "proof_size": 100_000}

_VERSION = 4
"""Of XCM, in which messages are written and fees are asked for."""

_ASSETS = "XcmPaymentApi_query_acceptable_payment_assets"
_WEIGHT, _FEE = "XcmPaymentApi_query_xcm_weight", "XcmPaymentApi_query_weight_to_asset_fee"


@dataclass(frozen=True)
class Message:
    """One message to send. ``topic`` is its id on all chains; ``size`` its payload in bytes; ``signer`` whose extrinsic
    sends it, None for the sender's sudo key's."""

    label: str
    index: int
    sender: str
    recipient: str
    size: int
    topic: bytes
    """Of a step ``by`` which a chain is asked to send one with an id of its own, what simnet calls it instead."""
    by: str | None = None
    signer: str | None = None
    version: int | None = None
    """Of XCM, in which it is written; None for mail."""
    highest: int | None = None
    """The highest that both chains know, where that is more."""

    @property
    def id(self) -> str:
        """The topic as journals have it."""
        return "0x" + self.topic.hex()

    def as_asked(self) -> dict[str, Any]:
        """As the journal has it when it is asked for."""
        versions = {"version": self.version, "highest": self.highest}
        return {**self.as_data(), **{name: one for name, one in versions.items() if one is not None}}

    def as_data(self) -> dict[str, Any]:
        """As the journal's records about messages have it."""
        return {
            "id": self.id,
            "label": self.label,
            "index": self.index,
            "sender": self.sender,
            "recipient": self.recipient,
            "size": self.size,
            **({} if self.by is None else {"by": self.by}),
            **({} if self.signer is None else {"signer": self.signer}),
        }


@dataclass(frozen=True)
class Recipient:
    """What mail to a chain has to say in that chain's own terms. Asked once, so that mail can be sent to a chain whose
    nodes are down.

    ``remark`` is what a remark begins with there: pallet and call index. ``fee_parents`` says whose token pays for
    execution: 0 the chain's own, 1 the relay chain's, which is what system parachains have; ``fee`` how much of it is
    withdrawn, in planck.
    """

    remark: bytes
    fee_parents: int
    fee: int = FEES


def topic(seed: int, label: str, index: int) -> bytes:
    """The 32 bytes that name a message, the same in every run of a seed."""
    return blake2_256(f"simnet message {seed} {label} {index}".encode())


def recipient_of(runtime: RuntimeCalls, rpc: Rpc) -> Recipient:
    """Asks a chain's runtime; raises :class:`~simnet.errors.RpcError` when the node does not answer."""
    remark = remark_prefix(runtime.calls)
    parents = fee_parents(runtime.types, rpc)
    return Recipient(remark, parents, _fee(runtime, rpc, Recipient(remark, parents)))


def _fee(runtime: RuntimeCalls, rpc: Rpc, recipient: Recipient) -> int:
    """What is withdrawn for a message: more than the usual where the chain says that it asks for so much. Its own
    weight of what it executes counts, of a message as large as most are."""
    program = _program(recipient, Message("", 0, "", "", _TYPICAL, bytes(32)), downward=False)
    weight = _asked(runtime, rpc, _WEIGHT, {f"V{_VERSION}": program})
    if weight is None:
        return FEES
    asset = {f"V{_VERSION}": {"parents": recipient.fee_parents, "interior": "Here"}}
    asked = _asked(runtime, rpc, _FEE, weight, asset)
    return max(FEES, _MARGIN * (asked or 0))


def _asked(runtime: RuntimeCalls, rpc: Rpc, function: str, *values: Any) -> Any:
    """What a runtime answers if it has the function and all is well; else None."""
    try:
        arguments = runtime.calls.asking(function, *values)
    except InputError:
        return None  # it knows no such version of XCM
    if arguments is None or not runtime.types.has(function):
        return None
    answer = runtime.types.answer(
        function, bytes.fromhex(rpc.call("state_call", [function, "0x" + arguments.hex()])[2:])
    )
    return answer.get("Ok") if isinstance(answer, dict) else None


def remark_prefix(calls: Calls) -> bytes:
    """What a remark begins with on a chain: pallet and call index."""
    return calls.compose("System.remark", {"remark": b""}).removesuffix(vec_bytes(b""))


def fee_parents(types: RuntimeTypes, rpc: Rpc) -> int:
    """Of the assets that a chain accepts for execution its own token, else the first one that is a chain's token, by
    the levels up to that chain; 0 where the runtime does not tell."""
    if not types.has(_ASSETS):
        return 0
    answer = types.answer(_ASSETS, bytes.fromhex(rpc.call("state_call", [_ASSETS, "0x" + u32(_VERSION).hex()])[2:]))
    assets = answer.get("Ok", ())
    parents = [one["V4"]["parents"] for one in assets if one["V4"]["interior"] == "Here"]
    return 0 if 0 in parents or not parents else parents[0]


def send_call(sender: Calls, recipient: Recipient, message: Message) -> bytes:
    """The call on the sender that sends the message, under sudo since sending is a root's right there.

    Between parachains and upwards the message pays for its execution from the sender's sovereign account; downwards it
    is unpaid, as the relay chain may do.
    """
    downward = message.sender == RELAY
    program = _program(recipient, message, downward=downward)
    call = sender.compose(
        f"{'XcmPallet' if downward else 'PolkadotXcm'}.send",
        {"dest": {"V4": _location(message)}, "message": {"V4": program}},
    )
    return sender.sudo(call)


def _program(recipient: Recipient, message: Message, *, downward: bool) -> list[dict[str, Any]]:
    remark = recipient.remark + vec_bytes(message.topic[: message.size].ljust(message.size, b"\0"))
    transact = {
        "Transact": {
            "origin_kind": "Superuser" if downward else "SovereignAccount",
            "require_weight_at_most": _TRANSACT_WEIGHT,
            "call": {"encoded": remark},
        }
    }
    fee = {"id": {"parents": recipient.fee_parents, "interior": "Here"}, "fun": {"Fungible": recipient.fee}}
    paid: list[dict[str, Any]] = [
        {"WithdrawAsset": [fee]},
        {"BuyExecution": {"fees": fee, "weight_limit": "Unlimited"}},
    ]
    unpaid: list[dict[str, Any]] = [{"UnpaidExecution": {"weight_limit": "Unlimited", "check_origin": None}}]
    return [*(unpaid if downward else paid), transact, {"SetTopic": message.topic}]


def _location(message: Message) -> dict[str, Any]:
    if message.recipient == RELAY:
        return {"parents": 1, "interior": "Here"}
    return {
        "parents": 0 if message.sender == RELAY else 1,
        "interior": {"X1": [{"Parachain": int(message.recipient)}]},
    }
