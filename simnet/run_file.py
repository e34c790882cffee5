"""``run.json``: what ran, when and with which simnet, how it was judged, and the digest of the journal that shows it.

``simnet judge`` reads it back to see that the journal and the scenario are those that were judged then. It writes
``judged.json``, which says the same of its own verdict.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from simnet.checks.verdict import Verdict
from simnet.errors import JournalError, StorageError
from simnet.journal import Evidence, JournalSeal
from simnet.paths import write_whole
from simnet.regular_files import NOTES, TEXT, UnfitFileError, read_lines, read_regular

RUN_FILE = "run.json"
JUDGED_FILE = "judged.json"
SCENARIO_FILE = "scenario.yaml"
JOURNAL_FILE = "journal.jsonl"

_SEAL = "seal"


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a verdict comes from: times are wall time, as ISO 8601 and in seconds. Those of the run are None where
    nothing tells them, as of one that was killed."""

    journal: JournalSeal | None
    """Of the journal that was judged; None where it could not be written."""
    started: str | None
    ended: str | None
    seconds: float | None
    judged: str
    simnet: str
    """Version of the package that judged."""
    commit: str | None
    """Of the checkout that it is in, if it is in one; with ``-dirty`` where that was changed since."""
    judged_by: str | None = None
    """The file whose expectations were judged, where they are not the run's own."""
    took: Mapping[str, float] = field(default_factory=dict)
    """Seconds of the run's machine by what they went into; the run's journal has none of them."""


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


@cache
def commit() -> str | None:
    """The commit of the checkout that the package is part of; None where it was installed without one."""
    folder = Path(__file__).parent

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", "__init__.py")  # not one that it merely lies in, as an environment may
        return git("describe", "--always", "--abbrev=40", "--exclude=*", "--dirty")
    except (OSError, subprocess.SubprocessError):
        return None


def write_run_file(path: Path, evidence: Evidence, verdict: Verdict, provenance: Provenance) -> None:
    """Writes it, with a seal of its own; raises :class:`StorageError` where the disk takes no more."""
    data: dict[str, Any] = {
        **evidence.run.as_data(),
        "folder": path.parent.name,
        "wall": {
            "started": provenance.started,
            "ended": provenance.ended,
            "seconds": provenance.seconds,
            "took": dict(provenance.took),
        },
        "judged": provenance.judged,
        "simnet": provenance.simnet,
        "commit": provenance.commit,
        "journal": None if provenance.journal is None else asdict(provenance.journal),
        "judged_by": provenance.judged_by,
        "images": evidence.network.images,
        "runtimes": evidence.network.runtimes,
        "verdict": verdict.status.value,
        "exit_code": verdict.exit_code,
        "harness_error": verdict.harness_error,
        "interventions": list(verdict.interventions),
        "notes": [str(one) for one in verdict.notes],
        "findings": [vars(one) for one in verdict.findings],
    }
    store(path, json.dumps({**data, _SEAL: _seal(data)}, indent=2) + "\n")


def store(path: Path, text: str) -> None:
    """Writes a file of the run, which is never half there; raises :class:`StorageError` where the disk is full."""
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}") from error


def verify(folder: Path, evidence: Evidence, seal: JournalSeal) -> dict[str, Any] | None:
    """What ``run.json`` says; None where there is none, as of a run that was killed.

    ``evidence`` and ``seal`` are those of the folder's journal, whose own lines were looked at when it was read. Raises
    :class:`JournalError` that names the first file which is not the one of the run.
    """
    _verify_end(folder, evidence, seal)
    path = folder / RUN_FILE
    if not path.exists():
        return None
    try:
        data = dict(json.loads(read_regular(path, NOTES)))
        told, journal = data.pop(_SEAL, None), data.get("journal")
    except UnfitFileError:
        raise
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise JournalError(f"{path} is not what simnet wrote, which is one JSON object ({error})") from error
    if told is None:
        if seal.sealed:
            raise JournalError(f"{path} has no seal, unlike the journal beside it; it is not what simnet wrote")
        return dict(data)
    if told != _seal(data):
        raise JournalError(f"{path} is not as it was written: its seal does not fit")
    if journal is not None:
        _verify_journal(folder, journal, seal)
    return dict(data)


def _verify_end(folder: Path, evidence: Evidence, seal: JournalSeal) -> None:
    digests: Mapping[str, str] = (evidence.outcome.digests if evidence.outcome is not None else None) or {}
    if not seal.sealed:
        if digests:
            raise JournalError(f"{folder / JOURNAL_FILE}:1 has no seal, though it was written with one")
        return
    if evidence.outcome is not None and "scenario" not in digests:
        raise JournalError(f"{folder / JOURNAL_FILE} ends without the digest of its scenario, which every run writes")
    scenario = folder / SCENARIO_FILE
    if digests and scenario.exists() and digest(read_regular(scenario, TEXT)) != digests["scenario"]:
        raise JournalError(
            f"{scenario} is not the scenario that ran: the journal ends with another digest. To judge by other"
            " expectations, put the file back and give them with --expect FILE"
        )
    for name, value in evidence.network.runtimes.items():
        if digests and digests.get(f"runtime {name}") != value:
            raise JournalError(f"{folder / JOURNAL_FILE}: its end names another runtime {name} than its network")


def _verify_journal(folder: Path, told: Mapping[str, Any], seal: JournalSeal) -> None:
    """The journal of a network that stays up may have gone on since."""
    path = folder / JOURNAL_FILE
    if seal.records < told["records"]:
        raise JournalError(
            f"{path} ends after record {seal.records}; {folder / RUN_FILE} was made of {told['records']}"
        )
    then = seal.digest
    if seal.records != told["records"]:
        then = digest(b"".join(islice(read_lines(path), told["records"])))
    if then != told["digest"]:
        raise JournalError(f"{path} is not the journal that {folder / RUN_FILE} was made of: their digests differ")


def _seal(data: Mapping[str, Any]) -> str:
    return digest(json.dumps(data, sort_keys=True, separators=(",", ":")).encode())
