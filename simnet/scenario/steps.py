"""The steps of a scenario: wait, inject, change, heal, send, submit, start, onboard, rotate_keys, instant faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from simnet.errors import InputError
from simnet.faults import KINDS, Fault
from simnet.fields import Bytes, ChainId, MomentField, Name, Seconds, Selectors, SpanField
from simnet.network.topology import RELAY
from simnet.scenario._choices import LastingChoice, WindowChoice, with_each
from simnet.scenario.network_spec import Model

AwaitedState = Literal[
    "ready",
    "in_sync",
    "producing",
    "finalizing",
    "stalled",
    "parachains_included",
    "one_chain",
    "delivered",
    "ended",
]
"""What a ``wait`` step can wait for: RPC of all running nodes answers; best blocks agree within two; best rises;
finalized rises on every running node; finalized has not risen for 18 s while best has; every parachain had a candidate
included since the step began; all running nodes follow one chain; every message asked for has arrived, which fails at
once for one that cannot (refused by its sender, failed at its recipient, discarded); every one has ended, however."""


class Wait(Model):
    """Waits: ``for`` a time, ``until`` a moment, or for a ``state`` that must come ``within`` a time."""

    for_: Annotated[SpanField | None, Field(alias="for")] = None
    until: MomentField | None = None
    state: AwaitedState | None = None
    within: Seconds = 120.0
    nodes: Selectors = ("all",)
    messages: Selectors = Field(default=(), description="With delivered and ended: only messages of these labels.")

    @model_validator(mode="after")
    def _one(self) -> Wait:
        if sum(item is not None for item in (self.for_, self.until, self.state)) != 1:
            raise InputError("wait takes exactly one of for, until and state")
        return self


class Inject(LastingChoice):
    """Injects a fault. With ``for`` it heals by itself while later steps run; without, a ``heal`` step ends it."""

    name: Annotated[Name | None, Field(alias="as")] = None
    for_: Annotated[SpanField | None, Field(alias="for")] = None


class Change(LastingChoice):
    """Replaces an active fault's value without a moment in between."""

    name: Annotated[str, Field(alias="fault")]


class Send(Model):
    """Sends ``count`` cross-chain messages, one every ``every`` seconds, in the background; ``wait`` for them to be
    delivered.

    ``from`` and ``to`` are ``relay`` or a parachain's id. ``size`` is the payload of each in bytes.
    """

    sender: Annotated[ChainId, Field(alias="from")]
    recipient: Annotated[ChainId, Field(alias="to")]
    count: int = Field(default=1, ge=1, le=100_000)
    every: Seconds = 0.0
    size: Bytes = Field(default=32, ge=1)

    @model_validator(mode="after")
    def _two_chains(self) -> Send:
        if self.sender == self.recipient:
            raise InputError(f"a message from {self.sender} to itself crosses no chain")
        return self


class Submit(Model):
    """Submits a call and waits until it is in a block; ``expect`` says how it must end."""

    chain: ChainId = RELAY
    call: str = Field(pattern=r"^\w+\.\w+$", description="Pallet.call, for example System.remark.")
    args: dict[str, Any] = Field(default_factory=dict)
    signer: Annotated[str | None, Field(alias="as")] = Field(
        default=None, description="Secret URI of who signs: the chain's sudo key under `sudo`, else //Alice."
    )
    sudo: bool = False
    expect: Literal["success", "failure"] = "success"
    within: Seconds = 60.0


class RotateKeys(Model):
    """Has a node make new session keys, and the account of its validator or collator set them (``Session.set_keys``).
    They are in force two sessions later."""

    node: str = Field(description="A validator or collator, whose keystore gets them.")
    owner: str | None = Field(
        default=None, description="The validator or collator whose keys they shall be, by default the node itself."
    )
    in_force: bool = Field(default=False, description="Waits until the chain's authorities have them.")
    within: Seconds = Field(default=60.0, description="For the call to be in a block, and then to be in force.")


_INSTANTS = {kind: fault for kind, fault in KINDS.items() if fault.instant}


class StepBase(Model):
    """One step: exactly one verb. ``at`` holds it back until that moment; ``label`` names it for expectations."""

    CYCLES: ClassVar[tuple[str, ...]] = tuple(_INSTANTS)
    """Verbs that are instant faults."""
    VERBS: ClassVar[tuple[str, ...]] = (
        *("wait", "inject", "change", "heal", "send", "submit"),
        *CYCLES,
        *("start", "onboard", "rotate_keys"),
    )

    at: MomentField | None = None
    label: Name | None = None
    wait: Wait | None = None
    inject: Inject | None = None
    change: Change | None = None
    heal: Selectors | None = Field(default=None, description="Names of faults, or `all`.")
    send: Send | None = None
    submit: Submit | None = None
    start: Selectors | None = Field(default=None, description="Nodes that join late.")
    onboard: ChainId | None = Field(default=None, description="A parachain with `registered: false`, which begins now.")
    rotate_keys: RotateKeys | None = None

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
        return next(verb for verb in self.VERBS if getattr(self, verb) is not None)


if TYPE_CHECKING:
    Step = StepBase
else:
    Step = with_each("Step", _INSTANTS, StepBase)


class WindowSpec(WindowChoice):
    """One self-contained window of a schedule: a fault from ``at``, ``for`` so long. It runs beside the steps.

    An instant, as a restart or a wipe, is over when its nodes are back, so it takes no ``for``.
    """

    at: MomentField
    for_: Annotated[SpanField | None, Field(alias="for")] = None
    name: Annotated[Name | None, Field(alias="as")] = None

    @model_validator(mode="after")
    def _with_its_length(self) -> WindowSpec:
        kind = self.fault.kind
        if self.fault.instant and self.for_ is not None:
            raise InputError(f"a {kind} takes no `for`: it is over when its nodes are back")
        if not self.fault.instant and self.for_ is None:
            raise InputError(f"this {kind} needs `for`, the time that it lasts")
        cycle = self.fault.cycle()
        if cycle is not None and cycle.database in ("copied", "put back"):
            raise InputError(f"a {kind} is no window of its own: copies of databases are made and used by steps")
        return self
