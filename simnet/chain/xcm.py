"""XCM messages that simnet sends: each executes a remark on the receiver and carries a topic that names it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simnet.chain.calls import Calls
from simnet.chain.scale import blake2_256, vec_bytes
from simnet.network.topology import RELAY

FEES = 5 * 10**12
"""Planck withdrawn for execution on the receiver; its remark costs far less, the rest is trapped or lost."""

_TRANSACT_WEIGHT = {"ref_time": 2 * 10**9, "proof_size": 100_000}


@dataclass(frozen=True)
class Message:
    """One message to send. ``topic`` is its id on all chains; ``size`` its payload in bytes."""

    label: str
    index: int
    sender: str
    recipient: str
    size: int
    topic: bytes


def topic(seed: int, label: str, index: int) -> bytes:
    """The 32 bytes that name a message, the same in every run of a seed."""
    return blake2_256(f"simnet message {seed} {label} {index}".encode())


def remark_prefix(recipient: Calls) -> bytes:
    """What a remark begins with on a chain: pallet and call index. Asked once, so that mail can be sent to a chain
    whose nodes are down."""
    return recipient.compose("System.remark", {"remark": b""}).removesuffix(vec_bytes(b""))


def send_call(sender: Calls, prefix: bytes, message: Message) -> bytes:
    """The call on the sender that sends the message, under sudo since sending is a root's right there.

    ``prefix`` is the recipient's :func:`remark_prefix`. Between parachains and upwards the message pays for its
    execution from the sender's sovereign account; downwards it is unpaid, as the relay chain may do.
    """
    remark = prefix + vec_bytes(message.topic[: message.size].ljust(message.size, b"\0"))
    downward = message.sender == RELAY
    transact = {
        "Transact": {
            "origin_kind": "Superuser" if downward else "SovereignAccount",
            "require_weight_at_most": _TRANSACT_WEIGHT,
            "call": {"encoded": remark},
        }
    }
    fee = {"id": {"parents": 0, "interior": "Here"}, "fun": {"Fungible": FEES}}
    paid: list[dict[str, Any]] = [
        {"WithdrawAsset": [fee]},
        {"BuyExecution": {"fees": fee, "weight_limit": "Unlimited"}},
    ]
    unpaid: list[dict[str, Any]] = [{"UnpaidExecution": {"weight_limit": "Unlimited", "check_origin": None}}]
    program = [*(unpaid if downward else paid), transact, {"SetTopic": message.topic}]
    call = sender.compose(
        f"{'XcmPallet' if downward else 'PolkadotXcm'}.send",
        {"dest": {"V4": _location(message)}, "message": {"V4": program}},
    )
    return sender.sudo(call)


def _location(message: Message) -> dict[str, Any]:
    if message.recipient == RELAY:
        return {"parents": 1, "interior": "Here"}
    return {
        "parents": 0 if message.sender == RELAY else 1,
        "interior": {"X1": [{"Parachain": int(message.recipient)}]},
    }
