"""A found case as a folder that replays: the scenario, the journal of its run, and what that depends on.

``scenario.yaml`` loads alone; ``journal.jsonl`` is the simulated run; ``bundle.json`` has seed, versions, digests of
the runtimes, planted bugs and what failed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from simnet.checks import Status
from simnet.errors import InputError
from simnet.journal import without_seal
from simnet.providers.base import Provider
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.regular_files import NOTES, read_lines, read_regular
from simnet.rehearsal import Options, Outcome, rehearse, versions
from simnet.run_file import JOURNAL_FILE, SCENARIO_FILE
from simnet.runtime.bundled import runtime_digests
from simnet.scenario import Scenario
from simnet.scenario.loader import load_scenario
from simnet.scenario.save import save_scenario
from simnet.scratch import scratch_folder

BUNDLE_FILE = "bundle.json"


@dataclass(frozen=True)
class Bundle:
    """A bundle that was read. ``followed`` is the finding that replays look for."""

    folder: Path
    scenario: Scenario
    followed: str
    findings: dict[str, str]
    """What each finding that failed in its journal showed."""
    defects: tuple[str, ...]
    versions: dict[str, str]
    runtimes: dict[str, str]
    found: dict[str, Any]

    @property
    def stands(self) -> bool:
        """Whether it failed as it was found, when it was run from scratch."""
        return self.followed in self.findings

    def provider(self) -> SimulatedProvider:
        """Simulated networks as the bundle's."""
        return SimulatedProvider(defects=self.defects)


@dataclass(frozen=True)
class Replayed:
    """One run of a bundle. ``seen`` is what the finding that it followed showed this time."""

    outcome: Outcome
    confirms: bool
    seen: str


def write_bundle(
    folder: Path, scenario: Scenario, provider: SimulatedProvider, *, followed: str, found: dict[str, Any]
) -> Bundle:
    """Runs a scenario from scratch and keeps it as a bundle; ``found`` says where it comes from.

    ``followed`` need not be among what failed: then the case does not stand by itself.

    ``bundle.json`` is written last: a folder without it is no bundle yet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SCENARIO_FILE).write_text(save_scenario(scenario), encoding="utf-8")
    with scratch_folder("bundle") as out:
        outcome = rehearse(load_scenario(folder / SCENARIO_FILE), provider, Options(out=Path(out)))
        (folder / JOURNAL_FILE).write_bytes((outcome.folder / JOURNAL_FILE).read_bytes())
    data = {
        "scenario": scenario.name,
        "seed": scenario.seed,
        "provider": provider.name,
        "defects": list(provider.defects),
        "versions": versions(),
        "runtimes": runtime_digests(scenario.topology),
        "followed": followed,
        "findings": {one.check: one.seen for one in outcome.verdict.findings if one.status is Status.FAILED},
        "found": found,
    }
    (folder / BUNDLE_FILE).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    return read_bundle(folder)


def read_bundle(folder: Path | str) -> Bundle:
    """The bundle in a folder; raises :class:`InputError` for what is none."""
    folder = Path(folder)
    try:
        data = json.loads(read_regular(folder / BUNDLE_FILE, NOTES))
        return Bundle(
            folder=folder,
            scenario=load_scenario(folder / SCENARIO_FILE),
            followed=str(data["followed"]),
            findings=dict(data["findings"]),
            defects=tuple(data["defects"]),
            versions=dict(data["versions"]),
            runtimes=dict(data["runtimes"]),
            found=dict(data["found"]),
        )
    except FileNotFoundError as error:
        raise InputError(
            f"{folder} is no bundle: {error}; give a folder below `corpus` that `simnet search` wrote, or a file in it"
        ) from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{folder / BUNDLE_FILE} is not what `simnet search` writes: {error!r}") from error


def replay(bundle: Bundle, provider: Provider, options: Options) -> Replayed:
    """Runs a bundle's scenario again and judges it by the same checks; raises as :func:`rehearse` does."""
    outcome = rehearse(bundle.scenario, provider, options)
    same = next((one for one in outcome.verdict.findings if one.check == bundle.followed), None)
    seen = outcome.verdict.harness_error or ("it was not judged" if same is None else f"{same.status}: {same.seen}")
    return Replayed(outcome, same is not None and same.status is Status.FAILED, seen)


def changes(bundle: Bundle) -> list[str]:
    """What is not as it was when the bundle was made, of all that a simulated journal depends on, a line each."""
    now = versions()
    out = [
        f"{name} is {now[name]}, was {bundle.versions.get(name)}"
        for name in ("simnet", "python")
        if bundle.versions.get(name) != now[name]
    ]
    digests = runtime_digests(bundle.scenario.topology)
    for chain in sorted(digests.keys() | bundle.runtimes.keys()):
        was, is_ = bundle.runtimes.get(chain), digests.get(chain)
        if was != is_:
            out.append(f"the runtime of {chain} is {(is_ or 'none')[:16]}, was {(was or 'none')[:16]}")
    return out


def difference(bundle: Bundle, outcome: Outcome) -> tuple[int, str, str] | None:
    """The first line at which a run's journal differs from the bundle's: its number, as it was, as it is.

    None when they are the same to the last byte. The machine is left out: it is named in the first line, and changes
    nothing else.
    """
    was, is_ = (_lines(folder / JOURNAL_FILE) for folder in (bundle.folder, outcome.folder))
    for number, (one, two) in enumerate(zip_longest(was, is_, fillvalue=""), start=1):
        if one != two:
            return number, one, two
    return None


def _lines(path: Path) -> Iterator[str]:
    for number, line in enumerate(read_lines(path)):
        text = without_seal(line).decode(errors="backslashreplace").removesuffix("\n")
        yield text if number else _anywhere(text)


def _anywhere(line: str) -> str:
    """The first record without the machine's names."""
    try:
        record = json.loads(line)
        record["data"]["versions"] = {
            name: version for name, version in record["data"]["versions"].items() if name in ("simnet", "python")
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return line
    return json.dumps(record)
