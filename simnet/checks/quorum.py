"""Whether enough voters could reach one another for finality."""

from __future__ import annotations

from simnet.checks._check import topology_of
from simnet.checks.honesty import keys_of
from simnet.checks.seats import seats_at
from simnet.faults import effective, fault_from
from simnet.journal import Evidence


def voters_needed(validators: int) -> int:
    """Votes that GRANDPA needs of so many voters: n - f with f = floor((n - 1) / 3) (finality-grandpa voter_set.rs)."""
    return validators - (validators - 1) // 3


def most_voters(evidence: Evidence, t: float) -> int:
    """Seats in the largest group that ran and could reach one another at time ``t``, by the faults active then; a twin
    votes for the seat whose keys it has. None has any before the seats were read."""
    in_force = seats_at(evidence, t)
    holders = in_force.holders if in_force is not None else ()
    values = (window.at(t) for window in evidence.windows.values())
    active = [fault_from(value) for value in values if value is not None]
    owners = keys_of(evidence)
    groups = effective(topology_of(evidence), active).components()
    return max((len(set(holders) & {owners.get(node, node) for node in group}) for group in groups), default=0)


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
