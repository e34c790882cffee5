"""Warp sync: a node with an empty database proves which block is final, and begins with that one's state.

Follows sc-network-sync, strategy/warp.rs and state.rs, and sc-consensus-grandpa, warp_proof.rs: proofs of every change
of GRANDPA's authorities since genesis, then the block that is final last, then its state in parts. What came before
that block is skipped, and fetched afterwards (gap sync).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from simnet.network.topology import WARP_PEERS
from simnet.providers.simulated.clock import MILLISECOND, NEVER
from simnet.providers.simulated.consensus.block_sync import REQUEST, BlockSync
from simnet.providers.simulated.consensus.grandpa import Grandpa
from simnet.providers.simulated.consensus.rounds import threshold
from simnet.providers.simulated.ledger import ExecutedBlock, Fact
from simnet.providers.simulated.observer import Observer
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.times import STATE_IMPORT, Times
from simnet.providers.simulated.transport import Transport

PROOF = 8 * 2**20
"""Bytes of a proof at most; what does not fit is asked for next (sc-consensus-grandpa 0.46 warp_proof.rs,
MAX_WARP_SYNC_PROOF_SIZE)."""

PART = 2 * 2**20
"""Bytes of state in an answer (sc-network-sync 0.60 state_request_handler.rs, MAX_RESPONSE_BYTES)."""

_VOTE = 132
"""Bytes of a signed precommit: hash and height, signature, key (finality-grandpa SignedPrecommit)."""

_SIGNATURE = MILLISECOND // 10
"""Checking an ed25519 signature, as a core of today does some 10,000 times a second."""

_NODE = 32
"""Bytes that the proof of a state adds for each key, roughly: a hash."""


@Fact
def state_size(block: ExecutedBlock) -> int:
    """Bytes of a block's state with its proof: keys, values and what proves them. Child tries are left out."""
    return sum(len(key) + len(value) + _NODE for key, value in block.state.items())


@dataclass
class _Warp:
    """Where a node stands. ``step`` is what it does next with a peer; False when that peer cannot serve it."""

    step: Callable[[int, _Warp, int], bool]
    proven: ExecutedBlock
    """Up to where it has followed the changes of authorities."""
    target: ExecutedBlock | None = None
    left: int = 0
    """Bytes of the target's state that are not here."""
    asking: bool = False


@dataclass(eq=False)
class WarpSync:
    """The warp syncs of all nodes of the relay chain that are to sync so."""

    processes: Processes
    transport: Transport
    times: Times
    grandpa: Grandpa
    blocks: BlockSync
    observer: Observer
    _under_way: dict[int, _Warp] = field(init=False, default_factory=dict)

    def begin(self, node: int) -> None:
        """A node's process started up over its database: if that is empty it warps, else it syncs in full, as real
        nodes do (warp.rs, "partially synced database")."""
        view = self.processes.view(node)
        if view.finalized.number == 0:
            self._under_way[node] = _Warp(self._prove, view.finalized)
            self.observer.log(self.processes.nodes[node], "warp sync: waits for peers")
            self.blocks.judge(node, far=True)

    def holds(self, node: int) -> bool:
        """Whether a node warps, and so fetches no blocks yet."""
        return node in self._under_way

    def reached(self, node: int) -> None:
        """A node has another peer, or hears of one again."""
        warp = self._under_way.get(node)
        if warp is not None and not warp.asking and len(self.blocks.peers(node)) >= WARP_PEERS:
            self._go_on(node, warp)

    def ended(self, node: int) -> None:
        """The process ended: nothing of it is in the database before the state is whole."""
        self._under_way.pop(node, None)

    def _go_on(self, node: int, warp: _Warp) -> None:
        """Does the next step with the first peer that can serve it; else waits until one is reached again."""
        warp.asking = any(warp.step(node, warp, peer) for peer in self.blocks.peers(node))

    def _request(self, node: int, warp: _Warp, peer: int, size: int, done: Callable[[], int]) -> bool:
        """Asks a peer; ``done`` says how long the node works on the answer before it goes on."""
        arrival = self.transport.ask(node, peer, REQUEST, size)
        if arrival == NEVER:
            return False

        def answered() -> None:
            if self._under_way.get(node) is warp:
                works = done() if self.transport.carries(node, peer) else 0
                self.processes.when(node, self.processes.clock.now + works, next_step)

        def next_step() -> None:
            if self._under_way.get(node) is warp:
                self._go_on(node, warp)

        self.processes.when(node, arrival, answered)
        return True

    # -- steps ----------------------------------------------------------------------------------------------------

    def _prove(self, node: int, warp: _Warp, peer: int) -> bool:
        """Fetches proofs of the changes of authorities that a peer knows, a part at a time, and of what is final last.
        A forced change proves nothing to who has not followed it, so that none leads beyond it."""
        theirs = self.processes.view(peer)
        final = theirs.finalized
        sets = self.grandpa.sets.up_to(final)
        if final.number == 0 or theirs.skipped is not None or sets[-1].line is not None:
            return False
        size, signatures, proven = 0, 0, warp.proven
        steps = [(after.base, len(before.keys)) for before, after in pairwise(sets)]
        for block, voters in [*steps, (final, len(sets[-1].keys))]:
            if block.number <= warp.proven.number:
                continue
            votes = threshold(voters)
            size += len(block.header) + votes * _VOTE
            if size > PROOF:
                break
            signatures, proven = signatures + votes, block

        def checked() -> int:
            warp.proven = proven
            if proven is final:
                warp.target, warp.step = final, self._fetch_target
            return signatures * _SIGNATURE

        return self._request(node, warp, peer, size, checked)

    def _fetch_target(self, node: int, warp: _Warp, peer: int) -> bool:
        target = warp.target
        assert target is not None
        if target not in self.processes.view(peer):
            return False

        def here() -> int:
            warp.left, warp.step = state_size(target), self._fetch_state
            self.observer.log(self.processes.nodes[node], f"warp sync: {target} is final, state of {warp.left} bytes")
            return 0

        return self._request(node, warp, peer, len(target.header) + sum(map(len, target.extrinsics)), here)

    def _fetch_state(self, node: int, warp: _Warp, peer: int) -> bool:
        assert warp.target is not None
        if warp.target not in self.processes.view(peer):
            return False
        part = min(PART, warp.left)

        def here() -> int:
            warp.left -= part
            if warp.left == 0:
                warp.step = self._arrive
            return self.times.one(STATE_IMPORT) * part // 2**20

        return self._request(node, warp, peer, part, here)

    def _arrive(self, node: int, warp: _Warp, peer: int) -> bool:
        """The state is whole: the node goes on with blocks from there, and votes in the set that it says."""
        target = warp.target
        assert target is not None
        del self._under_way[node]
        self.observer.log(self.processes.nodes[node], f"warp sync: began at {target}")
        self.processes.view(node).warp(target, self.processes.clock.now)
        self.grandpa.warped(node, target, self.grandpa.sets.up_to(target)[-1])
        self.blocks.judge(node)
        self.blocks.learn(node, self.processes.view(peer).best)
        return True
