"""Models of which each holds exactly one fault or check, under its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, create_model, model_validator

from simnet.errors import InputError
from simnet.faults import KINDS, Fault
from simnet.field_docs import as_markdown
from simnet.scenario.model import Model


def with_each(name: str, kinds: Mapping[str, type], base: type[Model]) -> type[Model]:
    """A model with an optional field for each of these kinds, in the module and with the docstring of its base. What a
    field means is what its kind's docstring begins with."""
    fields = {
        kind: (value | None, Field(default=None, description=as_markdown(value.__doc__).partition("\n\n")[0]))
        for kind, value in kinds.items()
    }
    return create_model(  # type: ignore[call-overload, no-any-return]
        name, __base__=base, __doc__=base.__doc__, __module__=base.__module__, **fields
    )


class Choice(Model):
    """Exactly one value of several kinds, under its kind."""

    if TYPE_CHECKING:  # which names there are hangs on the kinds that are installed

        def __init__(self, **kind: Any) -> None: ...

    WHAT: ClassVar[str]
    """What it is a choice of, in a word."""
    ALL: ClassVar[Mapping[str, type]]

    @classmethod
    def kinds(cls) -> tuple[str, ...]:
        """Kinds of which it may hold one, simplest first."""
        return tuple(kind for kind in cls.ALL if kind in cls.model_fields)

    @model_validator(mode="after")
    def _exactly_one(self) -> Choice:
        chosen = self._chosen()
        if len(chosen) != 1:
            many = f"names {len(chosen)} {self.WHAT}s: {', '.join(chosen)}" if chosen else f"names no {self.WHAT}"
            raise InputError(f"this {many}; give one of {', '.join(self.kinds())}")
        return self

    def _chosen(self) -> list[str]:
        return [kind for kind in self.kinds() if getattr(self, kind) is not None]

    def _held(self) -> Any:
        return getattr(self, self._chosen()[0])


class FaultChoice(Choice):
    """Exactly one fault, by its kind."""

    WHAT = "fault"
    ALL = KINDS

    @property
    def fault(self) -> Fault:
        """The fault that it holds."""
        fault: Fault = self._held()
        return fault


if TYPE_CHECKING:
    LastingChoice = FaultChoice
    WindowChoice = FaultChoice
else:
    LastingChoice = with_each("LastingChoice", {k: f for k, f in KINDS.items() if not f.instant}, FaultChoice)
    WindowChoice = with_each("WindowChoice", {k: f for k, f in KINDS.items() if not f.paired}, FaultChoice)
