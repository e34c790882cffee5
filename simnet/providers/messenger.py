"""Sends cross-chain messages and calls, and follows each until it is in a finalized block."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from substrateinterface import Keypair

from simnet.chain.calls import Calls
from simnet.chain.client import ChainClient, LiveRuntime, RuntimeCalls, Signer
from simnet.chain.onboarding import genesis_of, onboarding
from simnet.chain.rpc import Rpc
from simnet.chain.xcm import Message, Recipient, recipient_of, send_call, topic
from simnet.codec import blake2_256
from simnet.errors import ExtrinsicError, InputError, RpcError
from simnet.faults import Effective
from simnet.journal import Evidence, Journal, Record
from simnet.journal.records import MessageAsked, MessageSubmitted, OurExtrinsic, UpgradeAsked
from simnet.network.account_formats import ACCOUNT32
from simnet.network.topology import RELAY, Channel, Topology
from simnet.providers.dispatch_origins import by_relay
from simnet.regular_files import RUNTIME, read_regular
from simnet.runtime.tokens import writing_of

RETRY = 6.0
"""Seconds between attempts to hand over an extrinsic when no node of its chain takes it: one relay slot."""

TAKERS = 6
"""Nodes of each connected part of a network that are given an extrinsic; gossip brings it to the rest."""

_OUTDATED = "Transaction is outdated"
"""What a node says of an extrinsic that is in its best chain already (sp-runtime, InvalidTransaction::Stale)."""

RESEND = 30.0
"""Seconds after which an extrinsic in no finalized block is handed over again. Its nonce makes that harmless."""


CallAsked = tuple[str, Mapping[str, Any]]
"""A call and its arguments, as people write them."""


def codes_in(args: Any) -> Iterator[bytes]:
    """What arguments named ``code`` hold, of a call or of calls within it, as bytes, 0x hex or the name of a file."""
    if isinstance(args, Mapping):
        for name, value in args.items():
            if name == "code" and isinstance(value, bytes):
                yield value
            elif name == "code" and isinstance(value, str) and value.startswith("0x"):
                yield bytes.fromhex(value[2:])
            elif name == "code" and isinstance(value, str) and value.startswith("@"):
                with suppress(OSError):  # what cannot be read cannot be encoded, which tells it
                    yield read_regular(Path(value[1:]), RUNTIME)
            else:
                yield from codes_in(value)
    elif isinstance(args, list | tuple):
        for value in args:
            yield from codes_in(value)


def calls_in_words(calls: Iterable[str]) -> str:
    """Names of calls in the order of their first use, each once: ``2 × Hrmp.force_open_hrmp_channel``."""
    counts = Counter(calls)
    return ", ".join(name if count == 1 else f"{count} × {name}" for name, count in counts.items())


def ended_otherwise(what: str, chain: str, height: int | None, error: str | None) -> str:
    """That calls failed which were to succeed, the error first, or the other way round (None)."""
    place = f"on {chain} in block {height}"
    if error is None:
        return f"{what} succeeded {place} and was to fail"
    return f"{error.rstrip('.')}, of {what} {place}, which was to succeed"


@dataclass
class Pending:
    """A signed extrinsic on its way into a finalized block; ``handed`` is when it was last given to nodes.

    It is signed for the version of its chain's runtime, so that code of another one never takes it: it is signed anew
    then, with the same nonce, so that the chain takes one of both.
    """

    chain: str
    raw: str
    hash: str
    handed: float
    code: str
    """Hash of the code for which it is signed."""
    anew: Callable[[RuntimeCalls], tuple[str, str]]
    """Signs the same for another runtime; the extrinsic and its hash."""
    message: Message | None = None
    """What it sends, if it is a message."""
    call: bytes = b""
    """The call as it was signed first."""
    account: bytes = b""
    """The account that signs."""
    earlier: list[str] = field(default_factory=list)
    """Hashes by which it was called before."""

    def included(self, evidence: Evidence) -> Iterator[Record[OurExtrinsic]]:
        """Where it is in a block, by whichever hash."""
        for hash_ in (self.hash, *self.earlier):
            yield from evidence.message_log.extrinsics.get(hash_, ())


@dataclass(frozen=True)
class HandedIn:
    """Calls in an extrinsic that nodes were given."""

    what: str
    """The calls in words."""
    pending: Pending

    def included(self, evidence: Evidence) -> Record[OurExtrinsic] | None:
        """Where it is in a block, and how it ended there; None as long as it is in none."""
        return next(self.pending.included(evidence), None)


_T = TypeVar("_T")


class MessengerNetwork(Protocol):
    """The network that a messenger submits to: its nodes, its clock, its journal."""

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
class Messenger:
    """Everything simnet itself submits to the chains of one network.

    Messages of one sender wait in one queue and are signed in the order in which they were asked for: their nonces hold
    the chain to that order, however often it is unreachable in between.
    """

    network: MessengerNetwork
    _clients: dict[str, ChainClient] = field(default_factory=dict)
    _runtimes: dict[str, LiveRuntime] = field(default_factory=dict)
    _signers: dict[tuple[str, str], Signer] = field(default_factory=dict)
    _recipients: dict[str, Recipient] = field(default_factory=dict)
    _pending: dict[str, Pending] = field(default_factory=dict)
    _promised: Counter[str] = field(default_factory=Counter)
    """By label, messages that a ``send`` announced and whose time has not come yet."""
    _outgoing: dict[str, deque[Message]] = field(default_factory=lambda: defaultdict(deque))
    """By sender, messages asked for that no node of the sender's chain could be given yet."""
    _retrying: set[str] = field(default_factory=set)
    _mailed: dict[tuple[str, str], Channel] = field(default_factory=dict)
    """Channels that mail was asked for, whether they are open or not."""
    _labels: set[str] = field(default_factory=set)
    _topics: int = 0
    """Counts messages that are no mail, so that each has a topic of its own."""
    _watching: bool = False
    _round: int = 0
    """Counts the runs on this network, so that messages of equal labels have topics of their own."""

    def send(self, sender: str, recipient: str, *, count: int, every: float, size: int, label: str | None) -> str:
        """Schedules messages; see :meth:`simnet.providers.network.Network.send`."""
        if sender == recipient:
            raise InputError(f"a message from {sender} to itself crosses no chain")
        for chain in (sender, recipient):
            self.network.topology.chain(chain)
        label = self.labelled(sender, recipient, label)
        self._promised[label] = count
        for index in range(count):
            message = Message(label, index, sender, recipient, size, self.name(label, index))
            self.network.at(self.network.now() + index * every, lambda m=message: self._ask(m))  # type: ignore[misc]
        return label

    def promised(self, labels: Collection[str] = ()) -> int:
        """Messages announced whose time has not come yet, of some labels or of all."""
        return sum(count for label, count in self._promised.items() if not labels or label in labels)

    def topics(self) -> list[bytes]:
        """Topics of messages that have not ended on a finalized chain, for reading queues."""
        return self.network.evidence.message_log.topics()

    def given_topics(self) -> list[bytes]:
        """Those of them that chains gave themselves."""
        return [bytes.fromhex(id_[2:]) for id_ in self.network.evidence.message_log.given.under_way()]

    def channels(self) -> list[Channel]:
        """The network's HRMP channels and any other that mail was asked for, for reading queues."""
        ours = self.network.topology.channels
        known = {(channel.sender, channel.recipient) for channel in ours}
        return [*ours, *(channel for pair, channel in list(self._mailed.items()) if pair not in known)]

    def _ask(self, message: Message) -> None:
        """Mail's time has come: it joins its sender's queue."""
        self.ask(message)
        self._promised[message.label] -= 1
        self._outgoing[message.sender].append(message)
        self._post(message.sender)

    def _post(self, sender: str) -> None:
        """Hands in what waits in a sender's queue, in its order, as far as the sender's nodes take it."""
        queue = self._outgoing[sender]
        while queue:
            try:
                pending = self._signed(queue[0])
            except RpcError:
                self._retry(sender)
                return
            message = queue.popleft()
            self.network.watch(sender, pending.hash, busy=True)
            self.network.journal.append(MessageSubmitted(**message.as_data(), extrinsic=pending.hash))
            self._hand_over(pending)

    def _retry(self, sender: str) -> None:
        """Has a sender's queue looked at again. A run does not wait for that: the sender may never come back."""
        if sender in self._retrying:
            return
        self._retrying.add(sender)

        def again() -> None:
            self._retrying.discard(sender)
            self._post(sender)

        self.network.at(self.network.now() + RETRY, again, background=True)

    def _signed(self, message: Message) -> Pending:
        """The extrinsic that sends a message; raises :class:`RpcError` when the sender's nodes do not answer."""
        recipient = self._recipient(message.recipient)
        sudo = self.network.topology.chain(message.sender).sudo
        return self._sign(message.sender, sudo, lambda calls: send_call(calls, recipient, message), message)

    def submit_calls(
        self,
        calls: Sequence[CallAsked],
        *,
        chain: str,
        signer: str | None = None,
        sudo_: bool = False,
        expect: Literal["success", "failure"] = "success",
        within: float = 60.0,
        before: Callable[[Pending], None] | None = None,
    ) -> str | None:
        """Submits calls, several as one batch that fails whole, and waits for their block; see
        :meth:`simnet.providers.network.Network.submit`. Mail of the chain that was asked for before goes first."""
        handed = self.hand_in(calls, chain=chain, signer=signer, sudo_=sudo_, before=before)
        what = handed.what
        record = self.network.wait_until(handed.included, within=within, what=f"{what} to be in a block of {chain}")
        error = record.data.error
        if (error is None) != (expect == "success"):
            raise ExtrinsicError(ended_otherwise(what, chain, record.height, error))
        return None if error is None else str(error)

    def hand_in(
        self,
        calls: Sequence[CallAsked],
        *,
        chain: str,
        signer: str | None = None,
        sudo_: bool = False,
        before: Callable[[Pending], None] | None = None,
    ) -> HandedIn:
        """As :meth:`submit_calls`, without waiting for their block."""

        def compose(runtime: Calls) -> bytes:
            call = runtime.together(calls)
            return runtime.sudo(call) if sudo_ else call

        uri = self.network.topology.signer(chain, signer, sudo=sudo_)
        return self.hand_in_composed(calls, compose, chain=chain, uri=uri)

    def hand_in_composed(
        self,
        calls: Sequence[CallAsked],
        compose: Callable[[Calls], bytes],
        *,
        chain: str,
        uri: str,
        concerns: str | None = None,
        message: Message | None = None,
        before: Callable[[Pending], None] | None = None,
    ) -> HandedIn:
        """Hands in what ``compose`` makes of calls for the runtime that the chain has, signed by the account of
        ``uri``. ``concerns`` is the chain that dispatches the calls, where that is another one; ``message`` what they
        send. ``before`` is told of it when it is signed and nobody has it yet."""
        what = calls_in_words(call for call, _ in calls)
        self.network.marks.append(f"calls of {concerns or chain}: {what}")
        for _, args in calls:
            self._tell_codes(concerns or chain, args)
        self._post(chain)
        pending = self._sign(chain, uri, compose, message)
        if before is not None:
            before(pending)
        self.network.watch(chain, pending.hash, busy=message is not None)
        if message is not None:
            self.network.journal.append(MessageSubmitted(**message.as_data(), extrinsic=pending.hash))
        self._hand_over(pending)
        return HandedIn(what, pending)

    def labelled(self, sender: str, recipient: str, label: str | None) -> str:
        """The label of messages, which no others have; raises :class:`InputError` where others have it."""
        label = label or f"{sender}-{recipient}-{len(self._labels) + 1}"
        if label in self._labels:
            raise InputError(f"messages are labelled {label!r} already")
        self._labels.add(label)
        return label

    def name(self, label: str, index: int) -> bytes:
        """The topic of a message of this run."""
        return topic(self.network.seed, f"{self._round}:{label}" if self._round else label, index)

    def ask(self, message: Message) -> None:
        """A message's time has come."""
        self.network.journal.append(MessageAsked(**message.as_asked()))
        if RELAY not in (message.sender, message.recipient) and message.sender != message.recipient:
            pair = message.sender, message.recipient
            self._mailed.setdefault(pair, Channel(sender=message.sender, recipient=message.recipient))

    def _tell_codes(self, chain: str, args: Mapping[str, Any]) -> None:
        """Journals which code the calls of a step's own bring into a chain."""
        asked = {one.data.code for one in self.network.evidence.of(UpgradeAsked) if one.chain == chain}
        for code in codes_in(args):
            hash_ = "0x" + blake2_256(code).hex()
            if hash_ not in asked:
                self.network.journal.append(UpgradeAsked(code=hash_, path=None, size=len(code)), chain=chain)

    def topic_for(self, purpose: str) -> bytes:
        """A topic that no other message of this network has."""
        self._topics += 1
        return topic(self.network.seed, f"{purpose} (none is labelled so)", self._topics)

    def onboard(self, para: str, *, within: float) -> None:
        """Registers a parachain; see :meth:`simnet.providers.network.Network.onboard`."""
        if self.network.topology.chain(para).registered:
            raise InputError(f"parachain {para} is registered in genesis; onboarding is for `registered: false`")
        head, code = genesis_of(self.any_rpc(para))
        self.submit_calls([onboarding(int(para), head, code)], chain=RELAY, sudo_=True, within=within)

    def client(self, chain: str) -> ChainClient:
        """A substrate-interface client of a chain, for those who use one; it asks whichever node of the chain runs."""
        self.network.marks.append(f"a client of {chain}")  # nobody knows what is done with it
        if chain not in self._clients:
            self._clients[chain] = ChainClient(lambda: self.any_rpc(chain))
        return self._clients[chain]

    def prepare(self) -> None:
        """Asks every chain now for what sending to it takes, since it may be down when that is needed."""
        for chain in (self.network.topology.relay, *self.network.topology.parachains):
            self._recipient(chain.id)

    def _recipient(self, chain: str) -> Recipient:
        if chain not in self._recipients:
            self._recipients[chain] = recipient_of(self.runtime(chain), self.any_rpc(chain))
        return self._recipients[chain]

    def runtime(self, chain: str) -> RuntimeCalls:
        """The runtime that a chain has now; RpcError when no node of it answers."""
        if chain not in self._runtimes:
            writing = writing_of(self.network.topology, chain)
            self._runtimes[chain] = LiveRuntime(lambda: self.any_rpc(chain), writing)
        return self._runtimes[chain].now()

    def _sign(self, chain: str, uri: str, compose: Callable[[Calls], bytes], message: Message | None = None) -> Pending:
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

    def _hand_over(self, pending: Pending) -> None:
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

    def begin_again(self) -> None:
        """Makes every label free for the next run and drops messages that were announced and never handed in.

        Extrinsics on their way are looked after further: a nonce that never arrives would hold up all later ones.
        """
        self._labels.clear()
        self._promised.clear()
        self._outgoing.clear()
        self._retrying.clear()
        self._mailed.clear()
        self._round += 1
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
                    self._hand_over(pending)
                except ExtrinsicError:
                    if not any(pending.included(self.network.evidence)):
                        raise  # else it is in a block, and was signed for the code before that one
        self._watching = False
        self._look_later(now)

    def _look_later(self, now: float) -> None:
        if self._pending and not self._watching:
            self._watching = True
            self.network.at(now + RETRY, self._look_after, background=True)
