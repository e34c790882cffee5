"""Assets in the events of XCM pallets: which of them left a chain by a message, arrived, or were trapped on the way.

A pallet is known by the fields of its events, not by its name (pallet-xcm Event: Sent, AssetsTrapped, AssetsClaimed;
pallet-message-queue Event: Processed, ProcessingFailed).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simnet.journal import Record
from simnet.journal.records import RuntimeEvent
from simnet.network.topology import RELAY

AssetPlace = tuple[str, ...]
"""A location as the relay chain sees it: its junctions as canonical JSON, none for the relay chain itself."""

_MOVED = ("ReceiveTeleportedAsset", "ReserveAssetDeposited")
"""Instructions by which a message carries what its sender took out of circulation (xcm v5 Instruction)."""

_WITHDRAWN = "WithdrawAsset"
"""The instruction by which a message takes from its sender's account at the receiver."""


Leg = tuple[str, str | None]
"""A message on its way to one chain: its id, which it keeps from hop to hop, and its recipient."""


@dataclass(frozen=True)
class Carried:
    """What one message carries of an asset, in its smallest unit: ``moved`` to the receiver by its sender's reserve or
    teleport, and ``withdrawn`` from the sender's account there. None where the message's program was not told."""

    id: str
    sender: str
    recipient: str | None
    moved: int | None
    withdrawn: int | None
    record: Record[RuntimeEvent]

    @property
    def leg(self) -> Leg:
        """What it is called."""
        return self.id, self.recipient


def place_of_chain(chain: str) -> AssetPlace:
    """Where a chain of the network is."""
    return () if chain == RELAY else (_canonical({"Parachain": int(chain)}),)


def place(location: Any, seen_from: str) -> AssetPlace | None:
    """A location in an event of a chain, as the relay chain sees it; None for one beyond the relay chain, and for what
    is no location."""
    if isinstance(location, Mapping) and len(location) == 1:
        ((kind, inner),) = location.items()
        if kind in ("V3", "V4", "V5", "Concrete"):
            return place(inner, seen_from)
    if not isinstance(location, Mapping) or not isinstance(location.get("parents"), int):
        return None
    base = place_of_chain(seen_from)
    if location["parents"] > len(base):
        return None
    return base[: len(base) - location["parents"]] + tuple(map(_canonical, _junctions(location.get("interior"))))


def sent(record: Record[RuntimeEvent], asset: AssetPlace) -> Carried | None:
    """What a message that this event says to be sent carries of an asset; None for other events."""
    fields = record.data.fields
    if record.data.name != "Sent" or not {"destination", "message", "message_id"} <= fields.keys():
        return None
    chain = record.chain or ""
    to = place(fields["destination"], chain)
    recipient = None if to is None else chain_at(to)
    program = fields["message"]
    told = isinstance(program, list) and bool(program)
    if recipient is None or not told:
        return Carried(fields["message_id"], chain, recipient, None, None, record)
    moved = sum(amount for name in _MOVED for amount in _amounts(program, name, asset, recipient))
    withdrawn = sum(_amounts(program, _WITHDRAWN, asset, recipient))
    return Carried(fields["message_id"], chain, recipient, moved, withdrawn, record)


def ended(record: Record[RuntimeEvent]) -> str | None:
    """The id of a message that this event says to have ended; None for other events."""
    data = record.data
    if data.name not in ("Processed", "ProcessingFailed") or not {"id", "origin"} <= data.fields.keys():
        return None
    return str(data.fields["id"])


def trapped(record: Record[RuntimeEvent], asset: AssetPlace) -> int:
    """How much of an asset this event says to be trapped, below zero where it was claimed; 0 for other events."""
    data = record.data
    if data.name not in ("AssetsTrapped", "AssetsClaimed") or "assets" not in data.fields:
        return 0
    amount = sum(_fungible(data.fields["assets"], asset, record.chain or ""))
    return amount if data.name == "AssetsTrapped" else -amount


def crosses(record: Record[RuntimeEvent]) -> bool:
    """Whether a block with this event may have changed what a chain has of an asset by an XCM."""
    data = record.data
    return (
        data.name in ("Sent", "AssetsTrapped", "AssetsClaimed", "Attempted", "ProcessXcmError")
        or ended(record) is not None
    )


def chain_at(where: AssetPlace) -> str | None:
    """The chain of the network at a place; None for what is no chain."""
    if not where:
        return RELAY
    first = json.loads(where[0])
    return str(first["Parachain"]) if len(where) == 1 and isinstance(first, dict) and "Parachain" in first else None


def _amounts(program: Sequence[Any], name: str, asset: AssetPlace, seen_from: str) -> Iterator[int]:
    for instruction in program:
        if isinstance(instruction, Mapping) and name in instruction:
            yield from _fungible(instruction[name], asset, seen_from)


def _fungible(assets: Any, asset: AssetPlace, seen_from: str) -> Iterator[int]:
    if isinstance(assets, Mapping) and len(assets) == 1 and next(iter(assets)) in ("V3", "V4", "V5"):
        assets = next(iter(assets.values()))
    for one in assets if isinstance(assets, list | tuple) else ():
        amount = one.get("fun", {}).get("Fungible") if isinstance(one, Mapping) else None
        if isinstance(amount, int) and place(one.get("id"), seen_from) == asset:
            yield amount


def _junctions(interior: Any) -> Iterator[Any]:
    """Junctions of an interior: of version 3 one alone stands in no list."""
    if isinstance(interior, Mapping):
        inner: Any = next(iter(interior.values()), [])
        yield from inner if isinstance(inner, list | tuple) else [inner]


def _canonical(junction: Any) -> str:
    return json.dumps(junction, sort_keys=True)
