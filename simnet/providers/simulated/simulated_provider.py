"""Launching a simulated network: runtimes compiled, genesis built, nodes started, each phase journaled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from simnet.faults import KINDS
from simnet.journal.records import NetworkLaunched, NodeReady
from simnet.providers.base import Capability, Launch, Plan, Unsupported
from simnet.providers.simulated.clock import SECOND, Clock
from simnet.providers.simulated.defects import known_defects
from simnet.providers.simulated.randomness import Streams
from simnet.providers.simulated.settings import refused_settings, shared_settings
from simnet.providers.simulated.simulated_network import EPOCH, SimulatedNetwork
from simnet.providers.timed_network import phase
from simnet.runtime.bundled import runtime_digests
from simnet.runtime.genesis import GenesisMaker
from simnet.runtime.host import Host
from simnet.runtime.tokens import tokens_of_specs

_REAL_NODES = "simulated nodes are no processes; run this on the docker provider"


class SimulatedProvider:
    """Runs the chains' own runtimes in this process. Needs nothing but Python."""

    name = "simulated"
    epoch: datetime | None = EPOCH
    writes_blocks = True

    def __init__(self, *, defects: Iterable[str] = ()) -> None:
        """``defects`` are planted bugs, :data:`~simnet.providers.simulated.defects.DEFECTS`, that its networks have.

        Raises :class:`~simnet.errors.InputError` for one that does not exist.
        """
        self.defects = known_defects(defects)

    def capabilities(self) -> Sequence[Capability]:
        """Every fault of nodes and links; all of them are exact."""
        network = Capability("a simulated network", available=True, how="runtimes under wasmtime, a virtual clock")
        return [network, *(Capability(kind, available=True, how="simulated") for kind in KINDS)]

    def plan(self, plan: Plan) -> list[Unsupported]:
        """What of the plan only real nodes can show."""
        out = [Unsupported(f"log lines that match {pattern!r}", _REAL_NODES) for pattern in plan.log_patterns]
        out += [Unsupported(f"the metric {name}", _REAL_NODES) for name in plan.metrics]
        out += [Unsupported("what nodes say of their release", _REAL_NODES)] if plan.versions else []
        for node in plan.topology.nodes:
            if node.command is not None:
                out.append(Unsupported(f"the command line of {node.name}", _REAL_NODES))
            if node.flags:
                out.append(Unsupported(f"the flags {' '.join(node.flags)} of {node.name}", _REAL_NODES))
        out += refused_settings(plan.topology)
        for fault in plan.faults:
            cycle = fault.cycle()
            if cycle is not None and (cycle.image is not None or cycle.flags):
                out.append(Unsupported(f"a {fault.kind} with another image or flags, as `roll` makes too", _REAL_NODES))
        return list(dict.fromkeys(out))

    def ignored(self, plan: Plan) -> list[str]:
        """Images, environment and limits of memory and processes that all nodes of a kind share."""
        return shared_settings(plan.topology)

    def launch(self, plan: Plan, launch: Launch, deadline: float) -> SimulatedNetwork:
        """Builds genesis and starts every node; returns when their RPC answers.

        Raises :class:`~simnet.errors.InputError` for a runtime or genesis that is none.
        """
        streams = Streams(plan.seed)
        runtimes = Host(streams.secret("signatures"))
        clock = Clock()
        launch.journal.run_on(lambda: clock.now / SECOND)
        with phase(launch.journal, "genesis"):
            genesis = GenesisMaker(runtimes).all(plan.topology)
        network = SimulatedNetwork(plan, launch, genesis, runtimes, streams, clock, self.defects)
        try:
            topology = plan.topology
            launched = NetworkLaunched(
                relay=topology.relay,
                parachains=topology.parachains,
                nodes=[replace(node, image="") for node in topology.nodes],
                channels=topology.channels,
                adjusted=[text for one in genesis.values() for text in one.adjusted] or None,
                defects=self.defects or None,
                images={},
                runtimes=runtime_digests(topology),
                tokens=tokens_of_specs(topology),
            )
            launch.journal.append(launched)
            with phase(launch.journal, "nodes"):
                network.begin()
                names = {node.name for node in plan.topology.nodes if not node.joins_late}
                network.wait_until(
                    lambda evidence: names <= {record.observer for record in evidence.of(NodeReady)},
                    within=deadline,
                    what="every node to start",
                )
        except BaseException:
            network.close()
            raise
        return network
