"""Real and simulated nodes agree, but for the differences that are known; and what is stored of them is not stale."""

from __future__ import annotations

from itertools import product

import pytest

from simnet.scenario import Scenario
from simnet.scenario.save import to_data
from simnet.search import run_trial
from tests.agreement.differences import KNOWN, Difference, difference
from tests.agreement.figures import figures, slack
from tests.agreement.stored import OF_LIBRARY, Range, digest, read_docker, read_simulated, scenarios, statuses

SCENARIOS = scenarios()
NAMES = tuple(SCENARIOS)
SIMULATED, DOCKER = read_simulated(), read_docker()
SEEDS = (11, 12)
"""Two of those that the stored ranges come from."""
KNOWN_OF_UPGRADES = next(one for one in KNOWN if one.scenarios == ("chains-upgraded",))


def outside(name: str) -> dict[str, list[float]]:
    """Figures of a scenario's real runs that no seed reached, by name."""
    found: dict[str, list[float]] = {}
    for run in DOCKER[name]:
        for figure, value in run.figures.items():
            simulated = SIMULATED[name].figures.get(figure)
            if simulated is None or not simulated.holds(value, slack(figure)):
                found.setdefault(figure, []).append(value)
    return found


def otherwise(name: str) -> set[str]:
    """Checks of a scenario's real runs that ended as in no seed."""
    simulated = SIMULATED[name].checks
    checks = (one for run in DOCKER[name] for one in run.checks.items())
    return {check for check, status in checks if status not in ("inconclusive", *simulated.get(check, ()))}


@pytest.mark.parametrize("name", NAMES)
def test_real_figures_lie_within_those_of_the_seeds(name: str) -> None:
    unexplained = {figure: values for figure, values in outside(name).items() if difference(name, figure) is None}
    ranges = {figure: SIMULATED[name].figures.get(figure) for figure in unexplained}
    assert not unexplained, f"real {unexplained}, simulated {ranges}"


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.short)
def test_a_known_difference_is_one(known: Difference) -> None:
    """Whoever closes a gap strikes it from the table."""
    for name in known.scenarios:
        differing = {*outside(name), *otherwise(name)}
        assert differing & {*known.figures, *known.checks}, f"{name} agrees now"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_stored_is_of_the_scenario_as_it_is(name: str) -> None:
    assert SIMULATED[name].digest == digest(SCENARIOS[name])
    assert DOCKER[name], "it never ran on Docker"
    assert {run.digest for run in DOCKER[name]} == {digest(SCENARIOS[name])}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", NAMES)
def test_a_seed_ends_as_real_nodes_did_and_within_its_stored_range(name: str, seed: int) -> None:
    trial = run_trial(SCENARIOS[name].model_copy(update={"seed": seed}))
    assert trial.evidence is not None
    checks = statuses(trial.verdict)
    for run in DOCKER[name]:
        concluded = {check: status for check, status in run.checks.items() if status != "inconclusive"}
        differing = {check for check, status in concluded.items() if checks.get(check) != status}
        assert {check for check in differing if difference(name, check) is None} == set(), run.run
        if not differing:
            assert run.verdict in (trial.verdict.status.value, "inconclusive"), run.run
    ranges = SIMULATED[name].figures
    found = figures(trial.evidence)
    wrong = {key: value for key, value in found.items() if key not in ranges or not ranges[key].holds(value)}
    assert not wrong, "run `python -m benchmarks.agreement simulated`: the simulation changed since"


def test_simulated_nodes_that_share_two_cores_lose_over_an_upgrade_what_real_ones_do() -> None:
    """What a core for each node leaves outside lies between that and nodes with as much as six have on two cores."""
    name, beside = "chains-upgraded", {"longest_latency_s", "longest_latency_blocks", "session_change_costs_blocks"}
    differing = set(KNOWN_OF_UPGRADES.figures) - beside
    found: dict[str, list[float]] = {}
    for seed, cpus in product(range(1, 6), (1 / 3, 1 / 2)):
        data = to_data(SCENARIOS[name])
        nodes = [*data["network"]["relay"]["validators"]]
        nodes += [collator for para in data["network"]["parachains"] for collator in para["collators"]]
        for node in nodes:
            node["resources"] = {"cpus": cpus}
        trial = run_trial(Scenario.model_validate({**data, "seed": seed}))
        assert trial.evidence is not None
        assert trial.verdict.exit_code == 0
        for figure, value in figures(trial.evidence).items():
            found.setdefault(figure, []).append(value)
    for run in DOCKER[name]:
        for figure in differing:
            alone = SIMULATED[name].figures[figure]
            both = Range.of([*found[figure], alone.min, alone.max])
            assert both.holds(run.figures[figure], slack(figure)), figure


def test_half_of_the_scenarios_made_for_this_fail_on_both() -> None:
    """Agreement on runs that hold would cost nothing. Those of the library are meant to hold."""
    made = [name for name in NAMES if name not in OF_LIBRARY]
    failing = [name for name in made if {run.verdict for run in DOCKER[name]} == {"failed"}]
    assert len(failing) == len(made) // 2
    for name in failing:
        verdicts = SIMULATED[name].verdicts
        assert verdicts.get("failed", 0) >= 0.95 * sum(verdicts.values()), name


def test_a_range_tells_the_usual_from_the_rare() -> None:
    found = Range.of(float(value) for value in range(1, 101))
    assert (found.runs, found.min, found.p5, found.p50, found.p95, found.max) == (100, 1, 5, 50, 95, 100)
    assert found.usual(5)
    assert not found.usual(4)
    assert found.holds(1)
    assert not found.holds(100.5)
    assert found.holds(100.5, slack("some_s"))
    assert not found.holds(100.5, slack("some_blocks"))
