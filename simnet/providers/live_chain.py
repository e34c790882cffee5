"""One chain of a running network, asked and called in its own terms: storage, APIs, events, calls, waiting."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from simnet.chain.chain_state import ChainState, StorageEntry
from simnet.chain.event_fields import plain_where
from simnet.chain.metadata import NotInRuntimeError
from simnet.chain.rpc import Rpc
from simnet.errors import DeadlineError, ExtrinsicError, InputError, RpcError
from simnet.fields import Seconds, SecondsForm
from simnet.forms import read_as
from simnet.journal import (
    LEFT_OUT,
    Block,
    ChainEvent,
    EventFilter,
    EventsSeen,
    Evidence,
    Journal,
    Kind,
    Record,
    event_kind,
    fits,
)
from simnet.journal.records import OurExtrinsic
from simnet.network.topology import Topology, nearest
from simnet.providers.chain_nodes import At, ChainNodes, NodesOfNetwork
from simnet.providers.extrinsics import ended_otherwise
from simnet.providers.messenger import Messenger
from simnet.runtime.tokens import writing_of

_T = TypeVar("_T")

_TOLD = 3
"""Reads of a look that an error repeats, the last ones."""

_SHOWN = 200
"""Characters of a value that an error repeats."""


class NetworkOfChain(NodesOfNetwork, Protocol):
    """The network of a chain, as far as it is needed to ask that."""

    topology: Topology
    journal: Journal
    messenger: Messenger

    def now(self) -> float: ...

    def wait_until(self, state: Callable[[Evidence], _T | None], *, within: float, what: str) -> _T: ...

    def snapshot(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class CallResult:
    """What became of a call that was submitted."""

    call: str
    """``Pallet.function``."""
    block: Block
    """The block that has it."""
    extrinsic: str
    """Hash of the extrinsic, 0x hex."""
    index: int
    """Its place among the extrinsics of the block, counted from 0."""
    error: str | None
    """The dispatch error in words, that of a call within ``sudo`` or a batch included; None when all succeeded."""
    fee: int | None
    """What its signer paid for it in the chain's own token, in the token's smallest unit (planck), as the runtime says
    (``TransactionFeePaid``); None where it says nothing."""
    events: tuple[ChainEvent, ...]
    """All that it deposited, those included that journals leave out."""

    def event(self, kind: str) -> ChainEvent:
        """Its one event of a kind, ``Pallet.Event``; InputError where it deposited none of it, or several."""
        found = [event for event in self.events if event.kind == kind]
        if len(found) != 1:
            kinds = [event.kind for event in self.events]
            hint = nearest(kind, dict.fromkeys(kinds)) if not found else "; take them from events"
            raise InputError(f"{self.call} deposited {len(found)} events {kind}{hint}")
        return found[0]


class LiveChain:
    """A chain of a running network: ``network.chain("2000")`` gives it.

    Everything that names something of the runtime is looked up in its metadata, and an unknown pallet, item, key, API,
    function, argument, event or field is refused with what was probably meant. :class:`ChainState` says which forms
    values take and come in. Reading leaves the network as it is.
    """

    def __init__(self, network: NetworkOfChain, chain: str) -> None:
        self.id = chain
        """``relay`` or the parachain's id."""
        self._network = network
        self._nodes = ChainNodes(network, chain)
        self._writing = writing_of(network.topology, chain)
        self._looked: deque[str] = deque(maxlen=_TOLD)
        """What was read last, in words."""

    # -- reading --------------------------------------------------------------------------------------------------

    def at(self, block: At = "final") -> ChainState:
        """The chain at one block, for several questions about the same state.

        Raises :class:`InputError` for a height that no running node has finalized, and for what names no block, and
        :class:`~simnet.errors.RpcError` when no running node has the block's state.
        """
        hash_, nodes = self._nodes.hash_of(block), self._nodes

        def state(rpc: Rpc) -> ChainState:
            return ChainState(
                rpc, nodes.runtime(rpc, hash_), nodes.height(rpc, hash_), hash_, self._tell, self._writing
            )

        return nodes.asked(hash_, state)

    def query(self, item: str, *keys: Any, at: At = "final") -> Any:
        """The value of a storage item, of a map with all of its keys, as :meth:`ChainState.query`:
        ``chain.query("System.Account", "//Alice").data.free``.

        By default it is that of the newest finalized block, which may be behind a block that was just seen.
        """
        return self.at(at).query(item, *keys)

    def entries(self, item: str, *first_keys: Any, at: At = "final") -> list[StorageEntry]:
        """The entries of a storage map, as :meth:`ChainState.entries`."""
        return self.at(at).entries(item, *first_keys)

    def constant(self, name: str, *, at: At = "final") -> Any:
        """A constant of the runtime, as :meth:`ChainState.constant`."""
        return self.at(at).constant(name)

    def api(self, name: str, /, *args: Any, at: At = "final", **named: Any) -> Any:
        """What a function of a runtime API answers, as :meth:`ChainState.api`."""
        return self.at(at).api(name, *args, **named)

    def events(
        self,
        kind: str,
        *,
        where: EventFilter | None = None,
        since: float = 0.0,
        until: float = float("inf"),
        forks: bool = False,
    ) -> EventsSeen:
        """The events of a kind, ``Pallet.Event``, in the finalized blocks of this run, or with ``forks`` in all that a
        node showed; as :meth:`simnet.journal.ChainEvidence.events`, and all of them.

        What the journal does not have is read from the state of the blocks: events of blocks that were not read yet,
        kinds that it leaves out, and what it leaves out of candidates. ``where`` takes values in any form that their
        types have. Raises NotInRuntimeError for a kind that the runtime does not have, :class:`InputError` for a field
        or a value that such an event does not have, and :class:`~simnet.errors.RpcError` where no running node has the
        state of a block that has to be read.
        """
        pallet, name = event_kind(kind)
        meant = self._plain_where(pallet, name, where)
        with self._network.journal.changed:  # observers of real nodes write while this reads
            evidence = self._network.evidence.chain(self.id)
            blocks = evidence.blocks(since=since, until=until, forks=forks)
            dark = {block.hash for block in blocks} - self._network.evidence.read
            if kind in LEFT_OUT:
                dark |= {block.hash for block in evidence.left_out(blocks)}
            journaled = {block.hash: evidence.rows(block, pallet, name) for block in blocks}
            hole = evidence.hole(blocks, forks=forks)
        rows: list[ChainEvent] = []
        for block in blocks:
            found = journaled[block.hash]
            if block.hash in dark or any(row.slim for row in found):
                found = [row for row in self._nodes.deposited_in(block) if (row.pallet, row.name) == (pallet, name)]
            rows += [row for row in found if fits(row, meant)]
        return EventsSeen(tuple(rows), tuple(blocks), (), hole)

    # -- calling --------------------------------------------------------------------------------------------------

    def call(
        self,
        call: str,
        args: Mapping[str, Any] | None = None,
        *,
        as_: str | None = None,
        sudo: bool = False,
        expect: Literal["success", "failure", "either"] = "success",
        until: Literal["block", "final"] = "final",
        within: SecondsForm = 120.0,
    ) -> CallResult:
        """Submits a call, ``Pallet.function``, and waits until it is in a finalized block, so that what is read then by
        default has it; or ``until`` it is in any ``block``.

        ``as_`` is the secret URI of who signs it, by default the chain's sudo key's under ``sudo`` and else
        ``//Alice``. Raises :class:`~simnet.errors.ExtrinsicError` when it was refused or ended otherwise than
        ``expect`` says, :class:`~simnet.errors.DeadlineError` after ``within`` seconds,
        :class:`~simnet.errors.RpcError` when no node answers, and :class:`InputError` for a call or an argument that
        the runtime does not have.
        """
        seconds = read_as(Seconds, within, "call: within")
        handed = self._network.messenger.hand_in([(call, dict(args or {}))], chain=self.id, signer=as_, sudo_=sudo)

        def included(evidence: Evidence) -> Record[OurExtrinsic] | None:
            found = handed.pending.included(evidence)
            return next((one for one in found if until == "block" or self._is_final(evidence, one)), None)

        where = "a finalized block" if until == "final" else "a block"
        record = self._network.wait_until(included, within=seconds, what=f"{call} to be in {where} of {self.id}")
        error = record.data.error
        if expect != "either" and (error is None) != (expect == "success"):
            raise ExtrinsicError(ended_otherwise(call, self.id, record.height, error))
        block = self._network.evidence.blocks[self.id][record.hash or ""]
        events = tuple(row for row in self._nodes.deposited_in(block) if row.extrinsic == record.data.index)
        fees = [row.fields["actual_fee"] for row in events if row.kind == "TransactionPayment.TransactionFeePaid"]
        return CallResult(
            call=call,
            block=block,
            extrinsic=record.data.extrinsic,
            index=record.data.index,
            error=error,
            fee=sum(fees) if fees else None,
            events=events,
        )

    # -- waiting --------------------------------------------------------------------------------------------------

    def wait_for(self, predicate: Callable[[LiveChain], _T], *, within: SecondsForm, what: str = "") -> _T:
        """Waits, while the network goes on, until ``predicate`` gives something true of this chain, and gives that:
        ``chain.wait_for(lambda chain: chain.query("System.Account", "//Bob").data.free > 10**15, within="60s")``.

        It is asked now, and again for each block of the chain that a node shows or finalizes. ``what`` is how an error
        calls it. Raises :class:`InputError` for what cannot be asked, :class:`~simnet.errors.DeadlineError` after
        ``within`` seconds, with what it read last, and :class:`~simnet.errors.NodeError` as soon as a node crashes.
        """
        seconds = read_as(Seconds, within, "wait_for: within")
        if not callable(predicate):
            raise InputError(f"wait_for takes what asks the chain, such as lambda chain: ..., not {predicate!r}")
        deadline = self._network.now() + seconds
        while True:
            with self._network.journal.changed:
                before = self._shown(self._network.evidence)
            self._looked.clear()
            try:
                found = predicate(self)
            except RpcError as error:  # nodes may be down for a while
                self._looked.append(str(error))
            else:
                if found:
                    return found
                if not isinstance(found, bool):
                    self._looked.append(f"it gave {_short(found)}")
            try:
                self._network.wait_until(
                    lambda evidence, before=before: self._shown(evidence) != before,  # type: ignore[misc]
                    within=max(0.0, deadline - self._network.now()),
                    what=f"a block of {self.id}",
                )
            except DeadlineError:
                seen = "; ".join(self._looked) or "nothing was read"
                raise DeadlineError(
                    f"waited {seconds:g} s for {what or _called(predicate)} on {self.id}; last seen: {seen};"
                    f" {self._network.snapshot()}"
                ) from None

    def _shown(self, evidence: Evidence) -> tuple[object, ...]:
        """What changes when a block of the chain is shown or finalized, or a node comes back that may answer."""
        return len(evidence.blocks[self.id]), evidence.tip(self.id), len(evidence.of_kind[Kind.NODE_READY])

    def _plain_where(self, pallet: str, name: str, where: EventFilter | None) -> EventFilter | None:
        """What is asked of events, in plain values. A kind that the runtime had before an upgrade stays as it was
        written."""
        hash_ = self._nodes.hash_of("final")
        metadata = self._nodes.asked(hash_, lambda rpc: self._nodes.runtime(rpc, hash_))
        try:
            return plain_where(metadata, pallet, name, where, self._writing)
        except NotInRuntimeError:
            with self._network.journal.changed:
                known = self._network.evidence.chain(self.id).kinds()
            if f"{pallet}.{name}" not in known:
                raise
            return where

    def _is_final(self, evidence: Evidence, record: Record[OurExtrinsic]) -> bool:
        tip = evidence.tip(self.id)
        if tip is None or record.height is None or record.hash is None or record.height > tip.height:
            return False
        return evidence.is_ancestor(self.id, record.hash, tip.hash)

    def _tell(self, what: str, value: Any) -> None:
        self._looked.append(f"{what} was {_short(value)}")


def _called(predicate: Callable[..., object]) -> str:
    name = getattr(predicate, "__name__", "")
    return name if name.isidentifier() else "what was asked"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
