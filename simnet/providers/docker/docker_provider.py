"""Launching a network on Docker: images, specs, sandboxes, nodes, in that order, each phase journaled."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TextIO

from simnet.journal.records import NetworkLaunched
from simnet.network.topology import Topology
from simnet.providers.base import Capability, Launch, Plan, Unsupported
from simnet.providers.docker.docker_network import DockerNetwork
from simnet.providers.docker.doctor import SHAPING, capabilities, means_of
from simnet.providers.docker.engine import Engine, connect, in_parallel, remove_run
from simnet.providers.docker.handover import Handover, lock_run
from simnet.providers.docker.images import resolve
from simnet.providers.docker.sandbox_image import ensure_sandbox_image
from simnet.providers.docker.sandbox_trial import SandboxTrial, try_sandbox
from simnet.providers.docker.site import Site, start_sandbox
from simnet.providers.docker.specs import make_geneses, slot_based, write_specs
from simnet.providers.origins import USUAL, Origins
from simnet.providers.timed_network import phase
from simnet.runtime.bundled import runtime_digests
from simnet.runtime.tokens import tokens_of_specs

SANDBOX_READY = 30.0


class DockerProvider:
    """Runs official node images. Needs a Docker engine; nothing else of simnet does. ``pages`` are the web pages that
    may ask nodes; ``ports`` those of the host on which nodes answer JSON-RPC, by name, where it is not to be any."""

    name = "docker"
    epoch = None

    def __init__(self, pages: Origins = USUAL, ports: Mapping[str, int] | None = None) -> None:
        self._pages = pages
        self._ports = ports or {}
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
            found = capabilities(self._trial)
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
        with contextlib.ExitStack() as undo:
            lock = undo.enter_context(lock_run(launch.run_dir))
            if not launch.keep:
                undo.callback(remove_run, engine.client, launch.run)
            network = _launched(plan, launch, engine, lock, self._pages, self._ports, deadline)
            undo.pop_all()
        return network


def images_of(plan: Plan) -> list[str]:
    """Names of the images that a network needs besides the sandbox's, those included that a restart changes to."""
    wanted = {node.image for node in plan.topology.nodes}
    cycles = [cycle for fault in plan.faults if (cycle := fault.cycle()) is not None]
    return sorted(wanted | {cycle.image for cycle in cycles if cycle.image is not None})


def _launched(
    plan: Plan,
    launch: Launch,
    engine: Engine,
    lock: TextIO,
    pages: Origins,
    ports: Mapping[str, int],
    deadline: float,
) -> DockerNetwork:
    topology, journal = plan.topology, launch.journal
    with phase(journal, "images"):
        images = {name: resolve(engine.client, name) for name in images_of(plan)}
        sandbox_image = ensure_sandbox_image(engine.client)
    with phase(journal, "specs"):
        made = make_geneses(topology)
    with phase(journal, "sandboxes"):
        site = _site(engine, sandbox_image, topology, {chain: one.id for chain, one in made.items()}, pages, ports)
        in_parallel(partial(agent.wait_ready, SANDBOX_READY) for agent in site.agents.values())
    with phase(journal, "config"):
        write_specs(engine, made, topology.nodes[0].image)
    Handover(
        run=launch.run,
        started=time.time() - journal.clock(),
        keep=launch.keep,
        plan=plan,
        tokens=site.tokens,
        spec_ids=site.spec_ids,
    ).write(launch.run_dir)
    journal.append(
        NetworkLaunched(
            relay=topology.relay,
            parachains=topology.parachains,
            nodes=topology.nodes,
            channels=topology.channels,
            adjusted=[text for one in made.values() for text in one.adjusted] or None,
            addresses=site.addresses,
            images={name: image.digest for name, image in images.items()},
            runtimes=runtime_digests(topology),
            tokens=tokens_of_specs(topology),
        )
    )
    network = DockerNetwork(plan, launch, site, site.runners(plan, launch, slot_based(made)), lock)
    try:
        network.begin(deadline)
    except BaseException:
        network.close()
        raise
    return network


def _site(
    engine: Engine,
    image: str,
    topology: Topology,
    spec_ids: dict[str, str],
    pages: Origins,
    ports: Mapping[str, int],
) -> Site:
    """A running sandbox per node, on a network of its own."""
    names = [node.name for node in topology.nodes]
    tokens = {name: secrets.token_hex(16) for name in names}
    network = engine.network()
    started = in_parallel(
        partial(
            start_sandbox,
            engine,
            image,
            name,
            network=network,
            token=tokens[name],
            pages=pages,
            rpc_port=ports.get(name),
        )
        for name in names
    )
    sandboxes = dict(zip(names, started, strict=True))
    return Site(engine=engine, sandboxes=sandboxes, tokens=tokens, spec_ids=spec_ids)
