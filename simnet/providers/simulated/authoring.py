"""Relay-chain authoring: at each slot those who may author build on the block that they call best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from simnet.codec import u64
from simnet.errors import SimnetError
from simnet.journal.records import SlotLost
from simnet.network.session_keys import BABE
from simnet.network.topology import RELAY
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.block_writes import BlockWrites
from simnet.providers.simulated.building import SEAL, build, digest
from simnet.providers.simulated.candidates import inherent
from simnet.providers.simulated.clock import MILLISECOND
from simnet.providers.simulated.code_caches import CodeCaches
from simnet.providers.simulated.consensus.availability import Availability
from simnet.providers.simulated.consensus.backing import Backing
from simnet.providers.simulated.consensus.backoff import backs_off
from simnet.providers.simulated.consensus.disputes import DisputeCoordinators
from simnet.providers.simulated.consensus.pools import Pools
from simnet.providers.simulated.consensus.propagation import Propagation
from simnet.providers.simulated.consensus.slots import Claim, claims, of_node
from simnet.providers.simulated.keyring import Keyring
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.misdeeds import Misdeeds
from simnet.providers.simulated.observer import Observer
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.relay_state import CodeFailed
from simnet.providers.simulated.relay_values import Epoch
from simnet.providers.simulated.runtime_overrides import RuntimeOverrides
from simnet.providers.simulated.times import AUTHORING, COLLECTING, Times
from simnet.providers.simulated.transport import Transport
from simnet.providers.simulated.wall_time import WallTime
from simnet.providers.simulated.weights import beyond_ordinary
from simnet.runtime.host import Execution, Host, RuntimeTrap

UNPROVISIONED = 2500 * MILLISECOND
"""For which an author waits for what is to be in the inherent of parachains on a block of which its subsystems have not
been told; it does without then (polkadot-node-core-parachains-inherent 36, PROVISIONER_TIMEOUT). A real validator that
had just caught up waited so, and made an empty block."""


PROPOSING = 4000 * MILLISECOND
"""Of a slot in which a block is to be made; what comes later is discarded (two thirds: polkadot-service 36,
block_proposal_slot_portion)."""


@dataclass(eq=False)
class Authoring:
    """The slot workers of all validators of the relay chain."""

    processes: Processes
    transport: Transport
    wall: WallTime
    times: Times
    runtimes: Host
    keys: Keyring
    misdeeds: Misdeeds
    pools: Pools
    availability: Availability
    backing: Backing
    disputes: DisputeCoordinators
    propagation: Propagation
    observer: Observer
    compiled: CodeCaches
    overrides: RuntimeOverrides
    longest: int | None
    """Slots that authors wait at most while finality lags; None where they never do."""
    writes: BlockWrites
    amend: Callable[[ExecutedBlock, Execution], None] | None
    """What a planted defect makes of the state of each new block."""
    _claims: dict[tuple[int, bytes, int], list[Claim]] = field(init=False, default_factory=dict)

    def begin(self) -> None:
        """Schedules the next slot."""
        slot = self.wall.slot() + 1
        self.processes.clock.at(self.wall.slot_start(slot), lambda: self._slot(slot))

    def _slot(self, slot: int) -> None:
        self._claims.clear()
        for node in self.processes.nodes:
            if node.spec.role == "validator" and self.processes.runs(node.index):
                self._consider(node.index, slot)
        self.begin()

    def _consider(self, node: int, slot: int) -> None:
        one = self.processes.nodes[node]
        if RELAY in one.syncing:
            return  # sc-consensus-slots slots.rs, next_slot
        view = one.relay
        parent = view.best
        if slot <= parent.slot:
            return
        if backs_off(slot, parent.slot, parent.number - view.finalized.number, self.longest):
            return
        try:
            epoch = relay_state.epoch_for(parent, slot)
        except CodeFailed as error:
            self._lost(node, slot, str(error))
            return
        claim = of_node(self._of(epoch, slot), partial(self.keys.has, node, BABE), epoch)
        if claim is None:
            return
        key = epoch.authorities[claim.authority]
        if len(epoch.authorities) > 1 and not self.transport.peers(node):
            return  # offline (sc-consensus-slots lib.rs, on_slot, without --force-authoring)
        takes = UNPROVISIONED if parent in view.silent else self.times.one(COLLECTING)

        def begin() -> None:
            self.compiled.when_ready(node, parent, lambda: self._author(node, parent, claim, key))

        self.processes.when(node, self.processes.clock.now + takes, begin)

    def _of(self, epoch: Epoch, slot: int) -> list[Claim]:
        """Claims of an epoch's authorities to a slot, computed once for all nodes that see the same epoch."""
        place = (epoch.index, epoch.randomness, slot)
        if place not in self._claims:
            self._claims[place] = list(claims(self.runtimes, epoch, slot, self.keys.secret))
        return self._claims[place]

    def _author(self, node: int, parent: ExecutedBlock, claim: Claim, key: bytes) -> None:
        if self.processes.clock.now > self.wall.slot_start(claim.slot) + PROPOSING:
            self._lost(node, claim.slot, f"it took too long: the runtime that {parent} leaves had to be compiled")
            return
        made = self._build(node, parent, claim, key, 0)
        if (
            self.misdeeds.tempted(node, "equivocate_blocks", claim.slot)
            and self._build(node, parent, claim, key, 1)
            and made
        ):
            self.misdeeds.did(node, "equivocate_blocks", claim.slot)

    def _build(self, node: int, parent: ExecutedBlock, claim: Claim, key: bytes, late: int) -> bool:
        """Makes a block, if the runtime lets it. With ``late`` milliseconds in its timestamp it is another one for the
        same slot."""
        provisioned = parent not in self.processes.view(node).silent
        bitfields = self.availability.known(parent, node) if provisioned else []
        backable = self.backing.backable(node, parent) if provisioned else []
        disputes = self.disputes.statements(node, parent) if provisioned else []
        paras = inherent(bitfields, [encoded for _, encoded in backable], disputes, parent)
        inherents = [(b"parachn0", paras), (b"timstap0", u64(self.wall.unix_ms() + late))]

        def seal(unsealed: bytes) -> bytes:
            return digest(SEAL, b"BABE", self.keys.sign(key, unsealed, node))

        pool, runtime = self.pools.waiting(node, parent), self.overrides.runtime(node, parent)
        writes = self.writes.of(parent, self.writes.asked)
        try:
            built, _ = build(
                parent, [claim.log], inherents, pool, seal, runtime=runtime, amend=self.amend, writes=writes
            )
        except (RuntimeTrap, SimnetError) as error:
            self._lost(node, claim.slot, str(error))
            return False
        block = built.block
        block.slot = claim.slot
        block.weight = parent.weight + claim.primary
        block.author = self.processes.nodes[node].name
        block.written = self.writes.asked
        for candidate, _ in backable:
            candidate.backed_in.append(block)
        self.pools.drop(node, built.refused)
        takes = self.times.one(AUTHORING) + beyond_ordinary(block)
        self.processes.work(node, self.processes.clock.now, takes, lambda: self._publish(node, block), AUTHORING.share)
        return True

    def _publish(self, node: int, block: ExecutedBlock) -> None:
        why = self.propagation.publish(node, block)
        if why is not None:
            self._lost(node, block.slot, f"its own block is refused: {why}")
        else:
            self.writes.published(block)

    def _lost(self, node: int, slot: int, why: str) -> None:
        self.observer.log(self.processes.nodes[node], f"slot {slot} lost: {why}")
        self.observer.note(self.processes.nodes[node], SlotLost(slot=slot, why=why.splitlines()[-1]), chain=RELAY)
