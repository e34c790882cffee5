"""Upgrades that must fail: which findings do, in which words, and that the same without the defect holds."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from simnet.checks import Status
from simnet.network.topology import RELAY, Chain
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, Outcome, rehearse
from simnet.runtime.bundled import runtime_code
from simnet.scenario.loader import load_scenario
from tests.upgrades.rewrites import LACKING, refusing_to_migrate, with_a_host_function_that_nodes_lack

SCENARIOS = Path(__file__).parent / "scenarios"

ROCOCO, PENPAL = (runtime_code(Chain(id=id_, runtime=name)) for id_, name in ((RELAY, "rococo"), ("2000", "penpal")))

CODES: dict[str, Callable[[], bytes]] = {
    "refusing-rococo.wasm": lambda: refusing_to_migrate(ROCOCO),
    "lacking-rococo.wasm": lambda: with_a_host_function_that_nodes_lack(ROCOCO),
    "lacking-penpal.wasm": lambda: with_a_host_function_that_nodes_lack(PENPAL),
}
"""Code that scenarios bring, by the name of its file beside them."""

STANDS = {"parachain_included": "2000 0 in", "upgraded chains go on": "no block was"}

FAILS: dict[str, dict[str, str]] = {
    "migration-panics": STANDS,
    "migration-panics-and-code-forced": STANDS,
    "migration-above-weight": {"migration": "block 16 used 200.00% of its proof_size for migrations"},
    "migration-above-time": {"parachain_included": "2000 0 in", "upgraded chains go on": "no block was included in"},
    "migration-above-proof": {
        "parachain_included": "2000 0 in",
        "upgraded chains go on": "no other block was included",
    },
    "authorities-in-second-block": {
        "parachain_included": "2000 0 in",
        "upgraded chains go on": "no other block was included",
    },
    "migration-without-end": {"steps completed": "for System.remark to be in a block of 2000"},
    "relay-migration-panics": {
        "upgraded": "0 of 4 nodes have",
        "steps completed": "trapped in Core_initialize_block",
        "upgraded chains go on": "no block was",
    },
    "relay-host-function-lacking": {
        "upgraded": "0 of 4 nodes have",
        "steps completed": f"Execution failed: it imports {LACKING}",
    },
    "host-function-lacking": {"upgraded": "accepted by validators", "steps completed": f"it imports {LACKING}"},
}
"""By the name of a scenario what of its findings must fail: how each begins, and words of what it saw."""

OVERRIDES = {"migration-panics-and-code-forced": [f"steps.2.submit.args.new_code=0x{PENPAL.hex()}"]}
"""What is too long for a file: the code that the chain had before."""


def run(name: str, folder: Path, *overrides: str) -> Outcome:
    file = folder / f"{name}.yaml"
    shutil.copy(SCENARIOS / file.name, file)
    for code, make in CODES.items():
        if code in file.read_text():
            (folder / code).write_bytes(make())
    return rehearse(load_scenario(file, overrides=overrides), SimulatedProvider(), Options(out=folder / "runs"))


@pytest.mark.parametrize("name", FAILS)
def test_a_defect_fails_what_it_breaks_and_nothing_else(name: str, tmp_path: Path) -> None:
    verdict = run(name, tmp_path, *OVERRIDES.get(name, ())).verdict
    assert verdict.harness_error is None
    failed = [(one.check, one.seen) for one in verdict.findings if one.status is Status.FAILED]
    assert verdict.exit_code == 1
    assert len(failed) == len(FAILS[name]), failed
    for (check, seen), (begins, words) in zip(failed, FAILS[name].items(), strict=True):
        assert check.startswith(begins)
        assert words in seen


def test_every_scenario_here_is_one_that_must_fail() -> None:
    assert sorted(path.stem for path in SCENARIOS.glob("*.yaml")) == sorted(FAILS)


def test_without_the_word_that_says_what_goes_wrong_the_same_upgrade_holds(tmp_path: Path) -> None:
    items = 'steps.0.submit.args.items=[["0x3a646566656374", "0x6e6f6e65"]]'
    verdict = run("migration-panics", tmp_path, items).verdict
    assert verdict.exit_code == 0, [str(one) for one in verdict.findings if one.status is not Status.HELD]
