"""All that an engine has, labelled or not, but for images."""

from __future__ import annotations

import docker

from simnet.providers.docker.engine import RUN_LABEL


def inventory(engine: docker.DockerClient) -> set[str]:
    """Containers, networks and volumes of whomever, by kind and id."""
    return {
        *(f"container {one.id}" for one in engine.containers.list(all=True, ignore_removed=True)),
        *(f"network {one.id}" for one in engine.networks.list()),
        *(f"volume {one.id}" for one in engine.volumes.list()),
    }


def left_since(engine: docker.DockerClient, before: set[str], run: str) -> set[str]:
    """What came since an inventory and is still there, but for what others made meanwhile: what is labelled with
    another run, and what their containers use."""
    others = [one for one in engine.containers.list(all=True, ignore_removed=True) if one.labels.get(RUN_LABEL) != run]
    theirs = {f"container {one.id}" for one in others if RUN_LABEL in one.labels}
    theirs |= {f"volume {mount['Name']}" for one in others for mount in one.attrs["Mounts"] if "Name" in mount}
    for kind, things in (("network", engine.networks.list()), ("volume", engine.volumes.list())):
        theirs |= {f"{kind} {one.id}" for one in things if (one.attrs["Labels"] or {}).get(RUN_LABEL, run) != run}
    return inventory(engine) - before - theirs
