"""The same seed gives the same journal to the last byte, whatever process and hash seed; another seed another one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from simnet.journal import Kind, read_journal

ROOT = Path(__file__).parents[3]


def journal(out: Path, seed: int, hash_seed: int) -> Path:
    """The journal of a quickstart run in a process of its own."""
    command = [sys.executable, "-m", "simnet", "run", "quickstart", "--seed", str(seed), "--out", str(out)]
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder,) = out.iterdir()
    return folder / "journal.jsonl"


def test_a_seed_gives_one_journal_and_another_seed_another(tmp_path: Path) -> None:
    one, two, other = (
        journal(tmp_path / name, seed, hash_seed)
        for name, seed, hash_seed in (("one", 7, 1), ("two", 7, 2), ("other", 8, 1))
    )
    assert one.read_bytes() == two.read_bytes()
    records, differing = read_journal(one), read_journal(other)
    hashes = [{r.hash for r in found if r.kind is Kind.BLOCK and r.height} for found in (records, differing)]
    assert len(hashes[0]) > 50
    assert not hashes[0] & hashes[1]
