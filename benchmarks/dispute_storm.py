"""Prints what a storm of disputes does to a network whose validators have few cores, on either provider, side by side.

    python -m benchmarks.dispute_storm simulated
    docker build --tag simnet-storm:v1.25.1 benchmarks/storm_image
    python -m benchmarks.dispute_storm docker

The execution workers of one validator lose every job for as long as the storm lasts (simulated by the act
``lose_workers``, on Docker by ``benchmarks/storm_image``), so that it disputes every candidate that it checks for an
approval. With ``--hold`` they hang before that (``hang_workers``): what it is to check waits for them, and is disputed
at once when they die. The others check again what they have no vote on. As both count from what the chain and the
nodes' heads show, the figures compare:

- disputes, how many were open at once, and the seconds from the first one on chain to the last conclusion;
- the largest finality lag in blocks, and the longest time without finality, from the storm's begin on.

Needs, for docker, a machine with more cores than ``--validators`` times ``--cpus``, and nothing else on it. The more
validators there are, the fewer of them have voted when a dispute comes, and the more have to execute the candidate.
"""

from __future__ import annotations

import argparse
import tempfile
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from benchmarks.limited_network import launched, limited
from simnet.faults import Byzantine
from simnet.journal import Evidence
from simnet.network.topology import RELAY
from simnet.providers.docker.docker_provider import DockerProvider
from simnet.providers.simulated.simulated_provider import SimulatedProvider

IMAGE = "simnet-storm:v1.25.1"
CALM = 60.0
"""Seconds before the storm, in which all validators compile what they execute."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("provider", choices=["simulated", "docker"])
    parser.add_argument("--validators", type=int, default=6)
    parser.add_argument("--parachains", type=int, default=3)
    parser.add_argument("--cpus", type=float, default=0.5, help="of each validator; 0: no limit")
    parser.add_argument("--hold", type=float, default=0.0, help="seconds before it, below 48, in which workers hang")
    parser.add_argument("--storm", type=float, default=60.0, help="seconds")
    parser.add_argument("--after", type=float, default=120.0, help="seconds after it that are looked at")
    parser.add_argument("--approvals", type=int, default=2, help="needed_approvals")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    docker = arguments.provider == "docker"
    topology = limited(
        arguments.validators,
        arguments.parachains,
        arguments.cpus or None,
        image=IMAGE if docker else None,
        genesis={"configuration": {"config": {"needed_approvals": arguments.approvals}}},
    )
    last = topology.validators[-1].name
    provider = DockerProvider() if docker else SimulatedProvider()
    with (
        tempfile.TemporaryDirectory(prefix="simnet-storm-") as folder,
        launched(provider, topology, Path(folder), arguments.seed) as network,
    ):
        network.wait(CALM)
        began = network.now()
        if docker:
            in_container(network, last, "touch", "/tmp/storm.hold")
            network.wait(arguments.hold)
            in_container(network, last, "mv", "/tmp/storm.hold", "/tmp/storm")
            network.wait(arguments.storm)
            in_container(network, last, "rm", "/tmp/storm")
        else:
            for acts, lasts in (("hang_workers", arguments.hold), ("lose_workers", arguments.storm)):
                storm = network.inject(Byzantine(targets=(last,), acts=(acts,)))
                network.wait(lasts)
                network.heal(storm)
        network.wait(arguments.after)
        network.settle()
        print(f"{arguments.provider}: {told(network.evidence, began)}")


def in_container(network: Any, node: str, *command: str) -> None:
    code, output = network.runners[node].container.exec_run(list(command))
    if code != 0:
        raise SystemExit(f"{' '.join(command)} in {node} ended with {code}: {output.decode()}")


def told(evidence: Evidence, began: float) -> str:
    """What the storm that began then did."""
    raised = [one.t for one in evidence.all_events("ParasDisputes", "DisputeInitiated") if one.t >= began]
    ended = [one.t for one in evidence.all_events("ParasDisputes", "DisputeConcluded") if one.t >= began]
    took = f"{max(ended) - min(raised):.1f} s from the first to the last conclusion" if raised and ended else "none"
    lag = max(
        head.height - (final.height if (final := evidence.head_at(node, head.t, finalized=True)) else 0)
        for node in evidence.nodes(RELAY)
        for head in evidence.best[node]
        if head.t >= began
    )
    finals = [
        [began, *(head.t for head in evidence.finalized[node] if head.t >= began)] for node in evidence.nodes(RELAY)
    ]
    gap = max(later - before for times in finals for before, later in pairwise(times))
    changes = sorted([*((t, 1) for t in raised), *((t, -1) for t in ended)], key=lambda one: (one[0], -one[1]))
    most = max(accumulate((by for _, by in changes), initial=0))
    counts = f"{len(raised)} disputes initiated in blocks, at most {most} at once, {len(ended)} concluded"
    return f"{counts}, {took}; finality lags by {lag} blocks at most and stands for {gap:.1f} s at most"


if __name__ == "__main__":
    main()
