"""The journal's schema: one line of JSON per record, whose ``data`` is what the model of its kind says."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache
from math import isfinite
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from simnet.journal._plausible import check
from simnet.journal._record_kinds import Kind
from simnet.journal.records import MODELS, RecordData
from simnet.network.topology import LEFT_OUT

FORMAT = 1
"""Version of the schema; it is in the ``run.started`` record, and a reader refuses another."""


NO_SHOW_METRIC = "polkadot_parachain_approvals_no_shows_total"
"""Assignments that became no-shows, as each real node noticed them (polkadot-node-core-approval-voting lib.rs)."""

DataT = TypeVar("DataT", bound=RecordData)
DataT_co = TypeVar("DataT_co", bound=RecordData, covariant=True)


_ENVELOPE: dict[str, Any] = {
    "seq": int,
    "t": int | float,
    "observer": str,
    "incarnation": int,
    "chain": str | None,
    "height": int | None,
    "hash": str | None,
}
"""What stands around the data of every record."""


def _plain(value: Any) -> dict[str, Any]:
    """A node, a chain or a channel as JSON."""
    data = {}
    for field in fields(value):
        one = getattr(value, field.name)
        if one != field.default or LEFT_OUT not in field.metadata:
            data[field.name] = one
    return data


_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=_plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Generic[DataT_co]):
    """One fact. ``t`` is seconds since the run began, to the microsecond; ``observer`` the node or ``harness`` that
    saw it.

    ``incarnation`` counts a node's databases: a wipe starts the next one. ``height`` and ``hash`` name a block of
    ``chain``.
    """

    seq: int
    t: float
    observer: str
    incarnation: int
    chain: str | None
    height: int | None
    hash: str | None
    data: DataT_co

    @property
    def kind(self) -> Kind:
        """What sort of fact it is."""
        return self.data.kind

    def to_json(self) -> str:
        """One line of a journal, without its seal and its end."""
        return _ENCODER.encode(
            {
                "seq": self.seq,
                "t": self.t,
                "observer": self.observer,
                "incarnation": self.incarnation,
                "chain": self.chain,
                "height": self.height,
                "hash": self.hash,
                "kind": self.kind.value,
                "data": self.data.as_data(),
            }
        )

    @classmethod
    def from_json(cls, line: str | bytes) -> AnyRecord:
        """Raises ``ValueError`` or ``KeyError`` or ``TypeError`` for anything that is not a record."""
        raw = json.loads(line)
        if not isinstance(raw, dict):
            raise TypeError("no JSON object")
        kind = Kind(raw.pop("kind"))
        raw.pop("seal", None)
        data = _read(kind, raw.pop("data"))
        check(data)
        found = Record(**raw, data=data)
        for name, types in _ENVELOPE.items():
            value = getattr(found, name)
            if not isinstance(value, types) or isinstance(value, bool):
                raise TypeError(f"{name} is {value!r}")
        if not isfinite(found.t):
            raise ValueError(f"t is {found.t}")
        return found


AnyRecord = Record[RecordData]
"""A record of any kind."""


@cache
def _adapter(kind: Kind) -> TypeAdapter[RecordData]:
    return TypeAdapter(MODELS[kind])


def _read(kind: Kind, data: Any) -> RecordData:
    """What a record carries; ValueError that says which field is wrong."""
    try:
        # JSON again, since only there lists may be tuples and objects models without others being taken for them
        return _adapter(kind).validate_json(json.dumps(data, allow_nan=False))
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'data'}: {one['msg']}" for one in error.errors(include_url=False)
        )
        raise ValueError(f"a record of {kind.value} with {told}") from error
