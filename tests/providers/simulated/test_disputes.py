"""Disputes between simulated nodes: who checks, who may raise one, what is given up, and what goes on meanwhile."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from simnet.checks import Status
from simnet.checks.invalid_candidates import no_invalid_candidate_final
from simnet.checks.offences import disputes
from simnet.journal import Evidence, Kind, Record
from simnet.journal.records import CandidateJudged
from simnet.scenario import Scenario
from simnet.search import Trial, run_trial
from tests.checks.journals import change, evidence


def trial(steps: list[dict[str, Any]], expect: list[dict[str, Any]], *, seed: int = 0, **relay: Any) -> Trial:
    """A run with parachains 2000 and on, as many as the relay chain has pairs of validators, two at most."""
    paras = relay.pop("paras", 2)
    network = {"relay": relay, "parachains": [{"id": 2000 + i} for i in range(paras)], "channels": "none"}
    data = {"name": "disputes", "seed": seed, "network": network, "steps": steps, "expect": expect}
    return run_trial(Scenario.model_validate(data, context={"file": True}))


def failures(found: Trial) -> list[str]:
    return [f"{one.check}: {one.seen}" for one in found.verdict.findings if one.status is not Status.HELD]


def needed(approvals: int, **scheduler: int) -> dict[str, Any]:
    more = {"scheduler_params": scheduler} if scheduler else {}
    return {"configuration": {"config": {"needed_approvals": approvals, **more}}}


@cache
def unwatched() -> Trial:
    """More approvals are needed than there are validators besides the backers, and dave backs what is invalid."""
    steps = [
        {"inject": {"byzantine": {"targets": "dave", "acts": "back_invalid"}, "as": "malus"}},
        {"wait": {"for": "180s"}},
        {"heal": "malus"},
        {"wait": {"for": "30s"}},
    ]
    expect = [
        {"offences": {"at_least": 1, "of": "for-invalid-backed", "by": "dave"}},
        {"finality_advances": {"within": "30s"}},
    ]
    return trial(steps, expect, runtime="rococo", validators=4, genesis=needed(4))


def test_who_is_drawn_checks_though_the_block_counts_as_approved() -> None:
    assert not failures(unwatched())
    judged = [record.data.judged for record in unwatched().evidence.of(CandidateJudged)]
    assert "refused" in judged
    assert "valid" in judged


def test_a_refused_candidate_in_a_finalized_block_fails_the_run_unless_more_than_f_are_byzantine() -> None:
    seen = unwatched().evidence
    held = no_invalid_candidate_final(seen)
    assert held.status is Status.HELD
    assert "0 of them not judged" in held.seen
    final = {block.hash for block in seen.canonical("relay")}
    wrong = next(one for one in seen.of(CandidateJudged) if one.hash in final and one.data.included)
    records = [change(one, judged="refused", why="because") if one is wrong else one for one in seen.records]
    assert no_invalid_candidate_final(evidence(records)).status is Status.FAILED
    cause = {"cause": "back_invalid", "fault": "earlier", "slots": [0, None], "sessions": [0, None]}
    two = [{"node": node, **cause} for node in ("alice", "bob")]
    network = [change(one, dishonesty=two) if one.kind is Kind.NETWORK else one for one in records]
    excused = no_invalid_candidate_final(evidence(network))
    assert excused.status is Status.SUSPENDED
    assert "more than f = 1" in excused.seen
    real = [change(one, provider="docker") if one.kind is Kind.RUN_STARTED else one for one in seen.records]
    assert "none of them judged by simnet" in no_invalid_candidate_final(evidence(real)).seen


def test_a_candidate_that_nobody_judged_is_counted() -> None:
    seen = unwatched().evidence
    told = evidence(one for one in seen.records if one.kind is not Kind.CANDIDATE)
    included = no_invalid_candidate_final(told).figures["included"]
    assert included >= 10
    assert f"{included} of them not judged" in no_invalid_candidate_final(told).seen


def test_all_checkers_of_tranche_zero_dispute_though_no_approval_is_awaited() -> None:
    steps = [
        {"inject": {"byzantine": {"targets": ["alice", "bob"], "acts": "dispute_valid"}, "as": "malus"}},
        {"wait": {"for": "120s"}},
    ]
    expect = [{"disputes": {"outcome": "valid", "at_least": 10}}]
    found = trial(steps, expect, runtime="rococo", validators=8, genesis=needed(8))
    assert not failures(found)


@pytest.mark.parametrize("seed", range(3))
def test_a_candidate_that_lost_its_dispute_is_never_backed_again(seed: int) -> None:
    """Seen of authors who backed it again in the next block, whose inclusion was reverted for ever after: the chain
    stood at one height."""
    steps = [
        {"inject": {"byzantine": {"targets": "dave", "acts": "back_invalid"}, "as": "malus"}},
        {"wait": {"for": "120s"}},
        {"heal": "malus"},
        {"label": "later", "wait": {"for": "120s"}},
    ]
    expect = [
        {"disputes": {"at_least": 1, "outcome": "invalid"}},
        {"blocks_advance": {"at_least": 15, "during": "later"}},
        {"finality_advances": {"during": "later"}},
        {"parachain_included": {"at_least": 10, "during": "later"}},
    ]
    found = trial(steps, expect, seed=seed, runtime="rococo", validators=4, paras=1)
    assert not failures(found)
    seen = found.evidence
    for dispute in disputes(seen):
        assert dispute.concluded is not None
        backed = [
            one
            for one in seen.all_events("ParaInclusion", "CandidateBacked")
            if one.hash in {block.hash for block in seen.canonical("relay")} and one.t > dispute.concluded.t
        ]
        heads = {one.data.fields["para_head"] for one in backed}
        refused = [one for one in seen.of(CandidateJudged) if one.data.candidate == dispute.candidate]
        assert refused
        assert heads.isdisjoint({_head_of(seen, one) for one in refused})


def _head_of(seen: Evidence, candidate: Record) -> str | None:
    """The parachain head that a candidate made, by the event of the block that included it; None if none did."""
    events = seen.events.get(("relay", str(candidate.hash)), ())
    own = [one for one in events if one.data.name == "CandidateIncluded"]
    return next((one.data.fields["para_head"] for one in own if candidate.data.included), None)


def test_a_loser_alone_raises_no_more_disputes_and_finality_returns() -> None:
    """Eve disputes everything for a minute. Her first dispute is lost, which disables her; the others do not count."""
    steps = [
        {"inject": {"byzantine": {"targets": "eve", "acts": "dispute_valid"}, "as": "bad", "for": "60s"}},
        {"wait": {"for": "5min"}},
    ]
    expect = [{"finality_advances": {"after": "bad", "within": "60s", "blocks": 5}}]
    found = trial(steps, expect, seed=1, runtime="westend", validators=10)
    assert not failures(found)
    initiated = found.evidence.all_events("ParasDisputes", "DisputeInitiated")
    concluded = found.evidence.all_events("ParasDisputes", "DisputeConcluded")
    assert {record.data.fields["0"] for record in initiated} == {record.data.fields["0"] for record in concluded}
    assert concluded, "the first one was lost"


def test_the_relay_chain_goes_on_while_a_dispute_cannot_conclude() -> None:
    """Two of four vote against, one is frozen, one backed it: the block is given up once, and what follows includes the
    candidate again, which the runtime lets stand until two thirds are against it."""
    steps = [
        {"wait": {"for": "30s"}},
        {"inject": {"pause": {"targets": "charlie"}, "as": "flaky"}},
        {"inject": {"byzantine": {"targets": "dave", "acts": "back_invalid"}, "as": "garbage"}},
        {"wait": {"for": "90s"}},
        {"label": "unconcluded", "wait": {"for": "300s"}},
    ]
    expect = [
        {"disputes": {"at_least": 1}},
        {"sessions": {"at_least": 1, "during": "unconcluded"}},
        {"blocks_advance": {"at_least": 20, "during": "unconcluded", "nodes": ["alice", "bob"]}},
        {"finality_stalls": {"during": "unconcluded", "grace": "60s", "nodes": ["alice", "bob"]}},
    ]
    found = trial(
        steps,
        expect,
        runtime="westend",
        validators=4,
        paras=1,
        genesis=needed(2, group_rotation_frequency=3, max_validators_per_core=1),
    )
    assert not failures(found)


def test_who_loses_its_workers_disputes_what_it_is_to_check() -> None:
    steps = [
        {"wait": {"for": "60s"}},
        {"inject": {"byzantine": {"targets": "dave", "acts": "lose_workers"}, "as": "broken"}},
        {"wait": {"for": "60s"}},
        {"heal": "broken"},
        {"label": "later", "wait": {"for": "60s"}},
    ]
    expect = [
        {"disputes": {"outcome": "valid", "at_least": 4}},
        {"disputes": {"outcome": "invalid", "at_most": 0}},
        {"offences": {"of": "against-valid", "by": "dave", "at_least": 4}},
        {"finality_advances": {"during": "later"}},
    ]
    groups = needed(2, group_rotation_frequency=3, max_validators_per_core=1)
    found = trial(steps, expect, runtime="rococo", validators=4, paras=1, genesis=groups)
    assert not failures(found)


def test_what_waited_for_workers_that_hung_is_disputed_at_once_when_they_die() -> None:
    steps = [
        {"wait": {"for": "60s"}},
        {"inject": {"byzantine": {"targets": "dave", "acts": "hang_workers"}, "as": "frozen"}},
        {"wait": {"for": "45s"}},
        {"heal": "frozen"},
        {"inject": {"byzantine": {"targets": "dave", "acts": "lose_workers"}, "as": "broken"}},
        {"wait": {"for": "6s"}},
        {"heal": "broken"},
        {"label": "later", "wait": {"for": "60s"}},
    ]
    expect = [
        {"disputes": {"outcome": "valid", "at_least": 8, "concluded_within": "30s"}},
        {"disputes": {"outcome": "invalid", "at_most": 0}},
        {"offences": {"of": "against-valid", "by": "dave", "at_least": 4}},
        {"finality_advances": {"during": "later"}},
    ]
    groups = needed(3, group_rotation_frequency=3, max_validators_per_core=1)
    found = trial(steps, expect, runtime="rococo", validators=4, paras=3, genesis=groups)
    assert not failures(found)
    seen = disputes(found.evidence)
    assert len({one.first.t for one in seen}) < len(seen) / 2, "many of one moment"


def test_who_disputes_all_that_is_recent_is_outvoted_on_each() -> None:
    """Candidates of ten final blocks and of those above, once each; on chain it lost every one."""
    steps = [
        {"wait": {"for": "90s"}},
        {"inject": {"byzantine": {"targets": "dave", "acts": "dispute_recent"}, "as": "storm"}},
        {"wait": {"for": "7s"}},
        {"heal": "storm"},
        {"label": "later", "wait": {"for": "60s"}},
    ]
    expect = [
        {"disputes": {"outcome": "valid", "at_least": 12}},
        {"disputes": {"outcome": "invalid", "at_most": 0}},
        {"offences": {"of": "against-valid", "by": "dave", "at_least": 5}},
        {"finality_advances": {"during": "later"}},
    ]
    found = trial(steps, expect, runtime="rococo", validators=4)
    assert not failures(found)
    seen = disputes(found.evidence)
    assert len({one.candidate for one in seen}) == len(seen) < 40
