"""What code chains run, and what was asked to become it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simnet.journal._record_kinds import Kind
from simnet.journal.records._base import RecordData

UpgradePath = Literal["authorized", "without_checks", "sudo"]
"""How a code gets into a chain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRead(RecordData):
    """The code in that block's state, which makes its children: of each block that says in its header that it changed
    the code or its heap pages, and of the first block of a chain that was read."""

    kind = Kind.CODE

    code: str
    """BLAKE2b-256 of what `:code` holds, 0x hex."""
    spec_name: str | None = None
    """Of the runtime's version; left out where the node could not run the code."""
    spec_version: int | None = None
    """Of the runtime's version; left out where the node could not run the code."""


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
    """Whether that is higher than what the chain has, without which no migration runs; left out as that is."""
