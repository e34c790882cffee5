"""Which faults may be injected: those that do something, and of which a stored run can tell."""

from __future__ import annotations

from simnet.errors import InputError
from simnet.extensions import FAULTS
from simnet.faults._fault import Fault
from simnet.faults._known_faults import KINDS
from simnet.faults.byzantine import USES
from simnet.faults.effective import effect
from simnet.network.topology import Topology


def admit(topology: Topology, fault: Fault) -> tuple[str, ...]:
    """The nodes that a fault acts on.

    Raises :class:`~simnet.errors.InputError` for a selector without a node, for a fault that alone changes nothing of
    a quiet network, and for one of a kind that nobody can read back from a journal.
    """
    affected = fault.affected(topology)
    if KINDS.get(fault.kind) is not type(fault):
        raise InputError(
            f"{type(fault).__name__} ({fault.kind}) is no kind of fault that a journal could be judged by: it is"
            f" neither one of {', '.join(KINDS)} nor brought by an entry point of the group {FAULTS}"
        )
    if fault.instant != (fault.cycle() is not None):
        why = "an instant without a cycle" if fault.instant else "no instant and has a cycle all the same"
        raise InputError(f"the fault {fault.kind} is {why}; a fault has a cycle if it is an instant, and only then")
    unknown = [act for act in fault.misdeeds() if act not in USES]
    if unknown:
        raise InputError(f"no node can be told to {', '.join(unknown)}; there are {', '.join(USES)}")
    if not affected or (not fault.instant and effect(topology, fault).nothing):
        raise InputError(f"the fault {fault} changes nothing in this network: no process, no link and no act")
    return affected
