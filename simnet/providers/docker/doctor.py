"""What this machine can and cannot do with Docker: engine, kernel, memory, space, images, then fault by fault."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import docker
import docker.errors

from simnet.errors import EngineError
from simnet.faults import (
    KINDS,
    Byzantine,
    Database,
    Degrade,
    Fault,
    Isolate,
    Kill,
    OneWayCut,
    Partition,
    Pause,
    Restart,
    Restore,
    Snapshot,
    Wipe,
    effect,
)
from simnet.network.topology import Topology
from simnet.providers.base import Capability
from simnet.providers.docker.engine import connect
from simnet.providers.docker.sandbox_image import sandbox_tag
from simnet.providers.docker.sandbox_trial import SandboxTrial, try_sandbox

ENGINE = "engine"
SANDBOX = "sandbox"
NEEDED = (ENGINE, SANDBOX)
"""Without these nothing runs on Docker here."""

_CYCLES: dict[Database, str] = {
    "kept": Restart.kind,
    "emptied": Wipe.kind,
    "copied": Snapshot.kind,
    "put back": Restore.kind,
}
_GIB = 2**30
_LIMITS = {"memory": "MemoryLimit", "cpus": "CpuCfsQuota", "pids": "PidsLimit"}
"""Limits of a node's container, and what an engine says of itself if it enforces them."""
_CUTS = (Partition.kind, Isolate.kind, OneWayCut.kind)
_BY = {
    **dict.fromkeys(_CUTS, "a packet filter in each node's own sandbox"),
    **dict.fromkeys((Snapshot.kind, Restore.kind), "the node's volume is copied while its process is down"),
    Pause.kind: "the engine freezes the node's process",
    Degrade.kind: "netem or a packet queue in each node's own sandbox, whichever the kernel has",
}
_BY_THE_ENGINE = "the engine starts and ends the node's process"
HONEST = "official nodes follow the protocol; give a validator a twin (twin_of), or run this on simulated nodes"
NOWHERE = {Byzantine.kind: HONEST}
"""Means that no machine has for real nodes, and why."""

_SHAPED_BY = {"netem": "netem, where packets leave a node", "nfqueue": "a packet queue, where packets reach a node"}


SHAPING = Degrade.kind
"""The means of faults that make links slow, lossy or narrow, which only a trial tells of."""


def means_of(fault: Fault, topology: Topology) -> tuple[str, ...]:
    """The kinds of simnet's own faults by whose means a fault of any kind is done here."""
    cycle = fault.cycle()
    if cycle is not None:
        return (_CYCLES[cycle.database],)
    asked = effect(topology, fault)
    means = [Pause.kind if process == "paused" else Kill.kind for process in asked.nodes.values()]
    means += [Partition.kind if state.cut else SHAPING for state in asked.links.values()]
    means += [Byzantine.kind] if asked.acts else []
    return tuple(dict.fromkeys(means))


def capabilities(trial: SandboxTrial | None = None) -> list[Capability]:
    """Found by asking the engine, which starts nothing, and by what a trial showed, if there was one. Whether links can
    be shaped shows only that."""
    try:
        info: dict[str, Any] = connect().info()
    except EngineError as error:
        return [Capability(ENGINE, False, str(error))]
    by, lacking = _BY, dict(NOWHERE)
    if info.get("CgroupDriver") == "none":
        lacking[Pause.kind] = "this rootless engine has no cgroups; run it with systemd and cgroup v2"
    if trial is not None:
        by = {**_BY, Degrade.kind: _SHAPED_BY.get(trial.mode or "", _BY[Degrade.kind])}
        shown = {**dict.fromkeys(KINDS, trial.sandbox), Pause.kind: trial.pausing, Degrade.kind: trial.shaping}
        shown |= dict.fromkeys(_CUTS, trial.cutting)
        lacking = {kind: why for kind, why in shown.items() if why is not None} | lacking
    return [
        Capability(ENGINE, True, f"Docker {info['ServerVersion']}"),
        *(Capability(kind, kind not in lacking, lacking.get(kind, by.get(kind, _BY_THE_ENGINE))) for kind in KINDS),
    ]


def examine(images: Iterable[str]) -> list[Capability]:
    """Everything, by asking and by trying; ``images`` are those that a default network needs."""
    found = capabilities()
    if not found[0].available:
        return found
    client = connect()
    trial = try_sandbox(client)
    return [
        *_machine(client),
        *(_image(client, name) for name in images),
        Capability(SANDBOX, trial.sandbox is None, trial.sandbox or f"{sandbox_tag()} starts, and its agent answers"),
        *capabilities(trial)[1:],
    ]


def _machine(client: docker.DockerClient) -> list[Capability]:
    info: dict[str, Any] = client.info()
    version = client.version()
    cores, memory = int(info["NCPU"]), info["MemTotal"] / _GIB
    limits = [name for name, key in _LIMITS.items() if not info.get(key)]
    return [
        Capability(
            ENGINE, True, f"Docker {version['Version']}, API {version['ApiVersion']}, {info['OperatingSystem']}"
        ),
        Capability(
            "kernel", info["OSType"] == "linux", f"{info['OSType']} {info['KernelVersion']}, {info['Architecture']}"
        ),
        Capability("harness", True, f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"),
        Capability("cores", cores >= 2, f"{cores}; six nodes want two or more"),
        Capability("memory", memory > 4, f"{memory:.1f} GiB; a node takes about 0.3 GiB"),
        _space(Path(info["DockerRootDir"]), "disk of the engine"),
        _space(Path.cwd(), "disk of this folder"),
        Capability(
            "resource limits", not limits, f"not enforced here: {', '.join(limits)}" if limits else ", ".join(_LIMITS)
        ),
    ]


def _space(folder: Path, name: str) -> Capability:
    try:
        free = shutil.disk_usage(folder).free / _GIB
    except OSError:
        return Capability(name, True, f"{folder} is not on this machine, so its space was not looked at")
    return Capability(name, free > 5, f"{free:.0f} GiB free at {folder}; with less than 5 a long run may fill it")


def _image(client: docker.DockerClient, name: str) -> Capability:
    try:
        image = client.images.get(name)
    except docker.errors.ImageNotFound:
        return Capability(
            f"image {name}", False, "not here; pulled when needed, or see `simnet images` for the ways out"
        )
    return Capability(f"image {name}", True, f"here, {str(image.id)[:19]}, {image.attrs.get('Architecture', '?')}")
