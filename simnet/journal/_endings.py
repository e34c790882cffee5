"""How messages end: from the events of queues, and what they say of errors and instructions."""

from __future__ import annotations

from typing import Any

from simnet.journal._message_trace import Terminal
from simnet.journal._observations import Block
from simnet.journal._record import AnyRecord, Record
from simnet.journal.records import DryRunAsked, OurExtrinsic, RuntimeEvent

UNTOLD = "instructions that no event tells"
"""What a barrier saw, where nobody knows."""


def terminal(record: Record[RuntimeEvent], block: Block, failed: Record[RuntimeEvent] | None) -> Terminal:
    name = record.data.name
    success = name == "Processed" and bool(record.data.fields.get("success"))
    return ended(name, record, block, success=success, error=_error(record, failed))


def ended(event: str, record: AnyRecord, block: Block, *, success: bool = False, error: str | None = None) -> Terminal:
    at_relay = relay_height(block)
    return Terminal(event, success, block.chain, block.height, block.t, record.seq, at_relay, error)


def relay_height(block: Block) -> int | None:
    return block.height if block.chain == "relay" else block.relay_parent


def order(record: Record[RuntimeEvent] | Record[OurExtrinsic], block: Block) -> tuple[int, int, int]:
    data = record.data
    return block.height, data.index if isinstance(data, OurExtrinsic) else int(data.extrinsic or 0), record.seq


def _error(end: Record[RuntimeEvent], failed: Record[RuntimeEvent] | None) -> str | None:
    """Of a terminal event, and of the instruction that failed in its block."""
    errors = [one.data.fields.get("error") for one in (failed, end) if one is not None]
    return ", ".join(named_error(error) for error in errors if error is not None) or None


def failed_outcome(said: Any) -> tuple[str, str | None]:
    """The error in an outcome that is not complete, and the instruction that failed by its place (XCM 5)."""
    error = said["error"] if isinstance(said, dict) and "error" in said else said
    if isinstance(error, dict) and error.keys() == {"index", "error"}:
        return named_error(error["error"]), f"instruction {error['index']}"
    return named_error(error), None


def instruction_text(told: DryRunAsked) -> str | None:
    """The instruction that a dry run says would fail, by its place from 0 and its name."""
    if told.instruction is None:
        return None
    name = told.instruction.get("name")
    return f"instruction {told.instruction['index']}{f', {name}' if name else ''}"


def name_of(variant: Any) -> str:
    """The name of an enum's variant, as decoders give one."""
    return str(next(iter(variant)) if isinstance(variant, dict) else variant)


def named_error(error: Any) -> str:
    """An error by its name, its data in brackets: ``FailedToTransactAsset``, ``Trap(7)``."""
    if isinstance(error, dict) and len(error) == 1:
        ((name, data),) = error.items()
        return f"{name}({data})"
    return str(error)
