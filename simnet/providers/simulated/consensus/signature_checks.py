"""What checking signatures costs a validator: those of bitfields, backing, assignments and approvals.

With hundreds of validators that is a good part of a core; with a few it is next to nothing. The checks of one relay
block are one task, which begins when the block is there; nothing waits for it, but it shares the node's cores. Votes in
disputes are checked where they come (:mod:`dispute_distribution`).
"""

from __future__ import annotations

from dataclasses import dataclass

from simnet.network.topology import RELAY
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.ledger import ExecutedBlock, Fact
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.protocols import NodeProtocol
from simnet.providers.simulated.times import ASSIGNMENT, SIGNATURE


@dataclass(eq=False)
class SignatureChecks(NodeProtocol):
    """The checks of all validators whose cores are limited."""

    processes: Processes

    def imported(self, node: int, block: ExecutedBlock) -> None:
        cores = self.processes.cores(node)
        spec = self.processes.nodes[node].spec
        if cores.limited and spec.chain == RELAY and spec.role == "validator":
            cores.run(signatures(block), lambda: None)


@Fact
def signatures(block: ExecutedBlock) -> int:
    """Nanoseconds that checking takes what comes with a block: a bitfield of each validator, the votes of backers, and
    of each checker that an included candidate needs an assignment and an approval."""
    if block.parent is None:
        return 0
    session = relay_state.session_info(block.parent)
    votes = sum(map(len, relay_state.backers(block).values()))
    checkers = len(relay_state.included(block)) * min(session.needed, len(session.validators))
    return (len(session.validators) + votes) * SIGNATURE + checkers * (SIGNATURE + ASSIGNMENT)
