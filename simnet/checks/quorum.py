"""Whether enough voters could reach one another for finality."""

from __future__ import annotations

from simnet.checks._base import topology_of
from simnet.faults import effective, fault_from
from simnet.journal import Evidence


def voters_needed(validators: int) -> int:
    """Votes that GRANDPA needs of so many voters: n - f with f = floor((n - 1) / 3) (finality-grandpa voter_set.rs)."""
    return validators - (validators - 1) // 3


def most_voters(evidence: Evidence, t: float) -> int:
    """Validators in the largest group that ran and could reach one another at time ``t``, by the faults active then."""
    topology = topology_of(evidence)
    values = (window.at(t) for window in evidence.windows.values())
    active = [fault_from(value) for value in values if value is not None]
    validators = {node.name for node in topology.validators}
    groups = effective(topology, active).components()
    return max((len(validators.intersection(group)) for group in groups), default=0)


def quorum_note(evidence: Evidence, t: float) -> str:
    """A remark for a finding about finality: that no group of nodes could have finalized anything; else nothing."""
    validators = len(topology_of(evidence).validators)
    most, needed = most_voters(evidence, t), voters_needed(validators)
    if most >= needed:
        return ""
    return f"; the largest group that could reach itself held {most} of {validators} voters, finality needs {needed}"
