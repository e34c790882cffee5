"""The base of all that files and Python say by one model."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from simnet.refusals import refusal


class Model(BaseModel):
    """Base of all file models: unknown keys are errors, values are frozen.

    Python callers make them in the forms that files take. Raises :class:`InputError` for others, with the way to each.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    def __init__(self, **data: Any) -> None:
        __tracebackhide__ = True  # pytest then shows the call
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise refusal(error, type(self).__name__, type(self)) from None

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]  # else pydantic would call it within files too
