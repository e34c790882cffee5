"""Networks whose validators have few cores, on either provider, for benchmarks that compare what load does to both."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simnet.journal import FORMAT, Journal
from simnet.journal.records import RunStarted
from simnet.network.topology import Topology
from simnet.providers.barrier import reach_barrier
from simnet.providers.base import Launch, Plan, Provider
from simnet.rehearsal import new_run_id
from simnet.scenario.network_spec import NetworkSpec, usual_name

LAUNCH_WITHIN = 900.0
"""Seconds until the barrier; with half a core each, nodes compile their runtimes for long."""


def limited(
    validators: int,
    parachains: int,
    cpus: float | None,
    *,
    image: str | None = None,
    genesis: dict[str, Any] | None = None,
) -> Topology:
    """Rococo with validators that have ``cpus`` each, and Penpal parachains whose collators have what they want. The
    last validator runs ``image``."""
    resources = {} if cpus is None else {"cpus": cpus}
    nodes: list[dict[str, Any]] = [{"name": usual_name(at), "resources": resources} for at in range(validators)]
    if image is not None:
        nodes[-1]["image"] = image
    relay = {"runtime": "rococo", "validators": nodes, "genesis": genesis or {}}
    paras = [{"id": 2000 + index, "runtime": "penpal", "collators": 1} for index in range(parachains)]
    data = {"relay": relay, "parachains": paras, "channels": "none"}
    return NetworkSpec.model_validate(data, context={"file": True}).topology()


@contextmanager
def launched(provider: Provider, topology: Topology, folder: Path, seed: int = 0) -> Iterator[Any]:
    """A network at its barrier, closed at the end. ``folder`` is its run folder."""
    began, run = time.monotonic(), new_run_id("load")
    journal = Journal(lambda: time.monotonic() - began)
    journal.begin(
        folder / "journal.jsonl",
        RunStarted(
            format=FORMAT, run=run, scenario="load", provider=provider.name, seed=seed, steps=0, versions={}, started=""
        ),
    )
    plan = Plan(topology=topology, seed=seed)
    network = provider.launch(plan, Launch(run=run, run_dir=folder, journal=journal), LAUNCH_WITHIN)
    try:
        reach_barrier(network, LAUNCH_WITHIN)
        yield network
    finally:
        network.close()
