"""What is not simulated is told by the run that meets it, and checks that hang on it are inconclusive then."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from simnet.checks import BlocksAuthored, FinalityAdvances, Messages, Offences, ParachainIncluded, Status
from simnet.checks.limits import FORMER, LIMITS, limits_met
from simnet.journal import Evidence, Record
from simnet.journal.records import LimitMet
from simnet.scenario import Scenario
from simnet.search import run_trial
from tests.checks.journals import change, evidence, records

ROOT = Path(__file__).parents[2]


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


def test_what_the_simulation_tells_is_on_the_list() -> None:
    code = "".join(path.read_text() for path in (ROOT / "simnet/providers/simulated").rglob("*.py"))
    told = set(re.findall(r'\.met\([\w.\[\]]+, "([a-z-]+)"', code))
    assert told == {"block-bundles"}
    assert told <= {limit.name for limit in LIMITS}


# -- met by networks ------------------------------------------------------------------------------------------------


def run(relay: dict[str, Any], paras: list[dict[str, Any]], steps: list[dict[str, Any]]) -> Evidence:
    network = {"relay": relay, "parachains": paras, "channels": "none"}
    data = {"name": "limits", "network": network, "steps": steps, "expect": [{"blocks_advance": {}}]}
    return run_trial(Scenario.model_validate(data, context={"file": True})).evidence


@pytest.mark.parametrize(("runtime", "told"), [("penpal", []), ("asset-hub-westend", ["block-bundles"])])
def test_a_parachain_with_two_cores(runtime: str, told: list[str]) -> None:
    """Collators that look ahead, as those of most parachains, use the first core; those that author by slots use both,
    and put two blocks into one candidate where three are wanted."""
    config = {"scheduler_params": {"num_cores": 1, "max_validators_per_core": 1}}
    relay = {"runtime": "westend", "validators": 4, "genesis": {"configuration": {"config": config}}}
    assign = {"core": 0, "begin": 0, "end_hint": None, "assignment": [[{"Task": 1000}, 57600]]}
    steps = [{"submit": {"call": "Coretime.assign_core", "sudo": True, "args": assign}}, {"wait": {"for": "270s"}}]
    seen = run(relay, [{"id": 1000, "runtime": runtime}], steps)
    assert [met.limit.name for met in limits_met(seen)] == told


def test_a_parachain_whose_runtime_wants_several_blocks_in_a_relay_slot() -> None:
    paras = [{"id": 1000, "runtime": "asset-hub-westend"}, {"id": 2000}]
    seen = run({"runtime": "westend", "validators": 4}, paras, [{"wait": {"for": "30s"}}])
    assert [(met.limit.name, met.chain) for met in limits_met(seen)] == [("block-bundles", "1000")]
    assert BlocksAuthored(by=("collator-1000",), chain="1000", at_least=1).judge(seen).status is Status.INCONCLUSIVE
    assert BlocksAuthored(by=("collator-2000",), chain="2000", at_least=1).judge(seen).status is Status.HELD
