"""What states cost, and that it is given back."""

from __future__ import annotations

import gc
import random
import threading

import pytest

from simnet.errors import HostError
from simnet.runtime.host import Host, State
from tests.runtime.host.native_calls import collect

MIB = 1 << 20


def changed(state: State, stream: random.Random, keys: int, changes: int) -> State:
    execution = state.execute()
    for _ in range(changes):
        execution.set(b"key" + stream.randrange(keys).to_bytes(4, "big"), stream.randbytes(300))
    return execution.finish()


def test_a_thousand_blocks_with_releases_do_not_grow() -> None:
    host, stream = Host(), random.Random(1)
    state = host.state({b"key" + i.to_bytes(4, "big"): stream.randbytes(300) for i in range(3000)})
    recent: list[State] = []
    sizes = []
    for number in range(1000):
        state = changed(state, stream, 3000, 40)
        recent = [*recent[-5:], state]
        if number % 250 == 249:
            sizes.append(host.stats().native_bytes)
    assert sizes[-1] == sizes[-2] < 64 * MIB
    assert host.stats().states <= 8
    values = dict(state.items())
    assert len(values) == 3000
    assert state.root == Host().state(values).root


def test_a_state_costs_what_it_changed() -> None:
    host, stream = Host(), random.Random(2)
    state = host.state({b"key" + i.to_bytes(4, "big"): stream.randbytes(300) for i in range(5000)})
    before = host.stats().trie_bytes
    child = changed(state, stream, 5000, 1)
    assert host.stats().trie_bytes - before < 4000
    assert child.root != state.root


def test_collecting_keeps_what_live_states_and_executions_need() -> None:
    host, stream = Host(), random.Random(3)
    state = host.state(
        {b"key" + i.to_bytes(4, "big"): stream.randbytes(300) for i in range(100)}, {b"c": {b"k": b"v" * 50}}
    )
    kept = changed(state, stream, 100, 10)
    running = changed(kept, stream, 100, 10).execute(record=True)
    for _ in range(10):
        changed(kept, stream, 100, 10)
    gc.collect()
    nodes = host.stats().trie_nodes
    collect(host)
    assert host.stats().trie_nodes < nodes
    assert host.stats().states == 2
    running.set(b"key" + bytes(4), None)
    assert running.finish().child_get(b"c", b"k") == b"v" * 50
    keys = kept.keys(b"key")
    assert kept.prove(keys)
    children = {b"c": {b"k": b"v" * 50}}
    assert host.state({key: kept.get(key) or b"" for key in keys}, children).root == kept.root


def test_everything_is_given_back_when_nothing_is_left() -> None:
    host, stream = Host(), random.Random(4)
    state = host.state({b"key" + i.to_bytes(4, "big"): stream.randbytes(300) for i in range(100)})
    del state
    gc.collect()
    collect(host)
    assert (host.stats().states, host.stats().trie_nodes) == (0, 1)


def test_a_host_belongs_to_its_thread() -> None:
    host = Host()
    seen: list[Exception] = []

    def use() -> None:
        try:
            host.state({})
        except HostError as error:
            seen.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert "thread" in str(seen[0])


def test_states_may_be_dropped_in_another_thread() -> None:
    host = Host()
    states = [host.state({bytes([i]): b"v"}) for i in range(10)]
    thread = threading.Thread(target=states.clear)
    thread.start()
    thread.join()
    collect(host)
    assert host.stats().states == 0


def test_figures_count_calls_and_time() -> None:
    host = Host()
    before = host.stats()
    host.state({b"a": b"1"})
    after = host.stats()
    assert after.calls > before.calls
    assert after.seconds > before.seconds


@pytest.mark.parametrize("version", [3, 255])
def test_an_unknown_layout_is_refused(version: int) -> None:
    with pytest.raises(HostError, match="unknown state version"):
        Host().state({}, version=version)
