"""What lines of ``batches.jsonl`` say, as far as campaigns read them: a file may come from anybody."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from simnet.search.batch import Windows


class _Line(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)

    batch: int


class _Case(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)

    case: int
    schedule: Windows


class _BrokenCase(_Case):
    why: str


class _FailedCase(_Case):
    why: list[str]
    times: int


class _KeptCase(_Case):
    new: list[str]


class _Explored(_Line):
    cases: int
    failed: int
    inconclusive: int
    broken: list[_BrokenCase]
    failures: list[_FailedCase]
    kept: list[_KeptCase]
    reached: dict[str, int]


class _Shrunk(_Line):
    case: int
    schedule: Windows
    why: list[str]
    repeated: bool
    shrunk_in: int


class _Aside(_Line):
    case: int
    aside: str | None


def read_result(line: bytes) -> dict[str, Any]:
    """One line; raises ``TypeError`` or ``ValueError`` for what no batch can have said, and ``RecursionError`` for what
    is nested too deeply."""
    data = json.loads(line)
    if not isinstance(data, dict):
        raise TypeError("it is no JSON object")
    kind = _Aside if "aside" in data else _Shrunk if "shrunk_in" in data else _Explored
    kind.model_validate(data)
    return data
