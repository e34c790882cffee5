"""Spaces as files, which `simnet search` reads, and schedules as data, which a campaign and its workers exchange."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import model_validator

from simnet.errors import InputError
from simnet.preflight import in_scenario
from simnet.scenario import WindowSpec
from simnet.scenario.loader import load_on_base
from simnet.scenario.mistakes import Mistake
from simnet.scenario.save import to_data
from simnet.search.space import RENAMED, Space, contradictions
from simnet.search.space_schema import bare_space_schema
from simnet.search.strategies import drawn_kinds


class _DraftSpace(Space):
    """A space that may contradict itself, so that each contradiction can be told at its place."""

    @model_validator(mode="before")
    @classmethod
    def _by_their_names(cls, data: Any) -> Any:
        return data

    @model_validator(mode="after")
    def _with_something_to_search(self) -> _DraftSpace:
        return self


def load_space(path: Path | str) -> Space:
    """The space in a YAML file: ``base`` is the path of a scenario file, relative to it, and times have units.

    Raises :class:`~simnet.errors.ScenarioError` with every mistake of both at its place, and
    :class:`~simnet.errors.InputError` when there is no such file.
    """
    return load_on_base(
        Path(path),
        Space,
        _DraftSpace,
        bare_space_schema(),
        contradictions=_mistakes,
        renamed=RENAMED,
        further=in_scenario,
    )


def _mistakes(space: Space) -> Iterator[Mistake]:
    """Also kinds that a search does not draw, or not for this network."""
    found = list(contradictions(space))
    yield from found
    if not found:
        try:
            drawn_kinds(space.kinds, space.base.topology)
        except InputError as error:
            yield Mistake(("kinds",), str(error))


def windows_to_data(windows: Iterable[WindowSpec]) -> list[dict[str, Any]]:
    """A schedule as a scenario file has it."""
    return [to_data(window) for window in windows]


def windows_from_data(data: Iterable[dict[str, Any]]) -> tuple[WindowSpec, ...]:
    """What :func:`windows_to_data` gave."""
    return tuple(WindowSpec.model_validate(one, context={"file": True}, by_alias=True, by_name=False) for one in data)
