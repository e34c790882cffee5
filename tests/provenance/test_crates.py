"""Locks of crates lose the registry's name and nothing else."""

from __future__ import annotations

import pytest

from provenance.crates import with_source, without_source
from provenance.packages import ROOT

SOURCE = "registry+https://crates.example/index"
LOCK = f"""version = 4

[[package]]
name = "first"
version = "1.2.3"
source = "{SOURCE}"
checksum = "{"ab" * 32}"
dependencies = [
 "second",
]

[[package]]
name = "native"
version = "0.1.0"
dependencies = [
 "first",
]

[[package]]
name = "second"
version = "0.1.0+build"
source = "{SOURCE}"
checksum = "{"cd" * 32}"
"""


def test_a_lock_is_kept_without_the_registry_and_laid_again_as_it_was() -> None:
    kept = without_source(LOCK)
    assert "crates.example" not in kept
    assert kept.count("checksum") == 2
    assert with_source(kept, SOURCE) == LOCK


@pytest.mark.parametrize("folder", ["native", "runtimes"])
def test_what_is_kept_in_the_repository_is_laid_and_kept_as_it_is(folder: str) -> None:
    kept = (ROOT / folder / "crates.lock").read_text(encoding="utf-8")
    laid = with_source(kept, SOURCE)
    assert laid.count(SOURCE) == kept.count("\nchecksum = ")
    assert without_source(laid) == kept


def test_a_crate_from_another_place_is_refused() -> None:
    with pytest.raises(ValueError, match="from one registry"):
        without_source(LOCK.replace(SOURCE, "git+https://crates.example/second", 1))


def test_a_crate_without_a_checksum_is_refused() -> None:
    with pytest.raises(ValueError, match="each with its checksum"):
        without_source(LOCK.replace(f'checksum = "{"cd" * 32}"\n', ""))
