"""Collators at work: they build when it is their turn, publish each block when it is made, and offer the candidates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from simnet.errors import HostError
from simnet.journal.records import SlotLost
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.candidates import Candidate, garbage
from simnet.providers.simulated.clock import MILLISECOND
from simnet.providers.simulated.code_caches import CodeCaches
from simnet.providers.simulated.consensus.backing import Backing
from simnet.providers.simulated.consensus.collation import ANOTHER, Collator
from simnet.providers.simulated.consensus.pools import Pools
from simnet.providers.simulated.consensus.propagation import Propagation
from simnet.providers.simulated.consensus.turns import Turn, Turns, ends_candidate
from simnet.providers.simulated.keyring import Keyring
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.misdeeds import Misdeeds
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.observer import Observer
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.pvf import Validator
from simnet.providers.simulated.runtime_overrides import RuntimeOverrides
from simnet.providers.simulated.times import BUILDING, COLLATING, Times
from simnet.providers.simulated.wall_time import SLOT, WallTime
from simnet.providers.simulated.weights import beyond_ordinary
from simnet.runtime.host import Execution, RuntimeTrap

_FRESH = 2
"""Slots that a relay block may be old for a collator to build on it; older ones it is only catching up with."""

_LATER = 1000
"""Milliseconds by which the slots of collators that author by slots lie behind those of the relay chain, so that its
block is there (polkadot-omni-node-lib 0.24 nodes/aura.rs, ``slot_offset``)."""


@dataclass(eq=False)
class _Worker:
    """What one process of a collator that authors by slots is at."""

    life: int
    slot: int = -1
    """The last relay slot in which it looked whether it is its turn."""
    busy: bool = False
    awaited: bool = False
    """Whether another slot began while it was busy."""


@dataclass(frozen=True)
class _Work:
    """What is left to do for one core, and the nanosecond until which it has time. ``extra`` digest items make its
    blocks others than those that an honest collator makes in the same turn; nothing follows on them."""

    turn: Turn
    end: int
    extra: tuple[bytes, ...] = ()


@dataclass(eq=False)
class Collating:
    """The collators of all parachains."""

    processes: Processes
    wall: WallTime
    times: Times
    keys: Keyring
    misdeeds: Misdeeds
    pools: Pools
    backing: Backing
    validator: Validator
    propagation: Mapping[str, Propagation]
    observer: Observer
    compiled: CodeCaches
    overrides: RuntimeOverrides
    _workers: dict[int, _Worker] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        collators = [node for node in self.processes.nodes if node.spec.role == "collator"]
        paras = {node.index: int(node.spec.chain) for node in collators}
        self._collators = {node: Collator(self.keys, self.pools, node, para) for node, para in paras.items()}
        self._turns = {node: Turns(self.processes, self.keys, node, para) for node, para in paras.items()}

    def relay_best(self, node: SimulatedNode, block: ExecutedBlock) -> None:
        """A node has another best relay block: if it collates, it may build on it."""
        if node.index not in self._turns or not self.processes.runs(node.index):
            return
        if not self._turns[node.index].by_slots():
            if self.wall.slot() - block.slot <= _FRESH:
                self._collate(node, block)
            return
        begin = self.wall.slot_start(block.slot) + _LATER * MILLISECOND
        if begin > self.processes.clock.now:
            self.processes.when(node.index, begin, lambda: self._wake(node))
        else:
            self._wake(node)

    def _wake(self, node: SimulatedNode) -> None:
        """A collator that authors by slots looks once in a slot whether it is its turn, when it has that slot's relay
        block and is done with its last turn (cumulus-client-consensus-aura 0.36, ``scheduling.rs``)."""
        worker = self._workers.get(node.index)
        if worker is None or worker.life != node.life:
            worker = self._workers[node.index] = _Worker(node.life)
        slot = (self.wall.unix_ms() - _LATER) // SLOT
        if worker.busy:
            worker.awaited = True
        elif worker.slot < slot <= node.relay.best.slot:
            worker.slot = slot
            self._collate(node, node.relay.best)

    def _collate(self, node: SimulatedNode, best: ExecutedBlock) -> None:
        try:
            turn = self._turns[node.index].find(best)
        except RuntimeTrap as error:
            self.observer.log(node, f"nothing built on {best}: {error}")
            return
        if turn is not None and not self.misdeeds.commits(node.index, "stall"):
            self.compiled.when_ready(node.index, turn.parent, lambda: self._take(node, best, turn))

    def _take(self, node: SimulatedNode, best: ExecutedBlock, turn: Turn) -> None:
        """Takes its turn, unless the relay chain went on while the runtime had to be compiled."""
        if node.relay.best is not best:
            self.observer.log(node, f"nothing built on {best}: the new runtime had to be compiled")
            return
        if turn.by_slots:
            self._workers[node.index].busy = True
        made = self._begin(node, turn)
        if self.misdeeds.tempted(node.index, "equivocate", best.hash) and self._begin(node, turn, (ANOTHER,)) and made:
            self.misdeeds.did(node.index, "equivocate", best.hash)

    def _begin(self, node: SimulatedNode, turn: Turn, extra: tuple[bytes, ...] = ()) -> bool:
        """Begins with a core, which has its share of what is left of the relay slot. Whether its first block is made,
        for others to see."""
        now = self.processes.clock.now
        over = self.wall.slot_start(turn.best.slot) + (SLOT + _LATER) * MILLISECOND
        work = _Work(turn, now + max(0, over - now) // (len(turn.cores) - turn.place), extra)
        if turn.next_place.left_out:
            self._over(node, work)
            return False
        return self._build(node, work)

    def _build(self, node: SimulatedNode, work: _Work) -> bool:
        """Builds the next block for a core, and the candidate if it is the last one."""
        turn, place, now = work.turn, work.turn.next_place, self.processes.clock.now
        built = self._block(node, turn, work.extra)
        if built is None:
            self._over(node, work)
            return False
        work = replace(work, turn=turn.after(*built))
        made = now + self.times.one(BUILDING if turn.by_slots else COLLATING) + beyond_ordinary(built[0])
        if not ends_candidate(work.turn.parent):
            due = made if place.hurries else max(made, now + max(0, work.end - now) // (place.of - place.index))
            self._work(node, made, lambda: self._publish(node, work.turn.parent))
            self._do(node, due, lambda: self._go_on(node, work, work.turn))
            return True
        if not turn.by_slots:
            return self._offer(node, work.turn, made)
        self._work(node, made, lambda: self._publish(node, work.turn.parent))
        self._offer(node, work.turn, max(made, now + self.times.one(COLLATING)))
        self._do(node, max(made, work.end), lambda: self._go_on(node, work, work.turn.next_core()))
        return True

    def _go_on(self, node: SimulatedNode, work: _Work, following: Turn | None) -> None:
        """Goes on with the same core, or with the next one, if the runtime lets it."""
        if following is None or (work.extra and not following.built):
            self._over(node, work)
            return
        try:
            may = self._turns[node.index].may_build(following)
        except RuntimeTrap as error:
            self.observer.log(node, f"nothing built on {following.parent}: {error}")
            may = False
        if may and following.built:
            self._build(node, work)
        elif may:
            self._begin(node, following)
        else:
            self._over(node, work)

    def _over(self, node: SimulatedNode, work: _Work) -> None:
        """A turn is over; blocks of a candidate that is not complete are offered to nobody."""
        built = work.turn.built
        if built and not ends_candidate(built[-1]):
            self.observer.log(node, f"{_named(built)} not offered: no other block of their candidate can be built")
        if work.turn.by_slots and not work.extra:
            worker = self._workers[node.index]
            again, worker.busy, worker.awaited = worker.awaited, False, False
            if again:
                self._wake(node)

    def _block(self, node: SimulatedNode, turn: Turn, extra: Sequence[bytes]) -> tuple[ExecutedBlock, Execution] | None:
        """Builds a block, if the runtime lets it."""
        censors = self.misdeeds.does(node.index, "censor")
        if censors:
            for extrinsic in self.pools.waiting(node.index, turn.parent):
                self.misdeeds.commits(node.index, "censor", extrinsic)
        runtime = self.overrides.runtime(node.index, turn.parent)
        try:
            built, record = self._collators[node.index].build(turn, runtime, censor=censors, extra=extra)
        except (RuntimeTrap, HostError) as error:
            self.observer.log(node, f"block on {turn.parent} not built: {error}")
            self._lost(node, turn, str(error))
            return None
        self.pools.drop(node.index, built.refused)
        return built.block, record

    def _lost(self, node: SimulatedNode, turn: Turn, why: str) -> None:
        self.observer.note(node, SlotLost(slot=turn.slot, why=why.splitlines()[-1]), chain=node.spec.chain)

    def _offer(self, node: SimulatedNode, turn: Turn, made: int) -> bool:
        """Offers the candidate of a core's blocks when it is made; collators that look ahead publish its block with it,
        and keep what they cannot offer. Whether it can be offered."""
        collation = self._collators[node.index].collation(turn)
        candidate, show = collation.candidate, self._publish
        if candidate is None:
            self.observer.log(node, f"{_named(turn.built)} not offered: {collation.why}")
            self._lost(node, turn, str(collation.why))
            show = self._keep
        else:
            self.validator.judge(candidate, collation.pov)
            if self._backed_wrongly(candidate):
                candidate.garbage = garbage(candidate)
                self.validator.judge(candidate.garbage, collation.pov, doubtful=True)

        def done() -> None:
            if not turn.by_slots:
                show(node, turn.parent)
            if candidate is not None:
                self.backing.offer(node.index, candidate)

        self._work(node, made, done)
        return candidate is not None

    def _backed_wrongly(self, candidate: Candidate) -> bool:
        """Whether a validator that may back it backs what is invalid."""
        keys = relay_state.validators(candidate.relay_parent)
        backers = [self.keys.validator(keys[validator]) for validator in candidate.group]
        return any(backer is not None and self.misdeeds.does(backer, "back_invalid") for backer in backers)

    def _publish(self, node: SimulatedNode, block: ExecutedBlock) -> None:
        self.propagation[node.spec.chain].publish(node.index, block)

    def _keep(self, node: SimulatedNode, block: ExecutedBlock) -> None:
        """A collator has a block of its own that it offers nobody."""
        self.propagation[node.spec.chain].keep(node.index, block)

    def _work(self, node: SimulatedNode, made: int, act: Callable[[], None]) -> None:
        """Has ``act`` done with what a core of its own would have made by then."""
        now = self.processes.clock.now
        self.processes.work(node.index, now, made - now, act)

    def _do(self, node: SimulatedNode, t: int, act: Callable[[], None]) -> None:
        self.processes.when(node.index, t, act)


def _named(blocks: Sequence[ExecutedBlock]) -> str:
    return f"{blocks[0]}" if len(blocks) == 1 else f"{blocks[0]} to {blocks[-1]}"
