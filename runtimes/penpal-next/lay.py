"""Lays the source of penpal-next: that of Penpal's published crate, changed in three places, with defects.rs in it.

python lay.py     writes penpal-next/crate, and takes that crate's registry out of Cargo.lock, since it is a patched one
"""

import os
import re
import shutil
from pathlib import Path

HERE = Path(__file__).parent

CRATE = "penpal-runtime-0.48.0"

CHANGES = {
    "mod weights;": "mod defects;\nmod weights;",
    "spec_version: 1,": "spec_version: 2,",
    "type SingleBlockMigrations = Migrations;": "type SingleBlockMigrations = (Migrations, defects::Defects);\n"
    "\ttype MultiBlockMigrator = defects::Defects;",
}
"""In its ``src/lib.rs``, each once: the module, a version without which nothing migrates, and what it runs then."""


def main() -> None:
    cargo = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    (source,) = (cargo / "registry" / "src").glob(f"*/{CRATE}")
    shutil.rmtree(HERE / "crate", ignore_errors=True)
    shutil.copytree(source, HERE / "crate")
    lib = HERE / "crate" / "src" / "lib.rs"
    lib.write_text(changed(lib.read_text()))
    shutil.copy(HERE / "defects.rs", lib.parent)
    lock = HERE.parent / "Cargo.lock"
    name, version = CRATE.rsplit("-", 1)
    pinned = rf'(name = "{name}"\nversion = "{version}"\n)source = .*\nchecksum = .*\n'
    lock.write_text(re.sub(pinned, r"\1", lock.read_text()))


def changed(text: str) -> str:
    for before, after in CHANGES.items():
        if text.count(before) != 1:
            raise SystemExit(f"{CRATE} has {before!r} {text.count(before)} times, where once was expected")
        text = text.replace(before, after)
    return text


if __name__ == "__main__":
    main()
