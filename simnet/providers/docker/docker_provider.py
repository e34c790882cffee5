"""Launching a network on Docker: images, specs, sandboxes, nodes, in that order, each phase journaled."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from docker.models.containers import Container

from simnet.journal.records import NetworkLaunched, NodeReady, PhaseTimed
from simnet.network.topology import Node, Topology
from simnet.providers.base import Capability, Launch, Plan, Unsupported
from simnet.providers.docker.commands import METRICS_PORT, RPC_PORT
from simnet.providers.docker.docker_network import DockerNetwork
from simnet.providers.docker.doctor import SHAPING, capabilities, means_of, with_trial
from simnet.providers.docker.engine import Engine, connect, in_parallel, remove_run
from simnet.providers.docker.handover import Handover, RunLock
from simnet.providers.docker.images import Image, resolve
from simnet.providers.docker.link_agent import TOKEN_ENV, sandbox_options
from simnet.providers.docker.sandbox_image import ensure_sandbox_image
from simnet.providers.docker.sandbox_trial import SandboxTrial, try_sandbox
from simnet.providers.docker.site import SANDBOX_SUFFIX, Site
from simnet.providers.docker.specs import make_specs, write_specs
from simnet.runtime.bundled import runtime_digests

SANDBOX_READY = 30.0


class DockerProvider:
    """Runs official node images. Needs a Docker engine; nothing else of simnet does."""

    name = "docker"
    epoch = None

    def __init__(self) -> None:
        self._trial: SandboxTrial | None = None

    def capabilities(self) -> Sequence[Capability]:
        """What this engine allows, fault by fault, as far as it shows without starting anything."""
        return capabilities()

    def plan(self, plan: Plan) -> list[Unsupported]:
        """What of the plan cannot be had here: kinds of fault that the machine lacks something for.

        Whether links can be slow, lossy or narrow is tried in a sandbox, once, if the plan has such a fault.
        """
        found = capabilities()
        if not found[0].available:
            return [Unsupported("a network on Docker", found[0].how)]
        asked = {
            (fault.kind, means) for fault in (*plan.faults, *plan.links) for means in means_of(fault, plan.topology)
        }
        if any(means == SHAPING for _, means in asked):
            self._trial = self._trial or try_sandbox(connect())
            found = with_trial(found, self._trial)
        missing = {one.name: one.how for one in found if not one.available}
        return [Unsupported(f"the fault {kind}", missing[means]) for kind, means in sorted(asked) if means in missing]

    def ignored(self, plan: Plan) -> list[str]:
        """Nothing: containers take all that a network file says of nodes."""
        return []

    def launch(self, plan: Plan, launch: Launch, deadline: float) -> DockerNetwork:
        """Starts everything and returns when every node's RPC answers.

        Raises :class:`~simnet.errors.InputError` for a runtime or genesis that is none,
        :class:`~simnet.errors.ImageError`, :class:`~simnet.errors.EngineError`, :class:`~simnet.errors.NodeError` with
        exit code and log, or :class:`~simnet.errors.DeadlineError`. What was made is removed then, unless it is to be
        kept.
        """
        engine = Engine(connect(), launch.run, keep=launch.keep, folder=launch.run_dir)
        lock = RunLock(launch.run_dir)
        try:
            return _Launcher(plan, launch, engine, lock).go(deadline)
        except BaseException:
            try:
                if not launch.keep:
                    remove_run(engine.client, launch.run)
            finally:
                lock.release()
            raise


def images_of(plan: Plan) -> list[str]:
    """Names of the images that a network needs besides the sandbox's, those included that a restart changes to."""
    topology = plan.topology
    wanted = {node.image for node in topology.nodes}
    cycles = [cycle for fault in plan.faults if (cycle := fault.cycle()) is not None]
    wanted |= {cycle.image for cycle in cycles if cycle.image is not None}
    return sorted(wanted)


class _Launcher:
    def __init__(self, plan: Plan, launch: Launch, engine: Engine, lock: RunLock) -> None:
        self._plan = plan
        self._launch = launch
        self._engine = engine
        self._lock = lock
        self._topology: Topology = plan.topology

    def go(self, deadline: float) -> DockerNetwork:
        with self._phase("images"):
            images, sandbox_image = self._images()
        with self._phase("specs"):
            specs = make_specs(self._topology)
        with self._phase("sandboxes"):
            site = self._site(sandbox_image, {chain: spec.id for chain, spec in specs.items()})
            in_parallel(partial(agent.wait_ready, SANDBOX_READY) for agent in site.agents.values())
        with self._phase("config"):
            write_specs(self._engine, specs, self._topology.nodes[0].image)
        self._hand_over(site)
        self._launch.journal.append(
            NetworkLaunched(
                relay=self._topology.relay,
                parachains=self._topology.parachains,
                nodes=self._topology.nodes,
                channels=self._topology.channels,
                adjusted=[text for spec in specs.values() for text in spec.adjusted] or None,
                addresses=site.addresses,
                images={name: image.digest for name, image in images.items()},
                runtimes=runtime_digests(self._topology),
            )
        )
        slot_based = {chain for chain, spec in specs.items() if spec.slot_based}
        runners = site.runners(self._plan, self._launch, images, slot_based)
        network = DockerNetwork(self._plan, self._launch, site, runners, self._lock)
        try:
            with self._phase("nodes"):
                network.begin()
            with self._phase("rpc"):
                self._await_rpc(network, deadline)
        except BaseException:
            network.close()
            raise
        return network

    @contextlib.contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        journal = self._launch.journal
        start = journal.clock()
        yield
        journal.append(PhaseTimed(name=name, start=round(start, 6), end=round(journal.clock(), 6)))

    def _images(self) -> tuple[dict[str, Image], str]:
        client = self._engine.client
        found = {name: resolve(client, name) for name in images_of(self._plan)}
        return found, ensure_sandbox_image(client)

    def _site(self, image: str, spec_ids: dict[str, str]) -> Site:
        """A running sandbox per node, each with its address and its published ports."""
        network = self._engine.network()
        tokens = {node.name: secrets.token_hex(16) for node in self._topology.nodes}

        def start(node: Node) -> Container:
            options: dict[str, Any] = sandbox_options()
            options["ports"] |= {f"{port}/tcp": ("127.0.0.1", None) for port in (RPC_PORT, METRICS_PORT)}
            container = self._engine.container(
                image,
                node.name + SANDBOX_SUFFIX,
                role="sandbox",
                network=network.name,
                hostname=node.name,
                environment={TOKEN_ENV: tokens[node.name]},
                **options,
            )
            container.start()
            container.reload()
            return container

        started = in_parallel(partial(start, node) for node in self._topology.nodes)
        sandboxes = {node.name: container for node, container in zip(self._topology.nodes, started, strict=True)}
        return Site(engine=self._engine, sandboxes=sandboxes, tokens=tokens, spec_ids=spec_ids)

    def _hand_over(self, site: Site) -> None:
        Handover(
            run=self._launch.run,
            started=time.time() - self._launch.journal.clock(),
            keep=self._launch.keep,
            plan=self._plan,
            tokens=site.tokens,
            spec_ids=site.spec_ids,
        ).write(self._launch.run_dir)

    def _await_rpc(self, network: DockerNetwork, deadline: float) -> None:
        due = {node.name for node in self._topology.nodes if not node.joins_late}
        left = deadline - network.now()
        network.wait_until(
            lambda evidence: due <= {record.observer for record in evidence.of(NodeReady)},
            within=left,
            what="the RPC of every node to answer",
        )
