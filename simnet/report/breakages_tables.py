"""What each upgrade of a run brought: the old code and the new one compared.

The codes are no part of a journal. They are sought among the bundled runtimes and the files that the stored scenario
names, by their hashes; what was compared once lies in the run's folder from then on, for who has the files no more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from simnet.codec import blake2_256
from simnet.errors import InputError
from simnet.journal import Evidence, Record
from simnet.journal.records import UpgradeAsked
from simnet.network.topology import Chain
from simnet.regular_files import NOTES, read_regular
from simnet.report.diff_words import (
    breakage_text,
    change_text,
    changes_texts,
    host_functions_text,
    proposal_lines,
    subject_text,
)
from simnet.report.table import ReportTable
from simnet.run_file import store
from simnet.runtime.bundled import digests, runtime_code
from simnet.scenario import Scenario

if TYPE_CHECKING:
    from simnet.runtime.diff import CodeSource, RuntimeDiff

_MOST_CHANGES = 400
"""Rows of changes; `simnet diff --all` has them all."""


def upgrade_tables(folder: Path, scenario: Scenario, evidence: Evidence) -> Iterator[tuple[str, ReportTable]]:
    """For each code that was to come into a chain whom it breaks, and all in which it differs from the one before; why
    not, where they cannot be compared."""
    asked = {(record.chain or "", record.data.code): _before(evidence, record) for record in evidence.of(UpgradeAsked)}
    for (chain, new), old in asked.items():
        title = f"Upgrade of {chain} to {new[:10]}"
        try:
            diff = _diff(folder, scenario, new, old)
        except InputError as error:
            yield title, ReportTable([{"": "not compared", "why": str(error)}])
        else:
            yield f"{title}: whom it breaks", _breakages(diff)
            yield f"{title}: all changes", _changes(diff)


def _before(evidence: Evidence, asked: Record[UpgradeAsked]) -> str | None:
    """The code that the chain had when it was asked for another."""
    chain = asked.chain or ""
    main = {block.hash for block in evidence.canonical(chain)}
    read = [one for one in evidence.codes[chain].values() if one.t <= asked.t and one.hash in main]
    return max(read, key=lambda one: one.height or 0).data.code if read else None


def _diff(folder: Path, scenario: Scenario, new: str, old: str | None) -> RuntimeDiff:
    from simnet.runtime.diff import diff_of  # noqa: PLC0415 - loads wasmtime

    if old is None:
        raise InputError("which code the chain had before was not read")
    for place in (folder, folder.parent):  # runs of one rehearsed upgrade have it in common
        kept = _kept(place, old, new)
        if kept is not None:
            return kept
    found = _codes(scenario, {old, new})
    for code in (old, new):
        if code not in found:
            raise InputError(f"the code {code[:10]} is no bundled runtime's, and in no file that the scenario names")
    diff = diff_of(found[old], found[new])
    keep_diff(folder, diff)
    return diff


def keep_diff(folder: Path, diff: RuntimeDiff) -> None:
    """Stores what was compared in a run's folder, or in the one that holds runs of the same upgrade."""
    store(folder / _kept_name(diff.old.code_hash, diff.new.code_hash), json.dumps(asdict(diff), indent=1))


def _kept_name(old: str, new: str) -> str:
    return f"diff-{old[2:10]}-{new[2:10]}.json"


def _kept(folder: Path, old: str, new: str) -> RuntimeDiff | None:
    from simnet.runtime.diff import RuntimeDiff  # noqa: PLC0415 - loads wasmtime

    path = folder / _kept_name(old, new)
    if not path.exists():
        return None
    try:
        diff: RuntimeDiff = TypeAdapter(RuntimeDiff).validate_json(read_regular(path, NOTES))
    except (OSError, ValidationError) as error:
        raise InputError(f"{path.name}, in which they were compared, cannot be read: remove it") from error
    return diff if (diff.old.code_hash, diff.new.code_hash) == (old, new) else None


def _codes(scenario: Scenario, wanted: set[str]) -> Mapping[str, CodeSource]:
    """Codes by their hashes, as far as they are there."""
    from simnet.runtime.diff import CodeSource  # noqa: PLC0415 - loads wasmtime

    found: dict[str, CodeSource] = {}
    for chain in _runtimes(scenario):
        if wanted <= found.keys():
            break
        try:
            code = runtime_code(chain)
        except InputError:
            continue
        name = Path(chain.runtime_file).name if chain.runtime_file else f"bundled {chain.runtime}"
        found.setdefault("0x" + blake2_256(code).hex(), CodeSource(name, code))
    return found


def _runtimes(scenario: Scenario) -> Iterator[Chain]:
    """Where codes may be: what the network begins with, what its steps bring, what is bundled."""
    topology = scenario.topology
    yield from (chain for chain in (topology.relay, *topology.parachains) if chain.spec_file is None)
    for upgrade in scenario.upgrades():
        is_file, runtime = upgrade.runtime.endswith(".wasm"), upgrade.runtime
        yield Chain(id="", runtime=None if is_file else runtime, runtime_file=runtime if is_file else None)
    yield from (Chain(id="", runtime=name) for name in digests())


def _breakages(diff: RuntimeDiff) -> ReportTable:
    rows = [("old", "", subject_text(diff.old)), ("new", "", subject_text(diff.new))]
    rows += [(one.weight, one.whom, breakage_text(one)) for one in diff.breakages]
    rows += [("differ", "", "; ".join(changes_texts(diff.changes)))]
    rows += [("nodes", "", f"host functions: {host_functions_text(diff)}")]
    rows += [("not compared", "", text) for text in diff.not_compared]
    rows += [("proposal", label, text) for label, text in proposal_lines(diff.proposal, diff.authorized)]
    return ReportTable(
        [{"": label, "whom": whom, "what": what} for label, whom, what in rows],
        ["failed" if label == "breaks" else "" for label, _, _ in rows],
        note="A comparison of what both runtimes say of themselves, which judges nothing; no seal covers it.",
    )


def _changes(diff: RuntimeDiff) -> ReportTable:
    more = len(diff.changes) - _MOST_CHANGES
    return ReportTable(
        [{"what": one.kind, "name": one.name, "change": change_text(one)} for one in diff.changes[:_MOST_CHANGES]],
        note=f"and {more} more, which `simnet diff --all` lists" if more > 0 else "",
    )
