"""Steps that have a chain change its state by calls: ``submit`` whatever calls, ``set_storage`` those that write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator

from simnet.chain.calls import Batch
from simnet.chain.storage_writes import StorageWrite
from simnet.errors import InputError
from simnet.fields import CallName, ChainForm, ChainId, Choices, Seconds, SecondsForm
from simnet.network.topology import RELAY
from simnet.providers.dispatch_origins import Origin, origin_of
from simnet.scenario.model import Model

_ENDINGS = {
    "success": "The call is dispatched without an error.",
    "failure": "The runtime refuses to dispatch the call, or dispatches it with an error.",
}


_BATCHES: Mapping[str, str] = {
    "all": "All of them, or none when one fails (`Utility.batch_all`).",
    "force": "All of them, each for itself (`Utility.force_batch`); one that fails fails the step.",
    "plain": "Up to the first that fails, and those before it stay done (`Utility.batch`).",
}


class CallInBatch(Model):
    """One of several calls of a batch."""

    if TYPE_CHECKING:

        def __init__(self, *, call: str, args: Mapping[str, Any] = ...) -> None: ...

    call: CallName
    """The call, as the runtime's metadata names it."""
    args: dict[str, Any] = Field(default_factory=dict)
    """The call's arguments by name, as those of a single one. By default none."""


class Behalf(Model):
    """On whose behalf calls are dispatched that root has dispatched: exactly one of these."""

    if TYPE_CHECKING:

        def __init__(self, *, account: str | None = None, origin: Any = None, scheduler: int | None = None) -> None: ...

    account: str | None = None
    """An account that need not sign: a secret URI, an address, a node's name or ``para:2000``. Left out: it is another
    origin."""
    origin: Any = None
    """An origin of the runtime, as its ``OriginCaller`` has it: ``{Origins: WhitelistedCaller}``. Root dispatches the
    calls with it (``Utility.dispatch_as``). Left out: it is another origin."""
    scheduler: int | None = Field(default=None, ge=1)
    """Root, by the chain's scheduler this many blocks later, of those that its clock counts; the step waits for that.
    Left out: it is another origin."""

    @model_validator(mode="after")
    def _one_origin(self) -> Behalf:
        if sum(one is not None for one in (self.account, self.origin, self.scheduler)) != 1:
            raise InputError("as takes exactly one of account, origin and scheduler")
        return self

    def asked(self) -> dict[str, Any]:
        """As networks take it."""
        return {key: value for key, value in dict(self).items() if value is not None}


class Submit(Model):
    """Submits a call to a chain, or several as one batch, and waits until they were dispatched; ``expect`` says how
    they must end. Use it for whatever a chain can be told: an upgrade, an assigned core, a transfer. Calls are encoded
    for the chain's runtime before anything starts, so that a misspelt argument is found then."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            chain: ChainForm = RELAY,
            call: str | None = None,
            args: Mapping[str, Any] = ...,
            calls: Sequence[CallInBatch | Mapping[str, Any]] = (),
            batch: Batch = "all",
            signer: str | Behalf | Mapping[str, Any] | None = None,
            sudo: bool = False,
            expect: Literal["success", "failure"] = "success",
            within: SecondsForm = 60.0,
            dry_run: bool = False,
        ) -> None: ...

    chain: ChainId = RELAY
    """The chain that takes the call, by default the relay chain."""
    call: CallName | None = None
    """The call, as the runtime's metadata names it. Left out: there are several ``calls``."""
    args: dict[str, Any] = Field(default_factory=dict)
    """The call's arguments by name, in the form that the metadata gives them: numbers, lists, ``0x`` hex for bytes,
    variants as ``{Name: value}``. An account is an address, a secret URI, the name of a node (its account, not the
    stash of a validator) or ``para:2000``, the account that a parachain has there. Integers of 64 bits or more may be
    amounts such as ``1.5 WND``; bytes those of a file, ``"@file"`` relative to this one. By default none."""
    calls: tuple[CallInBatch, ...] = ()
    """Several calls in their order, as one batch, in place of ``call`` and ``args``. None by default."""
    batch: Annotated[Batch, Choices(_BATCHES)] = "all"
    """What becomes of several calls when one fails."""
    signer: Annotated[str | Behalf | None, Field(alias="as")] = None
    """On whose behalf: a secret URI such as ``//Bob`` or the name of a node, whose account signs; ``root``; or what
    root has dispatched. Root of a parachain without Sudo is had by a message of the relay chain's root, which the step
    waits for. Left out: the chain's sudo key with ``sudo``, else ``//Alice``."""
    sudo: bool = False
    """Whether the call is wrapped in ``Sudo.sudo``, so that root calls it. By default the signer itself does."""
    expect: Annotated[Literal["success", "failure"], Choices(_ENDINGS)] = "success"
    """How the call must be dispatched; the other ending fails the step."""
    within: Seconds = 60.0
    """How long the call may take to be dispatched before the step fails."""
    dry_run: bool = False
    """Whether the chain is asked before what the call would do, and what then happens is set beside it. By default it
    is not."""

    @model_validator(mode="after")
    def _one_way(self) -> Submit:
        if (self.call is None) == (not self.calls):
            raise InputError("submit takes exactly one of call and calls")
        if self.calls and self.args:
            raise InputError("args are those of a single call; give each of several calls its own")
        if self.batch != "all" and not self.calls:
            raise InputError("batch says what becomes of several calls, and there is one")
        if self.sudo and (self.signer == "root" or isinstance(self.signer, Behalf)):
            raise InputError("sudo says that root calls, and so does this `as`; leave sudo out")
        return self

    @property
    def origin(self) -> Origin:
        """On whose behalf."""
        return origin_of(self.signer.asked() if isinstance(self.signer, Behalf) else self.signer, sudo=self.sudo)

    @property
    def each(self) -> tuple[CallInBatch, ...]:
        """The calls, one or several."""
        return self.calls if self.call is None else (CallInBatch(call=self.call, args=self.args),)

    def asked(self) -> dict[str, Any]:
        """What :meth:`simnet.providers.network.Network.submit` takes."""
        signer = self.signer.asked() if isinstance(self.signer, Behalf) else self.signer
        calls = [(one.call, one.args) for one in self.calls]
        return {**dict(self), "calls": calls, "signer": signer}


class WrittenEntry(Model):
    """One entry of a chain's storage, by its item and keys or by its raw key, and what it is to hold."""

    if TYPE_CHECKING:

        def __init__(
            self, *, item: str | None = None, keys: Sequence[Any] = (), key: str | None = None, value: Any
        ) -> None: ...

    item: Annotated[str, Field(pattern=r"^\w+\.\w+$")] | None = None
    """Pallet and storage item with a dot between, for example ``Balances.TotalIssuance``. Left out: ``key`` says which
    entry."""
    keys: tuple[Any, ...] = ()
    """The parts of a map's key in their order, written as arguments of calls are; none of an item that is no map."""
    key: Annotated[str, Field(pattern=r"^0x([0-9A-Fa-f]{2})+$")] | None = None
    """The raw key, ``0x`` hex, whose ``value`` is then raw as well. Left out: ``item`` says which entry."""
    value: Any
    """What the entry is to hold, written as arguments of calls are; null removes it. An item without content, as those
    of a set, is written ``[]``."""

    @model_validator(mode="after")
    def _one_name(self) -> WrittenEntry:
        if (self.item is None) == (self.key is None):
            raise InputError("an entry of storage takes exactly one of item and key")
        if self.key is not None and self.keys:
            raise InputError("keys are parts of an item's key; a raw key is whole")
        return self

    @property
    def entry(self) -> StorageWrite:
        """As a value."""
        return StorageWrite(item=self.item, keys=self.keys, key=self.key, value=self.value)


class SetStorage(Model):
    """Has root write a chain's storage, and waits until that was dispatched. Use it for what no call brings about: an
    account's balance, a counter before its end, a broken record that a migration meets. It is done in a block, by
    ``System.set_storage`` and ``System.kill_storage``, so that every node executes it; the verdict lists it as an
    intervention. The chain needs Sudo; that of the relay chain will do where a parachain takes its root. A simulated
    relay chain whose sudo key nobody here has, or that has no Sudo, begins its next block with it: every simulated node
    takes that, no real one would, which the verdict says."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            chain: ChainForm = RELAY,
            items: Sequence[WrittenEntry | Mapping[str, Any]],
            within: SecondsForm = 60.0,
        ) -> None: ...

    chain: ChainId = RELAY
    """The chain whose storage is written, by default the relay chain's."""
    items: tuple[WrittenEntry, ...] = Field(min_length=1)
    """The entries, all written in one block or none."""
    within: Seconds = 60.0
    """How long the call may take to be dispatched before the step fails."""

    def asked(self) -> dict[str, Any]:
        """What :meth:`simnet.providers.network.Network.set_storage` takes."""
        return {"entries": [one.entry for one in self.items], "chain": self.chain, "within": self.within}
