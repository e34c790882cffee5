"""What a journal shows of one chain to who asks in the chain's own terms: its events, and which blocks nobody read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, overload

from simnet.errors import InputError
from simnet.journal._asks import LEFT_OUT, Ask
from simnet.journal._chain_events import ChainEvent, EventFilter, event_kind, fits, one_slip
from simnet.journal._observations import Block
from simnet.journal._record import Record
from simnet.journal.records import ContentsRead, RuntimeEvent
from simnet.network.topology import nearest


class _Indexed(Protocol):
    """The evidence, as far as events need it."""

    blocks: dict[str, dict[str, Block]]
    events: dict[tuple[str, str], list[Record[RuntimeEvent]]]
    read: set[str]

    def chains(self) -> tuple[str, ...]: ...

    def canonical(self, chain: str) -> list[Block]: ...

    def answered(self, ask: Ask, hash_: str) -> bool: ...

    def of(self, model: type[ContentsRead]) -> list[Record[ContentsRead]]: ...


@dataclass(frozen=True)
class EventsSeen(Sequence[ChainEvent]):
    """The events that were asked for, oldest block first, and how far they can be trusted to be all.

    An event that is not among them did not happen in ``blocks`` only where :attr:`lacking` is empty.
    """

    rows: tuple[ChainEvent, ...]
    """The events, which are the items of this sequence."""
    blocks: tuple[Block, ...]
    """The blocks that were asked for, read or not."""
    unread: tuple[Block, ...]
    """Those whose events nobody read."""
    hole: str
    """Which blocks of that time nobody saw at all, in words; empty where there are none."""
    slip: str = ""
    """Why the kind is probably misspelled, in words; empty where nothing speaks for that."""

    @property
    def lacking(self) -> str:
        """Why an event that is not here may have happened all the same, in words; empty where it did not.

        It is what :class:`~simnet.checks.coverage.Coverage` calls ``unread``: a finding with it is inconclusive, unless
        what was seen decides.
        """
        dark = ""
        if self.unread:
            low, high = self.unread[0], self.unread[-1]
            heights = f"{low.height} to {high.height}" if high is not low else str(low.height)
            told = f"{len(self.unread)} of {len(self.blocks)} blocks were not read ({low.chain} {heights})"
            dark = f"the events of {told}"
        return "; ".join(filter(None, (self.slip, dark, self.hole)))

    @overload
    def __getitem__(self, at: int) -> ChainEvent: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[ChainEvent]: ...

    def __getitem__(self, at: int | slice) -> ChainEvent | Sequence[ChainEvent]:
        return self.rows[at]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[ChainEvent]:
        return iter(self.rows)


class ChainEvidence:
    """One chain as the journal shows it: :meth:`Evidence.chain` gives it."""

    def __init__(self, evidence: _Indexed, chain: str) -> None:
        if chain not in evidence.chains():
            raise InputError(f"no chain has the id {chain!r}{nearest(chain, evidence.chains())}")
        self.id = chain
        """``relay`` or the parachain's id."""
        self._evidence = evidence

    def events(
        self,
        kind: str,
        *,
        where: EventFilter | None = None,
        since: float = 0.0,
        until: float = float("inf"),
        forks: bool = False,
    ) -> EventsSeen:
        """The events of a kind, ``Pallet.Event``, in finalized blocks, or with ``forks`` in any block that was seen.

        ``since`` and ``until`` are seconds since the run began, between which a node first showed the block. ``where``
        picks events by their fields: ``{"to": "//Bob", "amount": lambda planck: planck > 10**12}``, or by a function of
        the event. The journal keeps of candidates (``ParaInclusion``) their ``para_id``, ``relay_parent`` and
        ``para_head``.

        The journal does not know which events a runtime has: a kind that it never shows is told from one that is
        misspelled only where a kind that it shows differs by one letter; ``lacking`` says so then.

        Raises :class:`InputError` for what is no kind, for a kind that the journal leaves out of these blocks, and for
        a ``where`` that no such event can fit.
        """
        pallet, name = event_kind(kind)
        blocks = self.blocks(since=since, until=until, forks=forks)
        read = [block for block in blocks if block.hash in self._evidence.read]
        if kind in LEFT_OUT:
            ask = Ask.of(self.id, "event", kind)
            self._must_be_whole(kind, [block for block in read if not self._evidence.answered(ask, block.hash)])
        rows = [row for block in read for row in self.rows(block, pallet, name) if fits(row, where)]
        unread = [block for block in blocks if block.hash not in self._evidence.read]
        slip = "" if rows else self._slip(kind)
        return EventsSeen(tuple(rows), tuple(blocks), tuple(unread), self.hole(blocks, forks=forks), slip)

    def blocks(self, *, since: float = 0.0, until: float = float("inf"), forks: bool = False) -> list[Block]:
        """The finalized blocks but genesis that a node first showed between two times, oldest first; with ``forks`` all
        that were seen, in the order of their heights. Raises :class:`InputError` for times that are no seconds."""
        for name, value in (("since", since), ("until", until)):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise InputError(
                    f"{name} is a time in seconds since the run began, such as network.now(), not {value!r}"
                )
        known = self._evidence.blocks[self.id].values() if forks else self._evidence.canonical(self.id)
        found = [block for block in known if block.height > 0 and since <= block.t <= until]
        return sorted(found, key=lambda block: block.height) if forks else found

    def kinds(self) -> tuple[str, ...]:
        """The kinds of events that the journal has of this chain, forks included, in the order of the alphabet."""
        found = {
            f"{record.data.pallet}.{record.data.name}"
            for (chain, _), records in self._evidence.events.items()
            if chain == self.id
            for record in records
        }
        return tuple(sorted(found))

    def rows(self, block: Block, pallet: str, name: str) -> list[ChainEvent]:
        """The events of one kind that the journal has of a block, as rows."""
        return [
            ChainEvent.of(block, pallet, name, record.data.fields, record.data.extrinsic)
            for record in self._records(block)
            if record.data.pallet == pallet and record.data.name == name
        ]

    def left_out(self, blocks: Sequence[Block]) -> list[Block]:
        """Those of the blocks that deposited more events than the journal has of them."""
        deposited = {record.hash: record.data.events for record in self._evidence.of(ContentsRead)}
        return [block for block in blocks if deposited.get(block.hash, 0) > len(self._records(block))]

    def _records(self, block: Block) -> Sequence[Record[RuntimeEvent]]:
        return self._evidence.events.get((self.id, block.hash), ())

    def hole(self, blocks: Sequence[Block], *, forks: bool) -> str:
        """Which blocks nobody saw of a time that has these, in words: what leads to one of them, or all."""
        known = self._evidence.blocks[self.id]
        if not blocks:
            kind = "block" if forks else "finalized block"
            return f"no {kind} of {self.id} was seen in that time; that proves no absence"
        lowest = min(block.height for block in known.values())
        for block in blocks:
            if block.height > 1 and block.parent not in known and block.height > lowest:
                return f"the parent of {self.id} block {block.height} was not seen"
        return ""

    def _slip(self, kind: str) -> str:
        """Why a kind of which no event was found is probably misspelled."""
        known = (*self.kinds(), *sorted(LEFT_OUT))
        meant = None if kind in known else next((one for one in known if one_slip(kind, one)), None)
        return "" if meant is None else f"{self.id} never showed {kind!r}; did you mean {meant!r}?"

    def _must_be_whole(self, kind: str, read: Sequence[Block]) -> None:
        short = self.left_out(read)
        if short:
            raise InputError(
                f"the journal leaves {kind} out, as of {len(short)} of {len(read)} blocks of {self.id}: who asks it"
                " cannot know whether there was one. Ask the chain while it runs (network.chain(...).events)"
            )
