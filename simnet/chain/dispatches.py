"""How calls ended, by the events that their extrinsic deposited."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simnet.chain.metadata import Event, Metadata


def dispatch_error(metadata: Metadata, events: Iterable[Event]) -> str | None:
    """Why an extrinsic, or the call inside its sudo or batch, failed; None when all of it succeeded."""
    error = raw_error(events)
    return None if error is None else metadata.describe_dispatch_error(error)


def raw_error(events: Iterable[Event]) -> Any:
    """The same as the ``DispatchError`` that an event has."""
    for event in events:
        error: Any = None
        if (event.pallet, event.name) == ("System", "ExtrinsicFailed"):
            error = event.fields["dispatch_error"]
        elif (event.pallet, event.name) in (("Utility", "BatchInterrupted"), ("Utility", "ItemFailed")):
            error = event.fields["error"]
        elif event.pallet == "Sudo" and "sudo_result" in event.fields:
            result = event.fields["sudo_result"]
            error = result.get("Err") if isinstance(result, dict) else None
        if error is not None:
            return error
    return None
