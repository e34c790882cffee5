"""Programs and transfers of assets on a running network: composed for its chains, asked about, handed in, and named as
messages that are followed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from simnet.chain.calls import Calls
from simnet.chain.xcm import Message, fee_parents
from simnet.chain.xcm_pallet import NamedCall, XcmPallet, has_xcm, negotiated
from simnet.errors import ExtrinsicError
from simnet.journal.records import DryRunAsked
from simnet.network.locations import Location, located, location_of
from simnet.network.topology import RELAY
from simnet.providers.dispatch_origins import ROOT, AsRoot, Signed, origin_of, signer_of
from simnet.providers.dry_running import DryRunning, Question
from simnet.providers.extrinsics import CallAsked, Pending, calls_in_words, ended_otherwise
from simnet.providers.messenger import Messenger
from simnet.providers.xcm_asked import Program, Transferred, beneficiary_at

CallEnding = Literal["success", "failure"]

_MOST_WEIGHT = {"ref_time": 10**10, "proof_size": 10**6}
"""What a call may weigh that another chain's root makes, where XCM is older than 5, in ps and bytes: sending a program
takes far less."""

_UNDECIDED = "InvalidAssetUnknownReserve"
"""Error of ``transfer_assets`` where it does not decide, as for a relay chain's token (pallet-xcm 31,
transfer_assets_validation.rs)."""


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a call is made: who signs, None for who does where nobody is named; what it is called, as ``label`` or as the
    position of its ``step``; how it must end, and in how many seconds it must be in a block."""

    signer: str | None = None
    sudo: bool = False
    label: str | None = None
    step: int | None = None
    expect: CallEnding = "success"
    within: float = 60.0

    def called(self, label: str) -> int | str:
        """What a step is called in records: by its label where it has one, else by its position, else as what it asked
        for is labelled."""
        return self.label or (label if self.step is None else self.step)


@dataclass
class XcmCalls:
    """What the steps ``transfer``, ``xcm`` and ``dry_run`` do."""

    messenger: Messenger
    dry_running: DryRunning = field(init=False)

    def __post_init__(self) -> None:
        self.dry_running = DryRunning(self.messenger)

    def transfer(self, asked: Transferred, manner: Manner) -> str | None:
        """See :meth:`simnet.providers.network.Network.transfer`."""
        label = self.messenger.labelled(asked.sender, asked.recipient, manner.label)
        uri = self.messenger.network.topology.signer(asked.sender, manner.signer)
        call = self.transfer_call(asked, uri)
        message = self._asked(Message(label, 0, asked.sender, asked.recipient, 0, b"", "transfer", uri), call)
        try:
            return self._hand_in(call, message, uri, manner)
        except ExtrinsicError as error:
            raise _hinted(error, asked) from error

    def transfer_call(self, asked: Transferred, uri: str) -> NamedCall:
        """The call that transfers, in the version of XCM that both chains speak."""
        sender, recipient = self.messenger.runtime(asked.sender), self.messenger.runtime(asked.recipient)
        there = beneficiary_at(recipient.calls, asked.beneficiary, uri)
        native = located(fee_parents(sender.types, self.messenger.any_rpc(asked.sender)))
        call = asked.composed(sender.calls, native, sender.types.metadata, there)
        return call(self._version(asked.sender, location_of(asked.recipient, asked.sender), asked.recipient))

    def xcm(self, program: Program, manner: Manner) -> str | None:
        """See :meth:`simnet.providers.network.Network.xcm`."""
        if manner.signer == ROOT:
            manner = replace(manner, signer=None, sudo=True)
            if self.messenger.root_by_relay(program.chain):
                program = self._by_relay(program)
        receiver = program.receiver
        label = self.messenger.labelled(program.chain, receiver, manner.label)
        uri = self.messenger.network.topology.signer(program.chain, manner.signer, sudo=manner.sudo)
        call = self.xcm_call(program)
        size = len(self.messenger.runtime(program.chain).calls.compose(*call))
        message = Message(label, 0, program.chain, receiver, size, b"", "xcm", uri)
        return self._hand_in(call, self._asked(message, call, chosen=program.version is not None), uri, manner)

    def xcm_call(self, program: Program) -> NamedCall:
        """The call that sends or executes a program."""
        chain, messenger = program.chain, self.messenger
        calls, receiver = messenger.runtime(chain).calls, messenger.runtime(program.receiver).calls
        version = program.version or self._version(chain, program.goal, program.receiver)
        weight = program.weight
        if program.goal is None and weight is None:
            _, args = program.call(calls, receiver, version, None)
            weight = self.dry_running.runs(chain).weight(messenger.any_rpc(chain), args["message"])
        return program.call(calls, receiver, version, weight)

    def _by_relay(self, program: Program) -> Program:
        """What the relay chain sends so that root of a chain which has no Sudo sends or executes a program."""
        name, args = self.xcm_call(program)
        pallet, function = name.split(".")
        version = self._version(RELAY, location_of(program.chain, RELAY), program.chain)
        unpaid = {"UnpaidExecution": {"weight_limit": "Unlimited", "check_origin": None}}
        more = {"fallback_max_weight": None} if version >= 5 else {"require_weight_at_most": dict(_MOST_WEIGHT)}
        transact = {"Transact": {"origin_kind": "Superuser", **more, "call": {pallet: {function: args}}}}
        return Program(chain=RELAY, to=program.chain, instructions=[unpaid, transact], version=version)

    def dry_run(self, call: NamedCall, chain: str, manner: Manner, expect: CallEnding | None) -> DryRunAsked:
        """See :meth:`simnet.providers.network.Network.dry_run`."""
        messenger, topology = self.messenger, self.messenger.network.topology
        origin = origin_of(manner.signer, sudo=manner.sudo)
        asked, calls = chain, messenger.runtime(chain).calls
        composed = calls.compose(*call)
        if not isinstance(origin, Signed) and messenger.root_by_relay(chain):
            asked, relay = RELAY, messenger.runtime(RELAY).calls
            composed = AsRoot.of(calls, int(chain), composed, messenger.topic_for(f"dry run on {chain}")).sent(relay)
        elif not isinstance(origin, Signed):
            composed = calls.sudo(composed)
        account = messenger.runtime(asked).calls.account(signer_of(topology, asked, origin))
        told = self.dry_running.ask(Question(manner.called(call[0]), call[0], asked, account, composed))
        if expect is not None and told.outcome != expect:
            raise ExtrinsicError(_otherwise(call[0], chain, told, expect))
        return told

    def asking(self, calls: Sequence[CallAsked], manner: Manner, label: str | None = None) -> Callable[[Pending], None]:
        """Asks what calls would do, when it is told that they are signed."""
        what = calls_in_words(call for call, _ in calls)
        return lambda pending: self.dry_running.before(pending, manner.called(label or what), what)

    def _hand_in(self, call: NamedCall, message: Message, uri: str, manner: Manner) -> str | None:
        """Has a call that sends a message dispatched, after a dry run; the dispatch error, None where there is none."""
        messenger, chain, what = self.messenger, message.sender, call[0]

        def compose(calls: Calls) -> bytes:
            composed = calls.compose(*call)
            return calls.sudo(composed) if manner.sudo else composed

        before = self.asking([call], manner, message.label)
        handed = messenger.hand_in_composed([call], compose, chain=chain, uri=uri, message=message, before=before)
        record = messenger.network.wait_until(
            handed.included, within=manner.within, what=f"{what} to be in a block of {chain}"
        )
        error = record.data.error
        if (error is None) != (manner.expect == "success"):
            raise ExtrinsicError(ended_otherwise(what, chain, record.height, error))
        return error

    def _asked(self, message: Message, call: NamedCall, *, chosen: bool = False) -> Message:
        """The message that a step asks for, whose time has come, with its name and the version of XCM in which the call
        writes it, which somebody may have ``chosen``."""
        _, args = call
        (written,) = args["message" if "message" in args else "dest"]
        version, highest = int(written[1:]), self._highest(message.sender, message.recipient)
        message = replace(
            message,
            topic=self.messenger.name(message.label, 0),
            version=version,
            highest=highest if version < highest and not chosen else None,
        )
        self.messenger.ask(message)
        return message

    def _version(self, chain: str, goal: Location | None, receiver: str) -> int:
        """The version of XCM that a chain writes for a place: the highest that both know, and no higher than what the
        chain has agreed on with the other, or holds to be safe."""
        highest = self._highest(chain, receiver)
        if goal is None or chain == receiver:
            return highest
        runtime, rpc = self.messenger.runtime(chain), self.messenger.any_rpc(chain)
        pallet = XcmPallet.of(runtime.calls)
        agreed = negotiated(rpc, runtime.types.metadata, runtime.calls, pallet, goal, rpc.call("chain_getBlockHash"))
        return max(pallet.versions[0], highest if agreed is None else min(highest, agreed))

    def _highest(self, *chains: str) -> int:
        """The highest version of XCM that chains know, as far as they have a pallet for it."""
        calls = [self.messenger.runtime(chain).calls for chain in chains]
        return min(XcmPallet.of(one).versions[-1] for one in calls[:1] + [one for one in calls[1:] if has_xcm(one)])


def _otherwise(what: str, chain: str, told: DryRunAsked, expect: CallEnding) -> str:
    """That a dry run did not end as it was to."""
    why = told.why or told.error
    if told.instruction is not None:
        why = f"{why} at instruction {told.instruction['index']}"
    if told.outcome == "not asked":
        return f"{what} cannot be dry-run on {chain}: {why}"
    ended = "would succeed" if told.outcome == "success" else f"would fail: {why}"
    return f"{what} on {chain} {ended}; it was to {'succeed' if expect == 'success' else 'fail'}"


def _hinted(error: ExtrinsicError, asked: Transferred) -> ExtrinsicError:
    """The error, with what to do where a chain does not decide how to transfer."""
    if asked.method != "auto" or _UNDECIDED not in str(error):
        return error
    return ExtrinsicError(
        f"{error}; {asked.sender} does not decide by itself how this asset goes to {asked.recipient}, as no chain does"
        " of its relay chain's token: give the `method`, local_reserve where the sender is the reserve,"
        " destination_reserve where the recipient is, or the id of the chain that is"
    )
