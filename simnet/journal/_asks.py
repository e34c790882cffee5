"""What can be asked to be read of a chain, as a value, and what runs leave out unless they are asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simnet.journal._record import Record
from simnet.journal.records import AskedKind, ReadingAsked, ValueRead

LEFT_OUT = frozenset({"System.ExtrinsicSuccess", "TransactionPayment.TransactionFeePaid"})
"""Events of every extrinsic that no check of simnet's own reads; without them journals stay small."""

SHORTENED = "ParaInclusion"
"""The pallet of whose events runs keep a few fields of the candidate's descriptor, since receipts and head data are
long."""

KEPT_OF_CANDIDATES = ("para_id", "relay_parent", "para_head")
"""Those fields."""


@dataclass(frozen=True)
class Ask:
    """One thing to read of each block of a chain. ``args`` are the keys or arguments as canonical JSON; :meth:`of`
    makes it."""

    chain: str
    what: AskedKind
    name: str
    args: str = "[]"

    @classmethod
    def of(cls, chain: str, what: AskedKind, name: str, args: Sequence[Any] = ()) -> Ask:
        """From keys or arguments as people write them; bytes become ``0x`` hex."""
        return cls(chain, what, name, json.dumps(list(args), sort_keys=True, default=_plain))

    @classmethod
    def told(cls, record: Record[ReadingAsked] | Record[ValueRead]) -> Ask:
        """What a record is about."""
        data = record.data
        return cls.of(record.chain or "", data.what, data.name, data.args)

    @property
    def arguments(self) -> list[Any]:
        """The keys or arguments."""
        found: list[Any] = json.loads(self.args)
        return found

    def __str__(self) -> str:
        keys = ", ".join(one if isinstance(one, str) else json.dumps(one) for one in self.arguments)
        return f"{self.name}({keys})" if keys else self.name


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return "0x" + value.hex()
    raise TypeError(f"{value!r} cannot be written as JSON")
