"""What the pytest that runs inside of these tests must not do to the one around it."""

from __future__ import annotations

import pytest
from wasmtime import Engine, Instance, Module, Store, Trap, wat2wasm

from tests.pytest_plugin.conftest import Toys


def test_a_runtime_that_panics_after_it_is_still_an_error(toys: Toys) -> None:
    """Seen when tests of the plugin and of simulated networks shared a process: it died of SIGILL."""
    store = Store(Engine())
    module = Module(store.engine, wat2wasm('(module (func (export "panic") unreachable))'))
    panic = Instance(store, module, []).exports(store)["panic"]
    toys.run()
    with pytest.raises(Trap, match="unreachable"):
        panic(store)  # type: ignore[operator]
