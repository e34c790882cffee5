"""Traces of messages whose ids chains give themselves: each of them by the extrinsic of the step that asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from simnet.journal._discards import Canonical, Discards, final
from simnet.journal._endings import (
    UNTOLD,
    ended,
    failed_outcome,
    instruction_text,
    name_of,
    order,
    relay_height,
    terminal,
)
from simnet.journal._given_messages import Effects, GivenMessages, Whereabouts
from simnet.journal._message_trace import EXECUTED, MISSED, MessageTrace, Terminal, Trap
from simnet.journal._observations import Block
from simnet.journal._record import Record
from simnet.journal._traps import trap_of
from simnet.journal.records import DryRunAsked, MessageAsked, MessageSubmitted, OurExtrinsic, QueueRead, RuntimeEvent


class LogOfMessages(Protocol):
    """What there is about all messages, by topic."""

    submitted: dict[str, Record[MessageSubmitted]]
    sent: dict[str, list[Record[RuntimeEvent]]]
    extrinsics: dict[str, list[Record[OurExtrinsic]]]
    held: dict[str, Record[QueueRead]]
    discards: Discards
    failed: dict[tuple[str, str | None], Record[RuntimeEvent]]
    given: GivenMessages

    def relay_order(self, topic: str, canonical: Canonical) -> tuple[int, int] | None: ...


class GivenTraces:
    """Makes them from a log."""

    def __init__(self, log: LogOfMessages) -> None:
        self._log = log

    def trace(
        self, record: Record[MessageAsked | MessageSubmitted], canonical: Canonical, beyond: Canonical
    ) -> MessageTrace:
        """Of a message whose id is the chain's own, which the extrinsic tells that sends it."""
        data, given = record.data, self._log.given
        submitted = self._log.submitted.get(data.id)
        hashes = given.handed.get(data.id, ())
        found = [one for hash_ in hashes for one in self._log.extrinsics.get(hash_, ())]
        taken = final(found, canonical)
        if not taken:
            taken = self._sent_before(found, canonical, beyond)
        refused = next((str(one.data.error) for one, _ in taken if not one.data.success), None)
        place = next(((one, block) for one, block in taken if one.data.success), None)
        leaves: list[Whereabouts] = []
        terminals: tuple[Terminal, ...] = ()
        if place is not None:
            for one in given.effects(place[0]).sent:
                leaves += given.leaves(one, place[1], canonical)
            terminals = self._ends(data, leaves, place, hashes)
        first = given.effects(place[0]).sent[0] if leaves and place is not None else None
        if not terminals and leaves:
            terminals = self._discarded(leaves, canonical)
        ids = tuple(dict.fromkeys(id_ for leaf in leaves for id_ in leaf.ids))
        held = max((self._log.held[id_] for id_ in ids if id_ in self._log.held), key=lambda one: one.seq, default=None)
        goal = data.recipient
        if goal == data.sender and leaves:
            goal = leaves[-1].chain or goal
        return MessageTrace(
            id=ids[0] if ids else data.id,
            label=data.label,
            index=data.index,
            sender=data.sender,
            recipient=goal,
            asked=record.t,
            seq=record.seq,
            submitted=submitted.t if submitted else None,
            sent=place[1].t if place else None,
            sent_height=place[1].height if place else None,
            sent_relay_height=relay_height(place[1]) if place else None,
            order=order(first or place[0], place[1]) if place else None,
            relay_order=self._log.relay_order(ids[0], canonical) if ids else None,
            refused=refused,
            terminals=terminals,
            last_seen=f"{held.data.queue} of {held.chain} at block {held.height}" if held else None,
            last_seen_t=held.t if held else None,
            by=data.by,
            signer=data.signer,
            ids=ids,
            via=tuple(dict.fromkeys(chain for leaf in leaves for chain in leaf.via if chain != goal)),
        )

    def _sent_before(
        self, found: Sequence[Record[OurExtrinsic]], canonical: Canonical, beyond: Canonical
    ) -> list[tuple[Record[OurExtrinsic], Block]]:
        """As of mail, the only block beyond the finalized ones that sent a message which has come to an end."""
        ahead = [(one, block) for one in found if (block := beyond(one.chain or "", one.hash or "")) is not None]
        if len(ahead) != 1 or not ahead[0][0].data.success:
            return []
        given, (taken, block) = self._log.given, ahead[0]
        sent = given.effects(taken).sent
        return ahead if any(leaf.ends for one in sent for leaf in given.leaves(one, block, canonical)) else []

    def _ends(
        self,
        data: MessageAsked | MessageSubmitted,
        leaves: list[Whereabouts],
        place: tuple[Record[OurExtrinsic], Block],
        extrinsics: Sequence[str],
    ) -> tuple[Terminal, ...]:
        """How it ended: as the one of its ways that leads to its recipient, where it is a transfer; else as all of them
        together, of which the first that failed counts, or the last that ended."""
        if not leaves:
            return (self._executed(data, *place),)
        found = [tuple(self._end_of(leaf, extrinsics, *end) for end in leaf.ends) for leaf in leaves]
        twice = next((ends for ends in found if len(ends) > 1), None)
        if twice is not None:
            return twice
        if data.by == "transfer":
            arrived = [ends for leaf, ends in zip(leaves, found, strict=True) if leaf.chain == data.recipient]
            if not arrived and all(found) and all(ends[0].success for ends in found):
                last = max((ends[0] for ends in found), key=lambda one: one.t)
                return (replace(last, event=MISSED, success=False, error=f"no message went on to {data.recipient}"),)
            found = arrived or found
        failed = [ends[0] for ends in found if ends and not ends[0].success]
        if failed:
            return (min(failed, key=lambda one: one.t),)
        return (max((ends[0] for ends in found), key=lambda one: one.t),) if all(found) else ()

    def _executed(self, data: MessageAsked | MessageSubmitted, taken: Record[OurExtrinsic], block: Block) -> Terminal:
        """Of a program that sent nothing: how its own chain executed it."""
        effects = self._log.given.effects(taken)
        trapped = _traps_of(effects, block)
        outcome = effects.attempted.data.fields["outcome"] if effects.attempted is not None else {"Complete": None}
        ((how, said),) = outcome.items() if isinstance(outcome, dict) else ((outcome, None),)
        if data.by == "transfer":
            error = f"no message went to {data.recipient}"
            return replace(ended(MISSED, taken, block, error=error), trapped=trapped)
        if how == "Complete":
            return replace(ended(EXECUTED, taken, block, success=True), trapped=trapped)
        why, instruction = failed_outcome(said)
        return replace(ended(EXECUTED, taken, block, error=why), instruction=instruction, trapped=trapped)

    def _end_of(
        self, leaf: Whereabouts, extrinsics: Sequence[str], record: Record[RuntimeEvent], block: Block
    ) -> Terminal:
        """How it ended by one of its ways, with what a dry run told of the instruction that failed."""
        failed = self._log.failed.get((leaf.id, record.hash))
        end = terminal(record, block, failed)
        end = replace(end, trapped=_traps_of(self._log.given.effects_of(record), block))
        if end.success:
            return end
        told = [
            one.data
            for hash_ in extrinsics
            for one in self._log.given.dry_runs.get(hash_, ())
            if one.chain == leaf.chain and one.data.sender == leaf.came_from and one.data.outcome == "failure"
        ]
        refused = record.data.fields["id"] != leaf.id and failed is None
        if refused:
            return replace(end, barrier=self._seen_by_barrier(leaf, told))
        same = next((one for one in told if one.error is not None and one.error == end.error), None)
        return end if same is None else replace(end, instruction=instruction_text(same))

    def _seen_by_barrier(self, leaf: Whereabouts, told: Sequence[DryRunAsked]) -> str:
        """The instructions of a message, of the event that told its sending, or of a dry run."""
        names = [
            name_of(one)
            for record in self._log.sent.get(leaf.id, ())
            if record.chain == leaf.came_from and record.hash == leaf.block.hash
            for one in record.data.fields.get("message") or ()
        ]
        if names:
            return ", ".join(names)
        return next((one.call for one in told), UNTOLD)

    def _discarded(self, leaves: list[Whereabouts], canonical: Canonical) -> tuple[Terminal, ...]:
        """How governance discarded it by one of its ways, if it did."""
        for leaf in leaves:
            if not leaf.ends and leaf.chain is not None:
                found = self._log.discards.of(leaf.id, leaf.came_from, leaf.chain, leaf.block, canonical)
                if found is not None:
                    return (ended(*found),)
        return ()


def _traps_of(effects: Effects, block: Block) -> tuple[Trap, ...]:
    return tuple(trap_of(record, block) for record in effects.trapped)
