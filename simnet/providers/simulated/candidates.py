"""Candidates, their statements and bitfields as the relay chain's inherent wants them, signed for real."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from simnet.codec import blake2_256, compact, read_compact, u16, u32, vec, vec_bytes
from simnet.providers.simulated.ledger import ExecutedBlock

SECONDED, VALID = b"\x01", b"\x02"
"""Compact statements, and as which kind of attestation they count on-chain (polkadot-primitives)."""


@dataclass(eq=False)
class Candidate:
    """Parachain blocks on their way onto the relay chain."""

    para: int
    blocks: tuple[ExecutedBlock, ...]
    """One continues the other; they are backed, available and included together."""
    relay_parent: ExecutedBlock
    core: int
    session: int
    group: tuple[int, ...]
    """Indices of the validators that may back it."""
    descriptor: bytes
    commitments: bytes
    pov_size: int
    hash: bytes = field(init=False)
    statements: dict[int, NDArray[np.int64]] = field(init=False, default_factory=dict)
    """When each node gets the statement of each backing validator."""
    fetching: set[int] = field(init=False, default_factory=set)
    """Validators that have or are getting its proof of validity."""
    first: int | None = field(init=False, default=None)
    """The validator that seconded it."""
    backed_in: list[ExecutedBlock] = field(init=False, default_factory=list)
    """Relay blocks whose authors put it forward; the runtime may have left it out."""
    included_in: list[ExecutedBlock] = field(init=False, default_factory=list)
    garbage: Candidate | None = field(init=False, default=None)
    """What a byzantine validator seconds in its place: the same proof, said to lead to another head."""

    def __post_init__(self) -> None:
        self.hash = blake2_256(self.descriptor + blake2_256(self.commitments))

    @property
    def head(self) -> ExecutedBlock:
        """The block at which its parachain stands when it is included."""
        return self.blocks[-1]

    @property
    def parent(self) -> ExecutedBlock:
        """The block that its first one continues."""
        parent = self.blocks[0].parent
        assert parent is not None
        return parent

    @property
    def code_hash(self) -> bytes:
        """Of the validation code that judges it."""
        return self.descriptor[-32:]

    def statement(self, validator: int) -> bytes:
        return SECONDED if validator == self.first else VALID

    def signed(self, validator: int) -> bytes:
        """What a backing validator signs: its compact statement in its signing context."""
        return b"BKNG" + self.statement(validator) + self.hash + u32(self.session) + self.relay_parent.hash

    def backed(self, signatures: dict[int, bytes]) -> bytes:
        """BackedCandidate: receipt, votes of the group's validators, and who voted together with the core."""
        voted = [index for index in self.group if index in signatures]
        votes = vec(self.statement(index) + signatures[index] for index in voted)
        core = [bool(self.core >> place & 1) for place in range(8)]
        indices = bitfield([index in signatures for index in self.group] + core)
        return self.descriptor + self.commitments + votes + indices


def garbage(candidate: Candidate) -> Candidate:
    """A candidate that commits to a head which its proof does not lead to. Everything that the relay chain can check
    without executing the block is right."""
    honest = candidate.head
    root = read_compact(honest.header, 32)[1]
    header = honest.header[:root] + blake2_256(b"garbage" + honest.hash) + honest.header[root + 32 :]
    wrong = replace(honest, header=header, facts={})
    old, new = vec_bytes(honest.header), vec_bytes(header)
    assert candidate.commitments.count(old) == 1
    head = slice(len(candidate.descriptor) - 64, len(candidate.descriptor) - 32)
    assert candidate.descriptor[head] == blake2_256(honest.header)
    return replace(
        candidate,
        blocks=(*candidate.blocks[:-1], wrong),
        descriptor=candidate.descriptor[: head.start] + wrong.hash + candidate.descriptor[head.stop :],
        commitments=candidate.commitments.replace(old, new),
    )


def descriptor(
    *,
    para: int,
    relay_parent: bytes,
    core: int,
    session: int,
    validation_data: bytes,
    pov: bytes,
    head: bytes,
    code_hash: bytes,
    collator: tuple[bytes, Callable[[bytes], bytes]] | None,
) -> bytes:
    """Candidate descriptor of version 2, or of version 1 when a collator signs it. Nothing on-chain can check the
    erasure root, so chunks are not made for it."""
    data, erasure_root = blake2_256(validation_data), blake2_256(b"erasure root of" + pov)
    if collator is None:
        place, signature = b"\0" + u16(core) + u32(session) + b"\0" + bytes(24), bytes(64)
    else:
        place, sign = collator
        signature = sign(relay_parent + u32(para) + data + pov + code_hash)
    return u32(para) + relay_parent + place + data + pov + erasure_root + signature + blake2_256(head) + code_hash


def bitfield(bits: Sequence[bool]) -> bytes:
    """One bit a core: whether the validator has its chunk of the candidate that is pending there."""
    number = sum(1 << core for core, here in enumerate(bits) if here)
    return compact(len(bits)) + number.to_bytes((len(bits) + 7) // 8, "little")


def inherent(
    bitfields: Sequence[bytes], backed: Sequence[bytes], disputes: Sequence[bytes], parent: ExecutedBlock
) -> bytes:
    """ParachainsInherentData: signed bitfields, backed candidates, sets of dispute statements, the parent's header."""
    return vec(bitfields) + vec(backed) + vec(disputes) + parent.header
