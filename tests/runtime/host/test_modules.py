"""Compiled modules on disk, and the module that simnet ships."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from wasmtime import Engine, Module, wat2wasm

import simnet.runtime.host as package
from simnet.errors import HostError
from simnet.runtime.host import _modules

FOLDER = Path(package.__file__).parent


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SIMNET_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(_modules, "_loaded", {})
    return tmp_path / "simnet" / "compiled"


def large(value: int) -> bytes:
    """WASM that is worth keeping; ``go`` would give the value."""
    filling = "00" * (1 << 16)
    return bytes(
        wat2wasm(f"""(module (memory 4) (data (i32.const 0) "{filling}")
        (func (export "go") (result i32) (i32.const {value})))""")
    )


def recompiled(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Code that is compiled from now on."""
    seen: list[bytes] = []

    class Watched(Module):
        def __init__(self, engine: Engine, wasm: bytes) -> None:
            seen.append(wasm)
            super().__init__(engine, wasm)

    monkeypatch.setattr(_modules, "Module", Watched)
    return seen


def test_a_module_is_compiled_once_for_all_processes(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wasm = large(1)
    seen = recompiled(monkeypatch)
    first = _modules.module(wasm)
    assert _modules.module(wasm) is first
    [file] = cache.iterdir()
    assert file.name.startswith(hashlib.sha256(wasm).hexdigest())
    monkeypatch.setattr(_modules, "_loaded", {})
    assert [item.name for item in _modules.module(wasm).exports] == ["go"]
    assert seen == [wasm]


@pytest.mark.parametrize("damage", [b"", b"short", None])
def test_a_damaged_file_is_compiled_again_and_mended(
    cache: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes | None
) -> None:
    wasm = large(2)
    _modules.module(wasm)
    [file] = cache.iterdir()
    sound = file.read_bytes()
    middle = len(sound) // 2
    file.write_bytes(sound[:middle] + bytes([sound[middle] ^ 1]) + sound[middle + 1 :] if damage is None else damage)
    seen = recompiled(monkeypatch)
    for _ in range(2):
        monkeypatch.setattr(_modules, "_loaded", {})
        _modules.module(wasm)
    assert seen == [wasm]
    assert [path.name for path in cache.iterdir()] == [file.name]


def test_a_small_module_is_not_kept(cache: Path) -> None:
    _modules.module(bytes(wat2wasm("(module)")))
    assert not cache.exists()


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.delenv("SIMNET_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(file))
    monkeypatch.setattr(_modules, "_loaded", {})
    assert _modules.module(large(3))


def test_what_is_no_wasm_is_refused(cache: Path) -> None:
    with pytest.raises(HostError, match="not WASM"):
        _modules.module(b"no wasm")


def test_the_shipped_module_has_the_recorded_digest() -> None:
    line = (FOLDER / "SHA256SUMS").read_text().split()
    assert line == [hashlib.sha256((FOLDER / "native.wasm").read_bytes()).hexdigest(), "native.wasm"]


def test_the_shipped_module_names_no_place_of_its_build() -> None:
    content = (FOLDER / "native.wasm").read_bytes()
    assert re.findall(rb"/(?:root|home|work|tmp|usr)/[\w./-]*|crates\.io", content) == []


def test_the_shipped_module_exports_every_host_function_of_the_table() -> None:
    from simnet.runtime.host._functions import HOST_FUNCTIONS

    exports = {item.name for item in _modules.module((FOLDER / "native.wasm").read_bytes()).exports}
    assert set(HOST_FUNCTIONS) - exports == set()
    assert {name for name in exports if name and name.startswith("ext_")} - set(HOST_FUNCTIONS) == set()
