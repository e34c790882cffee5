"""What the upgrade of a parachain costs: the clean rehearsal of four validators and two parachains, and the same
without the upgrade, which waits for as long instead.

    python -m benchmarks.upgrade              # prints CPU ms of both beside the reference, and how many times as much

The first run of each compiles what the later ones find compiled, which is told apart. It needs half a minute.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import zstandard

from benchmarks.beside import Figure, beside_reference, significant
from simnet.network.topology import Chain
from simnet.runtime.bundled import runtime_code
from simnet.scenario import NetworkSpec, Scenario
from simnet.scratch import scratch_folder
from simnet.search.trial import Trial, run_trial
from simnet.upgrades import ground_of
from simnet.upgrades.plans import CLEAN, scenario_of

_NETWORK = {"relay": {"validators": 4}, "parachains": [{"id": 2000}, {"id": 2001}]}


def main() -> None:
    """Runs both in turn and prints them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="of both")
    rounds = parser.parse_args().rounds
    with scratch_folder("upgrade") as folder, beside_reference() as figures:
        upgraded = _scenario(Path(folder))
        first, compiling = _timed(upgraded)
        length = _length(first)
        without = _without(upgraded, length)
        _timed(without)
        both = [(_timed(upgraded)[1], _timed(without)[1]) for _ in range(rounds)]
        rehearsed, quiet = (statistics.mean(side) for side in zip(*both, strict=True))
        times = statistics.median(one / other for one, other in both)
        cost = f"the rehearsal {significant(times, 3)} times as much"
        print(f"the upgrade takes {length:.0f} s of the network's time, and {cost}")
        print(
            f"as without it; the first run, which compiles, took {compiling - rehearsed:.1f} CPU-s more than later ones"
        )
        figures += [
            Figure("clean rehearsal of an upgrade", rehearsed * 1e3, "CPU ms"),
            Figure("the same without the upgrade", quiet * 1e3, "CPU ms"),
        ]


def _scenario(folder: Path) -> Scenario:
    """The clean rehearsal, of the bundled Penpal with one section more."""
    packed = runtime_code(Chain(id="2000", runtime="penpal"))
    wasm = zstandard.ZstdDecompressor().decompress(packed[8:], max_output_size=50 << 20)
    file = folder / "new.wasm"
    file.write_bytes(packed[:8] + zstandard.compress(wasm + b"\0\x0a\x09rehearsal"))
    ground = ground_of(
        NetworkSpec.model_validate(_NETWORK),
        "the benchmark",
        chain="2000",
        runtime=str(file),
        path="without_checks",
        within=600.0,
        seed=0,
    )
    return scenario_of(ground, CLEAN, "", None)


def _without(scenario: Scenario, length: float) -> Scenario:
    """The same that waits for so many seconds in place of the upgrade; what is expected of that is left out."""
    steps: Sequence[Any] = [
        {"wait": {"for": f"{length:.3f}s"}} if step.upgrade is not None else step for step in scenario.steps
    ]
    expect = [check for check in scenario.checks if check.kind not in ("upgraded", "pvf_votes")]
    return Scenario(name=scenario.name, network=scenario.network, steps=steps, expect=expect)


def _timed(scenario: Scenario) -> tuple[Trial, float]:
    """A run that held, and the CPU seconds that it took."""
    begun = time.process_time()
    trial = run_trial(scenario)
    taken = time.process_time() - begun
    if trial.verdict.exit_code:
        raise SystemExit(f"it did not hold: {[str(one) for one in trial.verdict.failures]}")
    return trial, taken


def _length(trial: Trial) -> float:
    """Seconds from the beginning of the step until its code was in a final block of every node."""
    assert trial.evidence is not None
    step = next(one.data for one in trial.evidence.steps if one.data.verb == "upgrade")
    return float(step.end - step.start)


if __name__ == "__main__":
    main()
