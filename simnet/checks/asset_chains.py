"""An asset on its chains, block by block, as a run read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from simnet.checks._check import Interval, Unjudgeable
from simnet.checks.final_chain import FinalChain
from simnet.checks.ledgers import BALANCES, AssetLedger, Step, issued
from simnet.checks.patterns import Meanings, matches
from simnet.checks.watched import unread
from simnet.checks.xcm_assets import AssetPlace, Carried, trapped
from simnet.journal import Ask, Block, Evidence, Record
from simnet.journal.records import RuntimeEvent


class TracedAsset(Protocol):
    """What is asked of a check to know where its asset is told."""

    @property
    def on(self) -> Mapping[str, Any]:
        """What the asset is on each chain that has it."""

    def where(self) -> AssetPlace | None:
        """The asset as the relay chain sees it."""

    def issuance(self, chain: str) -> Ask:
        """Where a chain says how much of it there is."""

    def backing(self, chain: str) -> Sequence[Ask]:
        """Where a chain says how much of it backs the asset elsewhere."""

    def kept_by(self, chain: str) -> tuple[str, Any]:
        """The pallet that keeps it on a chain, and its id there."""


@dataclass
class AssetChains:
    """The chains of an asset in one run; each block is looked at once."""

    evidence: Evidence
    asset: TracedAsset
    _steps: dict[tuple[str, str], Step | None] = field(default_factory=dict)
    _known: dict[tuple[str, str], tuple[int, int] | None] = field(default_factory=dict)

    def ledger(self, chain: str, interval: Interval) -> AssetLedger:
        """The final blocks of an interval; raises :class:`Unjudgeable` where none was final before."""
        final = FinalChain.until(self.evidence, chain, interval.end)
        start = final.before(interval.start)
        if start is None:
            raise Unjudgeable(f"no block of {chain} was final before, so that nothing tells what there was then")
        blocks = [block for block in final.within(interval).final if block.height > start.height]
        dark = unread(self.evidence, blocks)
        if dark:
            return AssetLedger(chain, (), start, dark)
        steps: list[Step] = []
        for block in blocks:
            step = self.step(chain, block)
            if step is None:
                what = f"what there is on {chain} was not read at block {block.height}"
                return AssetLedger(chain, (), start, what if start.height else f"{chain} had no final block at first")
            steps.append(step)
        return AssetLedger(chain, tuple(steps), start)

    def step(self, chain: str, block: Block) -> Step | None:
        """A block beside its parent; None where either was not read."""
        if (chain, block.hash) not in self._steps:
            self._steps[chain, block.hash] = self._step(chain, block)
        return self._steps[chain, block.hash]

    def _step(self, chain: str, block: Block) -> Step | None:
        parent = self.evidence.blocks[chain].get(block.parent)
        one = None if parent is None else self._circulating(chain, parent)
        two = self._circulating(chain, block)
        if parent is None or one is None or two is None:
            return None
        events = tuple(self.evidence.events.get((chain, block.hash), ()))
        lost = sum(trapped(event, self.asset.where() or ()) for event in events)
        more, backing = two[0] - one[0], two[1] - one[1]
        hidden = lost if lost and more - self._issued(chain, events) == -lost else 0
        return Step(block, more - backing, events, hidden, backing)

    def _issued(self, chain: str, events: Iterable[Record[RuntimeEvent]]) -> int:
        """By how much a block's issuance changed as its events tell; what they do not, an imbalance did that was
        dropped."""
        pallet, asset = self.asset.kept_by(chain)
        meanings = Meanings.of(self.evidence, chain)
        return issued(events, pallet, lambda id_: pallet == BALANCES or matches(asset, id_, meanings))

    def _circulating(self, chain: str, block: Block) -> tuple[int, int] | None:
        """Issuance, and what of it backs the asset elsewhere; None where any of it was not read."""
        if (chain, block.hash) not in self._known:
            asks = (self.asset.issuance(chain), *self.asset.backing(chain))
            amounts = [self._amount(ask, block) for ask in asks]
            known = [one for one in amounts if one is not None]
            self._known[chain, block.hash] = (known[0], sum(known[1:])) if len(known) == len(amounts) else None
        return self._known[chain, block.hash]

    def _amount(self, ask: Ask, block: Block) -> int | None:
        """What was read there as a number; None where it was not, or is none."""
        record = self.evidence.value(ask, block.hash)
        if record is None or record.data.why is not None:
            return None
        value = record.data.value
        if ask.name == "Balances.TotalIssuance":
            return value if isinstance(value, int) else None
        if value is None:
            return 0
        if ask.name == "System.Account":
            data = value.get("data", {})
            parts = [data.get("free"), data.get("reserved")]
        else:
            parts = [value.get("supply" if ask.name.endswith(".Asset") else "balance")]
        return sum(parts) if all(isinstance(one, int) for one in parts) else None

    def sent_in(self, message: Carried) -> Step | None:
        """The block in which a message was sent; None where it was not read, or its chain is not judged."""
        block = self.evidence.blocks[message.sender].get(message.record.hash or "")
        return None if block is None or message.sender not in self.asset.on else self.step(message.sender, block)
