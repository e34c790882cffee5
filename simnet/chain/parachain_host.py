"""Answers of the relay chain's runtime API ``ParachainHost``, decoded, as values that several readers share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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


def claims_from(answer: Any) -> dict[int, tuple[int, ...]]:
    """The claim queue: for each core the paras that are to use it, next first."""
    return {core: tuple(paras) for core, paras in answer}


def groups_from(answer: Any) -> tuple[tuple[tuple[int, ...], ...], Rotation]:
    """Backing groups as validator indices, and how they rotate."""
    groups, rotation = answer
    return tuple(map(tuple, groups)), Rotation(
        rotation["session_start_block"], rotation["group_rotation_frequency"], rotation["now"]
    )
