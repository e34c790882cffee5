"""``payment_*``: what an extrinsic costs, by the runtime's TransactionPaymentApi."""

from __future__ import annotations

from typing import Any

from simnet.codec import read_compact, u32
from simnet.providers.simulated.rpc._node import NodeRpc, method
from simnet.providers.simulated.rpc._parameters import Hash, HexBytes

_CLASSES = ("normal", "operational", "mandatory")
"""DispatchClass's variants in order."""


@method("payment_queryInfo")
def info(rpc: NodeRpc, encoded_xt: HexBytes, at: Hash | None) -> dict[str, Any]:
    """Weight, class and fee in planck."""
    raw = _ask(rpc, "TransactionPaymentApi_query_info", encoded_xt, at)
    time, offset = read_compact(raw, 0)
    proof, offset = read_compact(raw, offset)
    fee = _u128(raw, offset + 1)
    return {
        "weight": {"ref_time": time, "proof_size": proof},
        "class": _CLASSES[raw[offset]],
        "partialFee": str(fee),
    }


@method("payment_queryFeeDetails")
def fee_details(rpc: NodeRpc, encoded_xt: HexBytes, at: Hash | None) -> dict[str, Any]:
    """The parts of the fee, in planck as hex; no inclusion fee for an unsigned extrinsic."""
    raw = _ask(rpc, "TransactionPaymentApi_query_fee_details", encoded_xt, at)
    if raw[0] == 0:
        return {"inclusionFee": None}
    names = ("baseFee", "lenFee", "adjustedWeightFee")
    return {"inclusionFee": {name: hex(_u128(raw, 1 + 16 * index)) for index, name in enumerate(names)}}


def _ask(rpc: NodeRpc, function: str, extrinsic: bytes, at: bytes | None) -> bytes:
    block = rpc.block(at)
    return block.state.call(block.runtime, function, extrinsic + u32(len(extrinsic)))


def _u128(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 16], "little")
