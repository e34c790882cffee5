"""Signs extrinsics, gives them to nodes, and looks after each until it is in a finalized block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from substrateinterface import Keypair

from simnet.chain.calls import Calls
from simnet.chain.client import ChainClient, LiveRuntime, RuntimeCalls, Signer
from simnet.chain.rpc import Rpc
from simnet.chain.xcm import Message
from simnet.errors import ExtrinsicError, InputError, RpcError
from simnet.faults import Effective
from simnet.journal import Evidence, Journal
from simnet.journal.records import MessageSubmitted
from simnet.network.account_formats import ACCOUNT32
from simnet.network.topology import RELAY, Topology
from simnet.providers.dispatch_origins import by_relay
from simnet.providers.extrinsics import Pending
from simnet.runtime.tokens import writing_of

RETRY = 6.0
"""Seconds between attempts to hand over an extrinsic when no node of its chain takes it: one relay slot."""

TAKERS = 6
"""Nodes of each connected part of a network that are given an extrinsic; gossip brings it to the rest."""

_OUTDATED = "Transaction is outdated"
"""What a node says of an extrinsic that is in its best chain already (sp-runtime, InvalidTransaction::Stale)."""

RESEND = 30.0
"""Seconds after which an extrinsic in no finalized block is handed over again. Its nonce makes that harmless."""


_T = TypeVar("_T")


class SubmittingNetwork(Protocol):
    """The network that extrinsics are submitted to: its nodes, its clock, its journal."""

    topology: Topology
    seed: int
    journal: Journal
    marks: list[str]

    @property
    def evidence(self) -> Evidence: ...

    def now(self) -> float: ...

    def at(self, t: float, act: Callable[[], None], *, background: bool = False) -> None: ...

    def wait_until(self, state: Callable[[Evidence], _T | None], *, within: float, what: str) -> _T: ...

    def watch(self, chain: str, extrinsic: str, *, busy: bool = False) -> None: ...

    def running(self, chain: str) -> list[str]: ...

    def rpc(self, node: str) -> Rpc: ...

    def state(self) -> Effective: ...

    def keypair(self, uri: str) -> Keypair: ...


@dataclass
class Submitter:
    """The extrinsics of one network that simnet signs itself, and the runtimes that it signs them for."""

    network: SubmittingNetwork
    _clients: dict[str, ChainClient] = field(default_factory=dict)
    _runtimes: dict[str, LiveRuntime] = field(default_factory=dict)
    _signers: dict[tuple[str, str], Signer] = field(default_factory=dict)
    _pending: dict[str, Pending] = field(default_factory=dict)
    _watching: bool = False

    def client(self, chain: str) -> ChainClient:
        """A substrate-interface client of a chain, for those who use one; it asks whichever node of the chain runs."""
        self.network.marks.append(f"a client of {chain}")  # nobody knows what is done with it
        if chain not in self._clients:
            self._clients[chain] = ChainClient(lambda: self.any_rpc(chain))
        return self._clients[chain]

    def runtime(self, chain: str) -> RuntimeCalls:
        """The runtime that a chain has now; RpcError when no node of it answers."""
        if chain not in self._runtimes:
            writing = writing_of(self.network.topology, chain)
            self._runtimes[chain] = LiveRuntime(lambda: self.any_rpc(chain), writing)
        return self._runtimes[chain].now()

    def root_by_relay(self, chain: str) -> bool:
        """Whether root of a chain is had through the relay chain's; InputError where there is no way to it."""
        here, relay = (self.runtime(one).types.metadata for one in (chain, RELAY))
        return by_relay(chain, here, relay)

    def any_rpc(self, chain: str) -> Rpc:
        """A node of a chain that runs; RpcError where none answers."""
        last: RpcError | None = None
        for node in self.network.running(chain):
            try:
                return self.network.rpc(node)
            except RpcError as error:
                last = error
        raise RpcError(f"no node of {chain} answers: {last or 'none runs'}")

    def sign(self, chain: str, uri: str, compose: Callable[[Calls], bytes], message: Message | None = None) -> Pending:
        """Signs what ``compose`` makes for the runtime that a chain has; ``uri`` is who signs, with its next nonce."""
        runtime = self.runtime(chain)
        if (chain, uri) not in self._signers:
            accounts = runtime.calls.scheme.accounts
            pair = self.network.keypair(uri) if accounts is ACCOUNT32 else accounts.pair(uri)
            self._signers[chain, uri] = Signer(lambda: self.any_rpc(chain), pair)
        signer = self._signers[chain, uri]
        call, nonce = compose(runtime.calls), signer.take_nonce()
        raw, hash_ = signer.sign(runtime, call, nonce)
        return Pending(
            chain, raw, hash_, self.network.now(), runtime.code,
            lambda other: signer.sign(other, compose(other.calls), nonce), message, call,
            runtime.calls.account(uri),
        )  # fmt: skip

    def _sign_anew(self, pending: Pending) -> None:
        """Signs an extrinsic that is in no block for the code that its chain has by now, if that is another."""
        evidence = self.network.evidence
        if any(pending.included(evidence)):
            return
        try:
            runtime = self.runtime(pending.chain)
        except RpcError:
            return
        if runtime.code == pending.code:
            return
        try:
            raw, hash_ = pending.anew(runtime)
        except InputError:  # the new code has no such call
            return
        del self._pending[pending.hash]
        pending.earlier.append(pending.hash)
        pending.raw, pending.hash, pending.code = raw, hash_, runtime.code
        self.network.watch(pending.chain, hash_, busy=pending.message is not None)
        if pending.message is not None:
            self.network.journal.append(MessageSubmitted(**pending.message.as_data(), extrinsic=hash_))

    def hand_over(self, pending: Pending) -> None:
        """Gives the extrinsic to running nodes of its chain in every part of the network, since a partition may keep it
        from the others. A node may refuse what others take: parts that a partition cuts may run different code."""
        self._pending[pending.hash] = pending
        running = set(self.network.running(pending.chain))
        taken, refusals = False, dict[str, RpcError]()
        for group in self.network.state().components():
            for node in [name for name in group if name in running][:TAKERS]:
                try:
                    self.network.rpc(node).call("author_submitExtrinsic", [pending.raw])
                    taken = True
                except RpcError as error:
                    if "Invalid Transaction" in str(error) and _OUTDATED not in str(error):
                        refusals[node] = error
                    else:  # it has it, or nobody knows
                        taken = True
        if refusals and not taken:
            node, first = next(iter(refusals.items()))
            raise ExtrinsicError(f"{node} refused an extrinsic of {pending.chain}: {first}") from first
        self._look_later(self.network.now())

    def forget_final(self) -> None:
        """Looks no longer after extrinsics that are in a finalized block."""
        evidence = self.network.evidence
        for pending in list(self._pending.values()):
            final = {block.hash for block in evidence.canonical(pending.chain)}
            if any(record.hash in final for record in pending.included(evidence)):
                del self._pending[pending.hash]

    def look_anew(self) -> None:
        """Gives every extrinsic on its way its time from now on: a nonce that never arrives would hold up all later
        ones."""
        for pending in self._pending.values():
            pending.handed = self.network.now()
        self._watching = False
        self._look_later(self.network.now())

    def _look_after(self) -> None:
        self.forget_final()
        now = self.network.now()
        for pending in list(self._pending.values()):
            if now - pending.handed >= RESEND:
                pending.handed = now
                self._sign_anew(pending)
                try:
                    self.hand_over(pending)
                except ExtrinsicError:
                    if not any(pending.included(self.network.evidence)):
                        raise  # else it is in a block, and was signed for the code before that one
        self._watching = False
        self._look_later(now)

    def _look_later(self, now: float) -> None:
        if self._pending and not self._watching:
            self._watching = True
            self.network.at(now + RETRY, self._look_after, background=True)
