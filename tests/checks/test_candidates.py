"""Counting candidates: on the main chain and on forks, in all and in every window of successive relay blocks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.checks import (
    BlocksAuthored,
    Cadence,
    CandidatesTimedOut,
    Check,
    Disputes,
    FinalityLag,
    ParachainIncluded,
    Peers,
    Status,
)
from simnet.checks.cadence import AFTER_CHANGE
from simnet.errors import InputError
from simnet.journal import Evidence, Record
from simnet.journal.records import (
    Barrier,
    BestHead,
    BlockSeen,
    ContentsRead,
    FinalizedHead,
    NetworkLaunched,
    NodeReady,
    NodeUp,
    RecordData,
    RuntimeEvent,
)
from simnet.network.topology import Chain as ChainSpec
from simnet.network.topology import Node
from tests.checks.journals import change, evidence, records
from tests.runs import started

SLOT = 6.0
PARAS = ("2000", "2001")


class Chain:
    """A made-up relay chain: a block each slot from t0 on, which includes so many candidates of parachain 2000."""

    def __init__(
        self,
        included: Sequence[int],
        *,
        forks: Mapping[int, int] | None = None,
        sessions: Collection[int] = (),
        unread: Collection[str] = (),
        finalized: int = 0,
    ) -> None:
        """``forks`` says what blocks beside the main chain's at a height include, of candidates that it has not;
        ``sessions`` are heights that begin one; blocks ``unread`` are named m3 and f3."""
        self._records: list[Record] = []
        self._unread = unread
        self._add(0.0, started(run="made-up"))
        self._add(
            0.0,
            NetworkLaunched(
                relay=ChainSpec(id="relay"),
                parachains=[ChainSpec(id=para) for para in PARAS],
                nodes=[Node(name="alice", chain="relay", role="validator", account="//Alice", image="")],
                channels=[],
                images={},
                runtimes={},
            ),
        )
        self._add(0.0, NodeUp(image="", flags=[], reason="launch"))
        self._add(0.0, NodeReady())
        self._add(0.0, FinalizedHead(), 0, "m")
        self._add(0.0, Barrier())
        for height, count in enumerate(included, start=1):
            for candidate in range(count):
                self._event(
                    height, "m", "ParaInclusion", "CandidateIncluded", self._candidate(f"m{height}.{candidate}")
                )
            if height in sessions:
                self._event(height, "m", "Session", "NewSession", {"session_index": height})
            self._block(height, "m")
            for candidate in range((forks or {}).get(height, 0)):
                self._event(
                    height, "f", "ParaInclusion", "CandidateIncluded", self._candidate(f"f{height}.{candidate}")
                )
            if height in (forks or {}):
                self._block(height, "f")
            self._head(height, BestHead())
        self._head(finalized, FinalizedHead())

    @property
    def evidence(self) -> Evidence:
        return evidence(self._records)

    def again(self, height: int, candidate: str) -> Chain:
        """Has the fork at a height include a candidate that the main chain has too."""
        self._event(height, "f", "ParaInclusion", "CandidateIncluded", self._candidate(candidate))
        return self

    def _candidate(self, head: str) -> dict[str, object]:
        return {"para_id": 2000, "para_head": head}

    def _event(self, height: int, fork: str, pallet: str, name: str, fields: dict[str, object]) -> None:
        data = RuntimeEvent(pallet=pallet, name=name, fields=fields, extrinsic=None)
        self._add(height * SLOT, data, height, fork)

    def _block(self, height: int, fork: str) -> None:
        self._add(height * SLOT, BlockSeen(parent=f"m{height - 1}", author="alice", slot=height), height, fork)
        if f"{fork}{height}" not in self._unread:
            self._add(height * SLOT, ContentsRead(events=0), height, fork)

    def _head(self, height: int, data: BestHead | FinalizedHead) -> None:
        if height:
            self._add(self._records[-1].t, data, height, "m")

    def _add(self, t: float, data: RecordData, height: int | None = None, fork: str = "") -> None:
        record = Record(
            seq=len(self._records),
            t=t,
            observer="alice",
            incarnation=0,
            chain=None if height is None else "relay",
            height=height,
            hash=None if height is None else f"{fork}{height}",
            data=data,
        )
        self._records.append(record)


def status(check: Check, chain: Chain) -> str:
    return check.judge(chain.evidence).status.value


# -- parachain_included ---------------------------------------------------------------------------------------------


def test_a_lower_bound_counts_on_the_main_chain_and_an_upper_one_on_any_fork() -> None:
    chain = Chain([1, 1, 1, 1], forks={2: 3}, finalized=2)
    for at_least, at_most, expected in (
        (4, None, "held"),
        (5, None, "failed"),
        (None, 7, "held"),
        (None, 6, "failed"),
        (4, 7, "held"),
        (5, 7, "failed"),
        (4, 6, "failed"),
    ):
        check = ParachainIncluded(para="2000", at_least=at_least, at_most=at_most)
        assert status(check, chain) == expected, (at_least, at_most)


def test_what_a_losing_fork_alone_included_was_not_included() -> None:
    """Seen of a candidate that two forks of which one lost counted twice: at_least held over what nobody kept."""
    chain = Chain([0, 0, 0, 0], forks={2: 3}, finalized=4)
    assert status(ParachainIncluded(para="2000", at_least=1), chain) == "failed"
    assert status(ParachainIncluded(para="2000", at_most=0), chain) == "failed"
    assert status(ParachainIncluded(para="2000", at_most=0, forks=False), chain) == "held"


def test_a_candidate_of_two_forks_is_one() -> None:
    chain = Chain([1, 1], forks={2: 0}).again(2, "m2.0")
    found = ParachainIncluded(para="2000", at_most=2).judge(chain.evidence)
    assert found.status is Status.HELD
    assert found.figures == {"2000": 2, "2000 on any fork": 2}
    assert found.seen == "main chain: 2000 2 in 2 relay blocks; any fork: 2000 2 in 3 relay blocks"


@pytest.mark.parametrize(
    ("check", "unread", "expected"),
    [
        (ParachainIncluded(para="2000", at_least=4), "m2", "held"),
        (ParachainIncluded(para="2000", at_least=5), "m2", "inconclusive"),
        (ParachainIncluded(para="2000", at_least=5), "f2", "failed"),
        (ParachainIncluded(para="2000", at_most=4), "f2", "inconclusive"),
        (ParachainIncluded(para="2000", at_most=3), "f2", "failed"),
        (ParachainIncluded(para="2000", at_most=4, forks=False), "f2", "held"),
        (ParachainIncluded(para="2000", at_most=4, forks=False), "m2", "inconclusive"),
        (ParachainIncluded(para="2000", at_least=5, at_most=9), "f2", "failed"),
    ],
)
def test_what_was_not_read_is_open_as_far_as_it_could_turn_the_verdict(
    check: ParachainIncluded, unread: str, expected: str
) -> None:
    assert status(check, Chain([1, 1, 1, 1], forks={2: 0}, unread=[unread])) == expected


def test_a_bound_of_forks_needs_an_upper_bound() -> None:
    with pytest.raises(InputError, match="forks is about at_most"):
        ParachainIncluded(at_least=1, forks=False)
    with pytest.raises(InputError, match="grace 30s leaves nothing of within 20s"):
        ParachainIncluded(at_least=1, grace=30.0, within=20.0)


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (ParachainIncluded(para="2000", at_least=4, within=60.0), "held"),
        (ParachainIncluded(para="2000", at_least=5, within=60.0), "inconclusive"),
        (ParachainIncluded(para="2000", at_most=4, within=60.0), "inconclusive"),
        (ParachainIncluded(para="2000", at_most=3, within=60.0), "failed"),
        (ParachainIncluded(para="2000", at_least=1, grace=60.0), "inconclusive"),
    ],
)
def test_a_run_that_ends_before_the_time_that_is_asked_for_leaves_it_open(
    check: ParachainIncluded, expected: str
) -> None:
    assert status(check, Chain([1, 1, 1, 1])) == expected


@pytest.mark.parametrize("check", [ParachainIncluded(at_most=0), Cadence(blocks=2, at_least=1)])
def test_a_network_without_parachains_shows_nothing_of_them(check: Check) -> None:
    bare = Chain([0, 0, 0])
    bare._records[1] = change(bare._records[1], parachains=[])
    assert status(check, bare) == "inconclusive"


# -- cadence --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("para", ["2009", "relay"])
@pytest.mark.parametrize("make", [partial(ParachainIncluded, at_most=0), partial(Cadence, blocks=2, at_most=9)])
def test_a_parachain_that_is_not_there_is_not_judged(make: Callable[..., Check], para: str) -> None:
    assert status(make(), Chain([0, 0, 0, 0])) == "held"
    finding = make(para=para).judge(Chain([0, 0, 0, 0]).evidence)
    assert (finding.status, finding.seen) == (Status.INCONCLUSIVE, f"the network has no parachain {para}")


def test_a_pause_cannot_hide_behind_busier_times() -> None:
    steady, stuttering = Chain([1] * 12), Chain([2, 2, 2, 2, 0, 0, 0, 0, 1, 1, 1, 1])
    check = Cadence(para="2000", blocks=4, at_least=3, at_most=5)
    assert status(check, steady) == "held"
    found = check.judge(stuttering.evidence)
    assert found.status is Status.FAILED
    assert "2000: 8 in blocks 1 to 4; 2000: 6 in blocks 2 to 5" in found.seen
    assert found.figures == {"2000, least": 0, "2000, most": 8}
    assert found.where


def test_windows_that_hold_a_session_change_have_a_bound_of_their_own() -> None:
    """The change's block still includes what was pending; one or two after it have nothing to include."""
    included = [1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1]
    changes, ordinary = Chain(included, sessions=[5]), Chain(included)
    for check in (Cadence(para="2000", blocks=3, at_least=3, at_session=1), Cadence(para="2000", blocks=3, at_least=1)):
        assert status(check, changes) == "held"
    assert status(Cadence(para="2000", blocks=3, at_least=3, at_session=2), changes) == "failed"
    assert status(Cadence(para="2000", blocks=3, at_least=3), changes) == "failed"
    assert status(Cadence(para="2000", blocks=3, at_least=3, at_session=1), ordinary) == "failed"


def test_a_bound_that_no_window_had_to_keep_proves_nothing() -> None:
    every = Chain([1] * 9, sessions=[2, 5, 8])
    assert status(Cadence(para="2000", blocks=3, at_least=2, at_session=1), every) == "inconclusive"
    assert status(Cadence(para="2000", blocks=3, at_session=1), every) == "held"
    assert status(Cadence(para="2000", blocks=3, at_session=1), Chain([1] * 9)) == "inconclusive"
    assert status(Cadence(para="2000", blocks=3, at_least=2, at_session=1), Chain([1] * 9)) == "held"


def test_windows_lie_on_the_main_chain() -> None:
    chain = Chain([0, 1, 1, 1], forks={1: 1, 2: 5}, finalized=3)
    assert Cadence(para="2000", blocks=2, at_least=1).judge(chain.evidence).figures == {
        "2000, least": 1, "2000, most": 2
    }  # fmt: skip


def test_each_parachain_is_judged_by_itself() -> None:
    found = Cadence(blocks=2, at_least=1).judge(Chain([1, 1, 1]).evidence)
    assert found.status is Status.FAILED
    assert "2001: 0 in blocks 1 to 2" in found.seen


@pytest.mark.parametrize(
    ("chain", "why"),
    [
        (Chain([1, 1]), "2 relay blocks are of that time, fewer than the 3 of a window"),
        (Chain([1] * 6, unread=["m4"]), "the events of 1 of 6 relay blocks of that time were not read"),
    ],
)
def test_too_few_blocks_or_unread_ones_are_inconclusive(chain: Chain, why: str) -> None:
    found = Cadence(para="2000", blocks=3, at_least=1).judge(chain.evidence)
    assert found.status is Status.INCONCLUSIVE
    assert why in found.seen


def test_a_standstill_of_the_relay_chain_hides_behind_no_window() -> None:
    """Seen of a relay chain that stood for five minutes of six: the windows before and after kept every bound."""
    chain = Chain([1] * 12)
    stood = evidence(replace(r, t=r.t + (90 if r.t > 40 else 0)) for r in chain.evidence.records)
    check = Cadence(para="2000", blocks=3, at_least=1)
    assert check.judge(chain.evidence).status is Status.HELD
    found = check.judge(stood)
    assert found.status is Status.INCONCLUSIVE
    assert "gained no block from 36 s to 132 s" in found.seen
    assert Cadence(para="2000", blocks=3, at_least=4).judge(stood).status is Status.FAILED
    assert FinalityLag(at_most=20).judge(chain.evidence).status is Status.HELD
    assert "has nothing to lag behind" in FinalityLag(at_most=20).judge(stood).seen
    assert FinalityLag(at_most=2).judge(stood).status is Status.FAILED


@pytest.mark.parametrize(
    "make", [partial(BlocksAuthored, by=("alice",)), Disputes, ParachainIncluded, partial(Cadence, blocks=3), Peers]
)
def test_a_lower_bound_of_nothing_is_refused(make: Callable[..., Check]) -> None:
    with pytest.raises(InputError, match="0 holds whatever happens"):
        make(at_least=0)


def test_none_could_time_out_where_none_was_backed() -> None:
    assert status(CandidatesTimedOut(at_most=0), Chain([1, 1])) == "inconclusive"


def test_an_unread_block_of_a_fork_does_not_matter() -> None:
    chain = Chain([1] * 6, forks={4: 0}, unread=["f4"])
    assert status(Cadence(para="2000", blocks=3, at_least=3, at_most=3), chain) == "held"


@pytest.mark.parametrize(
    "bounds",
    [{}, {"at_least": 3, "at_most": 2}, {"at_least": 1, "at_session": 2}, {"at_most": 1, "at_session": 2}],
)
def test_bounds_that_contradict_each_other_are_refused(bounds: dict[str, int]) -> None:
    with pytest.raises(InputError, match="cadence"):
        Cadence(blocks=3, **bounds)


def test_a_window_holds_a_block() -> None:
    with pytest.raises(InputError, match="blocks is 1 or more"):
        Cadence(blocks=0, at_least=1)


@given(
    included=st.lists(st.integers(0, 2), min_size=1, max_size=12),
    sessions=st.sets(st.integers(1, 12)),
    blocks=st.integers(1, 5),
    bounds=st.lists(st.integers(0, 6), min_size=3, max_size=3).map(sorted),
)
def test_it_holds_where_every_window_keeps_its_bounds(
    included: list[int], sessions: set[int], blocks: int, bounds: list[int]
) -> None:
    at_session, at_least, at_most = bounds
    check = Cadence(para="2000", blocks=blocks, at_session=at_session, at_least=at_least, at_most=at_most)
    windows = []
    for first in range(1, len(included) - blocks + 2):
        heights = range(first, first + blocks)
        near = any(height - back in sessions for height in heights for back in range(AFTER_CHANGE + 1))
        count = sum(included[height - 1] for height in heights)
        windows.append((near, (at_session if near else at_least) <= count <= at_most))
    if windows and not all(held for _, held in windows):
        expected = "failed"
    else:
        expected = "held" if any(not near for near, _ in windows) else "inconclusive"
    assert status(check, Chain(included, sessions=sorted(sessions))) == expected


def test_real_nodes_keep_a_cadence_until_they_are_cut_apart() -> None:
    """The quickstart: a candidate each block, of which a session change costs one in five."""
    check = Cadence(blocks=5, at_least=5, at_session=4, at_most=5)
    cut = evidence(records()).window("cut")
    assert cut is not None
    assert check.judge(evidence(r for r in records() if r.t < cut.apply_start)).status is Status.HELD
    assert check.judge(evidence(records())).status is Status.FAILED
