"""Which causes of a block add up to what changed in it."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from simnet.checks.ledgers import selection

CAUSES = st.lists(st.tuples(st.sampled_from("abcdefg"), st.integers(-4, 4)), max_size=9)


def by_trying_all(causes: list[tuple[str, int]], change: int) -> tuple[int, ...] | None:
    names = list(dict.fromkeys(name for name, _ in causes))
    for count in range(len(names) + 1):
        for chosen in combinations(names, count):
            at = tuple(index for index, (name, _) in enumerate(causes) if name in chosen)
            if sum(causes[index][1] for index in at) == change:
                return at
    return None


@given(causes=CAUSES, change=st.integers(-12, 12))
def test_it_is_the_first_of_the_smallest(causes: list[tuple[str, int]], change: int) -> None:
    assert selection(causes, change) == by_trying_all(causes, change)


def test_a_block_of_many_messages_is_soon_explained() -> None:
    """All of 32 messages with amounts of which no two selections are alike; trying all would take 2**32."""
    causes = [(f"message {at}", -(2**at)) for at in range(32)]
    assert selection(causes, 1 - 2**32) == tuple(range(32))
    assert selection(causes, 1) is None
