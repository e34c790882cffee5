"""The lock of Python packages pins all that simnet needs, names no registry, and is in step with the project."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from provenance.packages import LOCK, ROOT, LockedPackage, direct, locked, unbounded, unlocked

DIGEST = "0" * 64


def lock(folder: Path, text: str) -> Path:
    file = folder / "lock.txt"
    file.write_text(text)
    return file


def test_every_direct_dependency_has_a_least_and_a_first_untried_version() -> None:
    assert unbounded(direct()) == []


def test_the_lock_has_every_direct_dependency_within_its_bounds() -> None:
    assert unlocked(direct(), locked()) == []


def test_no_bound_allows_more_than_the_next_number_after_what_ci_runs_with() -> None:
    newest = {one.name: Version(one.version).major for one in locked()}
    for one in direct():
        (upper,) = (bound.version for bound in one.specifier if bound.operator == "<")
        assert Version(upper).major == newest[canonicalize_name(one.name)] + 1, str(one)


def test_every_locked_package_has_a_digest() -> None:
    packages = locked()
    assert len(packages) > 100
    assert all(one.digests for one in packages)


def test_the_lock_names_no_place_that_packages_come_from() -> None:
    assert not re.search(r"://|index-url|find-links|\.(com|io|org)\b", LOCK.read_text(encoding="utf-8"))


def test_locks_of_crates_name_no_place_that_crates_come_from() -> None:
    for name in ("native", "runtimes"):
        text = (ROOT / name / "crates.lock").read_text(encoding="utf-8")
        assert not re.search(r"://|registry\+|\.(com|io|org)\b", text), name


@pytest.mark.parametrize("text", ["numpy", "numpy>=2", "numpy<3", "numpy!=2.1"])
def test_a_dependency_without_both_bounds_is_told(text: str) -> None:
    assert unbounded([Requirement(text)]) == [text]


def test_a_dependency_that_the_lock_lacks_or_has_out_of_bounds_is_told() -> None:
    packages = [LockedPackage("numpy", "2.4.6", "", (DIGEST,)), LockedPackage("numpy", "3.0", "", (DIGEST,))]
    lacking, out = unlocked([Requirement("rich>=13,<16"), Requirement("numpy>=2.2,<3")], packages)
    assert lacking == "the lock has no rich; `make lock` makes it anew"
    assert out.startswith("the lock has numpy 3.0, and numpy")


def test_a_locked_package_is_read_with_its_marker_and_all_its_digests(tmp_path: Path) -> None:
    digest = f"    --hash=sha256:{DIGEST}"
    text = f"# made\nPyYAML==6.0.4 ; python_version < '3.12' \\\n{digest} \\\n{digest}\n"
    assert locked(lock(tmp_path, text)) == [
        LockedPackage("pyyaml", "6.0.4", "python_version < '3.12'", (DIGEST, DIGEST))
    ]


@pytest.mark.parametrize(
    "line", ["rich>=13", "rich @ file:///tmp/rich", "--no-binary :all:", "rich==15", "    --hash=md5:00"]
)
def test_a_line_that_pins_nothing_is_refused(line: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pins nothing"):
        locked(lock(tmp_path, line + "\n"))


def test_a_package_without_a_digest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no digest of rich"):
        locked(lock(tmp_path, f"rich==15.0.0 \\\ntyper==0.29.2 \\\n    --hash=sha256:{DIGEST}\n"))
