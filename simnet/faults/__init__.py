"""What can go wrong: faults as pure values, and the state that all active ones together ask for.

One module per family: nodes, links, byzantine nodes. Injecting, observing and healing is the network's business.
"""

from simnet.faults._fault import Fault, Respect, Side
from simnet.faults._known_faults import KINDS, fault_from, leaves_nothing
from simnet.faults._states import CLEAR, CUT, Cycle, Database, LinkState, Pair, Process
from simnet.faults.admission import admit
from simnet.faults.byzantine import (
    ACTS,
    COLLATOR_ACTS,
    DISPUTES_LATER,
    LATE_AFTER,
    USES,
    VALIDATOR_ACTS,
    Act,
    Byzantine,
)
from simnet.faults.effective import Effective, differences, effect, effective
from simnet.faults.link_faults import Degrade, Directed, Isolate, OneWayCut, Partition
from simnet.faults.node_faults import Kill, Outage, Pause, Restart, Restore, Snapshot, Stop, Wipe
from simnet.faults.on_targets import OnTargets

__all__ = [
    "ACTS", "CLEAR", "COLLATOR_ACTS", "CUT", "DISPUTES_LATER", "KINDS", "LATE_AFTER", "USES", "VALIDATOR_ACTS", "Act",
    "Byzantine", "Cycle", "Database", "Degrade", "Directed", "Effective", "Fault", "Isolate", "Kill", "LinkState",
    "OnTargets", "OneWayCut", "Outage", "Pair", "Partition", "Pause", "Process", "Respect", "Restart", "Restore",
    "Side", "Snapshot", "Stop", "Wipe", "admit", "differences", "effect", "effective", "fault_from", "leaves_nothing",
]  # fmt: skip
