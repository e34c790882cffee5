"""What is searched: a network, its load, what must hold, and which faults may come how close together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, WithJsonSchema, field_serializer, field_validator, model_validator

from simnet.errors import InputError
from simnet.faults import KINDS
from simnet.fields import Reads, Seconds, one_or_many
from simnet.network.topology import nearest
from simnet.scenario import Scenario
from simnet.scenario.loader import load_scenario
from simnet.scenario.network_spec import Model
from simnet.scenario.save import save_scenario
from simnet.scratch import scratch_folder

FAULTS = tuple(kind for kind, fault in KINDS.own.items() if not (fault.paired or fault.dishonest))
"""Kinds that a search draws from when it is not told otherwise."""

RENAMED = {"most": "max_windows", "longest": "max_fault_duration", "calm": "quiet_period"}
"""Fields by the names that they once had."""


class Space(Model):
    """All cases of a search. Times in seconds.

    A case is a scenario: ``base`` with a schedule of windows laid over it, which begin after the barrier t0. ``base``
    has the load as steps and what must hold as expectations; invariants are judged unasked.
    """

    base: Scenario
    kinds: Annotated[
        tuple[str, ...],
        Reads(one_or_many),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
    ] = FAULTS
    max_windows: int = Field(default=3, ge=1, description="Windows of a schedule at most.")
    length: Seconds = Field(default=600.0, gt=0, description="Seconds from the barrier to the end of a case.")
    max_fault_duration: Seconds = Field(default=120.0, gt=0, description="Seconds that one fault lasts at most.")
    quiet_period: Seconds = Field(
        default=30.0, ge=0, description="Seconds without any fault between two of them, at least."
    )
    settle: Seconds = Field(default=180.0, ge=0, description="Seconds without faults at the end, for liveness.")

    @model_validator(mode="before")
    @classmethod
    def _by_their_names(cls, data: Any) -> Any:
        """Refuses a field by the name that it once had."""
        for old in RENAMED.keys() & (data if isinstance(data, dict) else {}):
            raise InputError(f"{old} is called {RENAMED[old]}")
        return data

    @model_validator(mode="after")
    def _with_something_to_search(self) -> Space:
        return checked(self)

    @field_validator("base", mode="before")
    @classmethod
    def _from_text(cls, base: Any) -> Any:
        return scenario_from_text(base) if isinstance(base, str) else base

    @field_serializer("base")
    def _as_text(self, base: Scenario) -> str:
        """Whole in itself: the text of a scenario file."""
        return save_scenario(base)


def checked(space: Space) -> Space:
    """The space; raises :class:`InputError` for kinds that are no fault's, or when nothing fits into its length."""
    unknown = [f"no kind of fault is called {one!r}{nearest(one, KINDS)}" for one in space.kinds if one not in KINDS]
    if unknown:
        raise InputError("\n".join(unknown))
    if not space.kinds:
        raise InputError("a space without kinds of faults has nothing to search")
    if space.length <= space.settle:
        raise InputError(
            f"cases last {space.length:g} s and the last {space.settle:g} s are without faults, so none fits in; make"
            " the cases longer"
        )
    return space


def scenario_from_text(text: str) -> Scenario:
    """The scenario that a file with this text holds."""
    with scratch_folder("text") as folder:
        path = Path(folder) / "scenario.yaml"
        path.write_text(text, encoding="utf-8")
        return load_scenario(path)
