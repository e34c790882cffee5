"""What a chain's state has: storage items, answers of runtime APIs, balances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from simnet.checks.patterns import Meanings, at_path, comparable, in_text, matches
from simnet.checks.values import (
    WHENS,
    JudgesValues,
    When,
    bounds_of,
    check_change,
    is_number,
    number,
    outside,
    unequal,
)
from simnet.errors import InputError
from simnet.fields import Amount, ChainForm, ChainId, Choices, FunctionName, ItemName
from simnet.journal import Ask
from simnet.network.topology import RELAY


class _Judged(JudgesValues):
    """Base of checks of a decoded value, which have these fields."""

    field: str | None
    """The part of the value that is judged: names of fields and positions in lists with dots between them, such as
    ``data.free``. Left out: the whole value."""
    equals: Any
    """What it must be: a value in the forms that calls take, or a part of a struct. Left out: nothing certain."""
    absent: bool
    """Whether there must be nothing. By default nothing is asked of that."""
    at_least: Amount | None
    """The lowest number that holds; nothing counts as 0. Left out: no lower bound."""
    at_most: Amount | None
    """The highest number that holds. Left out: no upper bound."""
    changes_by: Any
    """By how much the number at the interval's end must differ from that at the last finalized block before it: an
    amount, below zero too, or ``{at_least: …, at_most: …}``. Left out: by anything."""
    never: Any
    """What it must not be at any finalized block of the interval, written as ``equals``. Left out: nothing is
    forbidden."""

    def validate(self) -> None:
        super().validate()
        asked = (self.equals, self.at_least, self.at_most, self.changes_by, self.never)
        if all(one is None for one in asked) and not self.absent:
            raise InputError(f"{self.kind} needs equals, absent, at_least, at_most, changes_by or never")
        if self.absent and any(one is not None for one in asked):
            raise InputError(f"{self.kind}: of nothing at all (absent) nothing else can be asked")
        check_change(self.kind, self.changes_by)
        if self.never is not None and self.when != "always":
            raise InputError(f"{self.kind}: never is about every block; write when: always")
        if self.changes_by is not None and self.when == "always":
            raise InputError(f"{self.kind}: changes_by compares the interval's ends; leave `when` out")

    def judged(self, value: Any) -> Any:
        return value if self.field is None else at_path(value, self.field)

    def change(self, meanings: Meanings) -> tuple[int | None, int | None] | None:
        return None if self.changes_by is None else bounds_of(self.changes_by, meanings)

    def strange(self, value: Any, meanings: Meanings) -> bool:
        counted = (self.at_least, self.at_most, self.changes_by)
        if any(one is not None for one in counted) and not is_number(value):
            return True
        return not all(comparable(one, value, meanings) for one in (self.equals, self.never))

    def broken_by(self, value: Any, meanings: Meanings) -> str | None:
        if self.absent:
            return None if value is None else f"{in_text(value)}, where there must be nothing,"
        if self.never is not None and matches(self.never, value, meanings):
            return f"{in_text(value)}, which must never be,"
        return outside(value, self.at_least, self.at_most, meanings) or unequal(value, self.equals, meanings)

    def what(self) -> str:
        return f"{self.ask()}{f' {self.field}' if self.field else ''}"

    def expected(self) -> str:
        parts = ["is absent"] if self.absent else []
        parts += [f"is {in_text(self.equals)}"] if self.equals is not None else []
        parts += [f"is {self.at_least} or more"] if self.at_least is not None else []
        parts += [f"is {self.at_most} at most"] if self.at_most is not None else []
        parts += [f"changes by {in_text(self.changes_by)}"] if self.changes_by is not None else []
        parts += [f"is never {in_text(self.never)}"] if self.never is not None else []
        return f"{self.what()} on {self.chain} {' and '.join(parts)}, {self.when_told()}"


@dataclass(frozen=True, kw_only=True)
class Storage(_Judged):
    """Judges the value of a storage item of a chain, at the end of the interval or at every block of it. Use it for
    whatever a pallet keeps: a parameter, an owner, a counter.

    It is read of each block from the launch on. A value that nobody read leaves the check open.
    """

    kind: ClassVar[str] = "storage"
    liveness: ClassVar[bool] = True
    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            chain: ChainForm = RELAY,
            item: str,
            keys: Sequence[Any] = (),
            field: str | None = None,
            equals: Any = None,
            absent: bool = False,
            at_least: int | str | None = None,
            at_most: int | str | None = None,
            changes_by: Any = None,
            never: Any = None,
            when: When = "end",
            forks: bool = False,
        ) -> None: ...

    chain: ChainId = RELAY
    """The chain whose state is judged, by default the relay chain."""
    item: ItemName
    """The storage item, as the runtime's metadata names it."""
    keys: tuple[Any, ...] = ()
    """Of a map: its keys, in the forms that calls take. By default none, as of a plain value."""
    field: str | None = None
    equals: Any = None
    absent: bool = False
    at_least: Amount | None = None
    at_most: Amount | None = None
    changes_by: Any = None
    never: Any = None
    when: Annotated[When, Choices(WHENS)] = "end"
    """Whether that is asked of the interval's end, or of every block of it; by default of the end."""
    forks: bool = False
    """Of ``when: always``: whether it is asked of every block that was seen in the interval, whatever became of its
    fork, and of the last finalized one before it. By default of finalized blocks."""

    def ask(self) -> Ask:
        return Ask.of(self.chain, "storage", self.item, self.keys)


@dataclass(frozen=True, kw_only=True)
class RuntimeApi(_Judged):
    """Judges what a runtime API of a chain answers, at the end of the interval or at every block of it. Use it for
    what no storage item tells as it is: a price, a queue, a weight.

    It is asked of each block's state from the launch on. An answer that nobody got leaves the check open.
    """

    kind: ClassVar[str] = "runtime_api"
    liveness: ClassVar[bool] = True
    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            chain: ChainForm = RELAY,
            function: str,
            args: Sequence[Any] = (),
            field: str | None = None,
            equals: Any = None,
            absent: bool = False,
            at_least: int | str | None = None,
            at_most: int | str | None = None,
            changes_by: Any = None,
            never: Any = None,
            when: When = "end",
            forks: bool = False,
        ) -> None: ...

    chain: ChainId = RELAY
    """The chain whose runtime is asked, by default the relay chain."""
    function: FunctionName
    """The runtime API and its function, as the runtime's metadata names them."""
    args: tuple[Any, ...] = ()
    """The function's arguments in their order, in the forms that calls take. By default none."""
    field: str | None = None
    equals: Any = None
    absent: bool = False
    at_least: Amount | None = None
    at_most: Amount | None = None
    changes_by: Any = None
    never: Any = None
    when: Annotated[When, Choices(WHENS)] = "end"
    """Whether that is asked of the interval's end, or of every block of it; by default of the end."""
    forks: bool = False
    """Of ``when: always``: whether it is asked of every block that was seen in the interval, whatever became of its
    fork, and of the last finalized one before it. By default of finalized blocks."""

    def ask(self) -> Ask:
        return Ask.of(self.chain, "api", self.function, self.args)


Part = Literal["free", "reserved", "frozen", "total"]
"""Of what kind a balance is; :data:`PARTS` says what each is."""

PARTS: Mapping[str, str] = {
    "free": "What the account has that is not reserved; a part of it may be frozen.",
    "reserved": "What is held or reserved.",
    "frozen": "What cannot be taken out of the free balance.",
    "total": "Free and reserved together.",
}
"""The parts of a native balance (pallet-balances AccountData)."""


@dataclass(frozen=True, kw_only=True)
class Balance(JudgesValues):
    """Judges an account's balance of a chain's native token, or of an asset that a pallet keeps, at the end of the
    interval or at every block of it. Use it to see that what was sent arrived, to the last unit.

    It is read of each block from the launch on. An account that does not exist has 0.
    """

    kind: ClassVar[str] = "balance"
    liveness: ClassVar[bool] = True
    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            chain: ChainForm = RELAY,
            account: str,
            asset: dict[str, Any] | None = None,
            part: Part = "free",
            equals: int | str | None = None,
            at_least: int | str | None = None,
            at_most: int | str | None = None,
            changes_by: Any = None,
            when: When = "end",
            forks: bool = False,
        ) -> None: ...

    chain: ChainId = RELAY
    """The chain on which the account is, by default the relay chain."""
    account: str
    """The account, in the forms that calls take: ``//Bob``, a node's name, an address, ``para:2000``."""
    asset: dict[str, Any] | None = None
    """Which asset: ``{Pallet: id}`` with the pallet that keeps it and its id there, such as ``{Assets: 1984}`` or
    ``{ForeignAssets: {parents: 1, interior: Here}}``. Left out: the native token."""
    part: Annotated[Part, Choices(PARTS)] = "free"
    """Whether what is free, reserved, frozen, or free and reserved together counts; an asset of a pallet has no
    parts. By default what is free."""
    equals: Amount | None = None
    """What it must be. Left out: nothing certain."""
    at_least: Amount | None = None
    """The lowest balance that holds. Left out: no lower bound."""
    at_most: Amount | None = None
    """The highest balance that holds. Left out: no upper bound."""
    changes_by: Any = None
    """By how much the balance at the interval's end must differ from that at the last finalized block before it: an
    amount, below zero too, or ``{at_least: …, at_most: …}``. Left out: by anything."""
    when: Annotated[When, Choices(WHENS)] = "end"
    """Whether that is asked of the interval's end, or of every block of it; by default of the end."""
    forks: bool = False
    """Of ``when: always``: whether it is asked of every block that was seen in the interval, whatever became of its
    fork, and of the last finalized one before it. By default of finalized blocks."""

    def validate(self) -> None:
        super().validate()
        if all(one is None for one in (self.equals, self.at_least, self.at_most, self.changes_by)):
            raise InputError("balance needs equals, at_least, at_most or changes_by")
        if self.equals is not None and not self.at_least is self.at_most is None:
            raise InputError("balance takes equals or bounds, not both")
        if self.asset is not None and len(self.asset) != 1:
            raise InputError("balance: asset is {Pallet: id}, with one pallet")
        if self.asset is not None and self.part != "free":
            raise InputError(f"balance: an asset has no {self.part} part")
        check_change(self.kind, self.changes_by)
        if self.changes_by is not None and self.when == "always":
            raise InputError("balance: changes_by compares the interval's ends; leave `when` out")

    def ask(self) -> Ask:
        if self.asset is None:
            return Ask.of(self.chain, "storage", "System.Account", [self.account])
        ((pallet, asset),) = self.asset.items()
        return Ask.of(self.chain, "storage", f"{pallet}.Account", [asset, self.account])

    def parts(self) -> tuple[str, ...]:
        """The parts of what is read that make up the balance."""
        if self.asset is not None:
            return ("balance",)
        return ("data.free", "data.reserved") if self.part == "total" else (f"data.{self.part}",)

    def judged(self, value: Any) -> Any:
        found = [at_path(value, part) for part in self.parts()]
        odd = next((one for one in found if not is_number(one)), None)  # a part that is missing, or no number
        return sum(map(number, found)) if odd is None else odd

    def change(self, meanings: Meanings) -> tuple[int | None, int | None] | None:
        return None if self.changes_by is None else bounds_of(self.changes_by, meanings)

    def strange(self, value: Any, meanings: Meanings) -> bool:
        return not is_number(value)

    def broken_by(self, value: Any, meanings: Meanings) -> str | None:
        if self.equals is not None:
            return outside(value, self.equals, self.equals, meanings)
        return outside(value, self.at_least, self.at_most, meanings)

    def what(self) -> str:
        whose = "" if self.asset is None else f" of {in_text(self.asset)}"
        return f"the {self.part} balance{whose} of {self.account}"

    def expected(self) -> str:
        parts = [f"is {self.equals}"] if self.equals is not None else []
        parts += [f"is {self.at_least} or more"] if self.at_least is not None else []
        parts += [f"is {self.at_most} at most"] if self.at_most is not None else []
        parts += [f"changes by {in_text(self.changes_by)}"] if self.changes_by is not None else []
        return f"{self.what()} on {self.chain} {' and '.join(parts)}, {self.when_told()}"
