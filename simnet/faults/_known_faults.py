"""Every fault by its kind, and faults read back from journal data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simnet.errors import InputError
from simnet.extensions import FAULTS, Kinds
from simnet.faults._fault import Fault
from simnet.faults._states import Cycle
from simnet.faults.byzantine import Byzantine
from simnet.faults.link_faults import Degrade, Isolate, OneWayCut, Partition
from simnet.faults.node_faults import Kill, Outage, Pause, Restart, Restore, Snapshot, Stop, Wipe
from simnet.forms import reader_of

_ALL: tuple[type[Fault], ...] = (
    Stop, Kill, Pause, Outage, Restart, Wipe, Snapshot, Restore, Partition, Isolate, OneWayCut, Degrade, Byzantine,
)  # fmt: skip

_WORDS = (
    "as", "at", "change", "claim", "dry_run", "fault", "for", "for_", "heal", "inject", "label", "name", "onboard",
    "roll", "rotate_keys", "send", "set_storage", "start", "submit", "transfer", "upgrade", "wait", "xcm",
)  # fmt: skip
"""What else stands beside a fault in a scenario file."""

KINDS: Kinds[Fault] = Kinds(FAULTS, Fault, _ALL, reserved=_WORDS)
"""Every fault by the name that it has in a scenario file: simnet's own, simplest first, then what other distributions
bring by entry points."""


def leaves_nothing(fault: Fault) -> bool:
    """Whether a network is as it was launched once the fault is over, so that another run may have it.

    Other databases, copies, images and flags outlast their fault, and so does what byzantine nodes did.
    """
    cycle = fault.cycle()
    if cycle is None:
        return not (fault.misdeeds() or fault.dishonest)
    return cycle == Cycle(kill=cycle.kill, down_for=cycle.down_for, at_once=cycle.at_once)


def fault_from(data: Mapping[str, Any]) -> Fault:
    """The fault that ``Fault.as_data`` wrote; raises ``KeyError`` or ``ValueError`` for anything else, among them
    :class:`InputError` for a kind that nothing here brings."""
    kind = KINDS.get(data["kind"])
    if kind is None:
        raise InputError(
            f"no fault of the kind {data['kind']!r} is known here; install the distribution that brings it"
        )
    fields = {key: value for key, value in data.items() if key != "kind"}
    return reader_of(kind).validate_python(fields, by_name=True)
