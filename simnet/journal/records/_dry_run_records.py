"""What chains said of calls and messages before they were dispatched or sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from simnet.journal._record_kinds import Kind
from simnet.journal.records._base import JsonMapping, RecordData

DryRunOutcome = Literal["success", "failure", "not asked"]
"""How a dry run ended; ``not asked`` where a runtime has no API for one, or nobody answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRunAsked(RecordData):
    """A runtime was asked what a call would do (``DryRunApi_dry_run_call``), or, as receiver, what a message would
    (``DryRunApi_dry_run_xcm``), on the state that it had then."""

    kind = Kind.DRY_RUN

    step: int | str
    """The label of the step that asked, or its position among the scenario's steps, counted from 0."""
    call: str
    """What was asked about, in words: calls and who makes them, or a message's instructions."""
    outcome: DryRunOutcome
    """How the runtime said that it would end, if it could be asked at all."""
    why: str | None = None
    """What kept the runtime from being asked: an API that it lacks, or a node that gave no answer. Left out where it
    was asked."""
    sender: str | None = None
    """The chain that would send the message. Left out of a call."""
    extrinsic: str | None = None
    """Hash of the extrinsic that then made the call, 0x hex. Left out where only a dry run was wanted."""
    error: str | None = None
    """The dispatch error in words, or an XCM error's name with its data. Left out of a success."""
    instruction: JsonMapping | None = None
    """The instruction that would fail: ``index`` from 0 and, where the program is known, ``name``. Left out where none
    would, or the runtime does not tell which."""
    fees: JsonMapping | None = None
    """What it would cost, as lists of ``{id, amount}`` in the chain's own terms: ``delivery`` of what it sends, as far
    as its events say what is paid (``FeesPaid``), and ``execution`` of a message; and ``transaction``, a number, what
    the extrinsic costs at most. Left out, each of them and all: what the runtime could not be asked."""
    forwarded: Sequence[JsonMapping] | None = None
    """Messages that it would send: ``to`` a chain, or a location in words, the ``version`` of XCM, the names of its
    ``instructions``, and as ``delivery`` what the chain asks for sending it, which some are spared. Left out where the
    runtime did not say, as of a call that fails."""
    trapped: Sequence[JsonMapping] | None = None
    """Assets that would be trapped: ``hash``, ``origin`` and ``assets`` of the event. Left out where there are none."""
    events: Sequence[str] | None = None
    """Names of the events that it would deposit, in their order. Left out where there are none."""
