"""BABE slots: who may author in each, by which right, and the pre-digest that claims it (sc-consensus-babe)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from simnet.codec import blake2_256, u32, u64
from simnet.providers.simulated.building import PRE_RUNTIME, digest
from simnet.providers.simulated.relay_values import Epoch
from simnet.runtime.host import Host


@dataclass(frozen=True)
class Claim:
    """The right of one authority to a slot. ``authority`` is its index in the epoch."""

    authority: int
    primary: bool
    slot: int
    log: bytes
    """The pre-runtime digest item."""


def secondary_author(epoch: Epoch, slot: int) -> int:
    """The authority that authors a slot in case nobody is primary."""
    number = int.from_bytes(blake2_256(epoch.randomness + u64(slot)), "big")
    return number % len(epoch.authorities)


def of_node(claimed: Sequence[Claim], has: Callable[[bytes], bool], epoch: Epoch) -> Claim | None:
    """The claim that a node makes of those that its keys allow: the first primary one, else a secondary one
    (sc-consensus-babe authorship.rs, ``claim_slot_using_keys``)."""
    mine = [one for one in claimed if has(epoch.authorities[one.authority])]
    return min(mine, key=lambda one: not one.primary, default=None)


def claims(host: Host, epoch: Epoch, slot: int, secret: Callable[[bytes], bytes | None]) -> Iterator[Claim]:
    """All claims to a slot by authorities whose secret is known, in the order of their indices. An authority that is
    primary claims no secondary right."""
    if not epoch.authorities:
        return  # authorship.rs, ``claim_slot``: nobody does
    limit = epoch.primary_threshold
    second = secondary_author(epoch, slot)
    known = [(index, mine) for index, key in enumerate(epoch.authorities) if (mine := secret(key)) is not None]
    scores = host.babe_scores([mine for _, mine in known], epoch.randomness, slot, epoch.index)
    for (index, mine), score in zip(known, scores, strict=True):
        primary = score < limit
        if primary or index == second:
            vrf = host.babe_claim(mine, epoch.randomness, slot, epoch.index)
            kind = b"\x01" if primary else b"\x03"
            payload = kind + u32(index) + u64(slot) + vrf.pre_output + vrf.proof
            yield Claim(index, primary, slot, digest(PRE_RUNTIME, b"BABE", payload))
