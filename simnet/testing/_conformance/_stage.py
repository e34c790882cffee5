"""Where rules are tried: a small network, and toys launched for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simnet.journal import FORMAT, Journal
from simnet.journal.records import Barrier, RunStarted
from simnet.network.topology import Topology
from simnet.providers.base import Launch, Plan
from simnet.scenario import NetworkSpec
from simnet.scratch import scratch_folder
from simnet.testing._toy_network import ToyNetwork

TWO_REGIONS = NetworkSpec.model_validate(
    {
        "relay": {
            "validators": [
                {"name": "alice", "region": "eu", "provider": "one"},
                {"name": "bob", "region": "eu", "provider": "two"},
                {"name": "charlie", "region": "us", "provider": "one"},
                {"name": "dave", "region": "us", "provider": "two"},
            ]
        },
        "parachains": [{"id": 2000}, {"id": 2001}],
    }
)
"""Four validators in two regions and of two hosting providers, two parachains with a collator each."""

_STARTED = RunStarted(
    format=FORMAT,
    run="conformance",
    scenario="conformance",
    provider="toy",
    seed=0,
    steps=0,
    versions={},
    started="1970-01-01T00:00:00+00:00",
)


@contextmanager
def toy(topology: Topology) -> Iterator[ToyNetwork]:
    """A toy network that has run for a minute since its barrier."""
    journal = Journal(lambda: 0.0)
    with scratch_folder("rules") as folder:
        journal.begin(None, _STARTED)
        launch = Launch(run="conformance", run_dir=Path(folder), journal=journal)
        network = ToyNetwork(Plan(topology=topology), launch)
        network.wait(30)
        journal.append(Barrier())
        network.wait(60)
        yield network
