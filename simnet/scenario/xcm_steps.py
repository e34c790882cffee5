"""The steps of assets and XCM: transfer, xcm, dry_run, claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from simnet.errors import InputError
from simnet.fields import CallName, ChainForm, ChainId, Choices, Reads, Seconds, SecondsForm
from simnet.network.known_tokens import WrittenAmount
from simnet.network.topology import RELAY
from simnet.providers.xcm_asked import Program, Transferred
from simnet.scenario.model import Model

Method = Literal["auto", "teleport", "local_reserve", "destination_reserve"]

_METHODS: Mapping[str, str] = {
    "auto": "As the chain's own `transfer_assets` decides. It does not for the token of a relay chain, unless that can"
    " be teleported: then another way has to be named.",
    "teleport": "Burnt here, minted there; both chains must trust one another for that.",
    "local_reserve": "The sender is the asset's reserve: it keeps it for the recipient, which issues its own for it.",
    "destination_reserve": "The recipient is the reserve: what the sender issued is burnt, and taken from what the"
    " recipient keeps for it.",
}
_DISPATCHED = {
    "success": "The call is dispatched without an error.",
    "failure": "The runtime refuses to dispatch the call, or dispatches it with an error.",
}
_FORESEEN = {
    "success": "The chain says that the call would succeed.",
    "failure": "The chain says that the call would fail.",
}


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _some(amount: int | str) -> int | str:
    """An amount that is more than nothing; text of another form is left to who knows the chain's tokens."""
    written = WrittenAmount.read(amount) if isinstance(amount, str) else None
    nothing = written is not None and (written.sign == "-" or not (written.whole + written.part).strip("0"))
    if nothing or (isinstance(amount, int) and amount <= 0):
        raise InputError(f"an amount is more than nothing, and {amount} is not")
    return amount


AmountField = Annotated[
    int | str,
    Field(union_mode="left_to_right"),
    AfterValidator(_some),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "examples": ["1.5 WND", 1_500_000_000_000],
            "description": "An amount with the unit of one of the sender's tokens, or a number of smallest units.",
        }
    ),
]
"""How much of an asset."""
Asset = Annotated[
    str | dict[str, Any],
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "object"}],
            "examples": ["native", {"parents": 1, "interior": "Here"}, {"pallet": "Assets", "id": 1984}],
            "description": "`native`; an XCM location, seen from the sender; or the `id` that a `pallet` of the sender"
            " keeps it under.",
        }
    ),
]
"""An asset of the sender's chain."""
Whither = Annotated[
    str | dict[str, Any],
    Reads(_number_as_text),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "object"}],
            "examples": ["relay", 1000, {"parents": 1, "interior": {"X1": [{"Parachain": 2000}]}}],
            "description": "`relay`, a parachain's id, or an XCM location seen from the chain.",
        }
    ),
]
"""A chain, or a location that leads to one."""
Holder = Annotated[
    str | dict[str, Any],
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "object"}],
            "examples": ["//Bob", "para:2000"],
            "description": "An account: secret URI, address, name of a node or `para:ID`; or an XCM location.",
        }
    ),
]
"""Who gets assets."""


class Fees(Model):
    """An asset that goes along with a transfer, and pays for it on the recipient's chain."""

    if TYPE_CHECKING:

        def __init__(self, *, asset: str | Mapping[str, Any] = "native", amount: int | str) -> None: ...

    asset: Asset = "native"
    """The asset, by default the sender's own token."""
    amount: AmountField
    """How much of it goes along; what is left of it after paying arrives as well."""


class Transfer(Model):
    """Transfers an asset to another chain, after a dry run, and waits until the call is in a block. What it sends is a
    message: a ``wait`` for ``delivered`` waits for it, also over the chain that is the reserve, and the check
    ``messages`` judges it, by the step's label."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            sender: ChainForm,
            recipient: ChainForm,
            amount: int | str,
            asset: str | Mapping[str, Any] = "native",
            signer: str | None = None,
            beneficiary: str | Mapping[str, Any] | None = None,
            fees: Fees | Mapping[str, Any] | None = None,
            method: Method = "auto",
            reserve: ChainForm | None = None,
            expect: Literal["success", "failure"] = "success",
            within: SecondsForm = 60.0,
        ) -> None: ...

    sender: Annotated[ChainId, Field(alias="from")]
    """The chain on which the signer holds the asset and on which the call is made."""
    recipient: Annotated[ChainId, Field(alias="to")]
    """The chain that gets it; another than the sender."""
    amount: AmountField
    """How much of it leaves the sender; what arrives is less by the fees that it pays on its way."""
    asset: Asset = "native"
    """The asset, by default the sender's own token: on a system chain that is the relay chain's."""
    signer: Annotated[str | None, Field(alias="as")] = None
    """Secret URI of the account that has the asset and signs, or the name of a node. Left out: ``//Alice``."""
    beneficiary: Holder | None = None
    """Who gets it on the recipient's chain. Left out: the account of the same key there."""
    fees: Fees | None = None
    """Another asset that goes along and pays on the recipient's chain. Left out: the asset itself pays."""
    method: Annotated[Method, Choices(_METHODS)] = "auto"
    """Who keeps the asset meanwhile, or that it is burnt and minted anew."""
    reserve: ChainId | None = None
    """The third chain that is the asset's reserve, and over which it goes. Left out: ``method`` says how it goes."""
    expect: Annotated[Literal["success", "failure"], Choices(_DISPATCHED)] = "success"
    """How the call must be dispatched; the other ending fails the step. What becomes of the message is not meant."""
    within: Seconds = 60.0
    """How long the call may take to be in a block before the step fails."""

    def asked(self) -> Transferred:
        """The transfer as chains are asked for it."""
        more = () if self.fees is None else ((self.fees.asset, self.fees.amount),)
        return Transferred(
            sender=self.sender,
            recipient=self.recipient,
            assets=((self.asset, self.amount), *more),
            beneficiary=self.beneficiary,
            method=self.reserve or self.method,
        )

    @model_validator(mode="after")
    def _sound(self) -> Transfer:
        if self.sender == self.recipient:
            raise InputError(f"a transfer from {self.sender} to itself crosses no chain; `submit` a call for it")
        if self.reserve is not None and self.method != "auto":
            raise InputError("a transfer over a reserve has no `method`; give one of the two")
        if self.reserve in (self.sender, self.recipient):
            other = "local_reserve" if self.reserve == self.sender else "destination_reserve"
            raise InputError(f"the reserve {self.reserve} is at the transfer's own end; give `method: {other}`")
        return self

    @property
    def way(self) -> str:
        """The method, or the chain that is the reserve."""
        return self.reserve or self.method


class ProgramWeight(Model):
    """What the execution of a program may weigh."""

    if TYPE_CHECKING:

        def __init__(self, *, ref_time: int, proof_size: int) -> None: ...

    ref_time: int = Field(ge=0)
    """Time on reference hardware, in picoseconds."""
    proof_size: int = Field(ge=0)
    """Bytes that the storage it reads may add to the proof of its block."""


class Xcm(Model):
    """Sends an XCM program to another chain, or has a chain execute it itself, after a dry run, and waits until the
    call is in a block. What is sent is a message, as of ``transfer``.

    Instructions and their fields are those of the runtime's metadata, for the version that is spoken. A call in a
    ``Transact`` may be written as ``{Pallet: {function: {arguments}}}`` of the receiver. A program without ``SetTopic``
    gets a topic from the chain.
    """

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            chain: ChainForm = RELAY,
            to: ChainForm | Mapping[str, Any] | None = None,
            program: Sequence[Any],
            version: int | None = None,
            signer: str | None = None,
            sudo: bool = False,
            weight: ProgramWeight | Mapping[str, int] | None = None,
            expect: Literal["success", "failure"] = "success",
            within: SecondsForm = 60.0,
        ) -> None: ...

    chain: ChainId = RELAY
    """The chain that sends or executes the program, by default the relay chain."""
    to: Whither | None = None
    """Where the program is sent. Left out: the chain executes it itself."""
    program: list[Any] = Field(min_length=1)
    """The instructions, at least one: ``{WithdrawAsset: [...]}``, or a name alone where it has no fields."""
    version: int | None = Field(default=None, ge=2)
    """The version of XCM in which it is written. Left out: the highest that both chains know, and no higher than what
    the chain has agreed on with the receiver or holds to be safe."""
    signer: Annotated[str | None, Field(alias="as")] = None
    """Who calls it: secret URI of an account or the name of a node, or ``root``, on a parachain without Sudo through
    the relay chain's. What root sends comes from the chain itself and not from an account of it. Left out: the chain's
    sudo key with ``sudo``, else ``//Alice``."""
    sudo: bool = False
    """Whether the account has root call it, by ``Sudo.sudo``. By default it calls it itself."""
    weight: ProgramWeight | None = None
    """The most that its execution may weigh here; it is about programs without ``to`` alone. Left out: what the chain
    says that it weighs."""
    expect: Annotated[Literal["success", "failure"], Choices(_DISPATCHED)] = "success"
    """How the call must be dispatched; the other ending fails the step. What becomes of the message is not meant."""
    within: Seconds = 60.0
    """How long the call may take to be in a block before the step fails."""

    def asked(self) -> Program:
        """The program as chains are asked for it."""
        weight = None if self.weight is None else self.weight.model_dump()
        return Program(
            chain=self.chain, to=self.to, instructions=tuple(self.program), version=self.version, weight=weight
        )

    @model_validator(mode="after")
    def _sound(self) -> Xcm:
        if self.to is not None and self.weight is not None:
            raise InputError("weight is about a program that the chain executes itself; leave it out beside `to`")
        return self


class DryRun(Model):
    """Asks a chain what a call, a transfer or a program would do, and every chain that would get a message of it what
    that would do, on the state that they have now. Nothing is done; what they say is in the journal and the report."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            chain: ChainForm = RELAY,
            call: str | None = None,
            args: Mapping[str, Any] = ...,
            signer: str | None = None,
            sudo: bool = False,
            transfer: Transfer | Mapping[str, Any] | None = None,
            xcm: Xcm | Mapping[str, Any] | None = None,
            expect: Literal["success", "failure"] | None = None,
        ) -> None: ...

    chain: ChainId = RELAY
    """The chain that is asked about ``call``, by default the relay chain."""
    call: CallName | None = None
    """A call, as the runtime's metadata names it. Left out: ``transfer`` or ``xcm`` says what is asked about."""
    args: dict[str, Any] = Field(default_factory=dict)
    """The call's arguments, as of ``submit``. By default none."""
    signer: Annotated[str | None, Field(alias="as")] = None
    """Who would make the call: secret URI of an account or the name of a node, or ``root``. Left out: the chain's sudo
    key with ``sudo``, else ``//Alice``."""
    sudo: bool = False
    """Whether the call would be wrapped in ``Sudo.sudo``. By default it would not."""
    transfer: Transfer | None = None
    """A transfer that is asked about. Left out: another call."""
    xcm: Xcm | None = None
    """A program that is asked about. Left out: another call."""
    expect: Annotated[Literal["success", "failure"] | None, Choices(_FORESEEN)] = None
    """What the chain must say of the call; anything else fails the step, as does a chain that cannot be asked. Left
    out: whatever it says."""

    @model_validator(mode="after")
    def _one(self) -> DryRun:
        if sum(one is not None for one in (self.call, self.transfer, self.xcm)) != 1:
            raise InputError("dry_run takes exactly one of call, transfer and xcm")
        if self.call is None and (self.args or self.signer is not None or self.sudo or self.chain != RELAY):
            raise InputError("chain, args, as and sudo are about `call`; a transfer or a program says its own")
        return self


class ClaimAssets(Model):
    """Claims assets that are trapped on a chain, and waits until the chain says that they are claimed.

    Who may claim them is the origin of what was executed: an account of the chain claims by ``claim_assets``; for
    another chain, that chain's root sends a program, and for an account there, the account does. What is claimed for
    another chain pays for that program.
    """

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            chain: ChainForm,
            trap: str = "latest",
            beneficiary: str | Mapping[str, Any],
            signer: str | None = None,
            within: SecondsForm = 180.0,
        ) -> None: ...

    chain: ChainId
    """The chain whose XCM pallet holds the trapped assets."""
    trap: str = "latest"
    """Which assets: the label of the step whose message or program left them, the trap's hash (``0x``), or ``latest``
    for those that were trapped last. By default ``latest``."""
    beneficiary: Holder
    """Who gets them on that chain."""
    signer: Annotated[str | None, Field(alias="as")] = None
    """Secret URI of the account that claims, where the origin is one. Left out: the account among those of the scenario
    that is the origin."""
    within: Seconds = 180.0
    """How long it may take until they are claimed before the step fails."""
