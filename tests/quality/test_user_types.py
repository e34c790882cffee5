"""What users write passes ``mypy --strict`` as they run it: without simnet's settings, nor a plugin for pydantic."""

from __future__ import annotations

from pathlib import Path

from mypy import api

ROOT = Path(__file__).parents[2]
SUITE = Path(__file__).parent / "user_suite.py"


def test_the_forms_that_users_write_have_types() -> None:
    options = ["--config-file", str(SUITE.with_suffix(".ini")), "--cache-dir", str(ROOT / ".mypy_cache" / "users")]
    told, failed, code = api.run([*options, str(SUITE)])
    assert (code, failed) == (0, ""), told
