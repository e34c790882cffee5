"""What simulated nodes show, as journal records, by the same recorders that watch real nodes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import get_ident

from simnet.journal import Journal
from simnet.journal.records import (
    BestHead,
    FinalizedHead,
    KeysStored,
    NodeReady,
    PeerCount,
    RecordData,
)
from simnet.providers.base import Plan
from simnet.providers.messenger import Messenger
from simnet.providers.recorders import recorders_of
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.rpc import NodeRpc, header_json
from simnet.runtime.host import Host


class Watcher:
    """Tells the journal of imports and heads of every node's own chain, and writes the nodes' logs."""

    def __init__(self, plan: Plan, journal: Journal, messenger: Messenger, run_dir: Path) -> None:
        self._journal = journal
        self._hosts: dict[int, Host] = {}
        self.rpcs: Mapping[str, NodeRpc] = {}
        self.recorders = recorders_of(plan, journal, messenger, self._host)
        self._peers: dict[str, PeerCount] = {}
        self.rebase(run_dir)

    def _host(self) -> Host:
        """What blocks of new code are made again in, one for each thread that drives the network."""
        thread = get_ident()
        if thread not in self._hosts:
            self._hosts[thread] = Host()
        return self._hosts[thread]

    def rebase(self, run_dir: Path) -> None:
        """Logs go to another run's folder from now on."""
        self._logs = run_dir / "logs"
        self._logs.mkdir(exist_ok=True)

    def imported(self, node: SimulatedNode, block: ExecutedBlock) -> None:
        self._block(node, block)
        rpc = self.rpcs[node.name]
        if rpc.subscriptions:
            rpc.imported(block)

    def best(self, node: SimulatedNode, block: ExecutedBlock) -> None:
        self._head(BestHead(), node, block)
        rpc = self.rpcs[node.name]
        if rpc.subscriptions:
            rpc.best(block)

    def finalized(self, node: SimulatedNode, block: ExecutedBlock) -> None:
        self._head(FinalizedHead(), node, block)
        rpc = self.rpcs[node.name]
        if rpc.subscriptions:
            rpc.finalized(block)

    def ready(self, node: SimulatedNode) -> None:
        """The node answers: its heads as they are."""
        self._peers.pop(node.name, None)
        self.note(node, NodeReady())
        self.best(node, node.own.best)
        self.finalized(node, node.own.finalized)

    def peers(self, node: SimulatedNode, count: int, *, again: bool = False) -> None:
        """How many connections the node has, and whether it is far behind; journaled when that changed, or ``again``
        anyway."""
        told = PeerCount(count=count, syncing=node.behind)
        if again or self._peers.get(node.name) != told:
            self._peers[node.name] = told
            self.note(node, told)

    def behind(self, node: SimulatedNode) -> None:
        self.peers(node, self.rpcs[node.name].peers())

    def log(self, node: SimulatedNode, line: str) -> None:
        """A line in the node's log, with the run's time before it."""
        with (self._logs / f"{node.name}.log").open("a", encoding="utf-8") as log:
            log.write(f"{self._journal.clock():.3f} {line}\n")

    def note(
        self, node: SimulatedNode, what: RecordData, *, chain: str | None = None, block: ExecutedBlock | None = None
    ) -> None:
        """Journals what a node shows, of a chain or of a block of it if it is about one."""
        if isinstance(what, KeysStored):
            self.recorders[node.spec.chain].learn(node.name, what.keys)
        height, hash_ = (None, None) if block is None else (block.number, "0x" + block.hash.hex())
        self._journal.append(
            what, observer=node.name, incarnation=node.incarnation, chain=chain, height=height, hash=hash_
        )

    def _block(self, node: SimulatedNode, block: ExecutedBlock) -> None:
        recorder = self.recorders[node.spec.chain]
        rpc = self.rpcs[node.name]
        if not recorder.recorded("0x" + block.hash.hex()):
            recorder.block(rpc, node.name, node.incarnation, header_json(block.decoded()))
        recorder.read_contents(rpc, node.name)

    def _head(self, what: BestHead | FinalizedHead, node: SimulatedNode, block: ExecutedBlock) -> None:
        if node.ready:
            self._block(node, block)
            self.note(node, what, chain=node.spec.chain, block=block)
