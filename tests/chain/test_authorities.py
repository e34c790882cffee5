"""Authors of blocks by the authorities in force for each, against states that a chain of headers leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.chain.authorities import AuraAuthorities, Authorities, BabeAuthorities
from simnet.chain.metadata import Metadata
from simnet.chain.rpc import Rpc
from simnet.codec import Header, storage_prefix, u32, u64, vec, vec_bytes
from simnet.errors import RpcError
from tests.chain.test_metadata import raw_metadata

Set = tuple[int, ...]
"""Authorities by the number that all bytes of their keys are."""

METADATA = {relay: Metadata.parse(raw_metadata("rococo" if relay else "penpal")) for relay in (True, False)}
"""Of a relay chain's runtime, and of a parachain's."""

FIRST, SECOND, THIRD = (1, 2, 3), (4, 5), (2, 4, 6, 7)


def key(number: int) -> bytes:
    return bytes([number]) * 32


def digest(kind: int, engine: bytes, payload: bytes) -> str:
    return "0x" + (bytes([kind]) + engine + vec_bytes(payload)).hex()


def weighted(keys: Set) -> bytes:
    return vec(key(one) + u64(1) for one in keys)


@dataclass
class Chain:
    """Headers on one another, and the states that their nodes would have."""

    relay: bool
    states: dict[str, dict[str, bytes]] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)
    numbers: int = 0

    def genesis(self, keys: Set) -> str:
        self._state("genesis", keys, keys)
        return "genesis"

    def block(
        self,
        parent: str,
        height: int,
        index: int,
        *,
        change: Set | None = None,
        state: tuple[Set, Set] | None = None,
        upgrade: bool = False,
    ) -> tuple[Header, str]:
        """A header and its hash. ``change`` is what its digest says, ``state`` what its state has."""
        if self.relay:
            logs = [digest(6, b"BABE", b"\x01" + u32(index) + u64(900 + height))]
            announced = None if change is None else b"\x01" + weighted(change) + bytes(32)
        else:
            logs = [digest(6, b"aura", u64(index))]
            announced = None if change is None else b"\x01" + vec(map(key, change))
        if announced is not None:
            logs.append(digest(4, b"BABE" if self.relay else b"aura", announced))
        if upgrade:
            logs.append("0x08")
        self.numbers += 1
        hash_ = f"block {self.numbers}"
        if state is not None:
            self._state(hash_, *state)
        return Header(parent, height, "0x", "0x", tuple(logs)), hash_

    def _state(self, hash_: str, now: Set, later: Set) -> None:
        babe = {("Babe", "Authorities"): weighted(now), ("Babe", "NextAuthorities"): weighted(later)}
        items = babe if self.relay else {("Aura", "Authorities"): vec(map(key, now))}
        self.states[hash_] = {"0x" + storage_prefix(*item).hex(): value for item, value in items.items()}

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = 0.0) -> Any:
        assert method == "state_queryStorageAt"
        wanted, at = params
        if at not in self.states:
            raise RpcError("the state was discarded")
        self.reads.append(at)
        return [{"block": at, "changes": [[one, "0x" + self.states[at][one].hex()] for one in wanted]}]

    def close(self) -> None:
        """Nothing is open."""


def follow(chain: Chain, authorities: Authorities, header: Header, hash_: str) -> str | None:
    """The author's key, as a recorder asks for it."""
    rpc: Rpc = chain
    if not authorities.knows(header.parent_hash):
        authorities.read(rpc, METADATA[chain.relay], header.parent_hash, header.number - 1)
    return authorities.claim(header, hash_).key


def named(number: int) -> str:
    return "0x" + key(number).hex()


def test_the_first_block_of_an_epoch_is_of_the_set_that_the_epoch_before_announced() -> None:
    chain, authorities = Chain(relay=True), BabeAuthorities()
    begin = chain.block(chain.genesis(FIRST), 1, 2, change=SECOND)
    within = chain.block(begin[1], 2, 0)
    first_of_next = chain.block(within[1], 3, 1, change=THIRD)
    assert [follow(chain, authorities, *one) for one in (begin, within, first_of_next)] == list(map(named, (3, 1, 5)))
    assert chain.reads == ["genesis"], "headers tell the rest"


def test_forks_have_their_own_sets() -> None:
    chain, authorities = Chain(relay=True), BabeAuthorities()
    begin = chain.block(chain.genesis(FIRST), 1, 0, change=SECOND)
    early, late = chain.block(begin[1], 2, 1, change=THIRD), chain.block(begin[1], 2, 1)
    above = [chain.block(fork[1], 3, 1) for fork in (early, late)]
    assert [follow(chain, authorities, *one) for one in (begin, early, late)] == list(map(named, (1, 5, 2)))
    assert [follow(chain, authorities, *one) for one in above] == list(map(named, (5, 2)))


def test_a_block_that_changes_auras_set_is_still_of_the_old_one() -> None:
    chain, authorities = Chain(relay=False), AuraAuthorities()
    change = chain.block(chain.genesis(FIRST), 1, 8, change=SECOND)
    after = chain.block(change[1], 2, 8)
    assert [follow(chain, authorities, *one) for one in (change, after)] == list(map(named, (3, 4)))


def test_a_set_that_a_runtime_upgrade_migrates_is_read() -> None:
    """The new runtime migrates the state in the block after the one that set it, without a digest."""
    chain, authorities = Chain(relay=False), AuraAuthorities()
    upgrade = chain.block(chain.genesis(FIRST), 1, 0, upgrade=True)
    migrating = chain.block(upgrade[1], 2, 1, state=(SECOND, SECOND))
    after = [chain.block(migrating[1], 3, 1)]
    after.append(chain.block(after[0][1], 4, 0))
    authors = [follow(chain, authorities, *one) for one in (upgrade, migrating, *after)]
    assert authors == list(map(named, (1, 2, 5, 4)))
    assert chain.reads == ["genesis", migrating[1]]


def test_who_begins_in_the_middle_of_a_chain_reads_both_sets_once() -> None:
    chain, authorities = Chain(relay=True), BabeAuthorities()
    _, known = chain.block("before", 40, 0, state=(FIRST, SECOND))
    within = chain.block(known, 41, 2)
    first_of_next = chain.block(within[1], 42, 1, change=THIRD)
    assert [follow(chain, authorities, *one) for one in (within, first_of_next)] == [named(3), named(5)]
    assert chain.reads == [known]


def test_without_the_state_authors_are_unknown_until_an_announced_epoch_begins() -> None:
    chain, authorities = Chain(relay=True), BabeAuthorities()
    blocks = [chain.block("before", 40, 1), chain.block("block 1", 41, 0, change=SECOND)]
    blocks += [chain.block("block 2", 42, 1), chain.block("block 3", 43, 1, change=THIRD)]
    with pytest.raises(RpcError):
        authorities.read(chain, METADATA[True], "before", 39)
    assert [authorities.claim(*one).key for one in blocks] == [None, None, None, named(5)]


@pytest.mark.parametrize(("relay", "index"), [(True, 9), (False, 9)])
def test_an_index_beyond_the_set_is_nobodys_or_goes_round(relay: bool, index: int) -> None:
    chain = Chain(relay=relay)
    block = chain.block(chain.genesis(FIRST), 1, index)
    author = follow(chain, BabeAuthorities() if relay else AuraAuthorities(), *block)
    assert author == (None if relay else named(1))


SETS = st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True).map(tuple)
TREES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9), st.none() | SETS), min_size=1, max_size=40)


def model_babe(before: tuple[Set, Set], change: Set | None) -> tuple[Set, tuple[Set, Set]]:
    """pallet-babe's ``enact_epoch_change``: the set of a block is the one that its own state has as the current."""
    after = before if change is None else (before[1], change)
    return after[0], after


def model_aura(before: tuple[Set, Set], change: Set | None) -> tuple[Set, tuple[Set, Set]]:
    """The set of a block is the one of its parent's state."""
    return before[0], before if change is None else (change, change)


@given(TREES, st.sampled_from([(True, model_babe, BabeAuthorities), (False, model_aura, AuraAuthorities)]))
def test_every_block_of_a_tree_has_the_author_that_states_give(
    tree: list[tuple[int, int, Set | None]],
    kind: tuple[bool, Callable[[tuple[Set, Set], Set | None], tuple[Set, tuple[Set, Set]]], type[Authorities]],
) -> None:
    relay, model, follower = kind
    chain, authorities = Chain(relay=relay), follower()
    heights, states = {chain.genesis(FIRST): 0}, {"genesis": (FIRST, FIRST)}
    for back, index, change in tree:
        parent = list(states)[-1 - back % len(states)]
        used, after = model(states[parent], change)
        header, hash_ = chain.block(parent, heights[parent] + 1, index % len(used), change=change)
        assert follow(chain, authorities, header, hash_) == named(used[index % len(used)])
        heights[hash_], states[hash_] = heights[parent] + 1, after
    assert chain.reads == ["genesis"]
