"""``--try-runtime`` with a build that FRAME made: the checks of penpal-next, one of which fails as a storage key says.

``runtimes/build.sh penpal-next-try-runtime`` makes it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from simnet.errors import InputError
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, Outcome, rehearse
from simnet.scenario import Scenario
from tests.providers.simulated.test_upgrading import NETWORK, found

BUILD = Path(__file__).with_name("penpal-next-try-runtime.compact.compressed.wasm")


def run(folder: Path, word: str | None, runtime: str = "penpal-next") -> Outcome:
    key = {"items": [[f"0x{b':defect'.hex()}", f"0x{(word or '').encode().hex()}"]]}
    told: list[dict[str, Any]] = [{"submit": {"call": "System.set_storage", "args": key, "chain": 2000, "sudo": True}}]
    upgrade = {"chain": 2000, "runtime": runtime, "path": "without_checks"}
    steps = [*(told if word is not None else []), {"upgrade": upgrade}, {"wait": {"for": "30s"}}]
    scenario = Scenario.model_validate({"name": "tried", "network": NETWORK, "steps": steps})
    return rehearse(scenario, SimulatedProvider(), Options(out=folder / "runs", try_runtime=BUILD))


def test_the_build_is_the_one_whose_digest_is_recorded() -> None:
    digest, name = BUILD.with_name("SHA256SUMS").read_text().split()
    assert name == BUILD.name
    assert hashlib.sha256(BUILD.read_bytes()).hexdigest() == digest


def test_a_check_that_fails_after_the_migration_fails_the_run_with_what_it_says(tmp_path: Path) -> None:
    outcome = run(tmp_path, "check")
    assert outcome.verdict.exit_code == 1
    status, seen = found(outcome, "try-runtime 2000")
    assert status == "failed"
    assert "the check of a defective runtime fails" in seen


def test_checks_that_pass_hold(tmp_path: Path) -> None:
    outcome = run(tmp_path, None)
    assert found(outcome, "try-runtime 2000")[0] == "held"
    assert outcome.verdict.exit_code == 0


def test_a_build_of_another_version_than_any_that_comes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="penpal-parachain 2"):
        run(tmp_path, None, "penpal-again")
