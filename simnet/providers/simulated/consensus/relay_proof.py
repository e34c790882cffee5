"""What of the relay chain's state a parachain's inherent proves (cumulus-client-parachain-inherent)."""

from __future__ import annotations

from functools import cache

from simnet.codec import read_compact, storage_prefix, twox_64, u32
from simnet.providers.simulated.ledger import Block

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
_INGRESS = storage_prefix("Hrmp", "HrmpIngressChannelsIndex")
_EGRESS = storage_prefix("Hrmp", "HrmpEgressChannelsIndex")
_CHANNELS = storage_prefix("Hrmp", "HrmpChannels")
_CAPACITY = b":relay_dispatch_queue_remaining_capacity"


def relay_keys(relay_parent: Block, para: int) -> list[bytes]:
    """Storage keys that the proof has to answer, also where there is no value."""
    me = u32(para)
    keys = [*_PLAIN, *_of_para(me), _CAPACITY + me]
    for key, inbound in ((_INGRESS + twox_64(me) + me, True), (_EGRESS + twox_64(me) + me, False)):
        keys.append(key)
        for other in _ids(relay_parent.state.get(key)):
            channel = other + me if inbound else me + other
            keys.append(_CHANNELS + twox_64(channel) + channel)
    return keys


@cache
def _of_para(me: bytes) -> tuple[bytes, ...]:
    return tuple(prefix + twox_64(me) + me for prefix in _BY_PARA)


def _ids(value: bytes | None) -> list[bytes]:
    if value is None:
        return []
    count, offset = read_compact(value, 0)
    return [value[offset + 4 * i : offset + 4 * i + 4] for i in range(count)]
