"""Faults of the storage crates that random programs found, and that the host works around (native/README.md)."""

from __future__ import annotations

import pytest

from simnet.runtime.host import Host, Runtime
from tests.runtime.host import reference
from tests.runtime.host.probe import script


def test_a_root_is_computed_anew_after_something_is_appended(host: Host, probe: Runtime) -> None:
    execution = host.state({}).execute()
    commands = [("ext_storage_root_version_2", (1,)), ("ext_storage_append_version_1", (b"list", b"x"))]
    _, _, after = script(execution.call, probe, [*commands, commands[0]])
    state = execution.finish()
    assert dict(state.items()) == {b"list": b"\x04x"}
    assert state.root == after == reference.root({b"list": b"\x04x"})


def test_a_root_of_what_a_runtime_left_open_is_not_kept(host: Host, probe: Runtime) -> None:
    execution = host.state({b"a": b"1"}).execute()
    script(
        execution.call,
        probe,
        [
            ("ext_storage_start_transaction_version_1", ()),
            ("ext_storage_clear_version_1", (b"a",)),
            ("ext_storage_root_version_2", (1,)),
        ],
    )
    state = execution.finish()
    assert state.get(b"a") == b"1"
    assert state.root == reference.root({b"a": b"1"})


@pytest.mark.parametrize("record", [False, True])
def test_removing_an_absent_key_that_others_begin_with_changes_nothing(
    host: Host, probe: Runtime, record: bool
) -> None:
    items = {b"ab": b"1", b"abc": b"2", b"b": b"3"}
    execution = host.state(items, {b"child": items}).execute(record=record)
    script(
        execution.call,
        probe,
        [
            ("ext_storage_clear_version_1", (b"a",)),
            ("ext_default_child_storage_clear_version_1", (b"child", b"a")),
        ],
    )
    assert execution.finish().root == reference.state_root(items, {b"child": items})
