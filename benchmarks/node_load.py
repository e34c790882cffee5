"""Prints what real validators take for what simulated ones take from ``simnet/providers/simulated/times.py``, by the
cores that they have: executing and compiling validation code, importing blocks, and all their processes together.

    python -m benchmarks.node_load                    (without a limit, one core, half a core; 30 minutes)
    python -m benchmarks.node_load --cpus 0.5 --seconds 300

Needs a Docker engine with the node images, and a machine that does nothing else: ``--validators`` times ``--cpus``
should be less than its cores. Where a validator has less than a core and does one thing at a time, what a histogram has
is the CPU time divided by the cores, so that the limited runs give CPU times; the run without a limit shows how far
they are from the constants, which are wall times of a busy machine. What checking a signature takes, the node tells:

    docker run --rm --cpus 0.5 parity/polkadot:v1.25.1 benchmark machine --chain rococo-local --allow-fail
"""

from __future__ import annotations

import argparse
import json
import math
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.limited_network import launched, limited
from simnet.providers.docker.docker_provider import DockerProvider
from simnet.providers.simulated.clock import SECOND
from simnet.providers.simulated.times import IMPORT, PREPARING, VALIDATING, Duration

HISTOGRAMS: Mapping[str, tuple[str, Duration | None]] = {
    "executing": ("polkadot_pvf_execution_time", VALIDATING),
    "waiting for a worker": ("polkadot_pvf_execution_queued_time", None),
    "compiling": ("polkadot_pvf_preparation_time", PREPARING),
    "importing a block": ("substrate_block_verification_and_import_time", IMPORT),
}
"""The node's own histograms, in seconds, each with what a simulated node draws."""

_BUCKET = re.compile(r'le="([^"]+)"')

Samples = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpus", type=float, nargs="*", default=[0.0, 1.0, 0.5], help="0: no limit")
    parser.add_argument("--validators", type=int, default=4)
    parser.add_argument("--parachains", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=300.0, help="after the barrier")
    arguments = parser.parse_args()
    for cpus in arguments.cpus:
        topology = limited(arguments.validators, arguments.parachains, cpus or None)
        with (
            tempfile.TemporaryDirectory(prefix="simnet-load-") as folder,
            launched(DockerProvider(), topology, Path(folder)) as network,
        ):
            names = [node.name for node in topology.validators]
            before, began = {name: used(network, name) for name in names}, network.now()
            network.wait(arguments.seconds)
            passed = network.now() - began
            shares = [(used(network, name) - before[name]) / passed for name in names]
            nodes = [samples(Path(folder) / "metrics" / f"{name}.jsonl") for name in names]
        told = "no limit" if cpus == 0 else f"{cpus:g} cores"
        print(f"{told}: {sum(shares) / len(shares):.3f} cores in use on average, {max(shares):.3f} the most")
        for what, (family, drawn) in HISTOGRAMS.items():
            print(f"  {what:<22} {line(nodes, family, drawn)}", flush=True)


def used(network: Any, node: str) -> float:
    """Seconds of CPU that a node's container has used."""
    stats = network.runners[node].container.stats(stream=False)
    return float(stats["cpu_stats"]["cpu_usage"]["total_usage"]) / SECOND


def samples(file: Path) -> Samples:
    """What a node's metrics were at last."""
    last: Samples = {}
    for text in file.read_text().splitlines():
        last |= json.loads(text)["changed"]
    return last


def line(nodes: Iterable[Samples], family: str, drawn: Duration | None) -> str:
    """Count, mean and quantiles of a histogram, of all nodes together, beside what is drawn."""
    together: dict[float, float] = {}
    total = 0.0
    for node in nodes:
        for series, value in node.items():
            if series.partition("{")[0] == f"{family}_sum":
                total += value
            if series.partition("{")[0] == f"{family}_bucket":
                found = _BUCKET.search(series)
                assert found is not None, series
                edge = math.inf if found[1] == "+Inf" else float(found[1])
                together[edge] = together.get(edge, 0.0) + value
    buckets = sorted(together.items())
    count = buckets[-1][1] if buckets else 0.0
    if count == 0:
        return "none"
    low, median, high = (quantile(buckets, share) for share in (0.05, 0.5, 0.95))
    seen = f"{count:5.0f} times, mean {total / count:7.3f} s; 5, 50, 95 %: {low:.3f}, {median:.3f}, {high:.3f} s"
    return seen if drawn is None else f"{seen}; drawn with {drawn.median / SECOND:.3f} s and {drawn.spread:g}"


def quantile(buckets: list[tuple[float, float]], share: float) -> float:
    """Of a cumulative histogram, by upper edge; even within a bucket, and the last edge beyond all."""
    wanted, below, edge = share * buckets[-1][1], 0.0, 0.0
    for upper, count in buckets:
        if count >= wanted:
            if math.isinf(upper):
                return edge
            return edge + (upper - edge) * (wanted - below) / max(count - below, 1e-9)
        below, edge = count, upper
    return edge


if __name__ == "__main__":
    main()
