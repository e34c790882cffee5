"""What new code did to its chain: the blocks that carried it, those that migrated storage, and the tried checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from simnet.journal._record_kinds import Kind
from simnet.journal.records._base import RecordData

MigrationStage = Literal["upgrade", "step"]
"""Where a block migrates: as it is initialized by the first code of a higher version (frame-executive), or after its
inherents, in one step of a migration that takes several blocks (pallet-migrations)."""

Separation = Literal["difference", "initialization", "step"]
"""How a migration is told from the rest of its block, by running the runtime on the state before. ``difference``:
against the initialization without a migration of a state that has its changes already, which ends in the same state.
``initialization``: not at all, so that it is all that initializing the block did; its own is that at most. ``step``:
between the state after the inherents and that after the step, before anything else."""


@dataclass(frozen=True)
class KeyChanges:
    """How many storage keys of a pallet came, went and got another value."""

    added: int
    """Keys that the state before the migration had not."""
    removed: int
    """Keys that the migration took out of the state."""
    changed: int
    """Keys that stayed in the state, with another value."""


@dataclass(frozen=True)
class StorageVersions:
    """The version of a pallet's storage, as it is stored for it."""

    before: int | None
    """What the state before the migration says; null where none was stored."""
    after: int | None
    """What the migration left in the state; null where none is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCarried(RecordData):
    """That block brings new code into its chain: an extrinsic has it, or it puts code into force that waited."""

    kind = Kind.CODE_CARRIED

    code: str
    """BLAKE2b-256 of what is, or comes to be, the chain's `:code`, 0x hex."""
    by: Literal["extrinsic", "pending"]
    """Whether an extrinsic of the block has it, or the block put code into force that its chain had stored before."""
    length: int
    """Bytes of the encoded block."""
    length_limit: int | None = None
    """Bytes that the runtime allows extrinsics of that class in a block. Left out where it does not tell."""
    proof: int | None = None
    """Of a parachain's block: bytes of its proof of validity before compression. Left out where that is not known."""
    proof_compressed: int | None = None
    """Of a parachain's block: bytes of its proof of validity, compressed as it is sent. Left out where that is not
    known."""
    proof_limit: int | None = None
    """Of a parachain's block: bytes that the relay chain allows a proof of validity (``max_pov_size``). Left out where
    that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated(RecordData):
    """That block migrated storage, or is the first one under code of a higher version, which is when migrations run.

    Weights are those that the runtime counted: picoseconds of reference hardware, and bytes of proof.
    """

    kind = Kind.MIGRATION

    code: str
    """BLAKE2b-256 of what made the block, `:code` in its parent's state, 0x hex."""
    stage: MigrationStage
    """When the block did so: as it was initialized (`upgrade`), or after its inherents (`step`)."""
    goes_on: bool | None = None
    """Whether the block's state says that a migration is to be continued in the next block; left out where no pallet
    does that."""
    ref_time: int | None = None
    """Picoseconds that the migration itself was counted as. Left out where that was not read."""
    proof_size: int | None = None
    """Bytes of proof that the migration itself was counted as. Left out where that was not read."""
    separated: Separation | None = None
    """How its own weight and keys were told from the rest of the block's. Left out where they were not read."""
    ref_time_limit: int | None = None
    """Picoseconds that all of a block may take. Left out where the runtime does not tell."""
    proof_size_limit: int | None = None
    """Bytes of proof that all of a block may take. Left out where the runtime sets no limit, as on relay chains."""
    block_ref_time: int | None = None
    """Picoseconds that everything in the block was counted as, by its state. Left out where that was not read."""
    block_proof_size: int | None = None
    """Bytes of proof that everything in the block was counted as, by its state. Left out where that was not read."""
    keys: Mapping[str, KeyChanges] | None = None
    """Storage keys that it changed, by pallet; those of no pallet by what their keys begin with. What every block
    writes anew of itself (events, weights) does not count. Left out where that was not read."""
    versions: Mapping[str, StorageVersions] | None = None
    """Storage versions that it changed, by pallet. Left out where that was not read."""
    error: str | None = None
    """What the chain says went wrong. Left out where it says nothing."""
    unread: str | None = None
    """Why its weight and keys are not known. Left out where they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeTried(RecordData):
    """The checks of a second build, made with the feature ``try-runtime``, for the upgrade of that chain: at first,
    without a block, that they were asked for, then how they ended on the state that a migrating block found."""

    kind = Kind.TRY_RUNTIME

    code: str
    """BLAKE2b-256 of the second build as it was given, 0x hex."""
    passed: bool | None = None
    """Whether all its checks did; left out where they were only asked for, or could not be run."""
    error: str | None = None
    """What the check that failed says, or why none could be run. Left out where neither is so."""
    ref_time: int | None = None
    """Picoseconds that the migrations used, as the build counts them. Left out where no check was passed."""
    proof_size: int | None = None
    """Bytes of proof that the migrations used, as the build counts them. Left out where no check was passed."""
