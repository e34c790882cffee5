"""Answers of the relay chain's runtime API ``ParachainHost``, decoded (polkadot-primitives runtime_api.rs)."""

from __future__ import annotations

from dataclasses import dataclass

from simnet.codec import read_compact, take

CLAIM_QUEUE = "ParachainHost_claim_queue"
VALIDATOR_GROUPS = "ParachainHost_validator_groups"


@dataclass(frozen=True)
class Rotation:
    """How backing groups move over cores (GroupRotationInfo): heights and a number of blocks."""

    session_start: int
    frequency: int
    now: int

    def group(self, core: int, groups: int) -> int | None:
        """The group of a core, which may be empty; None for a core beyond the number of groups."""
        if core >= groups:
            return None
        if self.frequency == 0:
            return core % groups
        return (core + (self.now - self.session_start) // self.frequency) % groups


def decode_claims(data: bytes) -> dict[int, tuple[int, ...]]:
    """The claim queue: for each core the paras that are to use it, next first."""
    count, offset = read_compact(data, 0)
    out = {}
    for _ in range(count):
        core, offset = _u32(data, offset)
        out[core], offset = _indices(data, offset)
    return out


def decode_groups(data: bytes) -> tuple[tuple[tuple[int, ...], ...], Rotation]:
    """Backing groups as validator indices, and how they rotate."""
    count, offset = read_compact(data, 0)
    out = []
    for _ in range(count):
        group, offset = _indices(data, offset)
        out.append(group)
    start, frequency, now = (_u32(data, offset + 4 * i)[0] for i in range(3))
    return tuple(out), Rotation(start, frequency, now)


def _indices(data: bytes, offset: int) -> tuple[tuple[int, ...], int]:
    count, offset = read_compact(data, offset)
    return tuple(_u32(data, offset + 4 * i)[0] for i in range(count)), offset + 4 * count


def _u32(data: bytes, offset: int) -> tuple[int, int]:
    raw, offset = take(data, offset, 4)
    return int.from_bytes(raw, "little"), offset
