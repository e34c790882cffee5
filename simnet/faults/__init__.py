"""What can go wrong: faults as pure values, and the state that all active ones together ask for.

One module per family: nodes, links, byzantine nodes. Injecting, observing and healing is the network's business.
"""

from simnet.faults._base import Fault
from simnet.faults._kinds import KINDS, fault_from, leaves_nothing
from simnet.faults.admission import admit
from simnet.faults.byzantine import COLLATOR_ACTS, LATE_AFTER, USES, VALIDATOR_ACTS, Act, Byzantine
from simnet.faults.effective import CLEAR, Effective, LinkState, Process, differences, effect, effective
from simnet.faults.network import Degrade, Isolate, OneWayCut, Partition
from simnet.faults.node import Cycle, Kill, Outage, Pause, Restart, Restore, Snapshot, Stop, Wipe

__all__ = [
    "CLEAR", "COLLATOR_ACTS", "KINDS", "LATE_AFTER", "USES", "VALIDATOR_ACTS", "Act", "Byzantine", "Cycle", "Degrade",
    "Effective", "Fault", "Isolate", "Kill", "LinkState", "OneWayCut", "Outage", "Partition", "Pause", "Process",
    "Restart", "Restore", "Snapshot", "Stop", "Wipe", "admit", "differences", "effect", "effective", "fault_from",
    "leaves_nothing",
]  # fmt: skip
