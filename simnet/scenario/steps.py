"""The steps of a scenario: wait, inject, change, heal, send, submit, set_storage, start, onboard, upgrade, roll,
rotate_keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from simnet.chain.calls import Batch
from simnet.chain.storage_entries import StorageEntry
from simnet.errors import InputError
from simnet.faults import KINDS, Fault
from simnet.fields import (
    Bytes,
    CallName,
    ChainForm,
    ChainId,
    Choices,
    MomentField,
    MomentForm,
    Name,
    Names,
    Seconds,
    SecondsForm,
    Selectors,
    SelectorsForm,
    SizeForm,
    SpanField,
    SpanForm,
)
from simnet.journal.records import UpgradePath
from simnet.network.topology import RELAY
from simnet.providers.dispatch_origins import Origin, origin_of
from simnet.scenario._choices import LastingChoice, WindowChoice, with_each
from simnet.scenario.awaited import STATES, AwaitedState
from simnet.scenario.model import Model
from simnet.scenario.roll import Roll

_ENDINGS = {
    "success": "The call is dispatched without an error.",
    "failure": "The runtime refuses to dispatch the call, or dispatches it with an error.",
}


class Wait(Model):
    """Waits: ``for`` a time, ``until`` a moment, or for a ``state`` that must come ``within`` a time.

    Scheduled things go on meanwhile: faults heal, messages are sent, windows open. A state that does not come in time
    fails the run and ends its steps, since later ones build on it.
    """

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            for_: SpanForm | None = None,
            until: MomentForm | None = None,
            state: AwaitedState | None = None,
            within: SecondsForm = 120.0,
            nodes: SelectorsForm = "all",
            messages: SelectorsForm = (),
        ) -> None: ...

    for_: Annotated[SpanField | None, Field(alias="for")] = None
    """How long to wait from the step's beginning. Left out: the step waits until a moment or for a state."""
    until: MomentField | None = None
    """The moment to wait for; one that has passed is not waited for. Left out: the step waits for a time or a state."""
    state: Annotated[AwaitedState, Choices(STATES)] | None = None
    """The state of nodes or messages to wait for. Left out: the step waits for a time or until a moment."""
    within: Seconds = 120.0
    """How long the state may take to come before the step fails. It is about ``state`` alone."""
    nodes: Selectors = ("all",)
    """Nodes of which the state must be true, those that faults keep down or frozen left aside. It is about ``state``
    alone, and not about parachains and messages."""
    messages: Names = ()
    """Labels of ``send`` steps: with the states ``delivered`` and ``ended`` only their messages count, by default those
    of all."""

    @model_validator(mode="after")
    def _one(self) -> Wait:
        if sum(item is not None for item in (self.for_, self.until, self.state)) != 1:
            raise InputError("wait takes exactly one of for, until and state")
        return self


class Inject(LastingChoice):
    """Injects a fault, which acts from now on. With ``for`` it heals by itself while later steps run; without, a
    ``heal`` step ends it, or the end of the run.

    The step ends when every effect was read back. A fault that does not take hold leaves the run inconclusive.
    """

    if TYPE_CHECKING:  # which names there are hangs on the kinds that are installed

        def __init__(self, **fields: Any) -> None: ...

    name: Annotated[Name | None, Field(alias="as")] = None
    """What ``heal``, ``change`` and the ``during`` and ``after`` of checks call the fault. Left out: its kind
    is its name. No two active faults have one."""
    for_: Annotated[SpanField | None, Field(alias="for")] = None
    """How long the fault lasts from its last read-back until it heals by itself. Left out: until a ``heal`` step or the
    end of the run."""


class Change(LastingChoice):
    """Puts another value in the place of an active fault, without a moment between in which nothing acts. Use it to
    make a fault worse or better by and by; it may become one of another kind."""

    if TYPE_CHECKING:  # which names there are hangs on the kinds that are installed

        def __init__(self, **fields: Any) -> None: ...

    name: Annotated[str, Field(alias="fault")]
    """The active fault, by the name that ``as`` gave it."""


class Send(Model):
    """Sends cross-chain messages in the background: signed XCM with a topic of its own each, handed to nodes of the
    sender one after another. A ``wait`` for the state ``delivered`` waits for them, the check ``messages`` judges them.
    """

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            sender: ChainForm,
            recipient: ChainForm,
            count: int = 1,
            every: SecondsForm = 0.0,
            size: SizeForm = 32,
        ) -> None: ...

    sender: Annotated[ChainId, Field(alias="from")]
    """The chain on which simnet submits the messages."""
    recipient: Annotated[ChainId, Field(alias="to")]
    """The chain that receives; another than the sender. Two parachains need an HRMP channel between them."""
    count: int = Field(default=1, ge=1, le=100_000)
    """How many messages are asked for, one after another; 1 to 100,000."""
    every: Seconds = 0.0
    """Time from one asking to the next; by default all are asked for at once."""
    size: Bytes = Field(default=32, ge=1)
    """Payload of each message, at least 1 B. A channel refuses what is larger than its ``max_message_size``."""

    @model_validator(mode="after")
    def _two_chains(self) -> Send:
        if self.sender == self.recipient:
            raise InputError(f"a message from {self.sender} to itself crosses no chain")
        return self


_BATCHES: Mapping[str, str] = {
    "all": "All of them, or none when one fails (`Utility.batch_all`).",
    "force": "All of them, each for itself (`Utility.force_batch`); one that fails fails the step.",
    "plain": "Up to the first that fails, and those before it stay done (`Utility.batch`).",
}


class Call(Model):
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
            calls: Sequence[Call | Mapping[str, Any]] = (),
            batch: Batch = "all",
            signer: str | Behalf | Mapping[str, Any] | None = None,
            sudo: bool = False,
            expect: Literal["success", "failure"] = "success",
            within: SecondsForm = 60.0,
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
    calls: tuple[Call, ...] = ()
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
    def each(self) -> tuple[Call, ...]:
        """The calls, one or several."""
        return self.calls if self.call is None else (Call(call=self.call, args=self.args),)

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
    def entry(self) -> StorageEntry:
        """As a value."""
        return StorageEntry(item=self.item, keys=self.keys, key=self.key, value=self.value)


class SetStorage(Model):
    """Has root write a chain's storage, and waits until that was dispatched. Use it for what no call brings about: an
    account's balance, a counter before its end, a broken record that a migration meets. It is done in a block, by
    ``System.set_storage`` and ``System.kill_storage``, so that every node executes it; the verdict lists it as an
    intervention. The chain needs Sudo; that of the relay chain will do where a parachain takes its root."""

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


class RotateKeys(Model):
    """Has a node make new session keys, and the account of its validator or collator set them (``Session.set_keys``).

    They are in force two sessions later. Use it to rehearse a rotation, or a move to another machine: then ``node`` is
    the new machine and ``owner`` the validator whose keys it takes over.
    """

    if TYPE_CHECKING:

        def __init__(
            self, *, node: str, owner: str | None = None, in_force: bool = False, within: SecondsForm = 60.0
        ) -> None: ...

    node: str
    """Name of the validator or collator that makes the keys (``author_rotateKeys``) and keeps them in its keystore."""
    owner: str | None = None
    """Name of the validator or collator of that chain whose keys they shall be. Left out: those of ``node`` itself."""
    in_force: bool = False
    """Whether the step also waits until the chain's authorities have the keys. By default it ends with the call."""
    within: Seconds = 60.0
    """How long the call may take to be in a block, and with ``in_force`` the keys from then on to be in force."""


_PATHS: Mapping[str, str] = {
    "authorized": "Root authorizes the code's hash, then anybody applies it; the chain looks at name and version.",
    "without_checks": "The same without that look, so that also an equal or lower version gets in.",
    "scheduled": "Root has the chain's scheduler authorize it two blocks later, as a referendum's enactment does; then"
    " as by `authorized`.",
    "sudo": "Root sets the code at once (`System.set_code`); the chain looks at name and version.",
}


class Upgrade(Model):
    """Brings new code into a chain and waits until every running node of the chain has finalized a block whose state
    has it. Use it to rehearse a runtime upgrade: a parachain's goes through pre-checking by the validators, the relay
    chain's go-ahead and its own application.

    The chain needs sudo. A code that is refused on the way, or has not come in time, fails the step, which says how
    far it came. A code whose version is not higher brings no migration; simnet refuses it unless ``path`` is
    ``without_checks``.
    """

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            runtime: str,
            chain: ChainForm = RELAY,
            path: UpgradePath = "authorized",
            within: SecondsForm = 600.0,
        ) -> None: ...

    chain: ChainId = RELAY
    """The chain that gets the code, by default the relay chain."""
    runtime: str
    """Name of a bundled runtime, or the path of a ``.wasm`` file relative to this file, compressed or not."""
    path: Annotated[UpgradePath, Choices(_PATHS)] = "authorized"
    """How the code gets in."""
    within: Seconds = Field(default=600.0, gt=0)
    """How long all of that may take before the step fails; more than 0 s."""


_INSTANTS = {kind: fault for kind, fault in KINDS.items() if fault.instant}


class StepBase(Model):
    """One step: exactly one verb, and what holds for any. Steps run one after another; one that fails ends them."""

    CYCLES: ClassVar[tuple[str, ...]] = tuple(_INSTANTS)
    """Verbs that are instant faults."""
    VERBS: ClassVar[tuple[str, ...]] = (
        *("wait", "inject", "change", "heal", "send", "submit", "set_storage"),
        *CYCLES,
        *("start", "onboard", "rotate_keys", "upgrade", "roll"),
    )

    if TYPE_CHECKING:  # which names there are hangs on the kinds that are installed

        def __init__(self, **fields: Any) -> None: ...

    at: MomentField | None = None
    """The moment before which the step does not begin. Left out: it begins when the one before it has ended."""
    label: Name | None = None
    """Names the step for ``during`` and ``after`` of checks; of a ``send`` step also its messages, of an instant fault
    the fault. Left out: no check can name it, an instant fault is named by its kind, and messages are labelled by their
    chains and a number."""
    wait: Wait | None = None
    """Lets time pass: for a length of time, until a moment, or until a state has come."""
    inject: Inject | None = None
    """Begins a fault that lasts."""
    change: Change | None = None
    """Replaces a fault that is active by another one."""
    heal: Names | None = None
    """Ends faults by their names, or ``all`` that are active, and returns when nodes and links were read back as they
    should be."""
    send: Send | None = None
    """Asks for cross-chain messages and goes on at once."""
    submit: Submit | None = None
    """Has a chain execute a call."""
    set_storage: SetStorage | None = None
    """Has root write a chain's storage."""
    start: Selectors | None = None
    """Starts nodes that join late (``joins_late: true``) and returns when their JSON-RPC answers."""
    onboard: ChainId | None = None
    """Has root register a parachain with ``registered: false``; it gets its first core two sessions after validators
    accepted its code."""
    upgrade: Upgrade | None = None
    """Brings new code into a chain, and waits for it."""
    roll: Roll | None = None
    """Takes nodes to another image, and waits in between; real nodes only."""
    rotate_keys: RotateKeys | None = None
    """Gives a validator or collator other session keys."""

    @model_validator(mode="after")
    def _one_verb(self) -> StepBase:
        chosen = [verb for verb in self.VERBS if getattr(self, verb) is not None]
        if len(chosen) != 1:
            problem = "has no verb" if not chosen else f"has {len(chosen)} verbs: {', '.join(chosen)}"
            raise InputError(f"this step {problem}; give one of {', '.join(self.VERBS)}")
        return self

    @property
    def cycle(self) -> Fault | None:
        """The fault of a step that takes nodes down and up again."""
        return next((fault for verb in self.CYCLES if (fault := getattr(self, verb)) is not None), None)

    @property
    def verb(self) -> str:
        """The key that says what it does."""
        return next(verb for verb in self.VERBS if getattr(self, verb) is not None)


if TYPE_CHECKING:
    Step = StepBase
else:
    Step = with_each("Step", _INSTANTS, StepBase)


class WindowSpec(WindowChoice):
    """One self-contained window of a schedule: a fault from ``at``, ``for`` so long. It runs beside the steps.

    An instant, as a restart or a wipe, is over when its nodes are back, so it takes no ``for``. Neither does an
    ``upgrade``, which is over when the code has come.
    """

    if TYPE_CHECKING:  # which names there are hangs on the kinds that are installed

        def __init__(self, **fields: Any) -> None: ...

    at: MomentField
    """When the fault begins. Windows may overlap one another and the steps."""
    for_: Annotated[SpanField | None, Field(alias="for")] = None
    """How long the fault lasts. Left out: it is an instant fault, which is over when its nodes are back."""
    name: Annotated[Name | None, Field(alias="as")] = None
    """What ``during`` and ``after`` of checks call the fault, and steps that heal or change it. Left out: its kind is
    its name. No two active faults have one."""
    upgrade: Upgrade | None = None
    """Begins an upgrade, which goes on beside the steps. One that fails does not end them, and fails the run as a step
    that failed."""

    def _chosen(self) -> list[str]:
        return [*super()._chosen(), *(["upgrade"] if self.upgrade is not None else [])]

    @model_validator(mode="after")
    def _with_its_length(self) -> WindowSpec:
        if self.upgrade is not None:
            if self.for_ is not None:
                raise InputError("an upgrade takes no `for`: it is over when the code has come")
            return self
        kind = self.fault.kind
        if self.fault.instant and self.for_ is not None:
            raise InputError(f"a {kind} takes no `for`: it is over when its nodes are back")
        if not self.fault.instant and self.for_ is None:
            raise InputError(f"this {kind} needs `for`, the time that it lasts")
        cycle = self.fault.cycle()
        if cycle is not None and cycle.database in ("copied", "put back"):
            raise InputError(f"a {kind} is no window of its own: copies of databases are made and used by steps")
        return self
