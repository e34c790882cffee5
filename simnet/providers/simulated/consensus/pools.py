"""Extrinsics on their way into blocks: every node's pool, and gossip between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simnet.codec import blake2_256
from simnet.providers.simulated.arrivals import together
from simnet.providers.simulated.clock import MILLISECOND, NEVER
from simnet.providers.simulated.ledger import ExecutedBlock, ancestry
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.transport import Transport

_HOP = 2 * MILLISECOND
_GRAIN = MILLISECOND
"""Nodes that gossip of an extrinsic reaches within this time get it at once."""


@dataclass(eq=False)
class Pools:
    """The pools of all nodes. ``members`` says by chain which nodes serve it."""

    processes: Processes
    transport: Transport
    members: Mapping[str, NDArray[np.bool_]]

    def take(self, node: SimulatedNode, extrinsic: bytes) -> None:
        """Takes an extrinsic into a node's pool and gossips it. The caller has had it validated."""
        hash_ = blake2_256(extrinsic)
        node.pool[hash_] = extrinsic
        members = self.members[node.spec.chain]
        arrivals = self.transport.spread(node.index, len(extrinsic), _HOP, members)

        def arrive(receivers: NDArray[np.int64]) -> None:
            for other in receivers:
                if not self.processes.nodes[other].behind:
                    self.processes.nodes[other].pool.setdefault(hash_, extrinsic)

        for t, receivers in together(np.where(members, arrivals, NEVER), _GRAIN, besides=node.index):
            self.processes.receive(receivers, t, arrive)

    def waiting(self, node: int, parent: ExecutedBlock) -> list[bytes]:
        """Extrinsics that a node knows and that are in no block from ``parent`` down to its finalized one."""
        one = self.processes.nodes[node]
        if not one.pool:
            return []
        used: set[bytes] = set()
        for block in ancestry(parent, above=one.own.finalized.number):
            used.update(map(blake2_256, block.extrinsics))
        return [extrinsic for hash_, extrinsic in one.pool.items() if hash_ not in used]

    def drop(self, node: int, extrinsics: Sequence[bytes]) -> None:
        """Forgets extrinsics that the runtime will not take."""
        for extrinsic in extrinsics:
            self.processes.nodes[node].pool.pop(blake2_256(extrinsic), None)

    def finalized(self, node: SimulatedNode, block: ExecutedBlock) -> None:
        """Forgets what is in blocks that become final with this one."""
        if node.pool:
            for one in ancestry(block, above=node.own.finalized.number):
                self.drop(node.index, one.extrinsics)

    def share(self, source: SimulatedNode, receiver: SimulatedNode) -> None:
        """The receiver learns what a node of the same chain has in its pool, unless it is far behind: then it takes
        none (sc-network-transactions lib.rs, on_transactions)."""
        if source.spec.chain == receiver.spec.chain and not receiver.behind:
            for hash_, extrinsic in source.pool.items():
                receiver.pool.setdefault(hash_, extrinsic)
