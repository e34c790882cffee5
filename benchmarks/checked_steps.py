"""What looking at steps before the launch costs, beside starting the network that they are for.

    python -m benchmarks.checked_steps [STEPS] [--rounds N]

A scenario of 100 steps on two validators, Asset Hub and a Penpal parachain is read and checked as `simnet run` does it:
transfers, batches, origins, storage, in turn. Each round is a process of its own, which checks the network without
steps, then all steps, and then launches the network up to its barrier. It prints the middle of the rounds in seconds:
checking without steps, which is mostly genesis and kept for what follows; checking the steps; and starting the network.
The steps are to take less than the start, and the middle of the rounds' ratios says how much.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from simnet.journal import FORMAT, Journal
from simnet.journal.records import RunStarted
from simnet.preflight import in_scenario
from simnet.providers.barrier import reach_barrier
from simnet.providers.base import Launch, Plan
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.scenario import Scenario
from simnet.scenario.loader import load_scenario

DEADLINE = 3600.0
NETWORK = """
network:
  relay: {validators: 2}
  parachains: [{id: 1000, runtime: asset-hub-westend}, {id: 2000}]
"""
STEPS = (
    "submit: {call: Balances.transfer_keep_alive, args: {dest: 'para:2000', value: 1.5 ROC}}",
    "submit: {chain: 1000, as: alice, calls: [{call: System.remark, args: {remark: note}},"
    " {call: Balances.transfer_all, args: {dest: bob, keep_alive: true}}]}",
    "submit: {as: {origin: {Origins: WhitelistedCaller}}, call: System.remark, args: {remark: '0x00'}}",
    "submit: {chain: 2000, as: {account: //Bob}, call: Balances.transfer_keep_alive,"
    " args: {dest: alice, value: 1 UNIT}}",
    "set_storage: {chain: 1000, items: [{item: PolkadotXcm.SafeXcmVersion, value: 4}, {key: '0x12', value: null}]}",
)


def written(folder: Path, steps: int) -> Path:
    """A file of that many steps."""
    file = folder / f"steps-{steps}.yaml"
    lines = "".join(f"- {STEPS[at % len(STEPS)]}\n" for at in range(steps))
    file.write_text(f"name: checked{NETWORK}" + (f"steps:\n{lines}" if steps else ""))
    return file


def started(scenario: Scenario, folder: Path) -> None:
    """Launches the network up to its barrier."""
    journal = Journal(time.monotonic)
    journal.begin(
        folder / "journal.jsonl",
        RunStarted(
            format=FORMAT, run="bench", scenario="bench", provider="simulated", seed=1, steps=0, versions={}, started=""
        ),
    )
    plan = Plan(topology=scenario.topology, seed=1)
    network = SimulatedProvider().launch(plan, Launch(run="bench", run_dir=folder, journal=journal), DEADLINE)
    reach_barrier(network, DEADLINE)
    network.close()


def one_round(steps: int) -> dict[str, float]:
    """Seconds of this process: ``without`` steps, ``whole``, and ``start``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        took = {}
        for label, count in (("without", 0), ("whole", steps)):
            file = written(folder, count)
            begun = time.perf_counter()
            scenario = load_scenario(file, further=in_scenario)
            took[label] = time.perf_counter() - begun
        begun = time.perf_counter()
        started(scenario, folder)
        return {**took, "start": time.perf_counter() - begun}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", nargs="?", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        print(json.dumps(one_round(asked.steps)))
        return
    command = [sys.executable, "-m", "benchmarks.checked_steps", str(asked.steps), "--once"]
    rounds = [json.loads(subprocess.check_output(command)) for _ in range(asked.rounds)]
    middle = {label: statistics.median(one[label] for one in rounds) for label in rounds[0]}
    ratio = statistics.median(one["whole"] / one["start"] for one in rounds)
    print(f"reading and checking without steps, genesis of three chains: {middle['without']:.2f} s")
    print(f"{asked.steps} steps more, the network known:                        {middle['whole']:.2f} s")
    print(f"starting the network, to its barrier:                        {middle['start']:.2f} s")
    print(f"{asked.steps} steps take {ratio:.2f} of the start (target: less than 1)")


if __name__ == "__main__":
    main()
