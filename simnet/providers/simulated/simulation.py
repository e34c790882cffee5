"""The simulated network itself: nodes, chains and links on one virtual clock, and who tells whom what.

Everything that happens is an action on the clock. Blocks and signatures are made by the chains' own runtimes and keys;
this module only carries things between the parts in :mod:`simnet.providers.simulated.consensus`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from simnet.codec import blake2_256
from simnet.errors import FaultError
from simnet.faults import LinkState
from simnet.network.accounts import keys
from simnet.network.topology import RELAY, Topology
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.authoring import Authoring
from simnet.providers.simulated.catching_up import CatchingUp
from simnet.providers.simulated.clock import MILLISECOND, NEVER, Clock
from simnet.providers.simulated.consensus.approval import Approvals
from simnet.providers.simulated.consensus.availability import Availability
from simnet.providers.simulated.consensus.backing import Backing
from simnet.providers.simulated.consensus.collation import SLOT
from simnet.providers.simulated.consensus.dispute_votes import State
from simnet.providers.simulated.consensus.disputes import Dispute, Disputes
from simnet.providers.simulated.consensus.offences import COMPARED, Reports
from simnet.providers.simulated.consensus.paras import Candidate
from simnet.providers.simulated.consensus.pools import Pools
from simnet.providers.simulated.consensus.propagation import Propagation
from simnet.providers.simulated.consensus.voters import VotesTwice
from simnet.providers.simulated.consensus.voting_rule import MAX_FINALITY_LAG
from simnet.providers.simulated.defects import Defect, grandpa_with
from simnet.providers.simulated.keyring import Keyring
from simnet.providers.simulated.ledger import Block, Ledger
from simnet.providers.simulated.links import Links, latency_matrix
from simnet.providers.simulated.misdeeds import Misdeeds
from simnet.providers.simulated.nodes import SimulatedNode, Snapshot
from simnet.providers.simulated.parachains import Parachains
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.pvf import Judgement, Validator
from simnet.providers.simulated.randomness import Streams
from simnet.providers.simulated.relay_values import Included, SessionInfo
from simnet.providers.simulated.times import (
    DISCOVERY,
    PREPARING,
    START,
    START_COLLATOR,
    VALIDATING,
    Executed,
    Times,
)
from simnet.providers.simulated.view import View
from simnet.runtime.genesis import Genesis
from simnet.runtime.host import Host

_KEPT = 64
"""Relay blocks below the lowest finalized one whose candidates and bitfields are kept."""


_Kept = TypeVar("_Kept")


class Observer(Protocol):
    """Who is told what nodes show; nothing that it does changes the network."""

    def imported(self, node: SimulatedNode, block: Block) -> None: ...

    def best(self, node: SimulatedNode, block: Block) -> None: ...

    def finalized(self, node: SimulatedNode, block: Block) -> None: ...

    def log(self, node: SimulatedNode, line: str) -> None: ...

    def slot_lost(self, node: SimulatedNode, slot: int, why: str) -> None: ...

    def no_show(self, node: SimulatedNode, block: Block, included: Included, validator: str) -> None: ...

    def dispute(self, node: SimulatedNode, block: Block, candidate: Candidate, state: str, by: str) -> None: ...

    def included(self, node: SimulatedNode, block: Block, included: Included, judgement: Judgement) -> None: ...

    def refused(self, node: SimulatedNode, candidate: Candidate, judgement: Judgement) -> None: ...

    def limit(self, node: SimulatedNode, name: str, chain: str, what: str) -> None: ...


class Stored(Protocol[_Kept]):
    """What a protocol keeps in the databases of nodes."""

    def wiped(self, node: int) -> None:
        """The node's database is empty."""

    def saved(self, node: int) -> _Kept:
        """A copy of what the node's database has of it."""

    def restored(self, node: int, kept: _Kept) -> None:
        """The node's database is an old one."""


class Simulation(Processes):
    """A network in one process. Times are nanoseconds of :attr:`clock`; ``epoch`` is the Unix time at its zero."""

    def __init__(
        self,
        topology: Topology,
        genesis: Mapping[str, Genesis],
        runtimes: Host,
        streams: Streams,
        observer: Observer,
        *,
        epoch: int,
        clock: Clock,
        defects: tuple[Defect, ...] = (),
    ) -> None:
        self.topology = topology
        self.defects = defects
        self.epoch = epoch
        self.runtimes = runtimes
        self.observer = observer
        self.chain_ids = {chain: one.id for chain, one in genesis.items()}
        self.ledgers = {chain: Ledger(chain, _first(one)) for chain, one in genesis.items()}
        first = self.ledgers[RELAY].genesis
        nodes = [
            SimulatedNode(index, spec, View(first), self._para_genesis(spec.chain))
            for index, spec in enumerate(topology.nodes)
        ]
        super().__init__(clock, nodes)
        self.by_name = {node.name: node for node in nodes}
        self.misdeeds = Misdeeds(clock, nodes)
        self.tempted, self.commits, self.did = self.misdeeds.tempted, self.misdeeds.commits, self.misdeeds.did
        self.times = Times(streams.arrays("times"))
        self._preparing = Times(streams.arrays("preparing"))
        self.keys = Keyring(nodes, runtimes)
        self._catching_up = CatchingUp(self)
        self.links = Links(
            topology,
            latency_matrix(topology),
            streams.arrays("links"),
            self.clock.at,
            lambda: self.clock.now,
            self._catching_up.reached,
        )
        self.grandpa = grandpa_with(defects)(
            self,
            first,
            relay_state.authorities(first),
            [keys(node.spec.account).ed25519 if node.spec.role == "validator" else None for node in self.nodes],
            streams.stream("grandpa"),
        )
        self._members = {chain: np.array([node.spec.chain == chain for node in self.nodes]) for chain in self.ledgers}
        everybody = np.ones(len(self.nodes), dtype=np.bool_)
        self.propagation = {RELAY: Propagation(self, everybody, self.view, self._relay_imported)}
        self.parachains = Parachains(self)
        for para in topology.parachains:
            self.propagation[para.id] = Propagation(
                self, self._members[para.id], self.para_view, self.parachains.imported
            )
        self.pools = Pools(self, self._members)
        self.reports = Reports(self)
        self.backing = Backing(self)
        self.availability = Availability(self, len(nodes))
        self.approvals = Approvals(self, len(nodes))
        self.disputes = Disputes(self, len(nodes))
        self.validator = Validator()
        self._limits: dict[tuple[str, str], None] = {}
        self._refused: dict[bytes, None] = {}
        """Candidates that some node executed and found invalid, and that were told as such."""
        self._inclusions_told: dict[Block, None] = {}
        self.authoring = Authoring(self)
        self._stores: tuple[Stored[Any], ...] = (self.availability, self.approvals, self.disputes, self.grandpa)

    # -- processes ------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Schedules the slots."""
        self.authoring.begin()
        self._catching_up.begin()

    def start(self, node: SimulatedNode, ready: Callable[[], None]) -> None:
        """Starts a process over the node's database; ``ready`` is called when its RPC answers. It looks for peers
        from then on: what comes before is compiling the runtime."""
        self.revive(node)
        self.links.set_process(node.index, False)
        node.began = node.own.best.number
        node.prepared.clear()  # real nodes delete compiled code when they start

        def up() -> None:
            node.ready = True
            node.discovers = self.clock.now + DISCOVERY
            self.links.set_process(node.index, True)
            ready()
            self.grandpa.start(node.index)
            self.approvals.started(node.index)
            self.disputes.started(node.index)

        takes = START if node.spec.chain == RELAY else START_COLLATOR
        self.when(node.index, self.clock.now + self.times.one(takes), up)

    def end(self, node: SimulatedNode) -> None:
        """Ends a node's process."""
        self.kill(node)
        self.availability.ended(node.index)
        self.links.set_process(node.index, False)
        for propagation in self.propagation.values():
            propagation.forget(node.index)

    def wipe(self, node: SimulatedNode) -> None:
        """Empties the database of a node that is down."""
        node.incarnation += 1
        node.relay = View(self.ledgers[RELAY].genesis)
        node.para = self._para_genesis(node.spec.chain)
        for store in self._stores:
            store.wiped(node.index)

    def keep(self, node: SimulatedNode) -> None:
        """Copies the database of a node that is down."""
        para = node.para.copy() if node.para is not None else None
        node.kept = Snapshot(node.relay.copy(), para, tuple(store.saved(node.index) for store in self._stores))

    def restore(self, node: SimulatedNode) -> None:
        """Puts the copy in the place of the database of a node that is down; raises :class:`FaultError` without one."""
        if node.kept is None:
            raise FaultError(f"no snapshot of {node.name} was taken; take one before it is restored")
        kept = node.kept
        node.incarnation += 1
        node.relay = kept.relay.copy()
        node.para = kept.para.copy() if kept.para is not None else None
        for store, saved in zip(self._stores, kept.stores, strict=True):
            store.restored(node.index, saved)

    def pause(self, node: SimulatedNode) -> None:
        """Freezes a process: its connections stay, data waits in its kernel."""
        self.freeze(node)
        self.links.set_process(node.index, True, frozen=True)

    def resume(self, node: SimulatedNode) -> None:
        """Lets a frozen process go on."""
        self.thaw(node)
        self.links.set_process(node.index, True)
        self.approvals.thawed(node.index)

    def _para_genesis(self, chain: str) -> View | None:
        return None if chain == RELAY else View(self.ledgers[chain].genesis)

    # -- what the parts ask for -----------------------------------------------------------------------------------

    def unix_ms(self) -> int:
        """Wall time of the nodes, in milliseconds."""
        return self.epoch * 1000 + self.clock.now // MILLISECOND

    def view(self, node: int) -> View:
        """The node's view of the relay chain."""
        return self.nodes[node].relay

    def para_view(self, node: int) -> View:
        view = self.nodes[node].para
        assert view is not None
        return view

    def spread(self, source: int, size: int, hop: int, among: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Arrival times of what a node gossips now: small messages to all, or anything among some nodes."""
        if among is None:
            return self.links.gossip(source, size, self.clock.now, hop)
        return self.links.spread(source, size, self.clock.now, hop, among=among)

    def direct(self, source: int, target: int, size: int) -> int:
        return self.clock.now if source == target else self.links.direct(source, target, size, self.clock.now)

    def request(self, source: int, target: int, there: int, back: int) -> int:
        """When the answer to a request that is sent now arrives; NEVER when the node has just started."""
        now = self.clock.now
        if source == target:
            return now
        return self.links.request(source, target, there, back, now) if now >= self.nodes[source].discovers else NEVER

    def candidate(self, hash_: bytes) -> Candidate | None:
        return self.backing.candidates.get(hash_)

    def valid(self, node: int, candidate: Candidate) -> bool:
        """What a node finds when it executes a candidate: the verdict of ``validate_block``."""
        valid = self.verdict(candidate)
        if not valid and candidate.hash not in self._refused:
            self._refused[candidate.hash] = None
            self.observer.refused(self.nodes[node], candidate, self.validator.judgement(candidate.hash))
        return valid

    def verdict(self, candidate: Candidate) -> bool:
        """What ``validate_block`` makes of a candidate."""
        return self.validator.verdict(candidate.hash)

    def tell_refused(self, node: int, candidate: Candidate, *, in_time: bool) -> None:
        why = self.validator.refused[candidate.hash] if in_time else "executing it took longer than it may"
        self.log(node, f"candidate 0x{candidate.hash.hex()[:8]} of parachain {candidate.para} refused: {why}")

    def executed(self, node: int, candidate: Candidate, begin: int, timeout: int) -> Executed:
        """When a validator that has a candidate's proof at ``begin`` has executed it: the first candidate of each
        validation code waits until that is compiled, and so do those that come meanwhile."""
        prepared, code = self.nodes[node].prepared, candidate.code_hash
        if code not in prepared:
            prepared[code] = begin + self._preparing.one(PREPARING)
        takes = self.times.one(VALIDATING)
        return Executed(max(begin, prepared[code]) + min(takes, timeout * MILLISECOND), takes <= timeout * MILLISECOND)

    def validator_index(self, node: int, block: Block) -> int | None:
        """The node's index among the para-validators of a block's session."""
        if self.nodes[node].spec.role != "validator":
            return None
        return relay_state.validator_indices(block).get(self.keys.public(node))

    # -- what happens ---------------------------------------------------------------------------------------------

    def publish(self, node: int, chain: str, block: Block) -> None:
        """A node made a block: it imports it and tells the others."""
        self.import_own(node, chain, block)
        self.propagation[chain].announce(node, block)

    def import_own(self, node: int, chain: str, block: Block) -> None:
        """A node imports a block that it made."""
        self.ledgers[chain].add(block)
        self.propagation[chain].take(node, block)

    def _relay_imported(self, index: int, block: Block) -> None:
        node = self.nodes[index]
        if node.spec.chain == RELAY:
            self.observer.imported(node, block)
            self._inclusions(node, block)
        if node.relay.prefer(block):
            self._relay_best(node, block)
        if block.number >= node.relay.best.number:
            self.availability.imported(index, self.validator_index(index, block), block)
        self.reports.imported(index, block)
        self.disputes.imported(index, block)
        if node.spec.role == "validator":
            self.approvals.imported(index, block)
            if len(self.disputes):  # without any there is nothing to slash for
                self.reports.slashes(index, block)
        self.backing.imported(index, block)
        self.grandpa.imported(index, block)

    def _inclusions(self, node: SimulatedNode, block: Block) -> None:
        """The first node to have a block tells what it includes, and what was made of that."""
        if block in self._inclusions_told:
            return
        self._inclusions_told[block] = None
        for one in relay_state.included(block):
            candidate = self.candidate(one.candidate)
            if candidate is not None:
                candidate.included_in.append(block)
            self.observer.included(node, block, one, self.validator.judgement(one.candidate))
        if relay_state.forces_change(block):
            self.limit(node.index, "forced-change", RELAY, f"block {block.number} forces one")

    def _relay_best(self, node: SimulatedNode, block: Block) -> None:
        if node.spec.chain == RELAY:
            self.observer.best(node, block)
        else:
            self.parachains.relay_best(node, block)

    def finalized(self, index: int, block: Block) -> None:
        """A node finalized a relay block."""
        node = self.nodes[index]
        if node.spec.chain == RELAY:
            self.pools.finalized(node, block)
        moved = node.relay.finalize(block)
        if node.spec.chain == RELAY:
            self.observer.finalized(node, block)
        if moved:
            self._relay_best(node, node.relay.best)
        if node.para is not None:
            self.parachains.finalized(node, block)

    def submit(self, node: int, extrinsic: bytes) -> None:
        self.pools.take(self.nodes[node], extrinsic)

    def log(self, node: int, line: str) -> None:
        self.observer.log(self.nodes[node], line)

    def carries(self, one: int, two: int) -> bool:
        return self.links.carries(one, two)

    def does(self, node: int, act: str) -> bool:
        return act in self.nodes[node].acts

    def slot_start(self, slot: int) -> int:
        return (slot * SLOT - self.epoch * 1000) * MILLISECOND

    def keep_proof(self, node: int, candidate: Candidate) -> None:
        self.availability.backed(node, candidate)

    def recover(self, node: int, candidate: Candidate) -> int:
        return self.availability.recover(node, candidate)

    def approvals_of(self, node: int, candidate: bytes) -> list[int]:
        return [who for who, arrivals in self.approvals.of(candidate).items() if arrivals[node] <= self.clock.now]

    def dispute(self, node: int, validator: int, hash_: bytes, session: SessionInfo) -> None:
        candidate = self.candidate(hash_)
        if candidate is not None:
            self.disputes.open(node, validator, candidate, session)

    def no_show(self, node: int, block: Block, included: Included, validator: bytes) -> None:
        self.observer.no_show(self.nodes[node], block, included, self._name(validator))

    def dispute_is(self, node: int, dispute: Dispute, state: State) -> None:
        view, by = self.nodes[node].relay, dispute.session.validators[dispute.by]
        block = next((one for one in reversed(view.imported) if dispute.includes(one)), view.finalized)
        self.observer.dispute(self.nodes[node], block, dispute.candidate, state, self._name(by))

    def _name(self, validator: bytes) -> str:
        """The name of a validator by its key."""
        node = self.keys.validator(validator)
        return "0x" + validator.hex() if node is None else self.nodes[node].name

    def revert(self, node: int, block: Block) -> None:
        one = self.nodes[node]
        if block not in one.relay.reverted and block.number > one.relay.finalized.number:
            self.observer.log(one, f"{block} given up: it, or what it is built on, includes an invalid candidate")
        if one.relay.revert(block):
            self._relay_best(one, one.relay.best)

    def votable(self, node: int, best: Block, base: Block) -> Block:
        chain = [best]
        while chain[-1].number > base.number and chain[-1].parent is not None:
            chain.append(chain[-1].parent)
        allowed = base
        for block in reversed(chain[:-1]):
            if not (self.approvals.is_approved(node, block) and self.disputes.undisputed(node, block)):
                break
            allowed = block
        forced = best.number - MAX_FINALITY_LAG
        return chain[best.number - forced] if base.number < forced and allowed.number < forced else allowed

    def limit(self, node: int, name: str, chain: str, what: str) -> None:
        """A node met something that is not simulated (:mod:`simnet.checks.limits`); told once for a chain."""
        if (name, chain) not in self._limits:
            self._limits[name, chain] = None
            self.observer.limit(self.nodes[node], name, chain, what)

    def caught(self, node: int, votes: VotesTwice) -> None:
        self.reports.votes(node, votes)

    def prune(self) -> None:
        """Forgets what no node needs any more."""
        lowest = min(node.relay.finalized.number for node in self.nodes) - _KEPT
        if lowest > 0:
            self.backing.prune(lowest)
            self.availability.prune(lowest)
            self.approvals.prune(lowest)
            self.disputes.prune()
        self.reports.prune(self.unix_ms() // SLOT - COMPARED)

    def close(self) -> None:
        """Ends the thread that validates candidates."""
        self.validator.close()

    def apply_links(self, links: Mapping[tuple[str, str], LinkState]) -> None:
        self.links.apply(links)


def _first(genesis: Genesis) -> Block:
    return Block(
        number=0,
        hash=blake2_256(genesis.header),
        header=genesis.header,
        parent=None,
        extrinsics=(),
        state=genesis.state,
        runtime=genesis.runtime,
    )
