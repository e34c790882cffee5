"""What the relay chain's runtime says of sessions, epochs and cores, as values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction


@dataclass(frozen=True)
class Epoch:
    """A BABE epoch: who may author in its slots. ``c`` is the primary rate, ``randomness`` 32 bytes."""

    index: int
    start_slot: int
    duration: int
    authorities: tuple[bytes, ...]
    randomness: bytes
    c: tuple[int, int]

    @property
    def end_slot(self) -> int:
        return self.start_slot + self.duration

    def at_slot(self, slot: int) -> Epoch:
        """The epoch, moved so that it holds the slot: data of a skipped epoch is used for a later one."""
        skipped = max(0, (slot - self.start_slot) // self.duration)
        return replace(self, index=self.index + skipped, start_slot=self.start_slot + skipped * self.duration)

    def starting_at(self, slot: int) -> Epoch:
        """The epoch, moved to begin with the slot."""
        return replace(self, start_slot=slot)

    @property
    def primary_threshold(self) -> int:
        """A score below this claims a slot: 2**128 (1 - (1 - c)**(1/n)), in the float arithmetic of
        sc-consensus-babe's calculate_primary_threshold."""
        share = Fraction(1.0 - (1.0 - self.c[0] / self.c[1]) ** (1.0 / len(self.authorities)))
        return share.numerator * (1 << 128) // share.denominator


@dataclass(frozen=True)
class Core:
    """An availability core: the candidate pending on it, if any."""

    candidate: bytes | None
    para: int | None
    head_hash: bytes | None = None


@dataclass(frozen=True)
class SessionInfo:
    """What a session fixes for approval checking and disputes (polkadot-primitives SessionInfo)."""

    index: int
    validators: tuple[bytes, ...]
    groups: tuple[tuple[int, ...], ...]
    cores: int
    zeroth_width: int
    """zeroth_delay_tranche_width."""
    modulo_samples: int
    """relay_vrf_modulo_samples."""
    tranches: int
    """n_delay_tranches."""
    no_show_slots: int
    needed: int
    """needed_approvals."""
    coalesce: int
    """max_approval_coalesce_count."""


@dataclass(frozen=True)
class HostConfiguration:
    """What the chain's configuration fixes for a session about backing and validation, beside :class:`SessionInfo`."""

    session: int
    backing_votes: int
    """minimum_backing_votes: a smaller group needs all its votes."""
    lookahead: int
    """scheduler_params.lookahead: a candidate's relay parent is one of the newest so many relay blocks."""
    v2_receipts: bool
    """Whether candidates have descriptors of version 2 (FeatureIndex::CandidateReceiptV2)."""
    memory_pages: int | None
    """ExecutorParam::MaxMemoryPages; the node's own where that is not set."""
    backing_timeout: int
    approval_timeout: int
    """Milliseconds that executing a proof may take (ExecutorParam::PvfExecTimeout, or polkadot-node-primitives'
    DEFAULT_BACKING_EXECUTION_TIMEOUT and DEFAULT_APPROVAL_EXECUTION_TIMEOUT)."""
    pre_checking_timeout: int
    """Milliseconds of CPU that preparing a code may take whose pre-checking is asked for (ExecutorParam::PvfPrepTimeout
    of kind Precheck, or polkadot-node-primitives' DEFAULT_PRECHECK_PREPARATION_TIMEOUT)."""
    preparing_timeout: int
    """The same of a code that is to be executed (kind Prepare, or DEFAULT_LENIENT_PREPARATION_TIMEOUT)."""
    stack_values: int
    """Values that the stack of validation code may hold (ExecutorParam::StackLogicalMax, or the node's own)."""
    largest_code: int
    """Bytes that a validation code may have when it is decompressed (validation_code_bomb_limit)."""


@dataclass(frozen=True)
class Included:
    """A candidate that a block includes."""

    candidate: bytes
    para: int
    core: int
    group: int
