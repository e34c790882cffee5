"""Which validators the faults of a run made dishonest, and since when."""

from __future__ import annotations

from simnet.checks._base import topology_of
from simnet.faults import fault_from
from simnet.journal import Evidence, Kind


def dishonest_since(evidence: Evidence) -> dict[str, float]:
    """Time from which a validator may have committed an offence, by its name; who is not in here is honest.

    Byzantine from the start of the fault on; with an old database from the time it was restored; with a running twin
    from the twin's first start. It stays so when the fault is healed, since reports come later.
    """
    owners = keys_of(evidence)
    since = {owners.get(node, node): 0.0 for node in evidence.network.get("dishonest", ())}
    for record in evidence.of_kind[Kind.FAULT_APPLIED] + evidence.of_kind[Kind.FAULT_CHANGED]:
        fault = fault_from(record.data["fault"])
        if fault.dishonest:
            for node in fault.affected(topology_of(evidence)):
                _earliest(since, owners.get(node, node), record.data.get("start", record.t))
    for record in evidence.of_kind[Kind.NODE_UP]:
        owner = owners.get(record.observer)
        if owner is not None and owner != record.observer:
            _earliest(since, owner, record.t)
    return since


def keys_of(evidence: Evidence) -> dict[str, str]:
    """The validator whose session keys a node has, by the node's name: its own name, but for twins."""
    return {
        node["name"]: node.get("twin_of") or node["name"]
        for node in evidence.network.get("nodes", ())
        if node["role"] == "validator"
    }


def _earliest(since: dict[str, float], name: str, t: float) -> None:
    since[name] = min(t, since.get(name, t))
