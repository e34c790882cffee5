"""What this engine and its kernel let a sandbox do, found by trying it in one that is made and removed for this."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass

import docker
import docker.errors
from docker.models.containers import Container
from requests.exceptions import RequestException

from simnet.errors import EngineError, SimnetError
from simnet.faults import LinkState
from simnet.providers.docker.engine import Engine, remove_run
from simnet.providers.docker.link_agent import LinkAgent, Tables
from simnet.providers.docker.sandbox_image import ensure_sandbox_image
from simnet.providers.docker.site import agent_of, start_sandbox

_READY_WITHIN = 15.0
"""Seconds; an agent on a busy machine answers within two."""

_NOBODY = "192.0.2.1"
"""An address for documentation (RFC 5737): no node has it."""

_SHAPED = LinkState(delay=0.01, loss=0.01)


@dataclass(frozen=True)
class SandboxTrial:
    """What was tried. Each part is None when it worked, else why it did not."""

    sandbox: str | None
    cutting: str | None
    shaping: str | None
    pausing: str | None
    mode: str | None = None
    """How links are shaped: ``netem``, ``nfqueue`` or ``filter`` (not at all)."""


def try_sandbox(client: docker.DockerClient) -> SandboxTrial:
    """Starts one sandbox, cuts and shapes a link to nobody, pauses it, and removes it; takes about two seconds.

    The sandbox image is built if it is not there.
    """
    engine = Engine(client, f"trial-{os.getpid()}-{secrets.token_hex(2)}")
    container: Container | None = None
    try:
        token = secrets.token_hex(16)
        image, network = ensure_sandbox_image(client), engine.network()
        container = start_sandbox(engine, image, "trial", network=network, token=token)
        agent = agent_of(container, token)
        agent.wait_ready(_READY_WITHIN)
        cutting = _try_link(agent, LinkState(cut=True))
        shaping = cutting or _try_shaping(agent)
        mode = agent.mode
        return SandboxTrial(sandbox=None, cutting=cutting, shaping=shaping, pausing=_try_pausing(container), mode=mode)
    except (SimnetError, docker.errors.DockerException, RequestException, KeyError) as error:
        why = _why(error, container)
        return SandboxTrial(sandbox=why, cutting=why, shaping=why, pausing=why)
    finally:
        remove_run(client, engine.run)


def _try_shaping(agent: LinkAgent) -> str | None:
    if agent.mode == "filter":
        return (
            "this kernel has neither netem nor NFQUEUE, so links can only be cut; load the module sch_netem or"
            " nfnetlink_queue on the engine's host (`modprobe sch_netem`), or use a kernel that has one"
        )
    return _try_link(agent, _SHAPED)


def _try_link(agent: LinkAgent, state: LinkState) -> str | None:
    outgoing = agent.mode == "netem" and not state.cut
    tables = Tables(ingress={}, egress={_NOBODY: state}) if outgoing else Tables(ingress={_NOBODY: state}, egress={})
    try:
        seen = agent.apply(1, tables)
    except SimnetError as error:
        return str(error)
    table = seen.egress if outgoing else seen.ingress
    if _NOBODY not in table or table[_NOBODY].cut != state.cut:
        return f"the kernel took the rule and does not show it: asked {state}, read back {table.get(_NOBODY)}"
    return None


def _try_pausing(container: Container) -> str | None:
    try:
        container.pause()
        container.unpause()
    except docker.errors.APIError as error:
        return f"the engine refused to pause a container: {error.explanation or error}"
    return None


def _why(error: Exception, container: Container | None) -> str:
    tail = b""
    if container is not None:
        with contextlib.suppress(docker.errors.DockerException, EngineError, RequestException):
            tail = container.logs(tail=5)
    said = tail.decode(errors="replace").strip()
    return f"a sandbox does not work here: {error}" + (f"; it says: {said}" if said else "")
