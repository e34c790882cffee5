"""Sends cross-chain messages and calls, and follows each until it is in a finalized block."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from simnet.chain.calls import Calls
from simnet.chain.onboarding import genesis_of, onboarding
from simnet.chain.storage_writes import StorageWrite
from simnet.chain.xcm import Message, Recipient, recipient_of, send_call, topic
from simnet.codec import blake2_256
from simnet.errors import ExtrinsicError, InputError, RpcError
from simnet.journal.records import MessageAsked, MessageSubmitted, UpgradeAsked
from simnet.network.topology import RELAY, Channel
from simnet.providers.extrinsics import (
    CallAsked,
    HandedIn,
    Pending,
    calls_in_words,
    codes_in,
    ended_otherwise,
    intervention,
    writes_of,
)
from simnet.providers.submitter import RETRY, Submitter


@dataclass
class Messenger(Submitter):
    """Everything simnet itself submits to the chains of one network.

    Messages of one sender wait in one queue and are signed in the order in which they were asked for: their nonces hold
    the chain to that order, however often it is unreachable in between.
    """

    _recipients: dict[str, Recipient] = field(default_factory=dict)
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
            self.hand_over(pending)

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
        return self.sign(message.sender, sudo, lambda calls: send_call(calls, recipient, message), message)

    def submit_calls(
        self,
        calls: Sequence[CallAsked],
        *,
        chain: str,
        signer: str | None = None,
        sudo_: bool = False,
        expect: Literal["success", "failure"] = "success",
        within: float = 60.0,
    ) -> str | None:
        """Submits calls, several as one batch that fails whole, and waits for their block; see
        :meth:`simnet.providers.network.Network.submit`. Mail of the chain that was asked for before goes first."""
        handed = self.hand_in(calls, chain=chain, signer=signer, sudo_=sudo_)
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
    ) -> HandedIn:
        """As :meth:`submit_calls`, without waiting for their block."""

        def compose(runtime: Calls) -> bytes:
            call = runtime.together(calls)
            return runtime.sudo(call) if sudo_ else call

        uri = self.network.topology.signer(chain, signer, sudo=sudo_)
        written = writes_of(calls, root=sudo_)
        return self.hand_in_composed(calls, compose, chain=chain, uri=uri, written=written)

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
        written: Sequence[StorageWrite] = (),
    ) -> HandedIn:
        """Hands in what ``compose`` makes of calls for the runtime that the chain has, signed by the account of
        ``uri``. ``concerns`` is the chain that dispatches the calls, where that is another one; ``message`` what they
        send. ``before`` is told of it when it is signed and nobody has it yet. What they have root write of the state
        is journaled as an intervention."""
        what = calls_in_words(call for call, _ in calls)
        self.network.marks.append(f"calls of {concerns or chain}: {what}")
        for _, args in calls:
            self.tell_codes(concerns or chain, args)
        self._post(chain)
        pending = self.sign(chain, uri, compose, message)
        if before is not None:
            before(pending)
        self.network.watch(chain, pending.hash, busy=message is not None)
        if message is not None:
            self.network.journal.append(MessageSubmitted(**message.as_data(), extrinsic=pending.hash))
        self.hand_over(pending)
        if written:
            how: Literal["sudo", "relay root"] = "sudo" if concerns in (None, chain) else "relay root"
            told = intervention(concerns or chain, written, how, pending.hash)
            self.network.journal.append(told, chain=concerns or chain)
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

    def tell_codes(self, chain: str, args: Mapping[str, Any]) -> None:
        """Journals which code the arguments of calls bring into a chain."""
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

    def prepare(self) -> None:
        """Asks every chain now for what sending to it takes, since it may be down when that is needed."""
        for chain in (self.network.topology.relay, *self.network.topology.parachains):
            self._recipient(chain.id)

    def _recipient(self, chain: str) -> Recipient:
        if chain not in self._recipients:
            self._recipients[chain] = recipient_of(self.runtime(chain), self.any_rpc(chain))
        return self._recipients[chain]

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
        self.look_anew()
