"""What each code that came into a finalized chain migrated there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from simnet.journal._evidence import Evidence
from simnet.journal._observations import Block
from simnet.journal._record import Record
from simnet.journal.records import CodeRead, Migrated

_PER_MILLISECOND = 10**9
"""Picoseconds, in which runtimes count reference time."""


@dataclass(frozen=True)
class ChainUpgrade:
    """A code that came into a finalized chain, and what it did there."""

    code: str
    """BLAKE2b-256 of it, 0x hex."""
    at: Block
    """The block that put it into force."""
    first: Block | None
    """The first finalized block that it made."""
    higher: bool | None
    """Whether its version is higher than the one before, or another runtime's, without which nothing migrates; None
    where that is not known."""
    migrated: tuple[Record[Migrated], ...] = ()
    """What it migrated in finalized blocks, in their order."""
    refused: tuple[Record[Migrated], ...] = ()
    """Where none of its blocks is final: what it migrated in blocks that were made and are not."""
    ended: bool = True
    """Whether a finalized block followed those that migrated."""

    @property
    def blocks(self) -> int:
        """How many blocks migrated."""
        return len({one.hash for one in self.migrated})


def chain_upgrades(evidence: Evidence, chain: str, until: float | None = None) -> list[ChainUpgrade]:
    """The upgrades of a finalized chain in their order, by the blocks that were first seen up to a time."""
    by_block: dict[str, list[Record[Migrated]]] = {}
    for record in evidence.of(Migrated):
        if record.chain == chain:
            by_block.setdefault(record.hash or "", []).append(record)
    codes = evidence.codes[chain]
    found: list[ChainUpgrade] = []
    before: CodeRead | None = None
    for block in evidence.canonical(chain):
        if until is not None and block.t > until:
            break
        if found:
            one = found[-1]
            migrated = by_block.get(block.hash, ())
            found[-1] = replace(one, first=one.first or block, migrated=(*one.migrated, *migrated), ended=not migrated)
        read = codes.get(block.hash)
        if read is not None:
            code = read.data
            if before is not None and code.code != before.code:
                found.append(ChainUpgrade(code.code, block, None, migrations_run(before, code)))
            before = code
    if found and found[-1].first is None:
        made = [one for records in by_block.values() for one in records if until is None or one.t <= until]
        found[-1] = replace(found[-1], refused=tuple(one for one in made if one.data.code == found[-1].code))
    return found


class CodeVersion(Protocol):
    """What a runtime says of itself; None where it was not read."""

    @property
    def spec_name(self) -> str | None: ...
    @property
    def spec_version(self) -> int | None: ...


def migrations_run(before: CodeVersion, after: CodeVersion) -> bool | None:
    """Whether a chain runs migrations as it goes from one runtime to another: the version is higher, or it has another
    name (frame-system 49 LastRuntimeUpgradeInfo). None where either is not known."""
    if before.spec_version is None or after.spec_version is None:
        return None
    return after.spec_version > before.spec_version or after.spec_name != before.spec_name


def weight_in_words(ref_time: int | None, proof_size: int | None) -> str:
    """``10.7 ms and 67,035 bytes of proof``, of what runtimes count in picoseconds and bytes; unknown is told."""
    size = "an unknown number of" if proof_size is None else f"{proof_size:,}"
    return f"{_time_in_words(ref_time)} and {size} bytes of proof"


def _time_in_words(ref_time: int | None) -> str:
    if ref_time is None:
        return "an unknown time"
    milliseconds = ref_time / _PER_MILLISECOND
    return f"{milliseconds:,.1f} ms" if milliseconds >= 10 else f"{milliseconds:.3g} ms"
