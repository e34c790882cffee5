"""XCM locations between the chains of one network, in the form that journals and metadata give them (XCM 4 and 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simnet.network.topology import RELAY

Location = Mapping[str, Any]
"""``{"parents": 1, "interior": {"X1": [{"Parachain": 2000}]}}``; the interior of none is ``"Here"``."""

HERE: Location = {"parents": 0, "interior": "Here"}


def located(parents: int, junctions: Sequence[Any] = ()) -> dict[str, Any]:
    """The location of these junctions, so many levels up."""
    return {"parents": parents, "interior": {f"X{len(junctions)}": list(junctions)} if junctions else "Here"}


def junctions_of(location: Location) -> list[Any]:
    """The junctions of a location's interior; XCM 3 has one alone without a list."""
    interior = location["interior"]
    if not isinstance(interior, Mapping):
        return []
    ((_, inner),) = interior.items()
    return list(inner) if isinstance(inner, list | tuple) else [inner]


def location_of(chain: str, seen_from: str) -> dict[str, Any]:
    """Where a chain is, seen from another one of the same relay chain, or from itself."""
    if chain == seen_from:
        return located(0)
    up = 0 if seen_from == RELAY else 1
    return located(up) if chain == RELAY else located(up, [{"Parachain": int(chain)}])


def placed(location: Location, seen_from: str) -> tuple[str | None, list[Any]]:
    """The chain to which a location leads, and the junctions within it; None for what is not below the relay chain."""
    parents, junctions = int(location["parents"]), junctions_of(location)
    if parents == 0 and seen_from != RELAY:
        return seen_from, junctions
    if parents > (0 if seen_from == RELAY else 1):
        return None, junctions
    first = junctions[0] if junctions else None
    if isinstance(first, Mapping) and "GlobalConsensus" in first:
        return None, junctions
    if isinstance(first, Mapping) and "Parachain" in first:
        return str(first["Parachain"]), junctions[1:]
    return RELAY, junctions


def location_text(location: Location, seen_from: str) -> str:
    """A location for people: ``relay``, ``2000``, ``1000/PalletInstance(50)/GeneralIndex(1984)``."""
    chain, junctions = placed(location, seen_from)
    parts = [_junction(one) for one in junctions]
    return "/".join([f"{location['parents']} levels up" if chain is None else chain, *parts])


def _junction(junction: Any) -> str:
    if not isinstance(junction, Mapping):
        return str(junction)
    ((name, inner),) = junction.items()
    if isinstance(inner, Mapping):
        held = [value for key, value in inner.items() if key != "network"]
        inner = held[0] if len(held) == 1 else dict(inner)
    return f"{name}({inner})"


def in_version(location: Location, version: int) -> dict[str, Any]:
    """A location as that version of XCM writes it: before 4 one junction stands without a list."""
    junctions = junctions_of(location)
    if version < 4 and len(junctions) == 1:
        return {"parents": location["parents"], "interior": {"X1": junctions[0]}}
    return located(location["parents"], junctions)
