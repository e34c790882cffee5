"""Writes the digests of all journals anew, and says which differ."""

from __future__ import annotations

import json
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, rehearse
from simnet.scenario.loader import load_scenario
from tests.digests import CASES, LIBRARY, STORED, digest, stored


def digest_of(file: Path) -> tuple[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        return file.stem, digest(rehearse(load_scenario(file), SimulatedProvider(), Options(out=Path(folder))).folder)


if __name__ == "__main__":
    before = stored() if STORED.exists() else {}
    with ProcessPoolExecutor(2) as pool:
        now = dict(pool.map(digest_of, [*LIBRARY, *CASES]))
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            print(name, before.get(name, "is new"), "->", now.get(name, "is gone"))
    STORED.write_text(json.dumps(now, indent=2) + "\n")
