"""What code chains run, and what was asked to become it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simnet.journal._record_kinds import Kind
from simnet.journal.records._base import RecordData

UpgradePath = Literal["authorized", "without_checks", "sudo", "scheduled"]
"""How a code gets into a chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRead(RecordData):
    """The code in that block's state, which makes its children: of each block that says in its header that it changed
    the code or its heap pages, of each that has another than its parent, and of the first block of a chain that was
    read."""

    kind = Kind.CODE

    code: str
    """BLAKE2b-256 of what `:code` holds, 0x hex; `0x` alone where it holds nothing."""
    spec_name: str | None = None
    """Of the runtime's version; left out where the node could not run the code."""
    spec_version: int | None = None
    """Of the runtime's version; left out where the node could not run the code."""
    why: str | None = None
    """Why the node could not run the code, in its own words; left out where it could."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeAsked(RecordData):
    """A step began to bring other code into that chain."""

    kind = Kind.UPGRADE

    code: str
    """BLAKE2b-256 of what `:code` is to hold, 0x hex."""
    path: UpgradePath | None
    """How it gets there: authorized by root and then applied, with a look at its version or `without_checks`, or set by
    root (`sudo`); null where a step submitted a call of its own."""
    size: int
    """Bytes of the new code, as it is submitted."""
    spec_version: int | None = None
    """Of the new code, as that carries it; left out of a call, and where it carries none."""
    migrates: bool | None = None
    """Whether that is higher than what the chain has, or of another runtime, without which no migration runs; left out
    where either is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PvfVote(RecordData):
    """A validator's vote on a validation code, in that relay block."""

    kind = Kind.PVF_VOTE

    code: str
    """BLAKE2b-256 of what the vote is on, as the relay chain stores it, 0x hex."""
    accept: bool
    """Whether the validator could prepare it in time."""
    session: int
    """Index of the relay chain's session for which it votes."""
    validator: str
    """Name of the validator whose key signed it; its stash, 0x hex, where no node of the network has that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParachainUpgrade(RecordData):
    """How far the relay chain is with a parachain's code, in that relay block's state: in the first one that was read
    and in each in which it is not as in its parent's."""

    kind = Kind.PARA_UPGRADE

    para: int
    """Number by which the relay chain calls it, as 2000."""
    code: str | None = None
    """Hash of the code by which its candidates are validated; left out while it has none."""
    future: str | None = None
    """Hash of the code that validators accepted and that it goes over to; left out where there is none."""
    scheduled: int | None = None
    """Height of the relay block from which it may go over; left out where no upgrade is scheduled."""
    go_ahead: Literal["GoAhead", "Abort"] | None = None
    """What the parachain is told: to go over to the code, or to forget it; left out where it is told nothing."""
    restricted: bool
    """Whether it may not ask for another upgrade yet (UpgradeRestriction)."""
