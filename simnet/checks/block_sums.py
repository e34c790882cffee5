"""What the changes of an asset's blocks must come to, by what messages took from their senders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from simnet.checks.ledgers import AssetLedger, Step, names_of, selection, unexplained_step
from simnet.checks.xcm_assets import Carried, Leg

_Amount = Callable[[int], str]


@dataclass(frozen=True)
class Took:
    """What a message took out of circulation at its sender; None where nothing tells. ``sure``: the sender's block
    shows that it was this and no other amount."""

    amount: int | None
    sure: bool = False


@dataclass
class Reasons:
    """Why what circulates changed in final blocks."""

    amount: int = 0
    """What events say that runtimes destroyed or made."""
    wrong: list[str] = field(default_factory=list)
    """Changes that nothing explains."""
    doubtful: list[str] = field(default_factory=list)
    """Why others may be right though nothing explains them."""
    mixed: list[str] = field(default_factory=list)
    """What was burnt in some blocks and not in others."""
    unsure: dict[str, int] = field(default_factory=dict)
    """Amounts of which it cannot be told whether they were burnt."""

    def add(self, wrong: str, doubt: str | None) -> None:
        """A change that nothing explains, and why it may be right all the same."""
        if doubt is None:
            self.wrong.append(wrong)
        else:
            self.doubtful.append(doubt)


@dataclass
class BlockSums:
    """The blocks of an asset's chains, each with the messages that it sent and that ended in it."""

    messages: Mapping[Leg, Carried]
    step_of: Callable[[Carried], Step | None]
    """The block in which a message was sent; None where it was not read, or its chain is not judged."""
    causes_of: Callable[[Step], Sequence[tuple[str, int]]]
    """What a block's events say to be destroyed or made, by name."""
    _took: dict[Leg, Took] = field(default_factory=dict)

    def took(self, message: Carried) -> Took:
        """What it moves, and what it withdraws at the receiver if the sender destroyed that; nothing where the sender
        gave nothing up."""
        if not self._took:  # what a message took hangs on those that ended where it began, which were sent before
            for one in sorted(self.messages.values(), key=lambda one: one.record.seq):
                self._known(one)
        return self._known(message)

    def _known(self, message: Carried) -> Took:
        if message.leg not in self._took:
            self._took[message.leg] = _said(message)  # if its own block hangs on it, which no order of time allows
            self._took[message.leg] = self._shown(message)
        return self._took[message.leg]

    def _shown(self, message: Carried) -> Took:
        step = self.step_of(message)
        due = None if step is None or message.moved is None else self.due(step)
        if step is None or due is None:
            return _said(message)
        causes = self.causes_of(step)
        found = step.explained(self.messages, causes, due)
        if found is None:
            return Took(message.moved)
        ways = step.ways(self.messages, causes, due, message.leg)
        return Took(found.left.get(message.leg, 0), sure=len(ways) == 1)

    def due(self, step: Step) -> int | None:
        """What messages were to bring that ended in a block, well or not: all that they took away from their senders.
        None where it is not sure, or not known of each message that left in the block what it carries."""
        took = [self.took(one) for one in step.arrived(self.messages)]
        if not step.told(self.messages) or not all(one.sure for one in took):
            return None
        return sum(one.amount or 0 for one in took)

    def unexplained(self, step: Step, in_words: _Amount) -> str | None:
        """Why a block whose messages are sure changed otherwise than it must, in words; None where it did not."""
        due = self.due(step)
        if due is None or step.explained(self.messages, self.causes_of(step), due) is not None:
            return None
        return unexplained_step(step, in_words, due)

    def left_open(self, step: Step, in_words: _Amount) -> str | None:
        """Why an unexplained change may be right all the same: an account that backs copies, which its chain has money
        of its own in as well, was paid into by no message, or paid for one by which the chain gave nothing up."""
        due, causes = self.due(step), self.causes_of(step)
        if due is None:
            return None
        where = f"in block {step.block.height} of {step.block.chain}"
        if step.backing > 0 and step.explained(self.messages, causes, due - step.backing) is not None:
            return f"{in_words(step.backing)} came {where} into accounts that back copies elsewhere, by no message"
        for one in step.arrived(self.messages):
            paid = one.withdrawn or 0
            own = paid > 0 and step.backing < 0 and self.took(one).amount == 0
            if own and step.explained(self.messages, causes, due + paid) is not None:
                told = f"the account of {one.sender} paid {in_words(paid)} {where}, of its own or of what backs copies"
                return f"{told}: {one.sender} gave nothing up for that"
        return None

    def together(self, ledgers: Mapping[str, AssetLedger], in_words: _Amount) -> Reasons:
        """What is wrong, or may be, with blocks of which it is not sure what their messages carried: those change, all
        that such messages connect together, by what their events say. What they carried cancels out between its ends.
        """
        out = Reasons()
        linked = _Linked.of(ledgers, self.messages, lambda one: not self.took(one).sure)
        for members in linked.groups():
            change, untold = self._sum_of(members, linked)
            causes = [one for step in members for one in self.causes_of(step)]
            if selection(causes, change) is not None:
                continue
            where = ", ".join(f"{step.block.chain} {step.block.height}" for step in members)
            what = f"what circulates changed by {in_words(change)} in blocks that messages connect ({where})"
            if untold is not None:
                to = untold.recipient or "elsewhere"
                out.doubtful.append(f"{what}, and nothing tells what the message {untold.id[:10]} to {to} carries")
            elif selection([*causes, *self._of_its_own(members)], change) is not None:
                out.doubtful.append(f"{what}, or chains used money of their own in accounts that back copies")
            else:
                events = names_of(event for step in members for event in step.events)
                out.wrong.append(f"{what}, and neither these nor events explain it (their events: {events})")
        return out

    def _sum_of(self, members: Iterable[Step], linked: _Linked) -> tuple[int, Carried | None]:
        """The change of blocks beside what they exchanged with others, and a message with one end here of which nothing
        tells what it carried."""
        total, untold = 0, None
        for step in members:
            arrived, sent = step.arrived(self.messages), step.sent(self.messages)
            total += step.changed
            for sign, ones in ((-1, arrived), (1, sent)):
                for one in ones:
                    if not linked.joins(one.leg):
                        amount = self.took(one).amount
                        total += sign * (amount or 0)
                        untold = one if amount is None else untold
        return total, untold

    def _of_its_own(self, members: Iterable[Step]) -> list[tuple[str, int]]:
        """What chains may have paid of their own, or put there, in accounts that back copies."""
        out = []
        for step in members:
            arrived = step.arrived(self.messages)
            if step.backing < 0:
                out += [(f"of {one.id} {one.recipient}", one.withdrawn) for one in arrived if one.withdrawn]
            elif step.backing > 0 and not arrived:
                out.append((f"into {step.block.hash}", -step.backing))
        return out


@dataclass(frozen=True)
class _Linked:
    """Blocks, and of the messages of which it is not sure what they carried, in which of them they left and ended."""

    steps: Mapping[str, Step]
    legs: Mapping[Leg, tuple[str | None, str | None]]

    @classmethod
    def of(
        cls, ledgers: Mapping[str, AssetLedger], messages: Mapping[Leg, Carried], unsure: Callable[[Carried], bool]
    ) -> _Linked:
        steps = {step.block.hash: step for one in ledgers.values() for step in one.steps}
        starts = {one.leg: hash_ for hash_, step in steps.items() for one in step.sent(messages)}
        ends = {one.leg: hash_ for hash_, step in steps.items() for one in step.arrived(messages)}
        legs = (leg for leg in dict.fromkeys([*starts, *ends]) if unsure(messages[leg]))
        return cls(steps, {leg: (starts.get(leg), ends.get(leg)) for leg in legs})

    def joins(self, leg: Leg) -> bool:
        """Whether a message connects two of the blocks."""
        return None not in self.legs.get(leg, (None, None))

    def groups(self) -> list[list[Step]]:
        """Those that messages connect, each group with those that have one end of one, oldest first."""
        group = {one: one for one in self.steps}

        def root(one: str) -> str:
            while group[one] != one:
                one = group[one]
            return one

        touched: dict[str, None] = {}
        for start, end in self.legs.values():
            touched.update(dict.fromkeys(one for one in (start, end) if one is not None))
            if start is not None and end is not None:
                group[root(start)] = root(end)
        found: dict[str, list[Step]] = {}
        for one in touched:
            found.setdefault(root(one), []).append(self.steps[one])
        return [sorted(one, key=lambda step: (step.block.t, step.block.chain)) for one in found.values()]


def _said(message: Carried) -> Took:
    """By the message alone: what it withdraws its sender may have destroyed, or had there of its own."""
    return Took(message.moved if not message.withdrawn else None)
