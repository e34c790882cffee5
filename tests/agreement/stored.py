"""What both providers showed before: figures of real runs, and ranges of simulated ones over many seeds.

The files lie beside this module and are written by ``benchmarks/agreement.py``. A scenario's digest ties what is stored
to what was run: with another scenario the figures say nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from simnet.checks.messages import quantile
from simnet.checks.verdict import Verdict
from simnet.scenario import Scenario
from simnet.scenario.loader import load_scenario
from simnet.scenario.save import save_scenario

HERE = Path(__file__).parent
LIBRARY = HERE.parents[1] / "scenarios"
OF_LIBRARY = ("collators-cut-apart", "elastic-scaling", "forced-change", "key-rotation", "parachain-onboarded")
"""Scenarios of the library that are compared as they are, each for a part of the protocol that others do not need."""

SIMULATED, DOCKER = HERE / "simulated.json", HERE / "docker.json"


@dataclass(frozen=True, kw_only=True)
class Range:
    """A figure over many seeds; percentiles are values that occurred. ``runs`` is how many runs had the figure."""

    runs: int
    min: float
    p5: float
    p50: float
    p95: float
    max: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Range:
        """Raises ``ValueError`` for no values."""
        ordered = sorted(values)
        p5, p50, p95 = (quantile(ordered, share) for share in (0.05, 0.5, 0.95))
        return cls(runs=len(ordered), min=min(ordered), p5=p5, p50=p50, p95=p95, max=max(ordered))

    def holds(self, value: float, slack: float = 0.0) -> bool:
        """Whether some seed was as low and some as high, or nearly so."""
        return self.min - slack <= value <= self.max + slack

    def usual(self, value: float, slack: float = 0.0) -> bool:
        """Whether it lies between the 5th and the 95th percentile, or nearly so."""
        return self.p5 - slack <= value <= self.p95 + slack


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """A scenario over many seeds: how often each check ended how, and the range of each figure."""

    digest: str
    verdicts: Mapping[str, int]
    checks: Mapping[str, Mapping[str, int]]
    figures: Mapping[str, Range]


@dataclass(frozen=True, kw_only=True)
class RealRun:
    """One run on Docker, with what it ran on."""

    run: str
    digest: str
    started: str
    cores: int
    images: Mapping[str, str]
    verdict: str
    checks: Mapping[str, str]
    figures: Mapping[str, float]


def scenarios() -> dict[str, Scenario]:
    """The compared scenarios by the name of their file."""
    files = [*(HERE / "scenarios").glob("*.yaml"), *(LIBRARY / f"{name}.yaml" for name in OF_LIBRARY)]
    return {path.stem: load_scenario(path) for path in sorted(files, key=lambda path: path.stem)}


def digest(scenario: Scenario) -> str:
    """Of all that a scenario says, its network included, but not of its seed."""
    text = save_scenario(scenario.model_copy(update={"seed": 0}))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def statuses(verdict: Verdict) -> dict[str, str]:
    """Status of each of the scenario's own checks, and of the invariants that did not hold."""
    kept = (one for one in verdict.findings if not one.invariant or one.status.value != "held")
    return {one.check: one.status.value for one in kept}


def read_simulated() -> dict[str, Simulated]:
    """By scenario."""
    return {
        name: Simulated(**{**data, "figures": {key: Range(**value) for key, value in data["figures"].items()}})
        for name, data in _read(SIMULATED).items()
    }


def read_docker() -> dict[str, tuple[RealRun, ...]]:
    """By scenario, oldest run first."""
    return {name: tuple(RealRun(**one) for one in runs) for name, runs in _read(DOCKER).items()}


def write_simulated(found: Mapping[str, Simulated]) -> None:
    _write(SIMULATED, {name: asdict(one) for name, one in sorted(found.items())})


def write_docker(found: Mapping[str, Iterable[RealRun]]) -> None:
    _write(DOCKER, {name: [asdict(one) for one in runs] for name, runs in sorted(found.items())})


def _read(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return data


def _write(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
