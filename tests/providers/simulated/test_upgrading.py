"""New code in a running chain: asked for by a step, followed phase by phase, and judged by its hash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from wasmtime import wat2wasm

from simnet.codec import blake2_256
from simnet.journal import upgrade_phases
from simnet.journal.records import CodeRead, UpgradeAsked
from simnet.network.topology import RELAY, Chain
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, Outcome, rehearse
from simnet.runtime.bundled import runtime_code
from simnet.runtime.host import embedded_version, wasm_of
from simnet.runtime.host._wasm import leb128
from simnet.scenario import Scenario
from tests.providers.simulated.networks import bumped, renamed

PENPAL, ROCOCO = Chain(id="2000", runtime="penpal"), Chain(id=RELAY, runtime="rococo")
NETWORK = {
    "relay": {"runtime": "rococo", "validators": 4},
    "parachains": [{"id": 2000, "runtime": "penpal", "collators": 2}],
    "channels": "none",
}


def hash_of(code: bytes) -> str:
    return "0x" + blake2_256(code).hex()


def run(folder: Path, steps: list[dict[str, Any]], expect: list[dict[str, Any]]) -> Outcome:
    scenario = {"name": "upgrade", "network": NETWORK, "steps": steps, "expect": expect}
    return rehearse(Scenario.model_validate(scenario), SimulatedProvider(), Options(out=folder / "runs"))


def found(outcome: Outcome, check: str) -> tuple[str, str]:
    """Status and what was seen of the finding whose check begins so."""
    one = next(one for one in outcome.verdict.findings if one.check.startswith(check))
    return one.status.value, one.seen


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Codes by what they are, as files."""
    folder = tmp_path_factory.mktemp("codes")
    wide = '(module (memory 1) (func (export "validate_block") (result v128) (v128.const i64x2 0 0)))'
    codes = {
        "para": bumped(PENPAL),
        "same version": renamed(PENPAL),
        "relay": bumped(ROCOCO),
        "refused": bytes(wat2wasm(wide)),
    }
    for name, code in codes.items():
        (folder / f"{name}.wasm").write_bytes(code)
    return {name: folder / f"{name}.wasm" for name in codes}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, files: dict[str, Path]) -> Outcome:
    """The parachain and then its relay chain are upgraded."""
    steps = [
        {"label": "para", "upgrade": {"chain": 2000, "runtime": str(files["para"])}},
        {"label": "relay", "upgrade": {"runtime": str(files["relay"]), "path": "sudo"}},
        {"label": "after", "wait": {"for": "60s"}},
    ]
    expect = [
        {"upgraded": {"chain": 2000}},
        {"upgraded": {"chain": "relay"}},
        {"upgraded": {"chain": 2000, "during": "para", "within": "600s"}},
        {"parachain_included": {"para": 2000, "at_least": 5, "during": "after"}},
    ]
    return run(tmp_path_factory.mktemp("both"), steps, expect)


def test_a_parachain_and_its_relay_chain_are_upgraded_and_go_on(both: Outcome) -> None:
    assert both.verdict.exit_code == 0, [str(one) for one in both.verdict.findings if one.status.value != "held"]
    status, seen = found(both, "upgraded chain=2000")
    assert status == "held"
    assert "2 of 2 nodes have 0x" in seen
    assert "it was authorized in block" in seen
    assert "accepted by validators in relay block" in seen
    assert found(both, "code as asked")[1].count("block") == 2


def test_every_phase_is_told_in_its_order(both: Outcome, files: dict[str, Path]) -> None:
    code = hash_of(files["para"].read_bytes())
    names = list(dict.fromkeys(one.name for one in upgrade_phases(both.evidence, "2000", code)))
    assert names == [
        *("authorized", "noted", "pre-checking began", "accepted by validators", "scheduled", "told to go ahead"),
        *("applied", "first used", "finalized"),
    ]


def test_the_journal_has_the_code_at_first_and_wherever_it_changed(both: Outcome, files: dict[str, Path]) -> None:
    told = [one.data.code for one in both.evidence.of(CodeRead) if one.chain == "2000"]
    assert told[-1] == hash_of(files["para"].read_bytes())
    assert len(dict.fromkeys(told)) == 2
    assert [(one.chain, one.data.migrates) for one in both.evidence.of(UpgradeAsked)] == [("2000", True), (RELAY, True)]


def test_code_that_validators_reject_fails_the_step_which_says_so(tmp_path: Path, files: dict[str, Path]) -> None:
    code = {"chain": 2000, "runtime": str(files["refused"]), "path": "without_checks"}
    outcome = run(tmp_path, [{"upgrade": code}], [{"upgraded": {"chain": 2000}}])
    assert outcome.verdict.exit_code == 1
    assert "rejected by validators in relay block" in found(outcome, "steps completed")[1]
    status, seen = found(outcome, "upgraded")
    assert status == "failed"
    assert "rejected by validators in relay block" in seen


def test_a_run_over_a_rejected_code_held_until_something_asked_whether_it_came(
    tmp_path: Path, files: dict[str, Path]
) -> None:
    """The way that was there before: calls, of which each succeeds."""
    code = files["refused"].read_bytes()
    authorized = {"call": "System.authorize_upgrade_without_checks", "args": {"code_hash": hash_of(code)}, "sudo": True}
    steps = [
        {"submit": {"chain": 2000, **authorized}},
        {"submit": {"chain": 2000, "call": "System.apply_authorized_upgrade", "args": {"code": "0x" + code.hex()}}},
        {"wait": {"for": "120s"}},
    ]
    asked = {"upgraded": {"chain": 2000, "code": hash_of(code)}}
    outcome = run(tmp_path, steps, [{"parachain_included": {"at_least": 3}}, asked])
    assert found(outcome, "parachain_included")[0] == "held"
    status, seen = found(outcome, "upgraded")
    assert status == "failed"
    assert "0 of 2 nodes have 0x" in seen
    assert outcome.verdict.exit_code == 1


def test_code_of_the_same_version_comes_without_a_migration_and_this_is_said(
    tmp_path: Path, files: dict[str, Path]
) -> None:
    code = {"chain": 2000, "runtime": str(files["same version"]), "path": "without_checks"}
    outcome = run(tmp_path, [{"upgrade": code}], [{"upgraded": {"chain": 2000}}])
    status, seen = found(outcome, "upgraded")
    assert status == "held"
    assert "its version is not higher, so that no migration runs" in seen


def test_code_in_a_batch_of_a_step_s_own_is_named_by_it(tmp_path: Path, files: dict[str, Path]) -> None:
    code = "0x" + files["relay"].read_bytes().hex()
    batch = {"calls": [{"System": {"set_code": {"code": code}}}]}
    steps = [{"submit": {"call": "Utility.batch_all", "args": batch, "sudo": True}}, {"wait": {"for": "30s"}}]
    outcome = run(tmp_path, steps, [{"upgraded": {"code": hash_of(files["relay"].read_bytes())}}])
    assert found(outcome, "upgraded")[0] == "held"
    assert found(outcome, "code as asked")[0] == "held"


def test_a_step_that_does_not_end_says_how_far_the_code_came(tmp_path: Path, files: dict[str, Path]) -> None:
    step = {"upgrade": {"chain": 2000, "runtime": str(files["para"]), "within": "40s"}}
    outcome = run(tmp_path, [step], [{"finality_advances": {}}])
    status, seen = found(outcome, "steps completed")
    assert status == "failed"
    assert "was authorized in block" in seen


def test_what_a_chain_had_from_the_beginning_is_no_upgrade(tmp_path: Path) -> None:
    """Neither by its version nor by its hash, also where code was authorized that never came."""
    version = embedded_version(runtime_code(PENPAL))
    assert version is not None
    authorize = {"call": "System.authorize_upgrade", "args": {"code_hash": "0x" + "22" * 32}, "sudo": True}
    expect = [
        {"upgraded": {"chain": 2000, "version": version.spec_version}},
        {"upgraded": {"chain": 2000, "code": hash_of(runtime_code(PENPAL))}},
    ]
    outcome = run(tmp_path, [{"submit": {"chain": 2000, **authorize}}, {"wait": {"for": "60s"}}], expect)
    for check in ("upgraded chain=2000 version", "upgraded chain=2000 code"):
        status, seen = found(outcome, check)
        assert status == "inconclusive"
        assert "has had that code from the beginning" in seen


def test_a_version_beside_a_step_asks_for_the_code_of_the_step_as_well(tmp_path: Path, files: dict[str, Path]) -> None:
    version = embedded_version(runtime_code(PENPAL))
    assert version is not None
    code = {"chain": 2000, "runtime": str(files["refused"]), "path": "without_checks"}
    asked = {"upgraded": {"chain": 2000, "version": version.spec_version}}
    assert found(run(tmp_path, [{"upgrade": code}], [asked]), "upgraded")[0] == "failed"


def test_an_upgrade_whose_chain_has_nobody_to_take_it_fails_in_time(tmp_path: Path, files: dict[str, Path]) -> None:
    steps = [
        {"inject": {"stop": {"targets": "parachain:2000"}}},
        {"upgrade": {"chain": 2000, "runtime": str(files["para"]), "within": "30s"}},
    ]
    outcome = run(tmp_path, steps, [{"finality_advances": {}}])
    assert outcome.verdict.exit_code == 1
    assert "a node of 2000 to answer" in found(outcome, "steps completed")[1]


def test_code_that_nobody_named_breaks_an_invariant(both: Outcome) -> None:
    from simnet.checks.upgrades import code_as_asked
    from simnet.journal import Evidence

    evidence = Evidence()
    for record in both.evidence.records:
        if not isinstance(record.data, UpgradeAsked) and getattr(record.data, "name", "") != "UpgradeAuthorized":
            evidence.add(record)
    finding = code_as_asked(evidence)
    assert finding.status.value == "failed"
    assert finding.seen.count("which nobody named") == 2


def test_a_chain_whose_code_was_not_read_leaves_the_invariant_open(both: Outcome) -> None:
    """That of the other chain was; nobody knows what this one ran."""
    from simnet.checks.upgrades import code_as_asked
    from simnet.journal import Evidence

    evidence = Evidence()
    for record in both.evidence.records:
        if not (isinstance(record.data, CodeRead) and record.chain == "2000"):
            evidence.add(record)
    finding = code_as_asked(evidence)
    assert finding.status.value == "inconclusive"
    assert "no code of 2000 was read" in finding.seen


# -- what is refused before anything starts -------------------------------------------------------------------------


def mistakes(step: dict[str, Any], *before: dict[str, Any]) -> list[str]:
    from simnet.preflight import in_scenario

    steps = [{"upgrade": one} for one in (*before, step)]
    scenario = Scenario.model_validate({"name": "upgrade", "network": NETWORK, "steps": steps, "expect": []})
    return [str(one) for one in in_scenario(scenario)]


def test_code_that_no_chain_would_take_is_refused_before_anything_starts(
    tmp_path: Path, files: dict[str, Path]
) -> None:
    (tmp_path / "text.wasm").write_text("not code")
    wrong = {
        "is not WASM": {"chain": 2000, "runtime": str(tmp_path / "text.wasm"), "path": "without_checks"},
        "cannot be read": {"chain": 2000, "runtime": str(tmp_path / "nowhere.wasm")},
        "no bundled runtime": {"chain": 2000, "runtime": "rocco"},
        "another runtime": {"chain": 2000, "runtime": "rococo"},
        "no migration runs": {"chain": 2000, "runtime": "penpal"},
        "carries no version": {"chain": 2000, "runtime": str(files["refused"])},
    }
    for words, step in wrong.items():
        (told,) = mistakes(step)
        assert words in told
        assert "upgrade" in told


def test_good_code_is_no_mistake_and_the_same_once_more_is(files: dict[str, Path]) -> None:
    step = {"chain": 2000, "runtime": str(files["para"])}
    assert not mistakes(step)
    assert not mistakes({"chain": 2000, "runtime": str(files["same version"]), "path": "without_checks"})
    (told,) = mistakes(step, step)
    assert "has penpal-parachain" in told


def test_code_above_the_relay_chains_limit_is_refused(tmp_path: Path, files: dict[str, Path]) -> None:
    big = tmp_path / "big.wasm"
    section = b"\x00" + leb128(len(FILLING) + 2) + b"\x01x" + FILLING
    big.write_bytes(wasm_of(files["para"].read_bytes()) + section)
    (told,) = mistakes({"chain": 2000, "runtime": str(big)})
    assert "max_code_size" in told


FILLING = bytes(4 << 20)
