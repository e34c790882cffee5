"""Whether an asset that crosses chains is neither made nor lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from simnet.checks._check import Check, Finding, Interval, Unjudgeable
from simnet.checks.asset_chains import AssetChains
from simnet.checks.block_sums import BlockSums, Reasons
from simnet.checks.coverage import Coverage
from simnet.checks.final_chain import FinalChain, came_in
from simnet.checks.ledgers import (
    BALANCES,
    FEE,
    AssetLedger,
    Flight,
    Step,
    causes_of,
    leg_sent,
    messages_of,
    oddities,
    selection,
    unexplained_step,
)
from simnet.checks.patterns import Meanings
from simnet.checks.watched import of_every_fork, of_final_blocks, unread
from simnet.checks.written_keys import holding_keys, holdings_at
from simnet.checks.xcm_assets import AssetPlace, chain_at, place, place_of_chain
from simnet.errors import InputError
from simnet.fields import ChainId
from simnet.journal import Ask, Block, Evidence
from simnet.journal.records import Intervention
from simnet.network.accounts import sovereign_of_child, sovereign_of_sibling
from simnet.network.topology import RELAY

NATIVE = "native"
"""What ``on`` says of a chain whose own token the asset is."""

CHECKING = "0x" + b"modlpy/xcmch".ljust(32, b"\0").hex()
"""The account in which a chain keeps what was teleported away (pallet-xcm, PalletId py/xcmch)."""


@dataclass(frozen=True, kw_only=True)
class Conserved(Check):
    """Says that of an asset nothing was made and nothing was lost over all chains that have it: what circulates, what
    is under way in messages and what is trapped add up to the same at both ends of the interval. Use it whenever
    assets cross chains: a message may end and what it carried be gone.

    What circulates on a chain is its issuance less what backs the asset elsewhere: the checking account of teleports
    and the sovereign accounts of chains whose own copies are backed there. Beside what messages took away and were to
    bring, a block may change it by what its events say of fees, dust, a treasury's burns and staking's payouts, to the
    last unit; who burns or mints otherwise, by whatever right, breaks it. It is read of each block from the launch on.

    The check is open where a block was not read, or a message is under way whose program no event tells; where root
    wrote accounts; where a chain used money of its own in the account that backs its copies; and where fees are burnt
    in some blocks and not in others. Blocks of one time may lose and what they did come again: let a run wait half a
    minute between what makes an asset and the time over which it is to be conserved.
    """

    kind: ClassVar[str] = "conserved"
    asset: Any
    """The asset: ``relay`` or a parachain's id for its native token, or a location as the relay chain sees it,
    ``{parents: 0, interior: {X3: [...]}}``."""
    on: dict[ChainId, Any] = field(hash=False)
    """What the asset is on each chain that has it: ``native``, or ``{Pallet: id}`` with the pallet that keeps it."""
    backed_on: dict[ChainId, tuple[ChainId, ...]] = field(default_factory=dict, hash=False)
    """Of chains on which the asset is a copy that a pallet keeps: the chains that hold its reserve in their sovereign
    accounts. Left out: the chain that the asset is of, and every chain on which it is native."""
    forks: bool = False
    """Whether each block that was seen is judged, whatever became of its fork: what circulates must change there by
    what messages and events explain. By default finalized blocks are, and one that may yet become so leaves the check
    open."""

    def validate(self) -> None:
        if self.where() is None:
            raise InputError("conserved: asset is relay, a parachain's id, or a location as the relay chain sees it")
        if len(self.on) < 2:
            raise InputError("conserved: `on` needs every chain that has the asset, two at least")
        for chain, what in self.on.items():
            if what != NATIVE and not (isinstance(what, Mapping) and len(what) == 1):
                raise InputError(f"conserved: on {chain} the asset is `native` or {{Pallet: id}}, not {what!r}")
        if all(map(self._copied, self.on)):
            raise InputError("conserved: `on` lacks the chain that the asset is of, or one on which it is native")
        for chain, holders in self.backed_on.items():
            for one in (chain, *holders):
                if one not in self.on:
                    raise InputError(f"conserved: backed_on names {one}, which is not in `on`")

    def where(self) -> AssetPlace | None:
        """The asset as the relay chain sees it; None for what names none."""
        if self.asset == RELAY:
            return ()
        if isinstance(self.asset, int) or (isinstance(self.asset, str) and self.asset.isdigit()):
            return place_of_chain(str(self.asset))
        return place(self.asset, RELAY)

    def home(self) -> str | None:
        """The chain whose own token the asset is; None of any other asset."""
        where = self.where()
        return None if where is None else chain_at(where)

    def expected(self) -> str:
        where = ", on every fork" if self.forks else ""
        return f"of {self._name()} nothing is made and nothing is lost on {', '.join(self.on)}{where}"

    def _name(self) -> str:
        if isinstance(self.asset, Mapping):
            return f"the asset {'/'.join(self.where() or ())}"
        return "the relay chain's token" if self.asset == RELAY else f"the token of {self.asset}"

    # -- what is read -----------------------------------------------------------------------------------------------

    def issuance(self, chain: str) -> Ask:
        """Where a chain says how much of the asset there is."""
        what = self.on[chain]
        if what == NATIVE:
            return Ask.of(chain, "storage", "Balances.TotalIssuance")
        ((pallet, asset),) = what.items()
        return Ask.of(chain, "storage", f"{pallet}.Asset", [asset])

    def backing(self, chain: str) -> list[Ask]:
        """Where a chain says how much it keeps for others: its checking account, and sovereign accounts of chains whose
        copies it backs."""
        accounts = [] if self._copied(chain) else [CHECKING]
        for para in filter(self._copied, self.on):
            holders = self.backed_on.get(para, [one for one in self.on if not self._copied(one)])
            if para != chain and chain in holders:
                accounts.append(sovereign_of_child(int(para)) if chain == RELAY else sovereign_of_sibling(int(para)))
        what = self.on[chain]
        if what == NATIVE:
            return [Ask.of(chain, "storage", "System.Account", [one]) for one in accounts]
        ((pallet, asset),) = what.items()
        return [Ask.of(chain, "storage", f"{pallet}.Account", [asset, one]) for one in accounts]

    def _copied(self, chain: str) -> bool:
        """Whether a chain has the asset as a pallet's and is not the one that it is of."""
        return self.on[chain] != NATIVE and chain != chain_at((self.where() or ())[:1])

    def kept_by(self, chain: str) -> tuple[str, Any]:
        """The pallet that keeps the asset on a chain, and its id there; None of a chain's own token."""
        what = self.on[chain]
        return (BALANCES, None) if what == NATIVE else next(iter(what.items()))

    def asks(self) -> Iterable[Ask]:
        for chain, what in self.on.items():
            yield self.issuance(chain)
            yield from self.backing(chain)
            if what == NATIVE:
                yield Ask.of(chain, "event", FEE)

    # -- judging ----------------------------------------------------------------------------------------------------

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        missing = [ask for ask in self.asks() if ask not in evidence.asked[ask.chain]]
        if missing:
            raise Unjudgeable(f"{missing[0]} of {missing[0].chain} was not asked for before the run")
        chains = AssetChains(evidence, self)
        ledgers = {chain: chains.ledger(chain, interval) for chain in self.on}
        seen = Coverage()
        for chain in self.on:
            seen = seen.and_of(of_final_blocks(evidence, chain, interval.start, interval.end))
            if self.forks:
                seen = seen.and_of(of_every_fork(evidence, chain, interval.start, interval.end)[1])
        lacking = [one.lacking for one in ledgers.values() if one.lacking]
        if lacking:
            seen = replace(seen, unread="; ".join(filter(None, (seen.unread, *lacking))))
            return self.finding(True, "not every block was read", interval, coverage=seen)
        in_words = self._home(evidence).shown
        messages = messages_of(evidence, self.on, self.where() or ())
        sums = BlockSums(messages, chains.sent_in, self._causes)
        flight = Flight.of(ledgers, messages, lambda one: sums.took(one).amount)
        reasons = self._explained(evidence, interval, ledgers, sums, in_words)
        explained, unexplained, unsure = reasons.amount, reasons.wrong, reasons.unsure
        steps = [step for one in ledgers.values() for step in one.steps]
        trapped_now, circulating = sum(step.trapped for step in steps), sum(step.change for step in steps)
        gained = circulating + flight.amount + trapped_now - explained
        figures = {
            "circulating": circulating, "under_way": flight.amount, "trapped": trapped_now, "burnt": -explained,
            "gained": gained,
        }  # fmt: skip
        told = [f"what circulates changed by {in_words(circulating)}, what is under way by {in_words(flight.amount)}"]
        told += [f"{in_words(trapped_now)} more is trapped out of the issuance"] if trapped_now else []
        told += [f"{in_words(-explained)} were burnt, as events say"] if explained else []
        told += [f"{flight.ended} message(s) that carried it ended"]
        if gained:
            wrong = "came from nowhere" if gained > 0 else "is gone"
            more = f"that is {'more' if gained > 0 else 'less'} than before"
            told.insert(0, f"{in_words(abs(gained))} {wrong if unexplained or not reasons.doubtful else more}")
            told += [*oddities(ledgers, messages, lambda one: sums.took(one).amount, in_words), *unexplained][:3]
        elif unexplained:
            told = [*unexplained[:3], *told]
        held = not unexplained and (not gained or bool(reasons.doubtful))
        aside, dark, moved = self._aside(chains, interval, sums, in_words)
        if self.forks and aside:
            held, told = False, [*aside[:3], *told]
            unexplained = [*unexplained, *aside]
        doubts = None if held or unexplained else selection(list(unsure.items()), gained)
        names = [list(unsure)[at] for at in doubts or ()]
        open_ = [flight.unknown, *reasons.doubtful[:1]]
        open_ += [f"no block to which no message came shows whether that is {' and '.join(names)}"] if names else []
        moved = bool((self.forks and moved) or circulating or flight.ended or unexplained)
        open_ += [] if moved else ["nothing of it moved, which proves nothing"]
        if held:
            open_ += [f"{one}, which is not final and would turn it" for one in aside[:1]] or dark[:1]
            open_ += [*reasons.mixed[:1], *self._written(evidence), *self._sent_to_root(evidence)]
        seen = replace(seen, unread="; ".join(filter(None, (seen.unread, *open_))))
        return self.finding(
            held, "; ".join(told), interval, coverage=seen, certain=bool(unexplained), figures=figures,
            where=[step.events[0] for step in steps if step.change and step.events][:3],
        )  # fmt: skip

    def _aside(
        self, chains: AssetChains, interval: Interval, sums: BlockSums, in_words: Callable[[int], str]
    ) -> tuple[list[str], list[str], bool]:
        """Of blocks beside the final ones: changes that nothing explains, why of some nobody can tell, and whether
        anything changed."""
        evidence = chains.evidence
        wrong, dark, moved = [], [], False
        for chain in self.on:
            blocks = self._blocks_aside(evidence, chain, interval)
            lacking = unread(evidence, blocks)
            dark += [lacking] if lacking else []
            for block in blocks:
                step = chains.step(chain, block)
                if step is None:
                    dark.append(f"what there is on {chain} was not read at block {block.height}, which is not final")
                    continue
                moved = moved or step.change != 0
                why = sums.unexplained(step, in_words)
                doubt = None if why is None else self._doubt(evidence, interval, sums, step, in_words)
                if doubt is not None:
                    dark.append(doubt)
                elif why is not None:
                    wrong.append(why)
                elif sums.due(step) is None:
                    told = "nothing tells for sure what messages carried"
                    dark.append(f"{told} in block {block.height} of {chain}, which is not final")
        return wrong, dark, moved

    def _blocks_aside(self, evidence: Evidence, chain: str, interval: Interval) -> list[Block]:
        """Blocks of the interval that are not final: those that may become so, and with ``forks`` those that lost."""
        if not self.forks:
            branches = FinalChain.until(evidence, chain, interval.end).within(interval).branches
            return list(dict.fromkeys(block for branch in branches for block in branch))
        final = {block.hash for block in evidence.canonical(chain)}
        return [b for b in evidence.blocks[chain].values() if came_in(b, interval) and b.hash not in final]

    def _written(self, evidence: Evidence) -> list[str]:
        """That storage was written which issuance does not tell."""
        for record in evidence.of(Intervention):
            chain = record.chain or ""
            for one in record.data.items if chain in self.on else ():
                item = str(one.get("item"))
                if holdings_at(item, self.kept_by(chain)[0]):
                    return [
                        f"root wrote {item} on {chain}, and who has how much is not added up here, only issuance is"
                    ]
        return []

    def too_much(self, held: bool) -> bool:
        return not held

    def _sent_to_root(self, evidence: Evidence) -> list[str]:
        """That a message has root of a chain dispatch a call that has such keys in it."""
        for records in evidence.events.values():
            for record in records:
                _, recipient = leg_sent(record)
                program = record.data.fields.get("message")
                if recipient in self.on and isinstance(program, list):
                    keys = holding_keys(self.kept_by(recipient)[0])
                    calls = (str(one["Transact"]) for one in program if isinstance(one, Mapping) and "Transact" in one)
                    if any(key in call for call in calls for key in keys):
                        return [
                            f"a message of {record.chain} has {recipient} dispatch a call with keys of accounts in it"
                        ]
        return []

    def _causes(self, step: Step) -> list[tuple[str, int]]:
        """What a block's events say that its runtime destroys or makes of its own token."""
        return causes_of(step.events) if self.on[step.block.chain] == NATIVE else []

    def _explained(
        self,
        evidence: Evidence,
        interval: Interval,
        ledgers: Mapping[str, AssetLedger],
        sums: BlockSums,
        in_words: Callable[[int], str],
    ) -> Reasons:
        """Of each final block why what circulates changed in it.

        A block's change is its causes' alone where no message came, but for what its messages are told to take away.
        That shows whether a chain burns its fees; where messages came, the same causes count as elsewhere on it. What
        came with them must be what their senders gave up, in each block: a sum over all would not tell a loss in one
        from a gain in another.
        """
        messages, out = sums.messages, Reasons()
        for ledger in ledgers.values():
            burns: dict[str, bool] = {}
            for step in ledger.steps:
                if not step.alone(messages):
                    continue
                found = step.explained(messages, self._causes(step))
                if found is None:
                    doubt = self._doubt(evidence, interval, sums, step, in_words)
                    out.add(unexplained_step(step, in_words), doubt)
                    continue
                out.amount += found.amount
                for name, amount in self._causes(step):
                    burnt = name in found.causes
                    if amount and burns.setdefault(name, burnt) is not burnt:
                        where = f"in block {step.block.height} of {ledger.chain}"
                        told = f"{name} was {'' if burnt else 'not '}burnt {where}, otherwise than before"
                        out.mixed.append(f"{told}, which a gain or a loss of just as much would hide")
            for step in ledger.steps:
                if step.alone(messages):
                    continue
                wrong = sums.unexplained(step, in_words)
                if wrong is not None:
                    out.add(wrong, self._doubt(evidence, interval, sums, step, in_words))
                for name, amount in self._causes(step):
                    if name in burns:
                        out.amount += amount if burns[name] else 0
                    else:
                        what = f"{name} on {ledger.chain}"
                        out.unsure[what] = out.unsure.get(what, 0) + amount
        together = sums.together(ledgers, in_words)
        out.wrong += together.wrong
        out.doubtful += together.doubtful
        return out

    def _doubt(
        self,
        evidence: Evidence,
        interval: Interval,
        sums: BlockSums,
        step: Step,
        in_words: Callable[[int], str],
    ) -> str | None:
        """Why a change that nothing explains may be right all the same."""
        return self._again(evidence, interval, step) or sums.left_open(step, in_words)

    def _again(self, evidence: Evidence, interval: Interval, step: Step) -> str | None:
        """That a block brings what another one had before the interval, which lost."""
        block = step.block
        seen = evidence.blocks[block.chain]
        for records in evidence.message_log.extrinsics.values():
            places = [seen[one.hash] for one in records if one.chain == block.chain and one.hash in seen]
            if block in places and any(one.t <= interval.start for one in places):
                told = f"block {block.height} of {block.chain} has an extrinsic that a block of before had, which lost"
                return f"{told}: whether it belongs to that time is not told"
        return None

    def _home(self, evidence: Evidence) -> Meanings:
        """How amounts are told: in the token of the chain whose own it is."""
        return Meanings.of(evidence, self.home() or "")
