"""Steps and faults."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, TypeAdapter, ValidationError

from simnet.faults import fault_from
from simnet.journal._record_kinds import Kind
from simnet.journal.records._base import JsonMapping, RecordData
from simnet.journal.records._readings import Reading

_READING: TypeAdapter[Reading] = TypeAdapter(Reading)


def _a_fault(data: JsonMapping) -> JsonMapping:
    """The data of a fault that can be made of it."""
    if not isinstance(data.get("kind"), str):
        raise ValueError("a fault without a kind")  # noqa: TRY004 - pydantic wants a ValueError
    try:
        fault_from(data)
    except ValidationError as error:
        raise ValueError(_first(error)) from error
    return data


def _a_reading(data: JsonMapping) -> JsonMapping:
    try:
        _READING.validate_json(json.dumps(dict(data)), strict=True)
    except ValidationError as error:
        raise ValueError(_first(error)) from error
    return data


def _first(error: ValidationError) -> str:
    one = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, one['loc']))}: {one['msg']}"


FaultData = Annotated[JsonMapping, AfterValidator(_a_fault)]
ReadingData = Annotated[JsonMapping, AfterValidator(_a_reading)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone(RecordData):
    """A step of the scenario is over."""

    kind = Kind.STEP

    index: int
    """Position among the scenario's steps, counted from 0."""
    verb: str
    """What it does: ``wait``, ``inject``, ``send`` and so on; ``test`` for a test of pytest."""
    label: str | None
    """The name that the scenario gave it; null where it gave none."""
    text: str
    """The step in one line, for people."""
    start: float
    """Seconds since the run began."""
    end: float
    """Seconds since the run began."""
    failure: str | None
    """Why it failed, which ended the steps; null where it did not."""
    conclusive: bool
    """Whether its failing says something of the network. False when only the harness failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowDone(RecordData):
    """A window of the schedule that is no fault is over: an upgrade that went on beside the steps."""

    kind = Kind.WINDOW

    label: str | None = None
    """The name that the scenario gave it; left out where it gave none."""
    text: str
    """The window in one line, for people."""
    start: float
    """Seconds since the run began."""
    end: float
    """Seconds since the run began."""
    failure: str | None = None
    """Why it failed; left out where it did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultApplied(RecordData):
    """Every effect was read back between start and end."""

    kind = Kind.FAULT_APPLIED

    id: int
    """Number of the injection in this run, by which its records belong together."""
    name: str
    """What the scenario calls the fault, by default its kind."""
    fault: FaultData
    """Its kind and the fields that differ from their defaults."""
    nodes: Sequence[str]
    """Names of the nodes on which it acts, in the network file's order."""
    start: float
    """Seconds since the run began when the first effect was asked for."""
    end: float
    """Seconds since the run began when the last effect had been read back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultChanged(RecordData):
    """Its value was replaced while it lasted."""

    kind = Kind.FAULT_CHANGED

    id: int
    """Number of the injection in this run, by which its records belong together."""
    name: str
    """What the scenario calls the fault, by default its kind."""
    fault: FaultData
    """The new value: its kind and the fields that differ from their defaults."""
    nodes: Sequence[str] | None = None
    """Names of the nodes on which it acts from then on. Left out of journals of earlier versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultObserved(RecordData):
    """What was measured of a fault while it lasted, after it healed, or of an instant fault when it was over."""

    kind = Kind.FAULT_OBSERVED

    id: int
    """Number of the injection in this run, by which its records belong together."""
    holds: bool
    """Whether every reading is what was asked, within tolerance."""
    readings: Sequence[ReadingData]
    """``what``, ``asked``, ``seen``, ``holds``. Of each act of a byzantine node also ``act`` {node, act, occasions,
    used, first, last}: since the fault began, how often the node could do it and how often it did, and when (null when
    it never did); the latest reading counts. Of a snapshot also ``node`` and ``block``, the highest one in the copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultHealed(RecordData):
    """It acts no more."""

    kind = Kind.FAULT_HEALED

    id: int
    """Number of the injection in this run, by which its records belong together."""
    name: str
    """What the scenario calls the fault, by default its kind."""
    start: float
    """Seconds since the run began when healing started."""
    end: float
    """Seconds since the run began when everything had been read back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultFailed(RecordData):
    """It did not take hold, or did not heal."""

    kind = Kind.FAULT_FAILED

    id: int
    """Number of the injection in this run, by which its records belong together."""
    name: str
    """What the scenario calls the fault, by default its kind."""
    why: str
    """What was asked and what was read back instead, in words."""
