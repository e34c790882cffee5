"""Every JSON Schema that `simnet schema` prints, by the name that it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from simnet.cli._answers import DoctorAnswer, ImagesAnswer, LibraryAnswer, RunsAnswer, StatusAnswer
from simnet.field_docs import DescribedSchema
from simnet.journal.journal_schema import journal_schema
from simnet.scenario.schema import DIALECT, json_schema, network_json_schema


@dataclass(frozen=True)
class Schema:
    """A JSON Schema (draft 2020-12). ``what`` says in a few words what it is of."""

    what: str
    make: Callable[[], dict[str, Any]]


def _of(model: type) -> Callable[[], dict[str, Any]]:
    def make() -> dict[str, Any]:
        adapter: TypeAdapter[Any] = TypeAdapter(model)
        return {"$schema": DIALECT, **adapter.json_schema(mode="serialization", schema_generator=DescribedSchema)}

    return make


def _of_diffs() -> dict[str, Any]:
    from simnet.runtime.diff import RuntimeDiff  # noqa: PLC0415 - loads wasmtime

    return _of(RuntimeDiff)()


def _of_decisions() -> dict[str, Any]:
    from simnet.cli._decision_answer import DecisionAnswer  # noqa: PLC0415 - loads wasmtime

    return _of(DecisionAnswer)()


def _of_spaces() -> dict[str, Any]:
    from simnet.search.space_schema import space_json_schema  # noqa: PLC0415 - loads Hypothesis

    return space_json_schema()


SCHEMAS: Mapping[str, Schema] = {
    "scenario": Schema("scenario files", json_schema),
    "network": Schema("network files", network_json_schema),
    "space": Schema("files of spaces, which `simnet search` takes", _of_spaces),
    "journal": Schema("lines of a journal", journal_schema),
    "run": Schema("what `run --json` and `judge --json` print", _of(RunsAnswer)),
    "status": Schema("what `status --json` prints", _of(StatusAnswer)),
    "doctor": Schema("what `doctor --json` prints", _of(DoctorAnswer)),
    "images": Schema("what `images --json` prints", _of(ImagesAnswer)),
    "rehearse-upgrade": Schema("what `rehearse-upgrade --json` prints", _of_decisions),
    "diff": Schema("what `diff --json` prints", _of_diffs),
    "list": Schema("what `list --json` prints", _of(LibraryAnswer)),
}
"""By name: what people write first, then what simnet writes."""
