"""Registering a parachain on a relay chain that runs: what root calls, and what of the parachain that takes."""

from __future__ import annotations

from typing import Any

from simnet.chain.rpc import Rpc
from simnet.chain.storage import values_at
from simnet.codec import Header

_CODE = "0x" + b":code".hex()


def genesis_of(rpc: Rpc) -> tuple[bytes, bytes]:
    """The head data (SCALE of the first header) and the validation code that a parachain begins with, as a node of it
    gives them."""
    first = rpc.call("chain_getBlockHash", [0])
    head = Header.from_json(rpc.call("chain_getHeader", [first])).encode()
    return head, values_at(rpc, [_CODE], first)[_CODE]


def onboarding(para: int, head: bytes, code: bytes) -> tuple[str, dict[str, Any]]:
    """The call that registers a parachain, for root, and its arguments. A core is assigned by it too
    (polkadot-runtime-common paras_sudo_wrapper)."""
    genesis = {"genesis_head": head, "validation_code": code, "para_kind": True}
    return "ParasSudoWrapper.sudo_schedule_para_initialize", {"id": para, "genesis": genesis}
