"""The steps of a scenario: what each verb takes, and a step, which has one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field, model_validator

from simnet.errors import InputError
from simnet.faults import KINDS, Fault
from simnet.fields import (
    Bytes,
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
from simnet.scenario._choices import LastingChoice, WindowChoice, with_each
from simnet.scenario.awaited import STATES, AwaitedState
from simnet.scenario.model import Model
from simnet.scenario.roll import Roll
from simnet.scenario.state_steps import SetStorage, Submit
from simnet.scenario.xcm_steps import ClaimAssets, DryRun, Transfer, Xcm


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
    """Labels of ``send``, ``transfer`` and ``xcm`` steps: with the states ``delivered`` and ``ended`` only their
    messages count, by default those of all."""

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
        *("transfer", "xcm", "dry_run", "claim"),
        *CYCLES,
        *("start", "onboard", "rotate_keys", "upgrade", "roll"),
    )

    if TYPE_CHECKING:  # which names there are hangs on the kinds that are installed

        def __init__(self, **fields: Any) -> None: ...

    at: MomentField | None = None
    """The moment before which the step does not begin. Left out: it begins when the one before it has ended."""
    label: Name | None = None
    """Names the step for ``during`` and ``after`` of checks; of ``send``, ``transfer`` and ``xcm`` also its messages,
    of an instant fault the fault. Left out: no check can name it, an instant fault is named by its kind, and messages
    are labelled by their chains and a number."""
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
    transfer: Transfer | None = None
    """Transfers an asset to another chain."""
    xcm: Xcm | None = None
    """Sends an XCM program, or has a chain execute it."""
    dry_run: DryRun | None = None
    """Asks a chain what a call would do, and does nothing."""
    claim: ClaimAssets | None = None
    """Claims assets that lie trapped on a chain."""
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
