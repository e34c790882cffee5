"""What new code does to its chain: seen in the blocks that carry it and that migrate, and judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from wasmtime import wat2wasm

from simnet.checks.verdict import judge
from simnet.codec import blake2_256, u32, vec_bytes
from simnet.errors import InputError
from simnet.journal import Evidence, chain_upgrades, read_evidence
from simnet.journal.records import CodeCarried, KeyChanges, Migrated, StorageVersions
from simnet.network.topology import RELAY, Chain
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, Outcome, judge_folder, rehearse
from simnet.runtime.host import embedded_version
from simnet.runtime.host._wasm import leb128
from simnet.scenario import Scenario
from tests.providers.simulated.networks import raised, renamed

OLDER = Path(__file__).parents[4] / "shared" / "runtimes" / "older"
"""Runtimes of the release before the bundled ones."""

PENPAL, ROCOCO = Chain(id="2000", runtime="penpal"), Chain(id=RELAY, runtime="rococo")
STASHES = (
    "5GNJqTPyNqANBkUVMN1LPPrxXnFouWXoe2wNSmmEoLctxiZY",
    "5HpG9w8EBLe5XCrbczpwq5TSXvedjrBGCwqxK1iQ7qUsSWFc",
    "5Ck5SLSHYac6WFt5UZRSsdJjwmpSZq85fd5TRNAdZQVzEAPT",
    "5HKPmK9GYtE1PSLsS1qiYU9xQ9Si1NcEhdeCq9sw5bqu4ns8",
)
"""Of alice, bob, charlie and dave: Westend before 1_025 seats the stakers of its genesis."""


def run(folder: Path, network: dict[str, Any], steps: list[dict[str, Any]], expect: list[dict[str, Any]]) -> Outcome:
    scenario = {"name": "migrations", "network": network, "steps": steps, "expect": expect}
    return rehearse(Scenario.model_validate(scenario), SimulatedProvider(), Options(out=folder / "runs"))


def found(outcome: Outcome, check: str) -> tuple[str, str]:
    """Status and what was seen of the finding whose check begins so."""
    one = next(one for one in outcome.verdict.findings if one.check.startswith(check))
    return one.status.value, one.seen


def hash_of(code: bytes) -> str:
    return "0x" + blake2_256(code).hex()


@pytest.fixture(scope="module")
def westend(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Westend 1_024_001 becomes 1_025_002, with what the release itself migrates."""
    old = OLDER / "westend.compact.compressed.wasm"
    if not old.exists():
        pytest.skip(f"needs the runtimes of the release before in {OLDER}")
    stakers = [[stash, stash, 10**15, "Validator"] for stash in STASHES]
    staking = {"validatorCount": 4, "minimumValidatorCount": 1, "stakers": stakers, "invulnerables": list(STASHES)}
    relay = {"runtime": str(old), "validators": 4, "genesis": {"staking": staking}}
    steps = [{"upgrade": {"runtime": "westend"}}, {"label": "after", "wait": {"for": "30s"}}]
    expect = [
        {"migration": {"ref_time": "5 %", "blocks": 1}},
        {"migration": {"ref_time": "0.1 %"}},
        {"migration": {"during": "after"}},
    ]
    return run(tmp_path_factory.mktemp("westend"), {"relay": relay}, steps, expect)


def of_stage(evidence: Evidence, stage: str) -> Migrated:
    """What the relay chain's only upgrade did in that stage, in the block that became final."""
    (upgrade,) = chain_upgrades(evidence, RELAY)
    (one,) = (record.data for record in upgrade.migrated if record.data.stage == stage)
    return one


def test_the_pallets_that_a_release_removes_lose_all_their_keys_in_its_first_block(westend: Outcome) -> None:
    upgrade = of_stage(westend.evidence, "upgrade")
    assert upgrade.keys == {
        "ElectionProviderMultiPhase": KeyChanges(added=0, removed=1, changed=0),
        "FastUnstake": KeyChanges(added=0, removed=1, changed=0),
        "MultiBlockMigrations": KeyChanges(added=1, removed=0, changed=0),
        "NominationPools": KeyChanges(added=0, removed=6, changed=0),
        "Staking": KeyChanges(added=0, removed=42, changed=0),
        "VoterList": KeyChanges(added=0, removed=7, changed=0),
    }
    assert upgrade.versions is not None
    assert upgrade.versions["Staking"] == StorageVersions(before=16, after=None)
    assert len(upgrade.versions) == 5


def test_a_migration_of_several_blocks_is_told_step_by_step(westend: Outcome) -> None:
    """Westend moves the relay chain's downward queues and its history into new storage, which one step ends."""
    step = of_stage(westend.evidence, "step")
    assert step.separated == "step"
    assert step.versions == {"Dmp": StorageVersions(before=0, after=1)}
    assert step.goes_on is False


def test_a_migration_s_own_weight_is_less_than_its_block_s(westend: Outcome) -> None:
    upgrade, step = of_stage(westend.evidence, "upgrade"), of_stage(westend.evidence, "step")
    assert upgrade.separated == "difference"
    assert upgrade.ref_time is not None
    assert step.ref_time is not None
    assert upgrade.block_ref_time is not None
    assert 0 < step.ref_time < upgrade.ref_time
    assert upgrade.ref_time + step.ref_time < upgrade.block_ref_time < (upgrade.ref_time_limit or 0)
    assert upgrade.proof_size_limit is None, "relay chains have none"


def test_the_check_holds_by_what_may_be_used_and_fails_by_less(westend: Outcome) -> None:
    wide, tight, later = westend.verdict.findings[:3]
    assert [one.status.value for one in (wide, tight, later)] == ["held", "failed", "inconclusive"]
    assert "1 block(s): block" in wide.seen
    assert "ms and" in wide.seen
    assert "of its ref_time for migrations, 0.10% may" in tight.seen
    assert "no other code came into relay in that time" in later.seen


def test_a_stored_run_is_judged_alike(westend: Outcome) -> None:
    again = judge(read_evidence(westend.folder), westend.scenario.checks)
    assert [str(one) for one in again.findings] == [str(one) for one in westend.verdict.findings]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A parachain gets code of its own version, its relay chain one of the next."""
    folder = tmp_path_factory.mktemp("both")
    (folder / "para.wasm").write_bytes(renamed(PENPAL))
    (folder / "relay.wasm").write_bytes(raised(ROCOCO))
    network = {
        "relay": {"runtime": "rococo", "validators": 4},
        "parachains": [{"id": 2000, "runtime": "penpal"}],
        "channels": "none",
    }
    steps = [
        {"upgrade": {"chain": 2000, "runtime": str(folder / "para.wasm"), "path": "without_checks"}},
        {"upgrade": {"runtime": str(folder / "relay.wasm"), "path": "sudo"}},
        {"wait": {"for": "30s"}},
    ]
    return run(folder, network, steps, [{"migration": {"chain": 2000}}, {"migration": {"blocks": 1}}])


def test_code_of_the_same_version_leaves_the_check_open(both: Outcome) -> None:
    status, seen = found(both, "migration chain=2000")
    assert status == "inconclusive"
    assert "whose version is not higher than the one before" in seen
    assert not [one for one in both.evidence.of(Migrated) if one.chain == "2000"]


def test_the_first_block_under_a_higher_version_is_told_though_nothing_of_it_needs_migrating(both: Outcome) -> None:
    assert found(both, "migration blocks=1")[0] == "held"
    (upgrade,) = chain_upgrades(both.evidence, RELAY)
    assert {one.height for one in upgrade.migrated} == {upgrade.at.height + 1}
    assert [one.data.stage for one in upgrade.migrated] == ["upgrade", "step"], "Rococo has steps of its own to go"


def test_what_migrations_take_on_this_machine_stands_beside_the_run_and_not_in_its_journal(both: Outcome) -> None:
    (upgrade,) = chain_upgrades(both.evidence, RELAY)
    block = f"in block {upgrade.at.height + 1} of relay, made again"
    took = both.provenance.took
    assert set(took) == {f"migration {block}", f"step of a migration {block}"}
    assert all(seconds >= 0 for seconds in took.values())
    assert json.loads((both.folder / "run.json").read_text())["wall"]["took"] == took
    assert judge_folder(both.folder).provenance.took == took
    assert f"wall time, migration {block}" in (both.folder / "report.html").read_text()
    assert "made again" not in (both.folder / "journal.jsonl").read_text()


def test_the_blocks_that_carry_code_are_told_with_their_proofs(both: Outcome) -> None:
    """A parachain's twice: with the extrinsic, and when the relay chain lets the code into force."""
    final = {block.hash for chain in (RELAY, "2000") for block in both.evidence.canonical(chain)}
    carried = [(one.chain, one.data) for one in both.evidence.of(CodeCarried) if one.hash in final]
    assert [(chain, one.by) for chain, one in carried] == [
        ("2000", "extrinsic"),
        ("2000", "pending"),
        (RELAY, "extrinsic"),
    ]
    extrinsic, pending, relay = (one for _, one in carried)
    size = len(renamed(PENPAL))
    assert extrinsic.code == pending.code == hash_of(renamed(PENPAL))
    assert size < extrinsic.length < size + 20_000 < (extrinsic.length_limit or 0)
    assert pending.length < 20_000
    for one in (extrinsic, pending):
        assert one.proof is not None
        assert one.proof_compressed is not None
        assert size < one.proof < (one.proof_limit or 0)
        assert abs(one.proof_compressed - one.proof) < 20_000, "code is compressed already"
    assert relay.code == hash_of(raised(ROCOCO))
    assert (relay.proof, relay.proof_limit) == (None, None)


def build_of(code: bytes, body: str, version: int | None = None) -> bytes:
    """A build of a code's version with the checks of ``try-runtime`` and nothing else."""
    module = f"""(module
      (import "env" "ext_panic_handler_abort_on_panic_version_1" (func $panic (param i64)))
      (import "env" "memory" (memory 17))
      (global (export "__heap_base") i32 (i32.const 65536))
      (data (i32.const 1024) "\\04\\08\\0c\\10the sum of all stakes is another one")
      (func (export "TryRuntime_on_runtime_upgrade") (param i32 i32) (result i64) {body}))"""
    own = embedded_version(code)
    assert own is not None
    names = vec_bytes(own.spec_name.encode()) + vec_bytes(own.impl_name.encode())
    numbers = u32(own.authoring_version) + u32(version or own.spec_version) + u32(own.impl_version)
    section = b"\x0fruntime_version" + names + numbers + b"\0" + u32(own.transaction_version) + b"\1"
    return bytes(wat2wasm(module)) + b"\0" + leb128(len(section)) + section


PASSES = f"(i64.const {4 << 32 | 1024})"
"""Picoseconds 1, bytes 2, of a block with 3 and 4."""

FAILS = f"(call $panic (i64.const {37 << 32 | 1028})) unreachable"


def tried(folder: Path, code: bytes, build: bytes) -> Outcome:
    """A relay chain comes to have a code, of which there is a second build."""
    (folder / "next.wasm").write_bytes(code)
    (folder / "build.wasm").write_bytes(build)
    network = {"relay": {"runtime": "rococo", "validators": 4}}
    upgrade = {"runtime": str(folder / "next.wasm"), "path": "without_checks"}
    steps = [{"upgrade": upgrade}, {"wait": {"for": "30s"}}]
    scenario = Scenario.model_validate({"name": "tried", "network": network, "steps": steps})
    return rehearse(scenario, SimulatedProvider(), Options(out=folder / "runs", try_runtime=folder / "build.wasm"))


def test_checks_that_pass_on_the_state_of_the_migrating_block_hold(tmp_path: Path) -> None:
    outcome = tried(tmp_path, raised(ROCOCO), build_of(raised(ROCOCO), PASSES))
    status, seen = found(outcome, "try-runtime relay")
    assert status == "held"
    assert "and 2 bytes of proof" in seen
    assert outcome.verdict.exit_code == 0


def test_a_check_that_fails_fails_the_run_and_says_why(tmp_path: Path) -> None:
    outcome = tried(tmp_path, raised(ROCOCO), build_of(raised(ROCOCO), FAILS))
    status, seen = found(outcome, "try-runtime relay")
    assert status == "failed"
    assert "the sum of all stakes is another one" in seen
    assert outcome.verdict.exit_code == 1
    assert found(outcome, "code as asked")[0] == "held"
    again = judge(read_evidence(outcome.folder), ())
    assert next(one.status for one in again.findings if one.check == "try-runtime relay") == "failed"


def test_where_nothing_migrates_the_checks_are_left_open(tmp_path: Path) -> None:
    outcome = tried(tmp_path, renamed(ROCOCO), build_of(renamed(ROCOCO), PASSES))
    status, seen = found(outcome, "try-runtime relay")
    assert status == "inconclusive"
    assert "no final block of relay migrated" in seen


@pytest.mark.parametrize(
    ("build", "why"),
    [
        (lambda: raised(ROCOCO), "has no TryRuntime_on_runtime_upgrade; build the runtime with the feature"),
        (lambda: build_of(raised(ROCOCO), PASSES, 7), "is rococo 7, and the steps of tried bring rococo"),
        (lambda: b"no code", "this code is not WASM"),
    ],
)
def test_a_build_of_something_else_is_refused_before_anything_starts(
    build: Callable[[], bytes], why: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=why):
        tried(tmp_path, raised(ROCOCO), build())
    assert not (tmp_path / "runs").exists()


def test_asset_hub_s_own_migrations_are_told_and_its_proofs_though_several_blocks_share_one(tmp_path: Path) -> None:
    """Its collators make two blocks for a candidate, in whose proof the second one finds less to record."""
    old = OLDER / "asset-hub-westend.compact.compressed.wasm"
    if not old.exists():
        pytest.skip(f"needs the runtimes of the release before in {OLDER}")
    network = {
        "relay": {"runtime": "westend", "validators": 4},
        "parachains": [{"id": 1000, "runtime": str(old)}],
        "channels": "none",
    }
    steps = [{"upgrade": {"chain": 1000, "runtime": "asset-hub-westend"}}, {"wait": {"for": "60s"}}]
    outcome = run(tmp_path, network, steps, [{"migration": {"chain": 1000, "ref_time": "1 %", "proof_size": "5 %"}}])
    assert found(outcome, "migration")[0] == "held"
    (upgrade,) = chain_upgrades(outcome.evidence, "1000")
    whole, step = (one.data for one in upgrade.migrated)
    assert whole.versions == {"Psm": StorageVersions(before=0, after=None)}
    assert step.keys is not None
    assert step.keys["AssetsPrecompiles"] == KeyChanges(added=3, removed=0, changed=0)
    final = {block.hash for block in outcome.evidence.canonical("1000")}
    proofs = [one.data.proof for one in outcome.evidence.of(CodeCarried) if one.hash in final]
    assert len(proofs) == 2
    assert all(proof is not None and proof > 1_900_000 for proof in proofs)


@pytest.fixture(scope="module")
def defective(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Two parachains go over to code that migrates as a key says: one in steps of its own making, not those of
    pallet-migrations, one with twice the weight that a block may have."""
    words = {"2000": b"blocks", "2001": b"weight"}
    network = {
        "relay": {"runtime": "rococo", "validators": 4},
        "parachains": [{"id": 2000}, {"id": 2001}],
        "channels": "none",
    }
    told = [
        {
            "submit": {
                "chain": chain,
                "call": "System.set_storage",
                "args": {"items": [["0x" + b":defect".hex(), "0x" + word.hex()]]},
                "sudo": True,
            }
        }
        for chain, word in words.items()
    ]
    upgrades = [{"upgrade": {"chain": chain, "runtime": "penpal-next"}} for chain in words]
    expect = [
        {"migration": {"chain": 2000, "blocks": 3}},
        {"migration": {"chain": 2000, "blocks": 2}},
        {"migration": {"chain": 2001}},
    ]
    steps = [*told, *upgrades, {"wait": {"for": "60s"}}]
    return run(tmp_path_factory.mktemp("defective"), network, steps, expect)


def test_steps_of_a_pallet_of_ones_own_are_told_with_what_each_changed(defective: Outcome) -> None:
    (upgrade,) = chain_upgrades(defective.evidence, "2000")
    told = [(one.height, one.data.stage, one.data.separated) for one in upgrade.migrated]
    first = upgrade.at.height + 1
    assert told == [(first, "upgrade", "difference"), *((first + block, "step", "step") for block in range(3))]
    of_pallets = ([of for name, of in (one.data.keys or {}).items() if name[0] != ":"] for one in upgrade.migrated)
    assert [changes[0] for changes in of_pallets if changes] == [
        KeyChanges(added=8, removed=0, changed=0),
        KeyChanges(added=0, removed=0, changed=8),
        KeyChanges(added=0, removed=4, changed=0),
    ]


def test_a_migration_may_take_so_many_blocks_and_no_more(defective: Outcome) -> None:
    three, two = defective.verdict.findings[:2]
    assert [three.status.value, two.status.value] == ["held", "failed"]
    assert "3 blocks migrated, 2 may" in two.seen


def test_a_migration_above_its_block_s_weight_is_made_and_fails_the_check(defective: Outcome) -> None:
    status, seen = found(defective, "migration chain=2001")
    assert status == "failed"
    assert "used 200.00% of its proof_size for migrations" in seen
    (heavy,) = {one.data.ref_time for one in defective.evidence.of(Migrated) if one.chain == "2001"}
    assert heavy is not None
    assert heavy >= 10**12, "a second, of the half that a block may have"
