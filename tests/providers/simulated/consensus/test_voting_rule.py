from __future__ import annotations

import pytest

from simnet.providers.simulated.consensus.backoff import backs_off, max_interval
from simnet.providers.simulated.consensus.voting_rule import limit, target
from tests.providers.simulated.blocks import genesis, grow


@pytest.mark.parametrize(
    ("best", "base", "height"),
    [(0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 1), (4, 0, 2), (10, 7, 8), (100, 0, 75), (20, 10, 18)],
)
def test_a_vote_is_two_behind_the_best_and_three_quarters_of_the_way(best: int, base: int, height: int) -> None:
    assert limit(best, base) == height


def test_a_pending_change_of_authorities_is_not_jumped_over() -> None:
    base = genesis()
    chain = grow(base, 10)
    assert target(chain[9], base, cap=3) is chain[2]
    assert target(chain[9], chain[4], cap=3) is chain[4], "never below what the last round left open"


def test_authoring_backs_off_only_when_finality_lags_by_more_than_fifty_blocks() -> None:
    longest = max_interval("rococo_local_testnet")
    assert longest == 10
    assert not backs_off(101, 100, 50, longest)
    assert [backs_off(100 + ahead, 100, 70, longest) for ahead in (1, 10, 11)] == [True, True, False]
    assert backs_off(110, 100, 1000, longest)
    assert not backs_off(111, 100, 1000, longest)


def test_who_never_backs_off_and_who_waits_long() -> None:
    assert max_interval("polkadot") is None
    assert max_interval("westend_local_testnet") == 100
    assert not backs_off(1, 0, 10_000, None)
