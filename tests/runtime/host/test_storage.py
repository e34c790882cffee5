"""Storage, child tries and transactions: random programs against plain dictionaries and the reference trie."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.codec import vec_bytes
from simnet.errors import HostError, RuntimeTrap
from simnet.runtime.host import Host, Runtime, State
from tests.runtime.host import reference
from tests.runtime.host.model import Model, Trie, append_to
from tests.runtime.host.probe import Command, probe_code, script

KEYS = st.binary(max_size=3).map(lambda key: bytes(b"abc"[byte % 3] for byte in key))
VALUES = st.sampled_from([0, 1, 4, 31, 32, 33, 34, 70]).flatmap(lambda size: st.binary(min_size=size, max_size=size))
CHILDREN = st.sampled_from([b"one", b"two"])
LIMITS = st.none() | st.integers(0, 5)
PREFIXES = KEYS | st.sampled_from([b":", b":child_storage:", b":child_storage:default:one", b"", b"a"])

TOP_STEPS = st.one_of(
    st.tuples(st.just("set"), KEYS, VALUES),
    st.tuples(st.just("clear"), KEYS),
    st.tuples(st.just("append"), KEYS, VALUES),
    st.tuples(st.just("get"), KEYS),
    st.tuples(st.just("exists"), KEYS),
    st.tuples(st.just("next_key"), KEYS),
    st.tuples(st.just("clear_prefix"), PREFIXES, LIMITS),
    st.tuples(st.just("root")),
    st.sampled_from([("start",), ("commit",), ("rollback",)]),
)
CHILD_STEPS = st.one_of(
    st.tuples(st.just("child_set"), CHILDREN, KEYS, VALUES),
    st.tuples(st.just("child_clear"), CHILDREN, KEYS),
    st.tuples(st.just("child_get"), CHILDREN, KEYS),
    st.tuples(st.just("child_exists"), CHILDREN, KEYS),
    st.tuples(st.just("child_next_key"), CHILDREN, KEYS),
    st.tuples(st.just("child_clear_prefix"), CHILDREN, KEYS, LIMITS),
    st.tuples(st.just("child_kill"), CHILDREN, LIMITS),
)
CALLS = st.lists(TOP_STEPS | CHILD_STEPS, max_size=12)
BLOCKS = st.lists(CALLS | st.sampled_from(["begin", "commit", "rollback"]), max_size=6)
PROGRAMS = st.lists(BLOCKS, max_size=3)

_HOST = Host()


def option(value: bytes | None) -> bytes:
    return b"\0" if value is None else b"\1" + vec_bytes(value)


def limit(value: int | None) -> bytes:
    return b"\0" if value is None else b"\1" + value.to_bytes(4, "little")


def command(step: Sequence[Any], version: int) -> Command:
    """The host function of a step, with its arguments."""
    kind, *arguments = step
    if kind in ("start", "commit", "rollback"):
        return f"ext_storage_{kind}_transaction_version_1", ()
    if kind == "root":
        return "ext_storage_root_version_2", (version,)
    if kind in ("clear_prefix", "child_clear_prefix", "child_kill"):
        arguments[-1] = limit(arguments[-1])
    names = {
        "clear_prefix": "ext_storage_clear_prefix_version_2",
        "child_clear_prefix": "ext_default_child_storage_clear_prefix_version_2",
        "child_kill": "ext_default_child_storage_storage_kill_version_3",
    }
    group = "default_child_storage" if kind.startswith("child_") else "storage"
    name = names.get(kind) or f"ext_{group}_{kind.removeprefix('child_')}_version_1"
    return name, tuple(arguments)


def on_trie(trie: Trie, kind: str, arguments: Sequence[Any]) -> bytes:
    """A step that concerns one trie only."""
    match kind, arguments:
        case "set", [key, value]:
            trie.set(key, value)
        case "clear", [key]:
            trie.set(key, None)
        case "append", [key, item]:
            trie.set(key, append_to(trie.now.get(key), item))
        case "get", [key]:
            return option(trie.now.get(key))
        case "exists", [key]:
            return int(key in trie.now).to_bytes(4, "little")
        case "next_key", [key]:
            return option(trie.next_key(key))
    return b""


def expected(model: Model, step: Sequence[Any], version: int) -> bytes:
    """Does a step in the model; what the host function must answer."""
    match step:
        case ["root"]:
            return model.root(version)
        case ["start" | "commit" | "rollback" as kind]:
            {"start": model.begin, "commit": model.commit, "rollback": model.rollback}[kind]()
            return b""
        case ["next_key", key]:
            return option(model.next_key(key))
        case ["clear_prefix", prefix, most]:
            return model.clear_prefix(prefix, most)
        case ["child_clear_prefix", child, prefix, most]:
            return model.child(child).remove(prefix, most)
        case ["child_kill", child, most]:
            return model.child(child).remove(b"", most)
        case [kind, child, *arguments] if kind.startswith("child_"):
            return on_trie(model.child(child), kind.removeprefix("child_"), arguments)
    return on_trie(model.top, step[0], step[1:])


def closed(steps: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """The steps without those that would close what is not open."""
    out, depth = [], 0
    for step in steps:
        depth += {"start": 1, "commit": -1, "rollback": -1}.get(step[0], 0)
        if depth < 0:
            depth = 0
            continue
        out.append(step)
    return out


def run_block(state: State, probe: Runtime, model: Model, block: Sequence[Any], version: int, record: bool) -> State:
    """One execution: calls and the client's own transactions; each answer is compared."""
    execution = state.execute(record=record)
    for item in block:
        if item == "begin":
            execution.begin()
            model.begin()
        elif isinstance(item, str):
            if model.saved:
                getattr(execution, item)()
                getattr(model, item)()
        else:
            steps, depth = closed(item), len(model.saved)
            answers = script(execution.call, probe, [command(step, version) for step in steps])
            assert answers == [expected(model, step, version) for step in steps]
            while len(model.saved) > depth:  # What a runtime leaves open is rolled back.
                model.rollback()
    while model.saved:
        execution.commit()
        model.commit()
    return execution.finish(version=version)


@settings(max_examples=150, deadline=None)
@given(program=PROGRAMS, version=st.sampled_from([0, 1]), record=st.booleans())
def test_programs_come_to_what_dictionaries_come_to(program: list[Any], version: int, record: bool) -> None:
    probe = _HOST.runtime(probe_code())
    start = {b"a": b"1", b"ab": b"2" * 40, b"abc": b"3", b"b": b"4" * 32, b"cc": b""}
    state = _HOST.state(start, {b"one": {b"a": b"x" * 50, b"ba": b"y"}}, version=version)
    model = Model()
    model.top.now, model.child(b"one").now = dict(start), {b"a": b"x" * 50, b"ba": b"y"}
    model.finish()
    for block in program:
        state = run_block(state, probe, model, block, version, record)
        assert state.root == model.root(version)
        model.finish()
        hung = {key for key, _ in state.items(b":child_storage:")}
        assert hung == {b":child_storage:default:" + key for key in model.children}
        assert {key: value for key, value in state.items() if key not in hung} == model.top.now
        for child in (b"one", b"two"):
            keys = sorted(model.children[child].now) if child in model.children else []
            assert state.child_keys(child) == keys
            assert [state.child_get(child, key) for key in keys] == [model.children[child].now[key] for key in keys]


def test_peeking_sees_changes_and_leaves_none(host: Host, probe: Runtime) -> None:
    execution = host.state({b"a": b"1"}).execute(record=True)
    execution.set(b"b", b"2")
    before = execution.proof_size
    peeked = script(
        execution.peek,
        probe,
        [
            ("ext_storage_get_version_1", (b"b",)),
            ("ext_storage_get_version_1", (b"a",)),
            ("ext_storage_set_version_1", (b"c", b"3")),
            ("ext_storage_get_version_1", (b"c",)),
        ],
    )
    assert peeked == [option(b"2"), option(b"1"), b"", option(b"3")]
    assert execution.get(b"c") is None
    assert before == 0
    assert dict(execution.finish().items()) == {b"a": b"1", b"b": b"2"}


def test_a_state_call_leaves_no_change(host: Host, probe: Runtime) -> None:
    state = host.state({b"a": b"1"})
    commands: list[Command] = [("ext_storage_set_version_1", (b"a", b"2")), ("ext_storage_get_version_1", (b"a",))]
    for _ in range(2):
        assert script(state.call, probe, commands)[1] == option(b"2")
    assert state.get(b"a") == b"1"


def test_states_fork(host: Host) -> None:
    parent = host.state({b"a": b"1", b"b": b"2"})
    children = []
    for value in (b"left", b"right"):
        execution = parent.execute()
        execution.set(b"a", value)
        children.append(execution.finish())
    assert [child.get(b"a") for child in children] == [b"left", b"right"]
    assert parent.get(b"a") == b"1"
    assert len({state.root for state in (parent, *children)}) == 3


def test_keys_are_paged_in_order(host: Host) -> None:
    keys = sorted(b"p" + bytes([i]) for i in range(10))
    state = host.state(dict.fromkeys([*keys, b"o", b"q"], b"v"), {b"c": dict.fromkeys(keys, b"v")})
    for page in (state.keys, partial(state.child_keys, b"c")):
        assert page(b"p") == keys
        assert page(b"p", 3) == keys[:3]
        assert page(b"p", 3, keys[2]) == keys[3:6]
        assert page(b"p", 3, keys[-1]) == []
        assert page(b"x") == []
    assert state.keys(b"", 2) == [b":child_storage:default:c", b"o"]


def test_an_empty_value_is_not_an_absent_one(host: Host) -> None:
    state = host.state({b"empty": b""})
    assert state.get(b"empty") == b""
    assert state.get(b"absent") is None
    assert state.execute().get(b"empty") == b""


def test_the_root_of_a_child_is_told_before_the_whole_root(host: Host, probe: Runtime) -> None:
    execution = host.state({b"a": b"1"}).execute()
    [_, child, top] = script(
        execution.call,
        probe,
        [
            ("ext_default_child_storage_set_version_1", (b"c", b"k", b"v" * 40)),
            ("ext_default_child_storage_root_version_2", (b"c", 1)),
            ("ext_storage_root_version_2", (1,)),
        ],
    )
    assert child == reference.root({b"k": b"v" * 40})
    state = execution.finish()
    assert top == state.root == reference.state_root({b"a": b"1"}, {b"c": {b"k": b"v" * 40}})
    assert state.get(b":child_storage:default:c") == child


def test_a_transaction_that_is_not_open_cannot_be_closed(host: Host, probe: Runtime) -> None:
    execution = host.state({}).execute()
    for close in (execution.commit, execution.rollback):
        with pytest.raises(HostError, match="no transaction is open"):
            close()
    for name in ("commit", "rollback"):
        with pytest.raises(RuntimeTrap, match="no transaction is open"):
            script(execution.call, probe, [(f"ext_storage_{name}_transaction_version_1", ())])


def test_a_runtime_cannot_close_the_clients_transaction(host: Host, probe: Runtime) -> None:
    execution = host.state({}).execute()
    execution.begin()
    with pytest.raises(RuntimeTrap, match="no transaction is open"):
        script(execution.call, probe, [("ext_storage_rollback_transaction_version_1", ())])
    execution.rollback()


def test_an_execution_with_an_open_transaction_cannot_finish(host: Host) -> None:
    execution = host.state({}).execute()
    execution.begin()
    with pytest.raises(HostError, match="still open"):
        execution.finish()
    execution.commit()
    execution.finish()
    with pytest.raises(HostError, match="finished"):
        execution.set(b"a", b"1")


def test_changes_before_a_trap_go_with_the_transaction_around_it(host: Host, probe: Runtime) -> None:
    execution = host.state({}).execute()
    execution.begin()
    with pytest.raises(RuntimeTrap):
        script(
            execution.call,
            probe,
            [
                ("ext_storage_set_version_1", (b"a", b"1")),
                ("ext_storage_start_transaction_version_1", ()),
                ("ext_storage_set_version_1", (b"b", b"1")),
                ("ext_offchain_sleep_until_version_1", (1,)),
            ],
        )
    assert (execution.get(b"a"), execution.get(b"b")) == (b"1", None)
    execution.rollback()
    assert execution.finish().items() == []
