"""Whether the migrations of new code stay within what a block may hold, end, and do what a second build checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from simnet.checks._check import Check, Finding, Interval, Status, Unjudgeable, invariant
from simnet.checks.watched import of_final_blocks, unread
from simnet.errors import InputError
from simnet.fields import ChainForm, ChainId, Share, ShareForm
from simnet.journal import ChainUpgrade, Evidence, Record, chain_upgrades, weight_in_words
from simnet.journal.records import Migrated, UpgradeTried
from simnet.network.topology import RELAY


@dataclass(frozen=True, kw_only=True)
class Migration(Check):
    """Judges what new code does to its chain's storage, block by block: its migrations take no more of a block than
    they may, end, and report no error. Use it beside ``upgraded``: a block is made however heavy its migration is, and
    on a parachain validators may refuse it then.

    Weights are those that the runtime counted for the migration itself, apart from the rest of its block. Where the
    code has no higher version than the one before, nothing migrates, and the check is inconclusive.
    """

    kind: ClassVar[str] = "migration"
    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            chain: ChainForm = RELAY,
            ref_time: ShareForm = 1.0,
            proof_size: ShareForm = 1.0,
            blocks: int | None = None,
        ) -> None: ...

    chain: ChainId = RELAY
    """The chain whose upgrades are judged, by default the relay chain. All count whose first block under the new code
    is finalized, and was first seen in the interval; of one whose blocks do not become final, which is what
    validators do to those that are too heavy, the blocks that were made can break the check."""
    ref_time: Share = 1.0
    """The most that migrations may use of the reference time that a block has, in any block; by default all of it."""
    proof_size: Share = 1.0
    """The most that migrations may use of the proof size that a block has, in any block; by default all of it. The
    relay chain has no limit of it, so that nothing is too much there."""
    blocks: int | None = None
    """The most blocks in which an upgrade may migrate. Left out: any number, if the last of them came in the
    interval."""

    def validate(self) -> None:
        if self.blocks is not None and self.blocks < 1:
            raise InputError("migration: blocks is 1 or more; code of a higher version always has one")

    def expected(self) -> str:
        most = f"{self.ref_time:.4g} of a block's reference time and {self.proof_size:.4g} of its proof size"
        blocks = f", in {self.blocks} block(s) at most" if self.blocks is not None else ""
        return f"the migrations of {self.chain} use at most {most}{blocks}, end, and report no error"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        found = chain_upgrades(evidence, self.chain, interval.end)
        begun = [one for one in found if interval.holds((one.first or one.at).t)]
        if not begun:
            raise Unjudgeable(f"no other code came into {self.chain} in that time, as far as its blocks are final")
        waiting = [one for one in begun if one.first is None]
        if len(waiting) == len(begun) and not waiting[-1].refused:
            raise Unjudgeable(f"no block of {self.chain} under the new code {waiting[0].code[:10]} is final")
        blocks = [block for block in evidence.canonical(self.chain) if interval.holds(block.t)]
        dark = unread(evidence, blocks)
        seen = of_final_blocks(evidence, self.chain, interval.start, interval.end)
        migrating = [one for one in begun if one.migrated]
        migrating += [replace(one, migrated=one.refused) for one in waiting if one.refused]
        idle = [one for one in begun if one.first is not None and not one.migrated and one.higher is False]
        if len(idle) == len(begun):
            raise Unjudgeable("; ".join(map(_idle, idle)))
        judged = [_Judged.of(one, self) for one in migrating]
        broken = [text for one in judged for text in one.broken]
        late = [text for one in judged for text in one.late]
        unknown = [text for one in judged for text in one.unknown]
        unknown += [f"no block under {one.code[:10]} is final" for one in waiting]
        unknown += [
            f"what {one.code[:10]} migrated in block {one.first.height} was not read"
            for one in begun
            if one.first is not None and not one.migrated and one not in idle
        ]
        told = [*broken, *late, *(one.told for one in judged), *map(_idle, idle)]
        return self.finding(
            not broken and not late,
            "; ".join(told) or "no migration was read",
            interval,
            coverage=replace(seen, unread="; ".join(filter(None, (dark, *unknown)))),
            certain=bool(broken),
            where=[record for one in migrating for record in one.migrated],
            figures={"upgrades": len(begun), "blocks": sum(one.blocks for one in migrating), **_most(judged)},
        )

    def too_much(self, held: bool) -> bool:
        return not held


def _idle(upgrade: ChainUpgrade) -> str:
    return f"nothing migrated under {upgrade.code[:10]}, whose version is not higher than the one before"


@dataclass(frozen=True)
class _Judged:
    """What one upgrade's migrations did, in words, and the largest shares of a block."""

    told: str
    broken: list[str] = field(default_factory=list)
    """What breaks the check whatever comes later."""
    late: list[str] = field(default_factory=list)
    """What the time after the interval might mend."""
    unknown: list[str] = field(default_factory=list)
    shares: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, upgrade: ChainUpgrade, check: Migration) -> _Judged:
        """By what a check allows. Blocks that are not final may be of several forks: each counts by itself."""
        one = cls(told=_in_words(upgrade))
        final = upgrade.first is not None
        for block in _by_block(upgrade):
            place = f"block {block[0].height}" if final else f"block {block[0].height} (not final)"
            for record in block:
                if record.data.error is not None:
                    one.broken.append(f"{place} reports {record.data.error}")
                if record.data.unread is not None:
                    one.unknown.append(f"what {place} migrated was not read ({record.data.unread})")
            for name, most in (("ref_time", check.ref_time), ("proof_size", check.proof_size)):
                one._judge(block, place, name, most)
        if not final:
            return one
        last = upgrade.migrated[-1]
        if last.data.goes_on or (last.data.goes_on is None and last.data.stage == "step" and not upgrade.ended):
            one.late.append(f"the migration had not ended in block {last.height}, its last that was seen")
        if check.blocks is not None and upgrade.blocks > check.blocks:
            one.broken.append(f"{upgrade.blocks} blocks migrated, {check.blocks} may")
        return one

    def _judge(self, block: list[Record[Migrated]], place: str, name: str, most: float) -> None:
        """One kind of weight of a block's migrations together."""
        limit = getattr(block[0].data, f"{name}_limit")
        used = [value for record in block if (value := getattr(record.data, name)) is not None]
        if limit is None or not used:
            if name == "ref_time" and used:
                self.unknown.append(f"the reference time that {place} may use was not read")
            return
        share = sum(used) / limit
        self.shares[name] = max(share, self.shares.get(name, 0.0))
        if share <= most:
            return
        text = f"{place} used {share:.2%} of its {name} for migrations, {most:.2%} may"
        whole = all(record.data.separated != "initialization" for record in block)
        (self.broken if whole else self.unknown).append(text if whole else f"{text}, or less: {_TOGETHER}")


_TOGETHER = "it could not be told from the rest of the block's initialization"


def _by_block(upgrade: ChainUpgrade) -> Iterator[list[Record[Migrated]]]:
    for hash_ in dict.fromkeys(record.hash for record in upgrade.migrated):
        yield [record for record in upgrade.migrated if record.hash == hash_]


def _in_words(upgrade: ChainUpgrade) -> str:
    """``0xe733f133 migrated in block 27 (upgrade 10.7 ms and 67,035 bytes of proof; ...)``."""
    stages = "; ".join(
        f"block {one.height} {one.data.stage} {weight_in_words(one.data.ref_time, one.data.proof_size)}"
        for one in upgrade.migrated[:_TOLD]
    )
    more = f"; and {len(upgrade.migrated) - _TOLD} more" if len(upgrade.migrated) > _TOLD else ""
    return f"{upgrade.code[:10]} migrated in {upgrade.blocks} block(s): {stages}{more}"


_TOLD = 3
"""Migrations that are told one by one."""


def _most(judged: list[_Judged]) -> dict[str, Any]:
    names = dict.fromkeys(name for one in judged for name in one.shares)
    return {f"{name}_share": round(max(one.shares.get(name, 0.0) for one in judged), 6) for name in names}


def tried_upgrades(evidence: Evidence) -> list[Finding]:
    """For each chain for which a build with ``try-runtime`` was given: whether its checks passed on the state before
    the block that migrated. Nothing where none was given."""
    chains = dict.fromkeys(record.chain for record in evidence.of(UpgradeTried) if record.chain is not None)
    return [_tried(evidence, chain) for chain in chains]


def _tried(evidence: Evidence, chain: str) -> Finding:
    name, expected = f"try-runtime {chain}", f"the checks of the given build pass on the state that {chain} migrates"
    ran = [record for record in evidence.of(UpgradeTried) if record.chain == chain and record.hash is not None]
    failed = [record for record in ran if record.data.passed is False]
    final = {block.hash for block in evidence.canonical(chain)}
    passed = [record for record in ran if record.data.passed and record.hash in final]
    if failed:
        why = "; ".join(dict.fromkeys(f"block {one.height}: {one.data.error}" for one in failed))
        return invariant(name, expected, Status.FAILED, why, failed)
    if not passed:
        unrun = next((one.data.error for one in ran if one.data.error is not None), None)
        seen = f"no final block of {chain} migrated, so that nothing was tried" if unrun is None else unrun
        return invariant(name, expected, Status.INCONCLUSIVE, seen, ran)
    told = (f"block {one.height} {weight_in_words(one.data.ref_time, one.data.proof_size)}" for one in passed)
    return invariant(name, expected, Status.HELD, f"all passed: {', '.join(told)}", passed)
