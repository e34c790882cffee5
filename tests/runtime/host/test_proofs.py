"""Proofs of storage against the reference trie."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.errors import HostError
from simnet.runtime.host import Host, Runtime
from tests.runtime.host import reference
from tests.runtime.host.native_calls import recorded_nodes
from tests.runtime.host.probe import Command, script

KEYS = st.binary(min_size=1, max_size=3).map(lambda key: bytes(b"abc\xff"[byte % 4] for byte in key))
VALUES = st.sampled_from([0, 1, 31, 32, 33, 100]).flatmap(lambda size: st.binary(min_size=size, max_size=size))
ITEMS = st.dictionaries(KEYS, VALUES, max_size=20)

_HOST = Host()


@settings(deadline=None)
@given(items=ITEMS, keys=st.lists(KEYS, max_size=5), version=st.sampled_from([0, 1]))
def test_nodes_that_prove_keys_are_the_references(items: dict[bytes, bytes], keys: list[bytes], version: int) -> None:
    trie = reference.Trie(items, version)
    state = _HOST.state(items, version=version)
    assert state.root == trie.root
    assert state.prove(keys) == reference.prove(trie, keys)


def test_a_key_of_a_child_is_proven_together_with_the_childs_root(host: Host) -> None:
    child = {b"k": b"v" * 40, b"other": b"w"}
    state = host.state({b"a": b"1"}, {b"c": child})
    hung = b":child_storage:default:c"
    expected = reference.prove(reference.Trie(child), [b"k"])
    top = reference.Trie({b"a": b"1", hung: reference.root(child)})
    assert state.child_prove(b"c", [b"k"]) == sorted({*expected, *reference.prove(top, [hung])})


def size(nodes: list[bytes]) -> int:
    return sum(len(reference.compact(len(node))) + len(node) for node in nodes)


def test_a_record_has_the_nodes_of_what_was_read_and_their_size(host: Host, probe: Runtime) -> None:
    items = {bytes([a, b]): bytes([b]) * 40 for a in range(8) for b in range(8)}
    trie = reference.Trie(items)
    execution = host.state(items).execute(record=True)
    assert execution.proof_size == 0
    key, other = bytes([3, 3]), bytes([5, 1])
    proof_size: Command = ("ext_storage_proof_size_storage_proof_size_version_1", ())
    get: Command = ("ext_storage_get_version_1", (key,))
    answers = script(execution.call, probe, [proof_size, get, proof_size, get, proof_size])
    read = size(reference.prove(trie, [key]))
    assert [int.from_bytes(answers[i], "little") for i in (0, 2, 4)] == [0, read, read]
    execution.get(other)
    assert recorded_nodes(execution) == reference.prove(trie, [key, other])
    assert execution.proof_size == size(recorded_nodes(execution))


def test_asking_whether_a_key_exists_does_not_record_its_value(host: Host, probe: Runtime) -> None:
    execution = host.state({b"a": b"v" * 100, b"b": b"w" * 100}).execute(record=True)
    script(execution.call, probe, [("ext_storage_exists_version_1", (b"a",))])
    assert b"v" * 100 not in recorded_nodes(execution)
    script(execution.call, probe, [("ext_storage_get_version_1", (b"a",))])
    assert b"v" * 100 in recorded_nodes(execution)


def test_a_rolled_back_transaction_takes_its_record_along(host: Host) -> None:
    execution = host.state({b"a": b"v" * 100, b"b": b"w" * 100, b"c": b"x" * 100}).execute(record=True)
    execution.get(b"a")
    kept = recorded_nodes(execution), execution.proof_size
    execution.begin()
    execution.get(b"b")
    execution.begin()
    execution.get(b"c")
    execution.commit()
    assert b"x" * 100 in recorded_nodes(execution)
    execution.rollback()
    assert (recorded_nodes(execution), execution.proof_size) == kept
    execution.get(b"c")
    assert b"x" * 100 in recorded_nodes(execution)


def test_the_record_has_what_the_new_root_needs(host: Host) -> None:
    """Removing a key may pull a neighbour up that was never read: the neighbour is part of the proof."""
    items = {b"aa": b"1" * 40, b"ab": b"2" * 40}
    execution = host.state(items).execute(record=True)
    execution.set(b"aa", None)
    assert execution.finish().root == reference.root({b"ab": b"2" * 40})
    trie = reference.Trie(items)
    assert set(reference.prove(trie, [b"ab"])) - {b"2" * 40} <= set(recorded_nodes(execution))


def test_the_next_block_of_a_bundle_records_nothing_that_the_one_before_read_or_made(host: Host) -> None:
    items = {bytes([a, b]): bytes([a, b]) * 40 for a in range(8) for b in range(8)}
    read, changed, other = bytes([3, 3]), bytes([5, 1]), bytes([6, 2])
    first = host.state(items).execute(record=True)
    first.get(read)
    first.set(changed, b"new" * 40)
    state = first.finish()
    second = state.execute_after(first)
    second.get(read)
    second.get(changed)
    assert (recorded_nodes(second), second.proof_size) == ([], 0)
    second.get(other)
    alone = state.execute(record=True)
    alone.get(other)
    old = set(reference.Trie(items).nodes.values())
    assert set(recorded_nodes(second)) == (set(recorded_nodes(alone)) & old) - set(recorded_nodes(first))
    assert second.proof_size == size(recorded_nodes(second))


@settings(deadline=None)
@given(
    items=ITEMS.map(lambda items: {**items, b"kept": b"here"}),
    changes=st.dictionaries(KEYS, st.none() | VALUES, max_size=6),
    read=st.lists(KEYS, max_size=4),
    version=st.sampled_from([0, 1]),
)
def test_a_bundles_record_proves_all_that_its_second_block_reads_of_the_state_before_the_first(
    items: dict[bytes, bytes], changes: dict[bytes, bytes | None], read: list[bytes], version: int
) -> None:
    """Whatever the first block moved in the trie."""
    trie = reference.Trie(items, version)
    first = _HOST.state(items, version=version).execute(record=True)
    for key, value in changes.items():
        first.set(key, value)
    second = first.finish().execute_after(first)
    for key in read:
        second.get(key)
    before, after = set(recorded_nodes(first)), set(recorded_nodes(second))
    assert after.isdisjoint(before)
    assert after <= set(trie.nodes.values()), "the first block made none of them"
    unchanged = [key for key in read if key in items and key not in changes]
    assert set(reference.prove(trie, unchanged)) <= before | after
    assert not before | after or second.proof()


def test_the_proof_of_a_bundle_is_that_of_all_that_its_blocks_read(host: Host) -> None:
    """Against the root before the first; the third block has the record of both before it."""
    items = {bytes([a, b]): bytes([a, b]) * 40 for a in range(8) for b in range(8)}
    keys = [bytes([2, 2]), bytes([4, 1]), bytes([7, 7])]
    state = host.state(items)
    block = state.execute(record=True)
    block.get(keys[0])
    for key in keys[1:]:
        state = block.finish()
        block = state.execute_after(block)
        block.get(key)
    at_once = host.state(items).execute(record=True)
    for key in keys:
        at_once.get(key)
    assert block.proof() == at_once.proof()


def test_a_bundle_rolls_back_what_its_last_block_recorded_alone(host: Host) -> None:
    items = {bytes([a]): bytes([a]) * 40 for a in range(8)}
    first = host.state(items).execute(record=True)
    first.get(bytes([1]))
    second = first.finish().execute_after(first)
    before = second.proof()
    second.begin()
    second.get(bytes([1]))
    second.get(bytes([2]))
    second.rollback()
    assert (second.proof(), second.proof_size) == (before, 0)


def test_no_bundle_continues_an_execution_without_a_record(host: Host) -> None:
    first = host.state({b"a": b"1"}).execute()
    with pytest.raises(HostError, match="does not record"):
        first.finish().execute_after(first)


def test_without_a_record_there_is_no_size_and_no_proof(host: Host, probe: Runtime) -> None:
    execution = host.state({b"a": b"1"}).execute()
    [answer] = script(execution.call, probe, [("ext_storage_proof_size_storage_proof_size_version_1", ())])
    assert answer == bytes([255] * 8)
    with pytest.raises(HostError, match="does not record"):
        execution.proof()
