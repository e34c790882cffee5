"""Prints what a real network of six nodes costs: time to start by cause, the harness's own CPU and memory, fault times.

    python benchmarks/docker_network.py            (runtimes compiled before, as for every run but the first)
    python benchmarks/docker_network.py --cold     (simnet compiles them anew for the specs, as on a fresh machine)

What a processor does is told once more beside the reference (``benchmarks/reference``), which is what compares with
other hours and machines; what waits for slots and sessions is not, since a faster machine hardly shortens it.

Needs a Docker engine with the node images. Takes about five minutes on two cores.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.beside import Figure, beside_reference
from simnet.faults import Partition
from simnet.journal import FORMAT, Journal, Kind
from simnet.journal.records import PhaseTimed, RunStarted
from simnet.network.topology import RELAY
from simnet.providers.barrier import reach_barrier
from simnet.providers.base import Launch, Plan
from simnet.providers.docker.docker_provider import DockerProvider
from simnet.providers.network import Network
from simnet.rehearsal import START_WITHIN, new_run_id
from simnet.scenario.loader import load_network

NETWORK = Path(__file__).parent.parent / "scenarios" / "networks" / "two-regions.yaml"
IDLE = 60.0
PARTITIONS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cold", action="store_true", help="use an empty cache of compiled runtimes")
    arguments = parser.parse_args()
    print(f"$ python {' '.join(sys.argv)}")
    print(f"# {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory(prefix="simnet-bench-") as folder:
        if arguments.cold:
            os.environ["XDG_CACHE_HOME"] = str(Path(folder) / "cache")
        with beside_reference() as figures:
            measure(Path(folder), figures)


def measure(folder: Path, figures: list[Figure]) -> None:
    started = time.monotonic()
    journal = Journal(lambda: time.monotonic() - started, folder / "journal.jsonl")
    run = new_run_id("bench")
    journal.append(
        RunStarted(
            format=FORMAT, run=run, scenario="bench", provider="docker", seed=0, steps=0, versions={}, started=""
        )
    )
    plan = Plan(topology=load_network(NETWORK).topology())
    network = DockerProvider().launch(plan, Launch(run=run, run_dir=folder, journal=journal), START_WITHIN)
    try:
        reach_barrier(network, START_WITHIN)
        delivered = first_delivery(network)
        figures.extend(starting(journal, delivered))
        idle(network)
        figures.extend(partitions(network))
        closing = time.monotonic()
    finally:
        network.close()
    figures.append(figure("teardown (containers, network, volumes)", time.monotonic() - closing, "s"))
    figure("memory of the harness, peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB")


def figure(name: str, value: float, unit: str, target: str = "") -> Figure:
    print(f"{name:<58} {value:9.2f} {unit}{'   target ' + target if target else ''}", flush=True)
    return Figure(f"docker: {name.strip()}", value, unit)


def first_delivery(network: Network) -> float:
    network.send("2000", "2001", label="bench")
    return network.wait_until(
        lambda evidence: next((t.terminals[0].t for t in evidence.messages() if t.terminals), None),
        within=180,
        what="the first HRMP message to be processed in a finalized block",
    )


def starting(journal: Journal, delivered: float) -> list[Figure]:
    """Prints what the start took, and gives its phases."""
    evidence = journal.evidence
    phases = [
        figure(f"  start: {record.data.name}", record.data.end - record.data.start, "s")
        for record in evidence.of(PhaseTimed)
    ]

    def first(kind: Kind, chain: str) -> float:
        return next(r.t for r in evidence.of_kind[kind] if r.chain == chain and (r.height or 0) > 0)

    figure("from nothing to the first relay block", first(Kind.HEAD_BEST, RELAY), "s")
    figure("from nothing to the first finalized relay block", first(Kind.HEAD_FINALIZED, RELAY), "s")
    figure("from nothing to the first session change", evidence.session_changes()[0][0], "s")
    figure("from nothing to the first parachain block", first(Kind.HEAD_BEST, "2000"), "s")
    figure("from nothing to the barrier t0", evidence.t0 or 0.0, "s")
    figure("from nothing to the first delivered HRMP message", delivered, "s")
    return phases


def idle(network: Network) -> None:
    """The harness's own CPU while the network runs and nothing is asked of it."""
    before, start = time.process_time(), time.monotonic()
    network.wait(IDLE)
    share = (time.process_time() - before) / (time.monotonic() - start)
    figure(f"CPU of the harness over {IDLE:g} s idle, share of a core", share * 100, "%", "under 5 %")


def partitions(network: Network) -> list[Figure]:
    """Prints what partitions took, and gives their middle."""
    applied, healed = [], []
    groups = (("region:eu",), ("region:us",))
    for number in range(PARTITIONS):
        with network.inject(Partition(groups=groups), f"cut-{number}") as injected:
            applied.append((injected.apply_end or 0.0) - (injected.apply_start or 0.0))
        healed.append((injected.heal_end or 0.0) - (injected.heal_start or 0.0))
    cut = figure(
        f"partition of six nodes, applied and read back, median of {PARTITIONS}",
        statistics.median(applied) * 1000,
        "ms",
        "under 300 ms",
    )
    figure("  longest", max(applied) * 1000, "ms", "under 300 ms")
    return [
        cut,
        figure(f"partition healed and read back, median of {PARTITIONS}", statistics.median(healed) * 1000, "ms"),
    ]


if __name__ == "__main__":
    main()
