"""Bundled runtimes, and the same code once more under another hash."""

from __future__ import annotations

import pytest

from simnet.errors import InputError
from simnet.network.topology import Chain
from simnet.runtime.bundled import runtime_code
from simnet.runtime.host import embedded_version, wasm_of


def code(name: str) -> bytes:
    return runtime_code(Chain(id="2000", runtime=name))


def test_a_runtime_again_is_the_same_code_with_a_section_more() -> None:
    again = wasm_of(code("penpal-again"))
    assert again.startswith(wasm_of(code("penpal")))
    assert again.removeprefix(wasm_of(code("penpal"))) == b"\0\6\5again"
    assert embedded_version(code("penpal-again")) == embedded_version(code("penpal"))


def test_the_next_penpal_has_the_next_version() -> None:
    now, following = embedded_version(code("penpal")), embedded_version(code("penpal-next"))
    assert now is not None
    assert following is not None
    assert (following.spec_name, following.spec_version) == (now.spec_name, now.spec_version + 1)


def test_nothing_that_is_not_bundled_is_there_again() -> None:
    with pytest.raises(InputError, match="no bundled runtime 'kusama-again'"):
        code("kusama-again")
