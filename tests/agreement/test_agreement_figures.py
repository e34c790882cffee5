"""The compared figures say what a journal shows: on the quickstart of real nodes, as it was and changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from simnet.journal import Kind, Record
from tests.agreement.figures import figures, unit
from tests.checks.journals import evidence, is_event, records, without


def shown(changed: Iterable[Record]) -> dict[str, float]:
    return figures(evidence(changed))


@pytest.fixture(scope="module")
def real() -> dict[str, float]:
    return shown(records())


def test_the_quickstart_has_every_figure_with_a_unit(real: dict[str, float]) -> None:
    assert all(unit(name) for name in real)
    assert sum(value for name, value in real.items() if name.startswith("author_")) == pytest.approx(1, abs=0.01)
    assert set(real) >= {"longest_stall_s", "recovery_s", "agreed_s", "lost_per_100", "median_latency_s"}


def test_the_longest_stall_spans_cut_and_recovery(real: dict[str, float]) -> None:
    window = evidence(records()).window("cut")
    assert window is not None and window.heal_end is not None
    assert window.heal_end - window.apply_end < real["longest_stall_s"]
    assert real["longest_stall_s"] < window.heal_end - window.apply_start + real["recovery_s"] + 30


def test_recovery_ends_with_the_last_validator(real: dict[str, float]) -> None:
    window = evidence(records()).window("cut")
    assert window is not None and window.heal_end is not None
    healed = window.heal_end

    def late(record: Record) -> Record:
        late_one = record.kind is Kind.HEAD_FINALIZED and record.observer == "dave" and record.t > healed
        return replace(record, t=record.t + 1000) if late_one else record

    assert "recovery_s" not in shown(late(record) for record in records()), "dave never finalized in the run's time"
    others = shown(without(lambda r: r.kind is Kind.HEAD_FINALIZED and r.observer == "dave" and r.t <= healed))
    assert others["recovery_s"] == pytest.approx(real["recovery_s"])


def test_a_block_that_lost_counts(real: dict[str, float]) -> None:
    seen = evidence(records())
    assert seen.t0 is not None
    final = [block for block in seen.canonical("relay") if block.t > seen.t0]
    on_chain = {block.hash for block in final}
    lost = [b for b in seen.blocks["relay"].values() if b.t >= seen.t0 and b.hash not in on_chain]
    lost = [block for block in lost if block.height <= final[-1].height]
    assert real["lost_per_100"] == pytest.approx(100 * len(lost) / (len(final) + len(lost)), abs=0.001)
    assert lost
    gone = {block.hash for block in lost}
    heads = {Kind.BLOCK, Kind.HEAD_BEST, Kind.EVENT, Kind.CONTENTS}
    assert shown(without(lambda r: r.kind in heads and r.hash in gone))["lost_per_100"] == 0


def test_inclusions_that_are_missing_lower_the_rate(real: dict[str, float]) -> None:
    halved = shown(
        without(lambda r: is_event(r, "ParaInclusion", "CandidateIncluded") and str(r.data.fields["para_id"]) == "2001")
    )
    assert halved["included_rate"] == pytest.approx(real["included_rate"] / 2, rel=0.25)


def test_a_later_end_is_a_longer_latency(real: dict[str, float]) -> None:
    seen = evidence(records())
    slowest = max(seen.messages(), key=lambda trace: trace.transit or 0)
    end = slowest.terminals[0]
    assert real["longest_latency_s"] == pytest.approx(slowest.transit or 0, abs=0.001)
    less = shown(without(lambda r: r.seq == end.seq))
    assert less["longest_latency_s"] <= real["longest_latency_s"]


def test_without_a_barrier_there_is_no_figure() -> None:
    assert shown(without(lambda r: r.kind is Kind.BARRIER)) == {}
