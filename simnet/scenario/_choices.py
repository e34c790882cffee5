"""Models of which each holds exactly one fault or check, under its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pydantic import create_model, model_validator

from simnet.errors import InputError
from simnet.faults import (
    KINDS,
    Byzantine,
    Degrade,
    Fault,
    Isolate,
    Kill,
    OneWayCut,
    Outage,
    Partition,
    Pause,
    Stop,
)
from simnet.scenario.network_spec import Model


def with_each(name: str, kinds: Mapping[str, type], base: type[Model] = Model) -> type[Model]:
    """A model with an optional field for each of these kinds, and with the docstring of its base."""
    fields = {kind: (value | None, None) for kind, value in kinds.items()}
    return create_model(name, __base__=base, __doc__=base.__doc__, **fields)  # type: ignore[call-overload, no-any-return]


def one_of(chosen: list[str], what: str, kinds: Iterable[str]) -> str:
    """The only one that was chosen; raises :class:`InputError` for none and for several."""
    if len(chosen) != 1:
        problem = f"names no {what}" if not chosen else f"names {len(chosen)} {what}s: {', '.join(chosen)}"
        raise InputError(f"this {problem}; give one of {', '.join(kinds)}")
    return chosen[0]


if TYPE_CHECKING:

    class BroughtFaults(Model):
        """Faults that last, of other distributions."""

    class BroughtInstants(Model):
        """Instant ones."""
else:
    BroughtFaults = with_each("BroughtFaults", {k: f for k, f in KINDS.brought.items() if not f.instant})
    BroughtInstants = with_each("BroughtInstants", {k: f for k, f in KINDS.brought.items() if f.instant})


class FaultChoice(BroughtFaults):
    """Exactly one fault, by its kind."""

    stop: Stop | None = None
    kill: Kill | None = None
    pause: Pause | None = None
    outage: Outage | None = None
    partition: Partition | None = None
    isolate: Isolate | None = None
    one_way_cut: OneWayCut | None = None
    degrade: Degrade | None = None
    byzantine: Byzantine | None = None

    @classmethod
    def kinds(cls) -> tuple[str, ...]:
        """Kinds of faults that it may hold, simplest first."""
        return tuple(kind for kind in KINDS if kind in cls.model_fields)

    @model_validator(mode="after")
    def _exactly_one(self) -> FaultChoice:
        one_of(self._chosen(), "fault", self.kinds())
        return self

    def _chosen(self) -> list[str]:
        return [kind for kind in self.kinds() if getattr(self, kind) is not None]

    @property
    def fault(self) -> Fault:
        fault = getattr(self, self._chosen()[0])
        assert isinstance(fault, Fault)
        return fault
