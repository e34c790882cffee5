"""What records of the right form must also say for simnet to read them: the fields of runtime events on which its own
reading rests, and names that stand for something. Anybody may have changed a stored journal, and what neither a runtime
nor a network can have told is named with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from simnet.journal.records import NetworkLaunched, RecordData, RuntimeEvent

_Fits = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_plain(value: Any) -> bool:
    return isinstance(value, int | str)


def _is_hex(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"0x([0-9a-fA-F]{2})*", value) is not None


def _is_channel(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_is_plain(value.get(end)) for end in ("sender", "recipient"))


_NEEDED: dict[tuple[str, str], dict[str, _Fits]] = {
    ("Session", "NewSession"): {"session_index": _is_number},
    ("Session", "ValidatorDisabled"): {"validator": _is_text},
    ("Session", "ValidatorReenabled"): {"validator": _is_text},
    ("Offences", "Offence"): {"kind": _is_hex, "slot": _is_hex},
    ("ParasDisputes", "DisputeInitiated"): {"0": _is_text},
    ("ParasDisputes", "DisputeConcluded"): {"0": _is_text, "1": _is_text},
    ("Hrmp", "ChannelClosed"): {"channel_id": _is_channel},
    ("MessageQueue", "Processed"): {"id": _is_text},
    ("MessageQueue", "ProcessingFailed"): {"id": _is_text},
    ("MessageQueue", "OverweightEnqueued"): {"id": _is_text},
}
"""Fields that these events always have."""

_TYPED: dict[str, dict[str, _Fits]] = {
    "ParaInclusion": {"para_id": _is_plain, "para_head": _is_text},
    "PolkadotXcm": {"message_id": _is_text},
    "XcmPallet": {"message_id": _is_text},
}
"""Fields of a pallet's events that have one type wherever they stand."""


def check(data: RecordData) -> None:
    """Raises ``ValueError`` for an event that no runtime can have told so, and for a network whose nodes are of chains
    or twins of nodes that it has not."""
    if isinstance(data, RuntimeEvent):
        _check_fields(data)
    elif isinstance(data, NetworkLaunched):
        _check_names(data)


def _check_names(network: NetworkLaunched) -> None:
    names = {node.name for node in network.nodes}
    chains = {network.relay.id, *(para.id for para in network.parachains)}
    if len(names) < len(network.nodes):
        raise ValueError("a network with two nodes of one name")
    for node in network.nodes:
        if node.chain not in chains:
            raise ValueError(f"{node.name}, a node of chain {node.chain!r}, which is not in the network")
        if node.twin_of is not None and node.twin_of not in names:
            raise ValueError(f"{node.name}, a twin of {node.twin_of!r}, which is not in the network")


def _check_fields(event: RuntimeEvent) -> None:
    fields = event.fields
    for name, fits in _NEEDED.get((event.pallet, event.name), {}).items():
        if name not in fields:
            raise ValueError(f"an event {event.pallet}.{event.name} without {name}")
        if not fits(fields[name]):
            raise ValueError(f"an event {event.pallet}.{event.name} whose {name} is {fields[name]!r}")
    for name, fits in _TYPED.get(event.pallet, {}).items():
        if fields.get(name) is not None and not fits(fields[name]):
            raise ValueError(f"an event {event.pallet}.{event.name} whose {name} is {fields[name]!r}")
