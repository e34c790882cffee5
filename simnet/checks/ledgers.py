"""An asset on each of its chains over a time: what circulates block by block, what messages carry, what explains a
change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from simnet.checks.xcm_assets import AssetPlace, Carried, Leg, crosses, ended, sent
from simnet.journal import Block, Evidence, Record
from simnet.journal.records import RuntimeEvent

BALANCES = "Balances"
"""The pallet that keeps a chain's own token."""

FEE = "TransactionPayment.TransactionFeePaid"

_EXPLAIN: Mapping[str, Mapping[str, int]] = {
    FEE: {"actual_fee": -1},
    "Balances.DustLost": {"amount": -1},
    "Treasury.Burnt": {"burnt_funds": -1},
    "Staking.EraPaid": {"validator_payout": 1, "remainder": 1},
    "Staking.Rewarded": {"amount": 1},
}
"""Events that say how much of the native token a runtime destroys or makes by its own rules: fields with the sign of
the change (pallet-transaction-payment, whose ``actual_fee`` has the tip in it; pallet-balances; pallet-treasury;
pallet-staking-async, which makes what an era pays when it ends or when it is paid out)."""


_NATIVE_ISSUED: Mapping[str, int] = {
    "Issued": 1, "Minted": 1, "MintedCredit": 1,
    "Rescinded": -1, "Burned": -1, "BurnedDebt": -1, "BurnedHeld": -1,
}  # fmt: skip
_ASSETS_ISSUED: Mapping[str, int] = {
    "Issued": 1, "IssuedCredit": 1, "BurnedDebt": 1,
    "Burned": -1, "BurnedCredit": -1, "IssuedDebt": -1,
}  # fmt: skip
"""Events that say that issuance changed, with the sign: of pallet-balances 46, and of pallet-assets 48, where a debt
that is destroyed has issued assets."""


@dataclass(frozen=True)
class Step:
    """A block: by how much what circulates on its chain changed in it, and its events. ``trapped`` is how much of the
    asset was trapped there in such a way that it left the issuance, which newer runtimes keep; ``backing`` by how much
    the accounts changed that back it elsewhere."""

    block: Block
    change: int
    events: tuple[Record[RuntimeEvent], ...]
    trapped: int = 0
    backing: int = 0

    def alone(self, messages: Mapping[Leg, Carried]) -> bool:
        """Whether its own causes and messages explain all of its change: none came, and of those that left it is known
        what they carry."""
        return all(
            event.data.name == "Attempted" or ((sent := messages.get(leg_sent(event))) and sent.moved is not None)
            for event in self.events
            if crosses(event) and event.data.name not in ("AssetsTrapped", "AssetsClaimed")
        )

    def told(self, messages: Mapping[Leg, Carried]) -> bool:
        """Whether it is known of each message that left in the block what it carries."""
        gone = (messages.get(leg_sent(event)) for event in self.events if event.data.name == "Sent")
        return all(carried is not None and carried.moved is not None for carried in gone)

    @property
    def changed(self) -> int:
        """The change without what was trapped out of the issuance, which is not lost."""
        return self.change + self.trapped

    def sent(self, messages: Mapping[Leg, Carried]) -> list[Carried]:
        """The messages that left in it, as far as they are known."""
        return [messages[leg] for event in self.events if (leg := leg_sent(event)) in messages]

    def arrived(self, messages: Mapping[Leg, Carried]) -> list[Carried]:
        """The messages that ended in it, well or not, as far as they are known."""
        legs = (leg_ended(event) for event in self.events)
        return [messages[leg] for leg in legs if leg is not None and leg in messages]

    def explained(
        self, messages: Mapping[Leg, Carried], causes: Sequence[tuple[str, int]], due: int = 0
    ) -> Explained | None:
        """By which of its causes and messages that left its change came about, beside what was ``due`` by those that
        ended; None where none of them add up to it. A message may only say that it carries something: then its sender
        gave nothing up for it."""
        candidates, legs = self._candidates(messages, causes)
        chosen = selection(candidates, self.changed - due)
        if chosen is None:
            return None
        left: dict[Leg, int] = {}
        for at in chosen:
            leg = legs[at]
            if leg is not None:
                left[leg] = left.get(leg, 0) - candidates[at][1]
        own = [at for at in chosen if legs[at] is None]
        return Explained(left, sum(candidates[at][1] for at in own), frozenset(candidates[at][0] for at in own))

    def ways(self, messages: Mapping[Leg, Carried], causes: Sequence[tuple[str, int]], due: int, leg: Leg) -> set[int]:
        """How much one message may have taken away, by all that explains the change."""
        candidates, legs = self._candidates(messages, causes)
        own = [amount for (_, amount), one in zip(candidates, legs, strict=True) if one == leg]
        others = [one for one, whose in zip(candidates, legs, strict=True) if whose != leg]
        taken = {sum(part) for size in range(len(own) + 1) for part in combinations(own, size)}
        return {-one for one in taken if selection(others, self.changed - due - one) is not None}

    def _candidates(
        self, messages: Mapping[Leg, Carried], causes: Sequence[tuple[str, int]]
    ) -> tuple[list[tuple[str, int]], list[Leg | None]]:
        """What may have brought the change about, by name, and the messages among it."""
        candidates = list(causes)
        legs: list[Leg | None] = [None] * len(candidates)
        for carried in self.sent(messages):
            for at, amount in enumerate((carried.moved or 0, carried.withdrawn or 0)):
                if amount:
                    candidates.append((f"message {carried.id} {carried.recipient} {at}", -amount))
                    legs.append(carried.leg)
        return candidates, legs


@dataclass(frozen=True)
class Explained:
    """Why a block's change came about: what messages took away, and the causes' part of it with their names."""

    left: Mapping[Leg, int]
    amount: int
    causes: frozenset[str]


@dataclass(frozen=True)
class AssetLedger:
    """One chain over the judged time, from its last final block before to the last one in it."""

    chain: str
    steps: tuple[Step, ...]
    start: Block
    lacking: str = ""


@dataclass(frozen=True)
class Flight:
    """What the judged time added to what is under way, and how many messages that carried the asset ended in it.
    ``unknown``: why that cannot be told, empty if it can."""

    amount: int
    ended: int
    unknown: str

    @classmethod
    def of(
        cls, ledgers: Mapping[str, AssetLedger], messages: Mapping[Leg, Carried], left: Callable[[Carried], int | None]
    ) -> Flight:
        """``left`` gives what a message took out of circulation at its sender, None where that cannot be told."""
        added: dict[Leg, int] = {}
        foreign: dict[str | None, float] = {}
        count = 0
        for event in events_of(ledgers):
            leg = leg_sent(event)
            if leg in messages and messages[leg].record is event:
                added[leg] = added.get(leg, 0) + 1
            over = leg_ended(event)
            if over is not None and over in messages:
                carried = messages[over]
                added[carried.leg] = added.get(carried.leg, 0) - 1
                count += carried.moved is None or carried.moved + (carried.withdrawn or 0) > 0
            elif over is not None:
                foreign[event.chain] = event.t
        amount, unknown = 0, ""
        for leg, sign in added.items():
            carried = messages[leg]
            if sign == 0 or carried.recipient not in ledgers:
                continue
            took = left(carried)
            if took is None:
                unknown = f"nothing tells what the message {carried.id[:10]} carries, which is under way"
            elif sign > 0 and took and foreign.get(carried.recipient, -1.0) >= carried.record.t:
                told = f"a message ended on {carried.recipient} under an id that no sender told"
                unknown = f"{told}, which may be {carried.id[:10]} by the hash of its bytes, as a barrier leaves it"
            else:
                amount += sign * took
        return cls(amount, count, unknown)


def oddities(
    ledgers: Mapping[str, AssetLedger],
    messages: Mapping[Leg, Carried],
    left: Callable[[Carried], int | None],
    in_words: Callable[[int], str],
) -> list[str]:
    """Messages by which a sum may not add up: those that failed with what they carried, that went to a chain which is
    not judged, and that brought what their sender did not give up."""
    out = []
    for event in events_of(ledgers):
        gone = messages.get(leg_sent(event))
        if gone is not None and gone.record is event and gone.recipient not in ledgers and (took := left(gone)):
            out.append(f"{in_words(took)} went from {gone.sender} to {gone.recipient}, which `on` does not name")
        over = leg_ended(event)
        message = None if over is None else messages.get(over)
        amount = 0 if message is None else (message.moved or 0) + (message.withdrawn or 0)
        if message is None or not amount:
            continue
        name = f"the message {message.id[:10]}"
        if event.data.fields.get("success") is not True:
            what = f"{name} carried {in_words(amount)} from {message.sender} to {message.recipient}"
            out.append(f"{what} and failed there in block {event.height}")
        elif message.moved and left(message) == 0:
            what = f"{name} brought {in_words(message.moved)} to {message.recipient} in block {event.height}"
            out.append(f"{what}, for which {message.sender} gave nothing up")
    return out[:3]


def issued(events: Iterable[Record[RuntimeEvent]], pallet: str, mine: Callable[[Any], bool]) -> int:
    """By how much events of a block say that issuance changed; ``mine`` tells the asset by its id in them."""
    total, signs = 0, _NATIVE_ISSUED if pallet == BALANCES else _ASSETS_ISSUED
    for event in events:
        fields = event.data.fields
        amount = fields.get("amount", fields.get("balance"))
        if event.data.pallet == pallet and event.data.name in signs and isinstance(amount, int):
            total += signs[event.data.name] * amount if mine(fields.get("asset_id")) else 0
    return total


def leg_sent(event: Record[RuntimeEvent]) -> Leg:
    """What an event says to be sent; its id is empty for other events."""
    carried = sent(event, ())
    return ("", None) if carried is None else carried.leg


def leg_ended(event: Record[RuntimeEvent]) -> Leg | None:
    """What an event says to have ended; None for other events."""
    over = ended(event)
    return None if over is None else (over, event.chain)


def messages_of(evidence: Evidence, chains: Iterable[str], asset: AssetPlace) -> dict[Leg, Carried]:
    """Every message of these chains that an event told; those in finalized blocks win. One stands under the hash of its
    bytes as well, where a chain told that: a barrier that refuses it leaves its topic unread."""
    hashes = evidence.message_log.given.hashes
    final = {block.hash for chain in chains for block in evidence.canonical(chain)}
    out: dict[Leg, Carried] = {}
    for (chain, hash_), events in evidence.events.items():
        for event in events if chain in set(chains) else ():
            carried = sent(event, asset)
            if carried is not None and (carried.leg not in out or hash_ in final):
                out[carried.leg] = carried
                for alias in hashes.get(carried.id, ()):
                    out[alias, carried.recipient] = carried
    return out


def events_of(ledgers: Mapping[str, AssetLedger]) -> Iterable[Record[RuntimeEvent]]:
    return (event for one in ledgers.values() for step in one.steps for event in step.events)


def causes_of(events: Iterable[Record[RuntimeEvent]]) -> list[tuple[str, int]]:
    """What events of a block say that its runtime destroys or makes, each with the change that it explains."""
    out = []
    for event in events:
        name = f"{event.data.pallet}.{event.data.name}"
        for part, sign in _EXPLAIN.get(name, {}).items():
            amount = event.data.fields.get(part)
            if isinstance(amount, int):
                out.append((f"{name} {part}", sign * amount))
    return out


def selection(causes: Sequence[tuple[str, int]], change: int) -> tuple[int, ...] | None:
    """Which of the causes add up to a change, all of one name together and as few names as can be; None where none do.

    Sums of either half of the names meet, so that a block with thirty messages takes thousands of sums, not 2**30.
    """
    amounts: dict[str, int] = {}
    for name, amount in causes:
        amounts[name] = amounts.get(name, 0) + amount
    sizes = list(amounts.values())
    first, second = _sums(sizes, 0, len(sizes) // 2), _sums(sizes, len(sizes) // 2, len(sizes))
    found = [chosen + second[change - total] for total, chosen in first.items() if change - total in second]
    if not found:
        return None
    names = list(amounts)
    fewest = {names[at] for at in min(found, key=_few)}
    return tuple(at for at, (name, _) in enumerate(causes) if name in fewest)


def _sums(sizes: Sequence[int], start: int, end: int) -> dict[int, tuple[int, ...]]:
    """What selections of these places add up to, each with the one of the fewest and earliest places."""
    out: dict[int, tuple[int, ...]] = {0: ()}
    for at in range(start, end):
        for total, chosen in list(out.items()):
            more = total + sizes[at]
            out[more] = min(out.get(more, (*chosen, at)), (*chosen, at), key=_few)
    return out


def _few(chosen: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    return len(chosen), chosen


_OF_CANDIDATES = ("ParaInclusion", "ParachainSystem")
"""Pallets whose events tell nothing of assets."""


def unexplained_step(step: Step, in_words: Callable[[int], str], due: int = 0) -> str:
    """A change without a message and without a cause, or another one than was ``due`` by messages, with the events that
    may have to do with it."""
    where = f"what circulates on {step.block.chain} changed by {in_words(step.change)} in block {step.block.height}"
    why = f"where messages that ended were to bring {in_words(due)}" if due else "and no message explains it"
    return f"{where}, {why} (its events: {names_of(step.events)})"


def names_of(events: Iterable[Record[RuntimeEvent]]) -> str:
    """Which events these are that may have to do with assets, each once."""
    told = (one.data for one in events if one.data.pallet not in _OF_CANDIDATES)
    return ", ".join(dict.fromkeys(f"{one.pallet}.{one.name}" for one in told)) or "none"
