"""Sends cross-chain messages and calls, and follows each until it is in a finalized block."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from simnet.chain.client import ChainClient, LiveRuntime, Runtime, Signer
from simnet.chain.rpc import Rpc
from simnet.chain.xcm import Message, remark_prefix, send_call, topic
from simnet.errors import ExtrinsicError, InputError, RpcError
from simnet.journal import Kind

if TYPE_CHECKING:
    from simnet.providers.network import Network

RETRY = 6.0
"""Seconds between attempts to hand over an extrinsic when no node of its chain takes it: one relay slot."""

TAKERS = 6
"""Nodes of each connected part of a network that are given an extrinsic; gossip brings it to the rest."""

_OUTDATED = "Transaction is outdated"
"""What a node says of an extrinsic that is in its best chain already (sp-runtime, InvalidTransaction::Stale)."""

RESEND = 30.0
"""Seconds after which an extrinsic in no finalized block is handed over again. Its nonce makes that harmless."""


@dataclass
class _Pending:
    """A signed extrinsic on its way into a finalized block."""

    chain: str
    raw: str
    hash: str
    handed: float


@dataclass
class Messenger:
    """Everything simnet itself submits to the chains of one network."""

    network: Network
    _clients: dict[str, ChainClient] = field(default_factory=dict)
    _runtimes: dict[str, LiveRuntime] = field(default_factory=dict)
    _signers: dict[tuple[str, str], Signer] = field(default_factory=dict)
    _prefixes: dict[str, bytes] = field(default_factory=dict)
    _pending: dict[str, _Pending] = field(default_factory=dict)
    _promised: int = 0
    """Messages that a ``send`` announced and that are not submitted yet."""
    _labels: set[str] = field(default_factory=set)
    _watching: bool = False
    _round: int = 0
    """Counts the runs on this network, so that messages of equal labels have topics of their own."""

    def send(self, sender: str, recipient: str, *, count: int, every: float, size: int, label: str | None) -> str:
        """Schedules messages; see :meth:`simnet.providers.network.Network.send`."""
        if sender == recipient:
            raise InputError(f"a message from {sender} to itself crosses no chain")
        for chain in (sender, recipient):
            self.network.topology.chain(chain)
        label = label or f"{sender}-{recipient}-{len(self._labels) + 1}"
        if label in self._labels:
            raise InputError(f"messages are labelled {label!r} already")
        self._labels.add(label)
        for index in range(count):
            name = topic(self.network.seed, f"{self._round}:{label}" if self._round else label, index)
            message = Message(label, index, sender, recipient, size, name)
            self._promised += 1
            self.network.at(self.network.now() + index * every, lambda m=message: self._send(m))  # type: ignore[misc]
        return label

    @property
    def promised(self) -> int:
        """Messages announced and not submitted yet."""
        return self._promised

    def topics(self) -> list[bytes]:
        """Topics of messages that have not ended on a finalized chain, for reading queues."""
        log = self.network.evidence.message_log
        return [bytes.fromhex(name[2:]) for name in list(log.submitted) if name not in log.ended]

    def _send(self, message: Message) -> None:
        try:
            prefix = self._prefix(message.recipient)
            runtime = self._runtime(message.sender)
            call = send_call(runtime.calls, prefix, message)
            raw, hash_ = self._sign(runtime, message.sender, "//Alice", call)
        except RpcError:
            self.network.at(self.network.now() + RETRY, lambda: self._send(message))
            return
        self.network.watch(message.sender, hash_, busy=True)
        self.network.journal.append(
            Kind.MESSAGE_SUBMITTED,
            id="0x" + message.topic.hex(),
            label=message.label,
            index=message.index,
            sender=message.sender,
            recipient=message.recipient,
            size=message.size,
            extrinsic=hash_,
        )
        self._promised -= 1
        self._hand_over(_Pending(message.sender, raw, hash_, self.network.now()))

    def submit_calls(
        self,
        calls: list[tuple[str, dict[str, Any]]],
        *,
        chain: str,
        signer: str = "//Alice",
        sudo_: bool = False,
        expect: Literal["success", "failure"] = "success",
        within: float = 60.0,
    ) -> str | None:
        """Submits calls, several as one batch that fails whole, and waits for their block; see
        :meth:`simnet.providers.network.Network.submit`."""
        self.network.marks.append(f"calls of {chain}: {', '.join(call for call, _ in calls)}")
        runtime = self._runtime(chain)
        composed = [runtime.calls.compose(call, args) for call, args in calls]
        inner = composed[0] if len(composed) == 1 else runtime.calls.batch_all(composed)
        raw, hash_ = self._sign(runtime, chain, signer, runtime.calls.sudo(inner) if sudo_ else inner)
        self.network.watch(chain, hash_)
        what = ", ".join(call for call, _ in calls)
        self._hand_over(_Pending(chain, raw, hash_, self.network.now()))
        record = self.network.wait_until(
            lambda evidence: next(iter(evidence.message_log.extrinsics.get(hash_, ())), None),
            within=within,
            what=f"{what} to be in a block of {chain}",
        )
        error = record.data["error"]
        if (error is None) != (expect == "success"):
            raise ExtrinsicError(
                f"{what} on {chain} was to end in {expect} and ended in {error or 'success'} in block {record.height}"
            )
        return None if error is None else str(error)

    def client(self, chain: str) -> ChainClient:
        """A substrate-interface client of a chain, for those who use one; it asks whichever node of the chain runs."""
        self.network.marks.append(f"a client of {chain}")  # nobody knows what is done with it
        if chain not in self._clients:
            self._clients[chain] = ChainClient(lambda: self._any_rpc(chain))
        return self._clients[chain]

    def prepare(self) -> None:
        """Asks every chain now for what sending to it takes, since it may be down when that is needed."""
        for chain in (self.network.topology.relay, *self.network.topology.parachains):
            self._prefix(chain.id)

    def _prefix(self, chain: str) -> bytes:
        if chain not in self._prefixes:
            self._prefixes[chain] = remark_prefix(self._runtime(chain).calls)
        return self._prefixes[chain]

    def _runtime(self, chain: str) -> Runtime:
        if chain not in self._runtimes:
            self._runtimes[chain] = LiveRuntime(lambda: self._any_rpc(chain))
        return self._runtimes[chain].now()

    def _sign(self, runtime: Runtime, chain: str, uri: str, call: bytes) -> tuple[str, str]:
        if (chain, uri) not in self._signers:
            self._signers[chain, uri] = Signer(lambda: self._any_rpc(chain), self.network.keypair(uri))
        return self._signers[chain, uri].sign(runtime, call)

    def _any_rpc(self, chain: str) -> Rpc:
        last: RpcError | None = None
        for node in self.network.running(chain):
            try:
                return self.network.rpc(node)
            except RpcError as error:
                last = error
        raise RpcError(f"no node of {chain} answers: {last or 'none runs'}")

    def _hand_over(self, pending: _Pending) -> None:
        """Gives the extrinsic to running nodes of its chain in every part of the network, since a partition may keep it
        from the others."""
        self._pending[pending.hash] = pending
        running = set(self.network.running(pending.chain))
        for group in self.network.state().components():
            for node in [name for name in group if name in running][:TAKERS]:
                try:
                    self.network.rpc(node).call("author_submitExtrinsic", [pending.raw])
                except RpcError as error:
                    if "Invalid Transaction" in str(error) and _OUTDATED not in str(error):
                        raise ExtrinsicError(f"{node} refused an extrinsic of {pending.chain}: {error}") from error
        if not self._watching:
            self._watching = True
            self.network.at(self.network.now() + RETRY, self._look_after, background=True)

    def forget_final(self) -> None:
        """Looks no longer after extrinsics that are in a finalized block."""
        evidence = self.network.evidence
        for pending in list(self._pending.values()):
            final = {block.hash for block in evidence.canonical(pending.chain)}
            if any(record.hash in final for record in evidence.message_log.extrinsics.get(pending.hash, ())):
                del self._pending[pending.hash]

    def begin_again(self) -> None:
        """Makes every label free for the next run and drops messages that were promised and never sent.

        Extrinsics on their way are looked after further: a nonce that never arrives would hold up all later ones.
        """
        self._labels.clear()
        self._promised = 0
        self._round += 1
        for pending in self._pending.values():
            pending.handed = self.network.now()
        self._watching = bool(self._pending)
        if self._watching:
            self.network.at(self.network.now() + RETRY, self._look_after, background=True)

    def _look_after(self) -> None:
        self.forget_final()
        now = self.network.now()
        for pending in list(self._pending.values()):
            if now - pending.handed >= RESEND:
                pending.handed = now
                self._hand_over(pending)
        self._watching = bool(self._pending)
        if self._watching:
            self.network.at(now + RETRY, self._look_after, background=True)
