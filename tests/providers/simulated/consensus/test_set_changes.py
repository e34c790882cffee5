"""Changes of GRANDPA's authorities, as sc-consensus-grandpa's authorities.rs has them."""

from __future__ import annotations

from simnet.providers.simulated.consensus.ballots import AuthoritySet
from simnet.providers.simulated.consensus.set_changes import (
    SetChange,
    announced,
    first_bound,
    following,
    forced_by,
    pending,
    taking_hold,
    unmet,
)
from simnet.providers.simulated.ledger import ExecutedBlock
from tests.providers.simulated.blocks import genesis, grow

KEYS = (b"one", b"two")


def announce(block: ExecutedBlock, delay: int = 0, median: int | None = None) -> SetChange:
    block.facts[announced] = change = SetChange(block, KEYS, delay, median)
    return change


def chain(count: int = 10) -> tuple[AuthoritySet, list[ExecutedBlock]]:
    """The first set, and the genesis block with so many blocks on it."""
    first = genesis()
    return AuthoritySet(0, (b"zero",), first), [first, *grow(first, count)]


def test_a_standard_change_takes_hold_its_delay_after_its_announcement() -> None:
    first, blocks = chain()
    announce(blocks[3], delay=2)
    for block in blocks:
        pending(block)
    assert [block.number for block in blocks if taking_hold(block, first)] == [5]
    assert first_bound(blocks[9], blocks[0], first) == 5
    assert first_bound(blocks[4], blocks[0], first) is None
    assert first_bound(blocks[9], blocks[5], first) is None


def test_a_change_that_was_made_is_none_of_the_next_sets() -> None:
    first, blocks = chain()
    change, later = announce(blocks[3], delay=2), announce(blocks[4], delay=4)
    second = following(change, blocks[5], first)
    assert (second.id, second.keys, second.base) == (1, KEYS, blocks[5])
    assert taking_hold(blocks[5], second) is None
    assert taking_hold(blocks[8], second) is later


def test_a_fork_does_not_know_what_another_announces() -> None:
    first, blocks = chain()
    announce(blocks[3], delay=2)
    fork = grow(blocks[2], 4, "fork")
    assert all(taking_hold(block, first) is None for block in fork)


def test_a_forced_change_takes_hold_with_the_import_of_the_block_its_delay_after() -> None:
    first, blocks = chain()
    change = announce(blocks[4], delay=3, median=1)
    assert [block.number for block in blocks if forced_by(block, first)] == [7]
    assert all(taking_hold(block, first) is None for block in blocks), "it waits for no finality"
    after = following(change, blocks[7], first)
    assert (after.id, after.line, after.after) == (1, blocks[4], 7)
    assert following(announce(blocks[9]), blocks[9], after).line is blocks[4]


def test_a_forced_change_is_void_once_a_standard_one_took_hold_after_it() -> None:
    first, blocks = chain()
    announce(blocks[4], delay=3, median=1)
    before = following(announce(blocks[3]), blocks[3], first)
    after = following(announce(blocks[5]), blocks[5], first)
    assert forced_by(blocks[7], before)
    assert forced_by(blocks[7], after) is None


def test_a_forced_change_waits_for_the_standard_ones_that_it_takes_for_final() -> None:
    first, blocks = chain()
    earlier = announce(blocks[2])
    low, high = announce(blocks[4], delay=3, median=1), announce(blocks[5], delay=3, median=2)
    assert unmet(low, first) is None
    assert unmet(high, first) is earlier
    assert unmet(high, following(earlier, blocks[2], first)) is None
