"""Relay-chain authoring: at each slot those who may author build on the block that they call best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simnet.codec import u64
from simnet.errors import SimnetError
from simnet.network.topology import RELAY
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.building import SEAL, build, digest
from simnet.providers.simulated.clock import MILLISECOND
from simnet.providers.simulated.consensus.backoff import backs_off, max_interval
from simnet.providers.simulated.consensus.paras import inherent
from simnet.providers.simulated.consensus.slots import Claim, claims
from simnet.providers.simulated.defects import spoiling
from simnet.providers.simulated.ledger import Block
from simnet.providers.simulated.relay_values import Epoch
from simnet.providers.simulated.times import AUTHORING, COLLECTING
from simnet.runtime.host import RuntimeTrap

if TYPE_CHECKING:
    from simnet.providers.simulated.simulation import Simulation

SLOT = 6000
"""Milliseconds (rococo- and westend-runtime-constants)."""


class Authoring:
    """The slot workers of all validators."""

    def __init__(self, simulation: Simulation) -> None:
        self._sim = simulation
        self._claims: dict[tuple[int, bytes, int], list[Claim]] = {}
        self._longest = max_interval(simulation.chain_ids[RELAY])
        self._amend = spoiling(simulation.defects)

    def begin(self) -> None:
        """Schedules the next slot."""
        sim = self._sim
        slot = sim.unix_ms() // SLOT + 1
        sim.clock.at((slot * SLOT - sim.epoch * 1000) * MILLISECOND, lambda: self._slot(slot))

    def _slot(self, slot: int) -> None:
        sim = self._sim
        self._claims.clear()
        for node in sim.nodes:
            if node.spec.role == "validator" and sim.runs(node.index):
                self._consider(node.index, slot)
        self.begin()

    def _consider(self, node: int, slot: int) -> None:
        sim, view = self._sim, self._sim.view(node)
        parent = view.best
        if slot <= parent.slot:
            return
        if backs_off(slot, parent.slot, parent.number - view.finalized.number, self._longest):
            return
        epoch = relay_state.epoch_for(parent, slot)
        key = sim.keys.public(node)
        claim = next((one for one in self._of(epoch, slot) if epoch.authorities[one.authority] == key), None)
        if claim is None:
            return
        if len(epoch.authorities) > 1 and not sim.links.peers(node):
            return  # offline (sc-consensus-slots lib.rs, on_slot, without --force-authoring)
        sim.when(node, sim.clock.now + sim.times.one(COLLECTING), lambda: self._author(node, parent, claim))

    def _of(self, epoch: Epoch, slot: int) -> list[Claim]:
        """Claims of an epoch's authorities to a slot, computed once for all nodes that see the same epoch."""
        place = (epoch.index, epoch.randomness, slot)
        if place not in self._claims:
            self._claims[place] = list(claims(self._sim.runtimes, epoch, slot, self._sim.keys.secret))
        return self._claims[place]

    def _author(self, node: int, parent: Block, claim: Claim) -> None:
        made = self._build(node, parent, claim, 0)
        if self._sim.tempted(node, "equivocate_blocks", claim.slot) and self._build(node, parent, claim, 1) and made:
            self._sim.did(node, "equivocate_blocks", claim.slot)

    def _build(self, node: int, parent: Block, claim: Claim, late: int) -> bool:
        """Makes a block, if the runtime lets it. With ``late`` milliseconds in its timestamp it is another one for the
        same slot."""
        sim = self._sim
        bitfields, backable = sim.availability.known(parent, node), sim.backing.backable(node, parent)
        backed = [encoded for _, encoded in backable]
        paras = inherent(bitfields, backed, sim.disputes.statements(node, parent), parent)
        inherents = [(b"parachn0", paras), (b"timstap0", u64(sim.unix_ms() + late))]

        def seal(unsealed: bytes) -> bytes:
            return digest(SEAL, b"BABE", sim.keys.sign(node, unsealed))

        try:
            built, _ = build(parent, [claim.log], inherents, sim.pools.waiting(node, parent), seal, amend=self._amend)
        except (RuntimeTrap, SimnetError) as error:
            sim.observer.log(sim.nodes[node], f"slot {claim.slot} lost: {error}")
            sim.observer.slot_lost(sim.nodes[node], claim.slot, str(error))
            return False
        block = built.block
        block.slot = claim.slot
        block.weight = parent.weight + claim.primary
        block.author = sim.nodes[node].name
        for candidate, _ in backable:
            candidate.backed_in.append(block)
        sim.pools.drop(node, built.refused)
        sim.when(node, sim.clock.now + sim.times.one(AUTHORING), lambda: sim.publish(node, RELAY, block))
        return True
