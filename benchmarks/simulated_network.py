"""How much faster than real time simulated networks of growing size run, and where the time goes.

    python benchmarks/simulated_network.py [VALIDATORS+PARACHAINS ...] [--seconds N]

The quickstart scenario runs first, whole, from the launch to the verdict and the report. Then each network runs once,
in a process of its own, with the quickstart's load on every parachain: three messages to the next parachain, two up to
the relay chain, two down from it, one every 6 s; state roots, ``validate_block`` for every candidate and the journal
are on. The factor counts from the first slot to the end of the load; genesis is told apart. After each line stands
the factor beside the reference (``benchmarks/reference``), which is what compares with other hours and machines.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.beside import Figure, beside_reference
from simnet.journal import FORMAT, Journal
from simnet.journal.records import RunStarted
from simnet.providers.barrier import reach_barrier
from simnet.providers.base import Launch, Plan
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, rehearse
from simnet.scenario.loader import load_scenario
from simnet.scenario.network_spec import NetworkSpec

SIZES = ("4+2", "20+5", "100+20", "300+50", "1000+100")
SCENARIO = Path(__file__).parents[1] / "scenarios" / "quickstart.yaml"
DEADLINE = 3600.0
REAL_TIME = "times real time"


def network(validators: int, parachains: int) -> NetworkSpec:
    """Rococo with Penpal parachains in a ring of channels."""
    ids = [2000 + index for index in range(parachains)]
    ring = [{"from": one, "to": two} for one, two in zip(ids, ids[1:] + ids[:1], strict=True) if one != two]
    paras = [{"id": one, "runtime": "penpal", "collators": 1} for one in ids]
    cores = {"configuration": {"config": {"scheduler_params": {"num_cores": 0}}}}
    relay = {"runtime": "rococo", "validators": validators, "genesis": cores}
    return NetworkSpec.model_validate({"relay": relay, "parachains": paras, "channels": ring})


def measure(validators: int, parachains: int, seconds: float, folder: Path) -> dict[str, float]:
    """Runs one network, whose journal goes to ``folder``, and tells what it took."""
    spec = network(validators, parachains)
    journal = Journal(time.monotonic)
    journal.begin(
        folder / "journal.jsonl",
        RunStarted(
            format=FORMAT, run="bench", scenario="bench", provider="simulated", seed=1, steps=0, versions={}, started=""
        ),
    )
    began = time.perf_counter()
    plan = Plan(topology=spec.topology(), links=tuple(spec.links), seed=1)
    running = SimulatedProvider().launch(plan, Launch(run="bench", run_dir=folder, journal=journal), DEADLINE)
    launched, zero, used = time.perf_counter(), running.now(), time.process_time()
    wasm = running.simulation.runtimes.stats().seconds
    reach_barrier(running, DEADLINE)
    at_barrier = time.perf_counter()
    ids = [str(para.id) for para in spec.parachains]
    for one, two in zip(ids, ids[1:] + ids[:1], strict=True):
        if one != two:
            running.send(one, two, count=3, every=6.0)
        running.send(one, "relay", count=2, every=6.0)
        running.send("relay", one, count=2, every=6.0)
    running.wait(seconds)
    running.settle()
    ended, used = time.perf_counter(), time.process_time() - used
    evidence = running.evidence
    stats = running.simulation.runtimes.stats()
    out = {
        "genesis s": launched - began,
        "virtual s": running.now() - zero,
        "wall s": ended - launched,
        "barrier wall s": at_barrier - launched,
        "factor": (running.now() - zero) / (ended - launched),
        "factor of CPU": (running.now() - zero) / used,
        "relay blocks": len(evidence.blocks["relay"]),
        "para blocks": sum(len(evidence.blocks[para]) for para in ids),
        "candidates judged": running.simulation.validator.judged,
        "included": len(evidence.all_events("ParaInclusion", "CandidateIncluded")),
        "messages ended": len(evidence.message_log.ended),
        "share in WASM": (stats.seconds - wasm) / (ended - launched),
        "beside it in validate_block": running.simulation.validator.seconds / (ended - launched),
        "records": len(evidence.records),
        "finality lag": evidence.best[plan.topology.nodes[0].name][-1].height
        - evidence.finalized[plan.topology.nodes[0].name][-1].height,
        "slots lost": sum(len(log.read_text().splitlines()) for log in (folder / "logs").glob("*.log")),
        "MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    running.close()
    return out


def quickstart() -> None:
    """Runs the quickstart as `simnet run` does, reports included, and prints what it took."""
    with beside_reference() as figures, tempfile.TemporaryDirectory(prefix="simnet-bench-") as out:
        began = time.perf_counter()
        outcome = rehearse(load_scenario(SCENARIO), SimulatedProvider(), Options(out=Path(out)))
        wall, virtual = time.perf_counter() - began, outcome.evidence.records[-1].t
        status = outcome.verdict.status.value
        print(f"quickstart  {status}, virtual s {virtual:.1f}, wall s {wall:.2f}, factor {virtual / wall:.4g}")
        figures.append(Figure("quickstart", virtual / wall, REAL_TIME))


def main() -> None:
    """Prints one line per network."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", nargs="*", default=SIZES)
    parser.add_argument("--seconds", type=float, default=180.0, help="Virtual time under load after the barrier.")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.one:
        quickstart()
    for size in arguments.sizes:
        validators, parachains = map(int, size.split("+"))
        if arguments.one:
            with tempfile.TemporaryDirectory(prefix="simnet-bench-") as folder:
                print(json.dumps(measure(validators, parachains, arguments.seconds, Path(folder))))
            continue
        command = [sys.executable, __file__, "--one", size, "--seconds", str(arguments.seconds)]
        with beside_reference() as figures:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{size:>9}  failed: {done.stderr.strip().splitlines()[-1]}")
                continue
            seen = json.loads(done.stdout.splitlines()[-1])
            print(f"{size:>9}  " + ", ".join(f"{name} {value:,.4g}" for name, value in seen.items()))
            figures.append(Figure(f"network {size}", seen["factor"], REAL_TIME))
            figures.append(Figure(f"network {size}, of CPU", seen["factor of CPU"], "s/CPU-s"))


if __name__ == "__main__":
    main()
