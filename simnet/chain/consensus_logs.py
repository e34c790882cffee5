"""What a chain's runtime tells consensus engines in the digests of its headers, decoded.

No metadata describes these.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simnet.chain._closures import whole
from simnet.chain._decoders import Decoders
from simnet.chain._written_types import Enum, WrittenTypes
from simnet.codec import consensus

BABE, GRANDPA, AURA, PARACHAINS = "BABE", "FRNK", "aura", "POL1"

_WRITTEN = WrittenTypes(
    {
        "AllowedSlots": Enum({0: "PrimarySlots", 1: "PrimaryAndSecondaryPlainSlots", 2: "PrimaryAndSecondaryVRFSlots"}),
        "NextEpochDescriptor": {"authorities": "Vec<([u8; 32], u64)>", "randomness": "[u8; 32]"},
        "NextConfigDescriptor": Enum({1: "V1((u64, u64), AllowedSlots)"}),
        "ScheduledChange": {"next_authorities": "Vec<([u8; 32], u64)>", "delay": "u32"},
        # sp-consensus-babe, -grandpa and -aura, ConsensusLog of each
        BABE: Enum(
            {
                1: "NextEpochData(NextEpochDescriptor)",
                2: "OnDisabled(u32)",
                3: "NextConfigData(NextConfigDescriptor)",
            }
        ),
        GRANDPA: Enum(
            {
                1: "ScheduledChange(ScheduledChange)",
                2: "ForcedChange(u32, ScheduledChange)",
                3: "OnDisabled(u64)",
                4: "Pause(u32)",
                5: "Resume(u32)",
            }
        ),
        AURA: Enum({1: "AuthoritiesChange(Vec<[u8; 32]>)", 2: "OnDisabled(u32)"}),
        # polkadot-primitives, ConsensusLog
        PARACHAINS: Enum(
            {
                1: "ParaUpgradeCode(u32, [u8; 32])",
                2: "ParaScheduleUpgradeCode(u32, [u8; 32], u32)",
                3: "ForceApprove(u32)",
                4: "Revert(u32)",
            }
        ),
    }
)
_TYPES = {engine: _WRITTEN.of(engine) for engine in (BABE, GRANDPA, AURA, PARACHAINS)}
_DECODERS = Decoders(_WRITTEN.types, octets=True)


def consensus_logs(logs: Iterable[str], engine: str) -> list[tuple[str, Any]]:
    """Name and value of each message to an engine, in their order, such as ``("Revert", 12)``; DecodeError for one that
    is none."""
    decode = _DECODERS.of(_TYPES[engine])
    found = (whole(decode, payload, engine) for payload in consensus(logs, engine))
    return [(one, None) if isinstance(one, str) else next(iter(one.items())) for one in found]
