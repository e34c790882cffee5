"""Upgrades as windows of a schedule, beside the steps, and what nodes lose while they compile the new code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from simnet.checks import PvfVotes
from simnet.errors import InputError
from simnet.journal import Evidence, upgrade_phases
from simnet.journal.records import (
    BlockSeen,
    MessageAsked,
    MessageSubmitted,
    ParachainUpgrade,
    PvfVote,
    SlotLost,
    WindowDone,
)
from simnet.network.topology import RELAY, Chain
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, Outcome, rehearse
from simnet.scenario import Scenario, WindowSpec
from simnet.search.space import Space
from simnet.search.strategies import cases, upgrades_of
from tests.providers.simulated.networks import bumped
from tests.providers.simulated.test_upgrading import NETWORK, found, hash_of


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("codes")
    codes = {"para": bumped(Chain(id="2000", runtime="penpal")), "relay": bumped(Chain(id=RELAY, runtime="rococo"))}
    for name, code in codes.items():
        (folder / f"{name}.wasm").write_bytes(code)
    return {name: folder / f"{name}.wasm" for name in codes}


def scenario(schedule: list[dict[str, Any]], expect: list[dict[str, Any]], length: str = "200s") -> Scenario:
    steps = [{"label": "load", "wait": {"for": length}}]
    data = {"name": "beside", "network": NETWORK, "schedule": schedule, "steps": steps, "expect": expect}
    return Scenario.model_validate(data)


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory, files: dict[str, Path]) -> Outcome:
    """Both chains are upgraded beside one step, while a validator is down."""
    schedule = [
        {"upgrade": {"chain": 2000, "runtime": str(files["para"])}, "at": "10s", "as": "para"},
        {"upgrade": {"runtime": str(files["relay"]), "path": "scheduled"}, "at": "20s", "as": "relay"},
        {"stop": {"targets": "alice"}, "at": "30s", "for": "40s"},
    ]
    expect: list[dict[str, Any]] = [
        {"upgraded": {"chain": 2000, "during": "para"}},
        {"upgraded": {"missed": 9}},
        {"pvf_votes": {"para": 2000, "at_least": 3}},
        {"pvf_votes": {"para": 2000, "nodes": "alice", "at_most": 0}},
        {"pvf_votes": {"para": 2000, "accept": False, "at_most": 0}},
    ]
    options = Options(out=tmp_path_factory.mktemp("beside") / "runs")
    return rehearse(scenario(schedule, expect), SimulatedProvider(), options)


def test_upgrades_go_on_beside_steps_and_faults(beside: Outcome) -> None:
    assert beside.verdict.exit_code == 0, [str(one) for one in beside.verdict.findings if one.status.value != "held"]
    assert [(one.data.label, one.data.failure) for one in beside.evidence.of(WindowDone)] == [
        ("relay", None),
        ("para", None),
    ]
    assert len(beside.evidence.steps) == 1


def test_who_was_down_meanwhile_and_came_back_is_judged(beside: Outcome) -> None:
    assert "4 of 4 nodes have" in found(beside, "upgraded missed=9")[1]


def test_the_scheduler_authorizes_the_code(beside: Outcome, files: dict[str, Path]) -> None:
    code = hash_of(files["relay"].read_bytes())
    names = list(dict.fromkeys(one.name for one in upgrade_phases(beside.evidence, RELAY, code)))
    assert names == ["authorized", "applied", "first used", "finalized"]
    dispatched = beside.evidence.all_events("Scheduler", "Dispatched")
    assert {one.data.fields["result"]["Ok"] for one in dispatched} == {None}


def test_who_voted_is_in_the_journal_by_name(beside: Outcome) -> None:
    voters = {one.data.validator for one in beside.evidence.of(PvfVote)}
    assert voters == {"bob", "charlie", "dave"}


def test_nobody_but_validators_is_asked_for_votes(beside: Outcome) -> None:
    check = PvfVotes(para="2000", nodes="collator-2000-1", at_most=0)
    assert check.judge(beside.evidence).status.value == "inconclusive"


@pytest.mark.parametrize("decided", [True, False])
def test_that_nobody_read_who_voted_is_no_proof_that_somebody_did_not(beside: Outcome, decided: bool) -> None:
    """Where the chain accepted the code somebody voted; before that, whoever reads votes tells how far the chain is."""
    check = PvfVotes(para="2000", nodes="alice", at_most=0)
    assert check.judge(beside.evidence).status.value == "held"
    blind = Evidence()
    for record in beside.evidence.records:
        lost = isinstance(record.data, PvfVote if decided else (PvfVote, ParachainUpgrade))
        if not lost and (decided or getattr(record.data, "name", "") != "PvfCheckAccepted"):
            blind.add(record)
    finding = check.judge(blind)
    assert finding.status.value == "inconclusive"
    assert "was not read" in finding.seen


def test_nothing_is_built_on_the_new_code_until_somebody_has_compiled_it(
    beside: Outcome, files: dict[str, Path]
) -> None:
    """Rococo's new code takes seconds, for which nodes neither import nor author."""
    phases = upgrade_phases(beside.evidence, RELAY, hash_of(files["relay"].read_bytes()))
    applied = next(one for one in phases if one.name == "applied")
    first = next(one for one in phases if one.name == "first used")
    between = [one for one in beside.evidence.of(BlockSeen) if one.chain == RELAY and applied.t < one.t < first.t]
    assert first.t - applied.t > 3
    assert [one for one in between if one.height != applied.height] == []


def test_validators_with_few_cores_lose_slots_while_they_compile(tmp_path: Path, files: dict[str, Path]) -> None:
    """Six real nodes on two cores lost four."""
    few = [{"name": name, "resources": {"cpus": 0.33}} for name in ("alice", "bob", "charlie", "dave")]
    network = {"relay": {"runtime": "rococo", "validators": few}, "channels": "none"}
    steps: list[dict[str, Any]] = [
        {"upgrade": {"runtime": str(files["relay"]), "path": "sudo"}},
        {"wait": {"for": "70s"}},
    ]
    data = {"name": "few", "network": network, "steps": steps, "expect": [{"upgraded": {"missed": 2}}]}
    outcome = rehearse(Scenario.model_validate(data), SimulatedProvider(), Options(out=tmp_path / "runs"))
    status, seen = found(outcome, "upgraded missed=2")
    assert status == "failed"
    assert " slots missed over the next 10" in seen
    lost = {one.data.slot for one in outcome.evidence.of(SlotLost) if "had to be compiled" in one.data.why}
    assert 2 < len(lost) < 8


def test_an_upgrade_that_does_not_come_in_time_fails_the_run_and_ends_no_step(
    tmp_path: Path, files: dict[str, Path]
) -> None:
    late = {"chain": 2000, "runtime": str(files["para"]), "within": "20s"}
    plan = scenario([{"upgrade": late, "at": "0s"}], [], "60s")
    outcome = rehearse(plan, SimulatedProvider(), Options(out=tmp_path / "runs"))
    assert outcome.verdict.exit_code == 1
    status, seen = found(outcome, "steps completed")
    assert status == "failed"
    assert "beside the steps: 0x" in seen
    assert [one.data.failure for one in outcome.evidence.steps] == [None]


def test_a_window_that_is_an_upgrade_has_no_length() -> None:
    with pytest.raises(ValueError, match="an upgrade takes no `for`"):
        WindowSpec.model_validate({"upgrade": {"runtime": "penpal"}, "at": "1s", "for": "9s"})


def test_a_window_is_a_fault_or_an_upgrade_and_not_both() -> None:
    with pytest.raises(ValueError, match="names 2 faults"):
        WindowSpec.model_validate({"upgrade": {"runtime": "penpal"}, "stop": {"targets": "alice"}, "at": "1s"})


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(Space(base=scenario([{"upgrade": {"runtime": "rococo"}, "at": "5s"}], []), length="400s")))
def test_a_search_moves_the_upgrade_of_its_base(drawn: Scenario) -> None:
    (upgrade,) = upgrades_of(drawn)
    assert upgrade.at.span.seconds is not None
    assert 0 <= upgrade.at.span.seconds <= 220


def test_a_search_draws_other_moments_for_it() -> None:
    base = scenario([{"upgrade": {"runtime": "rococo"}, "at": "5s"}], [])
    seen: set[float | None] = set()

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(cases(Space(base=base, length="400s")))
    def draw(drawn: Scenario) -> None:
        seen.add(upgrades_of(drawn)[0].at.span.seconds)

    draw()
    assert len(seen) > 5


def test_an_upgrade_of_a_chain_that_is_not_there_is_told_at_its_place() -> None:
    with pytest.raises(ValueError, match=r"schedule\.0\.upgrade\.chain: no chain '2009'; did you mean '2000'\?"):
        scenario([{"upgrade": {"chain": 2009, "runtime": "penpal"}, "at": "1s"}], [])


def test_a_relay_chain_without_a_scheduler_takes_no_scheduled_upgrade(files: dict[str, Path]) -> None:
    from simnet.preflight import check_scenario

    with pytest.raises(InputError, match="no pallet 'Scheduler'"):
        check_scenario(
            scenario([{"upgrade": {"chain": 2000, "runtime": str(files["para"]), "path": "scheduled"}, "at": "1s"}], [])
        )


@pytest.mark.parametrize("sync", ["full", "warp"])
def test_a_node_that_starts_late_syncs_through_an_upgrade(tmp_path: Path, files: dict[str, Path], sync: str) -> None:
    """Every block is read by the code that made it, and the late node has the new one in the end."""
    nodes = [{"name": name} for name in ("alice", "bob", "charlie", "dave")]
    late = {"name": "eve", "joins_late": True, "sync": sync, "authority": False}
    network = {"relay": {"runtime": "rococo", "validators": [*nodes, late]}, "parachains": [{"id": 2000}]}
    steps: list[dict[str, Any]] = [
        {"upgrade": {"runtime": str(files["relay"]), "path": "sudo"}},
        {"wait": {"for": "90s"}},
        {"start": "eve"},
        {"wait": {"state": "in_sync", "within": "120s"}},
        {"wait": {"for": "70s"}},
    ]
    data = {"name": "late", "network": network, "steps": steps, "expect": [{"upgraded": {"nodes": "eve"}}]}
    outcome = rehearse(Scenario.model_validate(data), SimulatedProvider(), Options(out=tmp_path / "runs"))
    assert outcome.verdict.exit_code == 0, [str(one) for one in outcome.verdict.findings if one.status.value != "held"]
    assert "1 of 1 nodes have" in found(outcome, "upgraded nodes=eve")[1]


def test_codes_that_root_schedules_are_voted_on_and_those_that_it_forces_are_not(
    tmp_path: Path, files: dict[str, Path]
) -> None:
    """polkadot-runtime-parachains 30: schedule_code_upgrade asks validators, force_set_current_code does not."""
    code = "0x" + files["para"].read_bytes().hex()
    scheduled = {"para": 2000, "new_code": code, "relay_parent_number": 1}
    steps: list[dict[str, Any]] = [
        {"submit": {"call": "Paras.force_schedule_code_upgrade", "args": scheduled, "sudo": True}},
        {"wait": {"for": "60s"}},
    ]
    expect = [{"pvf_votes": {"para": 2000, "at_least": 3}}]
    data = {"name": "scheduled", "network": NETWORK, "steps": steps, "expect": expect}
    outcome = rehearse(Scenario.model_validate(data), SimulatedProvider(), Options(out=tmp_path / "runs"))
    assert found(outcome, "pvf_votes")[0] == "held"
    forced = {"call": "Paras.force_set_current_code", "args": {"para": 2000, "new_code": code}, "sudo": True}
    data["steps"] = [{"submit": forced}, {"wait": {"for": "60s"}}]
    outcome = rehearse(Scenario.model_validate(data), SimulatedProvider(), Options(out=tmp_path / "runs"))
    assert found(outcome, "pvf_votes")[0] == "inconclusive"
    assert list(outcome.evidence.of(PvfVote)) == []


def test_mail_that_new_code_does_not_take_is_signed_anew(tmp_path: Path) -> None:
    """What was signed for the old version is refused for good, and would hold up all later nonces. The collator leaves
    it waiting while the code is applied."""
    network = {"relay": {"runtime": "rococo", "validators": 4}, "parachains": [{"id": 2000}, {"id": 2001}]}
    schedule = [
        {"upgrade": {"chain": 2000, "runtime": "penpal-next"}, "at": "0s"},
        {"byzantine": {"targets": "collator-2000", "acts": "censor"}, "at": "40s", "for": "60s"},
    ]
    steps = [
        {"wait": {"until": "50s"}},
        {"label": "mail", "send": {"from": 2000, "to": 2001, "count": 5, "every": "1s"}},
        {"wait": {"state": "delivered", "within": "240s"}},
    ]
    expect = [{"messages": {"labels": "mail", "at_least": 5, "in_order": True}}, {"upgraded": {"chain": 2000}}]
    data = {"name": "anew", "network": network, "schedule": schedule, "steps": steps, "expect": expect}
    outcome = rehearse(Scenario.model_validate(data), SimulatedProvider(), Options(out=tmp_path / "runs"))
    assert outcome.verdict.exit_code == 0, [str(one) for one in outcome.verdict.findings if one.status.value != "held"]
    assert len(outcome.evidence.of(MessageSubmitted)) > len(outcome.evidence.of(MessageAsked))
