"""Models of which each holds exactly one fault or check, under its kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pydantic import create_model, model_validator

from simnet.errors import InputError
from simnet.faults import KINDS, Fault
from simnet.scenario.network_spec import Model


def with_each(name: str, kinds: Mapping[str, type], base: type[Model]) -> type[Model]:
    """A model with an optional field for each of these kinds, in the module and with the docstring of its base."""
    fields = {kind: (value | None, None) for kind, value in kinds.items()}
    return create_model(  # type: ignore[call-overload, no-any-return]
        name, __base__=base, __doc__=base.__doc__, __module__=base.__module__, **fields
    )


def one_of(chosen: list[str], what: str, kinds: Iterable[str]) -> str:
    """The only one that was chosen; raises :class:`InputError` for none and for several."""
    if len(chosen) != 1:
        problem = f"names no {what}" if not chosen else f"names {len(chosen)} {what}s: {', '.join(chosen)}"
        raise InputError(f"this {problem}; give one of {', '.join(kinds)}")
    return chosen[0]


class FaultChoice(Model):
    """Exactly one fault, by its kind."""

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


if TYPE_CHECKING:
    LastingChoice = FaultChoice
    WindowChoice = FaultChoice
else:
    LastingChoice = with_each("LastingChoice", {k: f for k, f in KINDS.items() if not f.instant}, FaultChoice)
    WindowChoice = with_each("WindowChoice", {k: f for k, f in KINDS.items() if not f.paired}, FaultChoice)
