"""What is not simulated is told by the run that meets it, and checks that hang on it are inconclusive then."""

from __future__ import annotations

from simnet.checks import BlocksAuthored, FinalityAdvances, Messages, Offences, ParachainIncluded, Status
from simnet.checks.limits import FORMER, limits_met
from simnet.journal import Evidence, Record
from simnet.journal.records import LimitMet
from simnet.scenario import Scenario
from simnet.search import run_trial
from tests.checks.journals import change, evidence, records


def with_limit(name: str, chain: str, provider: str = "simulated") -> Evidence:
    """A simulated run that met a limit when it began."""
    first, *rest = records("misdeeds")
    met = Record(
        seq=1,
        t=0.0,
        observer="alice",
        incarnation=0,
        chain=chain,
        height=None,
        hash=None,
        data=LimitMet(limit=name, what="for this test"),
    )
    return evidence([change(first, provider=provider), met, *rest])


def test_checks_that_hang_on_a_limit_are_inconclusive_where_it_was_met() -> None:
    included = ParachainIncluded(para="2000", at_least=1)
    assert included.judge(evidence(records("misdeeds"))).status is Status.HELD
    found = included.judge(with_limit("elastic-scaling", "2000"))
    assert found.status is Status.INCONCLUSIVE
    assert "a parachain with several cores uses one (for this test)" in found.seen
    assert included.judge(with_limit("elastic-scaling", "2999")).status is Status.HELD
    assert FinalityAdvances(within=60).judge(with_limit("elastic-scaling", "2000")).status is Status.HELD
    assert ParachainIncluded(at_least=1).judge(with_limit("elastic-scaling", "2000")).status is Status.INCONCLUSIVE


def test_what_counts_blocks_is_inconclusive_in_runs_that_put_one_into_each_candidate() -> None:
    authored = BlocksAuthored(by=("collator-2000",), chain="2000", at_least=1)
    assert authored.judge(evidence(records("misdeeds"))).status is Status.HELD
    assert authored.judge(with_limit("block-bundles", "2000")).status is Status.INCONCLUSIVE


def test_what_fails_because_a_limit_held_it_up_is_inconclusive_and_what_came_is_not() -> None:
    """Seen of mail to a parachain whose only collator waited for a proof that nobody recovers: messages failed."""
    late, soon = (FinalityAdvances(chain="2000", within=within, blocks=5) for within in (0.5, 200))
    plain, limited = evidence(records("misdeeds")), with_limit("pov-recovery", "2000")
    assert (late.judge(plain).status, late.judge(limited).status) == (Status.FAILED, Status.INCONCLUSIVE)
    assert (soon.judge(plain).status, soon.judge(limited).status) == (Status.HELD, Status.HELD)
    assert late.judge(with_limit("pov-recovery", "2999")).status is Status.FAILED
    (leans,) = [limit for limit in FORMER if limit.name == "pov-recovery"]
    assert leans.fails(Messages(at_least=1))
    assert not leans.leans(Messages(at_least=1))


def test_real_nodes_have_no_limits() -> None:
    real = with_limit("elastic-scaling", "2000", provider="docker")
    assert ParachainIncluded(para="2000", at_least=1).judge(real).status is Status.HELD
    assert limits_met(real) == []


def test_a_check_of_beefy_is_inconclusive_by_itself() -> None:
    simulated = evidence(records("misdeeds"))
    assert Offences(of="beefy-equivocation", at_most=0).judge(simulated).status is Status.INCONCLUSIVE
    assert "beefy" not in {met.limit.name for met in limits_met(simulated)}, "only who asks for it hears of it"


def test_a_run_names_each_limit_that_it_met_once() -> None:
    names = [met.limit.name for met in limits_met(with_limit("pov-recovery", "2000"))]
    assert names == ["aggression", "pov-recovery"], "finality lags far in that journal"


# -- met by networks ------------------------------------------------------------------------------------------------


def test_a_network_whose_collators_put_several_blocks_into_a_candidate_meets_no_limit() -> None:
    """Until bundles were simulated, what counts blocks of such a parachain was left open."""
    network = {
        "relay": {"runtime": "westend", "validators": 4},
        "parachains": [{"id": 1000, "runtime": "asset-hub-westend"}, {"id": 2000}],
        "channels": "none",
    }
    data = {
        "name": "limits",
        "network": network,
        "steps": [{"wait": {"for": "30s"}}],
        "expect": [{"blocks_advance": {}}],
    }
    seen = run_trial(Scenario.model_validate(data, context={"file": True})).evidence
    assert limits_met(seen) == []
    assert BlocksAuthored(by=("collator-1000",), chain="1000", at_least=12).judge(seen).status is Status.HELD
