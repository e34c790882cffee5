"""Runtimes of the release before, which lie beside the checkout, and diffs of them to the bundled ones."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from simnet.runtime.diff import RuntimeDiff, code_source, diff_of

OLDER = Path(__file__).parents[4] / "shared" / "runtimes" / "older"


@cache
def from_the_release_before(name: str) -> RuntimeDiff:
    """A diff to the bundled runtime of that name; skips where the older one is not there."""
    file = OLDER / f"{name}.compact.compressed.wasm"
    if not file.is_file():
        pytest.skip(f"{file.name} of the release before is not beside the repository, under shared/runtimes/older")
    return diff_of(code_source(str(file)), code_source(name))
