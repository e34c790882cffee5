"""One cross-chain message as a journal shows it: from the asking to its end."""

from __future__ import annotations

from dataclasses import dataclass

from simnet.journal._discards import DISCARDED

EXECUTED = "Executed"
"""How a program ends that a chain executed by itself and that sent nothing: no event of a queue tells of it."""

MISSED = "Missed"
"""How a transfer ends whose last message was processed on another chain than the one it was for."""


@dataclass(frozen=True, slots=True)
class Trap:
    """Assets that were left when a program ended, and lie trapped on a chain until somebody claims them."""

    chain: str
    height: int
    t: float
    seq: int
    hash: str
    """By which the chain knows it, 0x hex; equal traps share one."""
    origin: object
    """The XCM location that may claim them."""
    assets: object
    """The assets with the version of XCM in which they are written, as the event has them."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """How a message ended: the event, where, when first seen, and whether its instructions all succeeded."""

    event: str
    success: bool
    chain: str
    height: int
    t: float
    seq: int
    relay_height: int | None
    error: str | None = None
    """What the queue says of it, or the instruction that failed: an XCM error's name, with its data."""
    instruction: str | None = None
    """The instruction that failed, by its place and name, where a dry run told it."""
    barrier: str | None = None
    """What a chain's barrier saw that refused it: its instructions, or that nobody knows them. None where none did."""
    trapped: tuple[Trap, ...] = ()
    """Assets that were trapped where it ended."""


@dataclass(frozen=True, slots=True)
class MessageTrace:
    """One message on the finalized chains. Times are seconds since the run began, heights blocks."""

    id: str
    label: str
    index: int
    sender: str
    recipient: str
    asked: float
    """When it was asked for; ``seq`` is that record's, so that it tells the order of asking."""
    seq: int
    submitted: float | None
    """When it was signed and handed to nodes of the sender; None while none could be given it."""
    sent: float | None
    """When the sender's block that took it and sent it was first seen; None while none is finalized, unless the message
    has ended and one block alone, which may still become final, can have sent it."""
    sent_height: int | None
    sent_relay_height: int | None
    order: tuple[int, int, int] | None
    """Place among all that the sender sent: height, extrinsic, event."""
    relay_order: tuple[int, int] | None
    """Place in the relay chain's queue to the recipient: the first block that had it there, and how many were ahead."""
    refused: str | None
    terminals: tuple[Terminal, ...]
    last_seen: str | None
    """The queue that held it last, for one that has not ended."""
    last_seen_t: float | None = None
    by: str | None = None
    """The verb of the step that asked for it, if its id is the chain's own: ``transfer`` or ``xcm``."""
    signer: str | None = None
    """Whose extrinsic sends it, where the step says so; None: the sender's sudo key's."""
    ids: tuple[str, ...] = ()
    """Ids by which chains called it on its way, if those are the chains' own; the first is ``id``."""
    via: tuple[str, ...] = ()
    """Chains between sender and recipient that it came through so far."""

    def __str__(self) -> str:
        return f"{self.name} {self.channel}"

    @property
    def name(self) -> str:
        """Its label and its number among those of that label, from 0: ``mail#2``. What a step alone asks for is called
        by the label."""
        return self.label if self.by is not None else f"{self.label}#{self.index}"

    @property
    def channel(self) -> str:
        """From which chain to which: ``2000>2001``."""
        return f"{self.sender}>{self.recipient}"

    @property
    def queue(self) -> tuple[str, ...]:
        """Messages that share it keep the order in which they were asked for: sender, recipient, what lies between,
        and who signs, since nonces order the extrinsics of one account alone."""
        return self.sender, self.recipient, *self.via, self.signer or ""

    @property
    def way(self) -> tuple[str, ...]:
        """The parachains on its way, and the relay chain, through which all mail goes."""
        return tuple(dict.fromkeys((self.sender, "relay", *self.via, self.recipient)))

    @property
    def failure(self) -> str | None:
        """Why it cannot arrive any more; None for one that arrived, or still may."""
        if self.refused is not None:
            return f"was refused by the sender's chain: {self.refused}"
        end = self.terminals[0] if self.terminals else None
        if end is None or end.success:
            return None
        success = "" if end.event != "Processed" else f" with success {end.success}"
        where = f" in {end.chain} block {end.height}" if end.event in DISCARDED or self.by is not None else ""
        why = end.error or ""
        if end.instruction is not None:
            why += f" at {end.instruction}"
        if end.barrier is not None:
            why = f"the barrier of {end.chain}, which saw {end.barrier}"
        failed = f"was refused by {why}: " if end.barrier is not None else f"failed with {why}: " if why else ""
        trapped = ", ".join(one.hash for one in end.trapped)
        left = f"; assets are trapped there under {trapped}" if trapped else ""
        return f"{failed}ended in {end.event}{success}{where}{left}"

    @property
    def latency(self) -> float | None:
        """Seconds from the asking to the block of the first terminal event."""
        return self.terminals[0].t - self.asked if self.terminals else None

    @property
    def taken(self) -> float | None:
        """Seconds from the asking until the sender's block."""
        return self.sent - self.asked if self.sent is not None else None

    @property
    def transit(self) -> float | None:
        """Seconds from the sender's block to the block of the first terminal event."""
        return self.terminals[0].t - self.sent if self.terminals and self.sent is not None else None

    @property
    def transit_blocks(self) -> int | None:
        """The same in relay-chain blocks."""
        if not self.terminals or self.sent_relay_height is None or self.terminals[0].relay_height is None:
            return None
        return self.terminals[0].relay_height - self.sent_relay_height
