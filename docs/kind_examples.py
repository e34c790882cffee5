"""The example of each fault, check, step, state and act, as files in ``docs/examples_of`` have it, and who can do it.

Each file is a whole scenario with every kind of a family once. An example is what stands from a comment to the next
one: it is of the kinds that come there first.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from simnet.checks import KINDS as CHECKS
from simnet.checks import Check
from simnet.faults import ACTS, Byzantine, Fault
from simnet.faults import KINDS as FAULTS
from simnet.network.topology import Topology
from simnet.providers.base import Plan
from simnet.providers.docker.doctor import NOWHERE, means_of
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.scenario import Scenario
from simnet.scenario.awaited import STATES
from simnet.scenario.loader import load_scenario
from simnet.scenario.steps import Step, WindowSpec

FOLDER = Path(__file__).parent / "examples_of"
FILES: Mapping[str, tuple[str, ...]] = {
    "faults": ("faults.yaml",),
    "checks": ("checks.yaml", "assets.yaml", "checks_of_real_nodes.yaml", "upgrades.yaml", "rolls.yaml"),
    "steps": ("steps.yaml", "assets.yaml", "upgrades.yaml", "rolls.yaml"),
    "states": ("states.yaml",),
    "acts": ("acts.yaml",),
}
"""The files of each family."""

KINDS: Mapping[str, tuple[str, ...]] = {
    "faults": tuple(FAULTS.own),
    "checks": tuple(CHECKS.own),
    "steps": tuple(verb for verb in Step.VERBS if verb not in Step.CYCLES),
    "states": tuple(STATES),
    "acts": tuple(ACTS),
}
"""The kinds of each family, in the order in which pages have them. Instant faults are steps too; they stand among
faults."""

_Part = Step | WindowSpec | Check


@dataclass(frozen=True)
class KindExample:
    """The example of one kind."""

    text: str
    """YAML as it stands in the file: a key of a scenario with the items that bring the kind, comments above
    included."""
    file: Path
    """The whole scenario."""
    refusals: Mapping[str, str]
    """Why a provider cannot do it, by the provider's name; whoever is not there can."""


@functools.cache
def examples() -> Mapping[str, Mapping[str, KindExample]]:
    """The example of every kind, by family and kind."""
    found: dict[str, dict[str, KindExample]] = {}
    for family, names in FILES.items():
        of_family: dict[str, KindExample] = {}
        for name in names:
            of_family = {**dict(_in_file(family, FOLDER / name)), **of_family}
        found[family] = {kind: of_family[kind] for kind in KINDS[family] if kind in of_family}
    return found


def _in_file(family: str, file: Path) -> Iterator[tuple[str, KindExample]]:
    scenario, text = load_scenario(file), file.read_text(encoding="utf-8")
    key = "expect" if family == "checks" else "steps"
    parts: tuple[_Part, ...] = scenario.checks if family == "checks" else scenario.steps
    seen: set[str] = set()
    for lines, items in _commented(text, key):
        here = parts[items.start : items.stop]
        new = [kind for part in here for kind in _kinds(family, part) if kind not in seen]
        seen.update(new)
        shown = KindExample(text=f"{key}:\n{lines}", file=file, refusals=_refusals(scenario, here))
        yield from ((kind, shown) for kind in new)


def _commented(text: str, key: str) -> Iterator[tuple[str, range]]:
    """The parts of a list in a file, each from a comment to the next one: their lines, and which items they are."""
    lines = text.splitlines(keepends=True)
    root = yaml.compose(text)
    assert isinstance(root, yaml.MappingNode)
    (listed,) = [value for name, value in root.value if name.value == key]
    starts = [item.start_mark.line for item in listed.value]
    ends = [*starts[1:], listed.end_mark.line]
    begins = [number for number, start in enumerate(starts) if lines[start - 1].lstrip().startswith("#")]
    for first, last in zip(begins, [*begins[1:], len(starts)], strict=True):
        body = "".join(lines[starts[first] - 1 : ends[last - 1]]).splitlines(keepends=True)
        if last < len(starts):
            body = body[:-1]  # the comment of the next part
        yield "".join(body).rstrip() + "\n", range(first, last)


def _kinds(family: str, part: _Part) -> Iterator[str]:
    """What of a family a part of a scenario brings."""
    if isinstance(part, Check):
        yield part.kind
        return
    fault = _fault(part)
    if family == "faults" and fault is not None:
        yield fault.kind
    elif family == "acts" and isinstance(fault, Byzantine):
        yield from fault.acts
    elif family == "steps" and isinstance(part, Step):
        yield part.verb
    elif family == "states" and isinstance(part, Step) and part.wait is not None and part.wait.state is not None:
        yield part.wait.state


def _fault(part: _Part) -> Fault | None:
    if isinstance(part, WindowSpec):
        return part.fault
    if isinstance(part, Check):
        return None
    return part.inject.fault if part.inject is not None else part.cycle


def _faults(part: _Part, topology: Topology) -> Iterator[Fault]:
    """What a part asks of nodes."""
    fault = _fault(part)
    if fault is not None:
        yield fault
    elif isinstance(part, Step) and part.roll is not None:
        yield from part.roll.restarts(topology).values()


def _refusals(scenario: Scenario, parts: tuple[_Part, ...]) -> Mapping[str, str]:
    """Why providers refuse what these parts ask for, on whatever machine."""
    topology = scenario.topology
    faults = tuple(fault for part in parts for fault in _faults(part, topology))
    checks = [part for part in parts if isinstance(part, Check)]
    plan = Plan(
        topology=topology,
        faults=faults,
        log_patterns=tuple(pattern for check in checks for pattern in check.log_patterns()),
        metrics=tuple(name for check in checks for name in check.metrics()),
        versions=any(check.asks_versions() for check in checks),
    )
    refusals = {one.why: "simulated" for one in SimulatedProvider().plan(plan)}
    refusals |= {
        NOWHERE[means]: "docker" for fault in faults for means in means_of(fault, topology) if means in NOWHERE
    }
    return {provider: why for why, provider in refusals.items()}
