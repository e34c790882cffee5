"""Spaces as files, which `simnet search` reads, and schedules as data, which a campaign and its workers exchange."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from simnet.errors import InputError
from simnet.preflight import in_scenario
from simnet.scenario import WindowSpec
from simnet.scenario.loader import load_plain, load_scenario, top_keys
from simnet.scenario.save import to_data
from simnet.search.space import Space


def is_space(path: Path) -> bool:
    """Whether a file holds a space: a mapping with ``base``, which no scenario has."""
    return "base" in top_keys(path)


def load_space(path: Path) -> Space:
    """The space in a YAML file: ``base`` names a scenario file beside it, times have units.

    Raises :class:`InputError` for what is no space, and :class:`~simnet.errors.ScenarioError` for its scenario.
    """
    data = load_plain(path)
    base = data.pop("base", None)
    if not isinstance(base, str):
        raise InputError(f"{path}: base is the path of a scenario file, not {base!r}")
    scenario = load_scenario(path.parent / base, further=in_scenario)
    try:
        return Space.model_validate({**data, "base": scenario})
    except ValidationError as error:
        problems = (f"{path}: {_said(one)}" for one in error.errors())
        raise InputError("\n".join(problems)) from error


def windows_to_data(windows: Iterable[WindowSpec]) -> list[dict[str, Any]]:
    """A schedule as a scenario file has it."""
    return [to_data(window) for window in windows]


def windows_from_data(data: Iterable[dict[str, Any]]) -> tuple[WindowSpec, ...]:
    """What :func:`windows_to_data` gave."""
    return tuple(WindowSpec.model_validate(one, context={"file": True}, by_alias=True, by_name=False) for one in data)


def _said(error: Mapping[str, Any]) -> str:
    """What pydantic found wrong, with the key that has it, if it is one's."""
    words = error["msg"].removeprefix("Value error, ")
    return f"{'.'.join(map(str, error['loc']))}: {words}" if error["loc"] else words
