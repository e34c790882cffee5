"""What is searched: a network, its load, what must hold, and which faults may come how close together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, field_serializer, field_validator, model_validator

from simnet.errors import InputError
from simnet.faults import KINDS
from simnet.fields import Seconds, SecondsForm, Words
from simnet.network.topology import nearest
from simnet.scenario import Scenario
from simnet.scenario.loader import load_scenario
from simnet.scenario.mistakes import Mistake
from simnet.scenario.model import Model
from simnet.scenario.save import save_scenario
from simnet.scratch import scratch_folder

FAULTS = tuple(kind for kind, fault in KINDS.own.items() if not (fault.paired or fault.dishonest))
"""Kinds that a search draws from when it is not told otherwise."""

RENAMED = {"most": "max_windows", "longest": "max_fault_duration", "calm": "quiet_period"}
"""Fields by the names that they once had."""


class Space(Model):
    """What a search may draw: a base scenario, and how many faults of which kinds may be laid over it when.

    A case is a scenario: ``base`` with a schedule of windows laid over it, which begin after the barrier t0. Invariants
    are judged unasked.
    """

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            base: Scenario | str,
            kinds: str | Sequence[str] = FAULTS,
            max_windows: int = 3,
            length: SecondsForm = 600.0,
            max_fault_duration: SecondsForm = 120.0,
            quiet_period: SecondsForm = 30.0,
            settle: SecondsForm = 180.0,
        ) -> None: ...

    base: Scenario
    """The scenario on which every case rests: its network, its load as steps, and as expectations what must hold.
    Upgrades in its schedule begin in each case at a moment that is drawn."""
    kinds: Words = FAULTS
    """Faults that schedules are drawn from, those left out that cannot hit this network; by default all of simnet's own
    that are honest and no pair."""
    max_windows: int = Field(default=3, ge=1)
    """Faults that one schedule has at most; fewer are tried as well."""
    length: Seconds = Field(default=600.0, gt=0)
    """How long each case lasts from the barrier t0 to its end; longer than ``settle``."""
    max_fault_duration: Seconds = Field(default=120.0, gt=0)
    """How long one fault lasts at most; shorter ones are tried as well."""
    quiet_period: Seconds = Field(default=30.0, ge=0)
    """Time without any fault between the end of one and the next one's beginning, at least; ``0s`` lets them
    overlap."""
    settle: Seconds = Field(default=180.0, ge=0)
    """Time without faults at the end of each case, in which liveness has to come back."""

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
    """The space; raises :class:`InputError` for what :func:`contradictions` finds in it."""
    found = [one.message for one in contradictions(space)]
    if found:
        raise InputError("\n".join(found))
    return space


def contradictions(space: Space) -> Iterator[Mistake]:
    """Kinds that are no fault's, none at all, and cases in which nothing fits."""
    for index, kind in enumerate(space.kinds):
        if kind not in KINDS:
            yield Mistake(("kinds", index), f"no kind of fault is called {kind!r}{nearest(kind, KINDS)}")
    if not space.kinds:
        yield Mistake(("kinds",), "a space without kinds of faults has nothing to search")
    if space.length <= space.settle:
        lasts = f"cases last {space.length:g} s and the last {space.settle:g} s are without faults"
        yield Mistake(("length",), f"{lasts}, so none fits in; make the cases longer")


def scenario_from_text(text: str) -> Scenario:
    """The scenario that a file with this text holds."""
    with scratch_folder("text") as folder:
        path = Path(folder) / "scenario.yaml"
        path.write_text(text, encoding="utf-8")
        return load_scenario(path)
