"""Small searches for tests: networks that reach their barrier at once, and cases of a minute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simnet.scenario import Scenario, WindowSpec
from simnet.search import Space

THREE: dict[str, Any] = {"relay": {"runtime": "rococo", "validators": 3}}
"""Three validators, of which two make blocks and cannot finalize."""


def breakable(seed: int = 1, lag: int = 4) -> Scenario:
    """A relay chain whose finality lags by more than it should as soon as a validator stops for long enough."""
    return Scenario.model_validate(
        {"name": "breakable", "seed": seed, "network": THREE, "expect": [{"finality_lag": {"at_most": lag}}]}
    )


def space(**more: Any) -> Space:
    """Cases of 75 s over it that fail whatever is drawn, since finality lags by two blocks now and then."""
    return Space(
        base=breakable(lag=1), kinds=("stop",), max_windows=1, length=75.0, max_fault_duration=50.0, settle=10.0, **more
    )


def windows(*data: dict[str, Any]) -> tuple[WindowSpec, ...]:
    """A schedule as a scenario file has it."""
    return tuple(WindowSpec.model_validate(one, context={"file": True}) for one in data)


def texts(folder: Path) -> dict[str, str]:
    """Every file below a folder by its path there."""
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}
