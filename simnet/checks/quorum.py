"""Whether enough voters could reach one another for finality."""

from __future__ import annotations

from simnet.checks.seats import seats_at
from simnet.faults import effective, fault_from
from simnet.journal import Evidence, KeyHolders


def voters_needed(validators: int) -> int:
    """Votes that GRANDPA needs of so many voters: n - f with f = floor((n - 1) / 3) (finality-grandpa voter_set.rs)."""
    return validators - (validators - 1) // 3


def most_voters(evidence: Evidence, t: float) -> int:
    """Seats in the largest group that ran and could reach one another at time ``t``, by the faults active then; a node
    votes for the first seat whose key it has. None has any before the seats were read."""
    in_force, having = seats_at(evidence, t), KeyHolders(evidence)
    seated = [having.within(in_force.key(who), t, t) for who in in_force.holders] if in_force is not None else []
    first: dict[str, int] = {}
    for place, nodes in enumerate(seated):
        for node in nodes:
            first.setdefault(node, place)
    values = (window.at(t) for window in evidence.windows.values())
    active = [fault_from(value) for value in values if value is not None]
    groups = map(frozenset, effective(evidence.network.topology, active).components())
    return max((len({first[node] for node in group if node in first}) for group in groups), default=0)


def quorum_note(evidence: Evidence, t: float) -> str:
    """A remark for a finding about finality: that no group of nodes could have finalized anything; else nothing."""
    in_force = seats_at(evidence, t)
    if in_force is None:
        return ""
    voters = len(in_force.holders)
    most, needed = most_voters(evidence, t), voters_needed(voters)
    if most >= needed:
        return ""
    return f"; the largest group that could reach itself held {most} of {voters} voters, finality needs {needed}"
