"""Digests of whole journals: what a change of structure must leave as it is, to the last byte.

``python -m tests.digests`` writes them anew, which only a change of behaviour may do, in a commit that says why.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from simnet.journal import without_seal

ROOT = Path(__file__).parents[2]
LIBRARY = sorted(
    file
    for folder in ("scenarios", "scenarios/assets", "scenarios/upgrades")
    for file in (ROOT / folder).glob("*.yaml")
)
CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
"""Fourteen cases that a search of the quickstart's network drew."""

STORED = Path(__file__).parent / "digests.json"


def digest(folder: Path) -> str:
    """Of a run's journal without its first record, which has the versions of what it ran on, and without the seals
    that depend on it."""
    _, *facts = (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    return sha256(b"".join(map(without_seal, facts))).hexdigest()


def stored() -> dict[str, str]:
    """By the name of the scenario."""
    return dict(json.loads(STORED.read_text()))
