"""The table of host functions: read from sources as they are declared, and kept as it was made."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import fields
from pathlib import Path

from provenance.host_functions import TABLE, Crate, Release, Row, functions, rows

SOURCE = """
#[runtime_interface]
pub trait SomeStorage {
	/// Has an inner function and a second version.
	fn get(&mut self, key: &[u8]) -> Option<Vec<u8>> {
		fn inner() {}
	}

	#[version(2, register_only)]
	fn get(&mut self, key: &[u8]) {}

	#[cfg(feature = "experimental")]
	fn tried(&mut self) {}
}

#[runtime_interface(wasm_only)]
trait Allocator {
	// a comment
	#[version(3)]
	#[allow(unused)]
	fn malloc(&mut self, size: u32) {}
}

pub trait Nothing {
	fn of_the_host(&self) {}
}
"""


def test_functions_are_named_as_runtimes_import_them() -> None:
    assert functions(SOURCE) == [
        "ext_some_storage_get_version_1",
        "ext_some_storage_get_version_2",
        "ext_allocator_malloc_version_3",
    ]


def test_a_row_says_the_first_release_and_the_last_if_later_ones_lack_it(tmp_path: Path) -> None:
    def of(node: str | None, *names: str) -> Release:
        folder = tmp_path / str(node)
        (folder / "src").mkdir(parents=True)
        declared = "\n".join(f"\tfn {name}() {{}}" for name in names)
        (folder / "src/lib.rs").write_text(f"#[runtime_interface]\npub trait It {{\n{declared}\n}}\n")
        return Release(Crate("sp-io", f"of {node}", folder, "00"), node)

    known = [of(None, "old", "gone"), of("1.0.0", "old", "dropped"), of("1.1.0", "old", "new")]
    found = {row.function: (row.version, row.since, row.until) for row in rows(known)}
    assert found == {
        "ext_it_old_version_1": ("of None", "1.0.0 or earlier", ""),
        "ext_it_gone_version_1": ("of None", "before 1.0.0", "before 1.0.0"),
        "ext_it_dropped_version_1": ("of 1.0.0", "1.0.0", "1.0.0"),
        "ext_it_new_version_1": ("of 1.1.0", "1.1.0", ""),
    }


def test_the_table_is_as_it_was_made() -> None:
    digest = hashlib.sha256(TABLE.read_bytes()).hexdigest()
    assert (TABLE.parent / "SHA256SUMS").read_text() == f"{digest}  {TABLE.name}\n"


def test_every_row_has_its_source() -> None:
    with TABLE.open(newline="") as file:
        found = list(csv.DictReader(file))
    assert len({row["function"] for row in found}) == len(found) > 100
    assert list(found[0]) == [one.name for one in fields(Row)]
    assert all(row["crate"] and row["version"] and len(row["sha256"]) == 64 and row["since"] for row in found)
