"""What of the relay chain's state a parachain's inherent proves (cumulus-client-parachain-inherent)."""

from __future__ import annotations

from functools import cache

from simnet.codec import storage_prefix, twox_64, u32
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.ledger import ExecutedBlock

_PLAIN = tuple(
    storage_prefix(pallet, item)
    for pallet, item in (
        ("Babe", "AuthorVrfRandomness"),
        ("Babe", "NextRandomness"),
        ("Babe", "Randomness"),
        ("Babe", "CurrentSlot"),
        ("Babe", "Authorities"),
        ("Babe", "NextAuthorities"),
        ("Configuration", "ActiveConfig"),
    )
)
_BY_PARA = tuple(
    storage_prefix(pallet, item)
    for pallet, item in (
        ("Paras", "Heads"),
        ("Dmp", "DownwardMessageQueueHeads"),
        ("Ump", "RelayDispatchQueueSize"),
        ("Paras", "UpgradeGoAheadSignal"),
        ("Paras", "UpgradeRestrictionSignal"),
    )
)
_CHANNELS = storage_prefix("Hrmp", "HrmpChannels")
_CAPACITY = b":relay_dispatch_queue_remaining_capacity"


def relay_keys(relay_parent: ExecutedBlock, para: int) -> list[bytes]:
    """Storage keys that the proof has to answer, also where there is no value."""
    me = u32(para)
    keys = [*_PLAIN, *_of_para(me), _CAPACITY + me]
    for item, inbound in (("HrmpIngressChannelsIndex", True), ("HrmpEgressChannelsIndex", False)):
        keys.append(storage_prefix("Hrmp", item) + twox_64(me) + me)
        for other in map(u32, relay_state.stored(relay_parent, "Hrmp", item, me)):
            channel = other + me if inbound else me + other
            keys.append(_CHANNELS + twox_64(channel) + channel)
    return keys


@cache
def _of_para(me: bytes) -> tuple[bytes, ...]:
    return tuple(prefix + twox_64(me) + me for prefix in _BY_PARA)
