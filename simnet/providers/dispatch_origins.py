"""On whose behalf a chain dispatches calls: who signs, and what wraps the call so that it is dispatched so."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from simnet.chain.calls import Calls
from simnet.codec import blake2_256
from simnet.errors import InputError
from simnet.network.topology import ALICE, RELAY, Topology

ROOT = "root"
"""What files say for root in place of an account."""

AS_ORIGIN = "Utility.dispatch_as"
LATER = "Scheduler.schedule_after"
_AS_ACCOUNT = "Sudo.sudo_as"
_ITEM_BY_ITEM = "Utility.force_batch"
_SEND = "XcmPallet.send"
_SEND_FROM_PARACHAIN = "PolkadotXcm.send"

_MOST_WEIGHT = {"ref_time": 10**11, "proof_size": 10**6}
"""What a call that comes as a message may weigh on a chain whose XCM is older than V5, in ps and bytes: a twentieth of
a block of 2 s. Newer chains go by what the call itself says (xcm-executor 19, Transact)."""

_XCM = "V4"
"""In which version messages are written; the relay chain sends them in one that the parachain is known to take."""

_VERSIONS = ("V3", "V4", "V5")

_NOTHING = 2
"""Bytes of a program without instructions: its version and their number."""


@dataclass(frozen=True)
class Signed:
    """The signer of the extrinsic, a secret URI or a node's name; None for //Alice."""

    signer: str | None = None


@dataclass(frozen=True)
class Root:
    """Root. ``signer`` is the account that signs where it is not the chain's sudo key."""

    signer: str | None = None

    def wrap(self, calls: Calls, call: bytes) -> bytes:
        """What root dispatches."""
        return call


@dataclass(frozen=True)
class OfAccount:
    """An account that need not sign: root dispatches the call as it."""

    account: Any

    def wrap(self, calls: Calls, call: bytes) -> bytes:
        """What root dispatches where the chain has no Sudo."""
        return calls.compose(AS_ORIGIN, {"as_origin": {"system": {"Signed": self.account}}, "call": call})

    def by_sudo(self, calls: Calls, call: bytes) -> bytes:
        """What the sudo key's owner dispatches."""
        return calls.compose(_AS_ACCOUNT, {"who": self.account, "call": call})


@dataclass(frozen=True)
class OfRuntime:
    """An origin of the runtime, as its ``OriginCaller`` has it: ``{Origins: WhitelistedCaller}``."""

    origin: Any

    def wrap(self, calls: Calls, call: bytes) -> bytes:
        """What root dispatches."""
        return calls.compose(AS_ORIGIN, {"as_origin": self.origin, "call": call})


@dataclass(frozen=True)
class Scheduled:
    """Root, by the chain's scheduler so many blocks later, of those that its clock counts."""

    after: int

    def wrap(self, calls: Calls, call: bytes) -> bytes:
        """What root dispatches."""
        asked = {"after": self.after, "maybe_periodic": None, "priority": 0, "call": call}
        return calls.compose(LATER, asked)


ByRoot = Root | OfAccount | OfRuntime | Scheduled
Origin = Signed | ByRoot


def origin_of(signer: str | Mapping[str, Any] | None, *, sudo: bool = False) -> Origin:
    """What ``as`` and ``sudo`` of a step mean: an account's secret URI or a node's name, ``root``, ``{account: ...}``,
    ``{origin: ...}`` or ``{scheduler: blocks}``. Raises :class:`InputError` for anything else."""
    if sudo and (signer == ROOT or isinstance(signer, Mapping)):
        raise InputError("sudo says that root calls, so it goes with an account that signs, or with none")
    if signer is None or isinstance(signer, str):
        if signer == ROOT:
            return Root()
        return Root(signer) if sudo else Signed(signer)
    match list(signer.items()):
        case [("account", account)]:
            return OfAccount(account)
        case [("origin", origin)]:
            return OfRuntime(origin)
        case [("scheduler", int(after))] if after > 0:
            return Scheduled(after)
    raise InputError(
        f"{signer!r} is no origin; give a secret URI, a node's name, root, {{account: ...}}, {{origin: ...}} or"
        f" {{scheduler: blocks}}"
    )


def signer_of(topology: Topology, chain: str, origin: Origin) -> str:
    """Secret URI of the account that signs on a chain which has Sudo, or for which nothing but a signature is due."""
    if isinstance(origin, Signed):
        return topology.account(origin.signer or ALICE)
    given = origin.signer if isinstance(origin, Root) else None
    return topology.account(given) if given else topology.chain(chain).sudo


class HasPallets(Protocol):
    """What is looked at of a chain's metadata."""

    @property
    def pallets(self) -> Mapping[str, Any]: ...


def by_relay(chain: str, here: HasPallets, relay: HasPallets) -> bool:
    """Whether root of a chain is had through the relay chain's, since the chain has no Sudo.

    Raises :class:`InputError` where neither has one that could.
    """
    if "Sudo" in here.pallets:
        return False
    if chain == RELAY:
        raise InputError("the runtime of the relay chain has no Sudo pallet")
    if "Sudo" not in relay.pallets or "XcmPallet" not in relay.pallets:
        how = "and the relay chain's has not both Sudo and XcmPallet, by which its root could have it dispatched"
        raise InputError(f"the runtime of parachain {chain} has no Sudo pallet, {how}")
    return True


@dataclass(frozen=True)
class AsRoot:
    """A call that root of a parachain dispatches since the relay chain's root asks for it by a message."""

    para: int
    call: bytes
    topic: bytes
    """Names the message on both chains."""

    @classmethod
    def of(cls, here: Calls, para: int, call: bytes, topic: bytes) -> AsRoot:
        """Where the parachain has ``Utility``, the call goes in a batch of itself, whose event tells how it failed: of
        a Transact no event does."""
        with suppress(InputError):
            call = here.compose(_ITEM_BY_ITEM, {"calls": [call]})
        return cls(para, call, topic)

    def sent(self, relay: Calls) -> bytes:
        """What the relay chain's sudo key dispatches."""
        return relay.sudo(self._send(relay, {_XCM: self._program(_XCM)}))

    def names(self, relay: Calls) -> set[str]:
        """What the parachain's queue may call the message (0x hex): its topic; or where the barrier refuses it, before
        which no topic is looked for, the hash of its bytes in the version in which it arrives (xcm-executor 19,
        prepare_and_execute; pallet-message-queue's ProcessXcmMessage in staging-xcm-builder 20)."""
        found = {self.topic}
        before = len(self._send(relay, {_XCM: []})) - _NOTHING
        for version in _VERSIONS:
            with suppress(InputError):
                found.add(blake2_256(self._send(relay, {version: self._program(version)})[before:]))
        return {"0x" + one.hex() for one in found}

    def _program(self, version: str) -> list[Any]:
        return [*_as_superuser(self.call, version), {"SetTopic": self.topic}]

    def _send(self, relay: Calls, message: Any) -> bytes:
        dest = {"parents": 0, "interior": {"X1": [{"Parachain": self.para}]}}
        return relay.compose(_SEND, {"dest": {_XCM: dest}, "message": message})


def superuser_message(here: Calls, call: bytes) -> bytes:
    """Origin and program of such a message as a parachain's ``DryRunApi_dry_run_xcm`` takes them, which are encoded as
    the arguments of its own call that sends one."""
    parent = {"parents": 1, "interior": "Here"}
    sent = here.compose(_SEND_FROM_PARACHAIN, {"dest": {_XCM: parent}, "message": {_XCM: _as_superuser(call)}})
    return sent[len(here.index(_SEND_FROM_PARACHAIN)) :]


def _as_superuser(call: bytes, version: str = _XCM) -> list[Any]:
    """The instructions that have the receiver's root dispatch a call, and fail where it fails."""
    weight = "fallback_max_weight" if version == "V5" else "require_weight_at_most"
    what = {"origin_kind": "Superuser", weight: _MOST_WEIGHT, "call": {"encoded": call}}
    return [
        {"UnpaidExecution": {"weight_limit": "Unlimited", "check_origin": None}},
        {"Transact": what},
        {"ExpectTransactStatus": "Success"},
    ]
