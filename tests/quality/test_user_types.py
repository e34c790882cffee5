"""What users write passes ``mypy --strict`` as they run it: without simnet's settings, nor a plugin for pydantic."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SUITE = Path(__file__).parent / "user_suite.py"


def test_the_forms_that_users_write_have_types() -> None:
    """In a process of its own: within another one mypy takes twice as long."""
    options = ["--config-file", SUITE.with_suffix(".ini"), "--cache-dir", ROOT / ".mypy_cache" / "users"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, SUITE], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
