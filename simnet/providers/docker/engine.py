"""The Docker engine: everything that simnet makes there is labelled with its run, and removed by that label."""

from __future__ import annotations

import io
import os
import tarfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any

import docker
import docker.errors
import requests
from docker.models.containers import Container

from simnet.errors import EngineError, ImageError
from simnet.ownership import owner, owner_lives
from simnet.providers.deployments import Deployment
from simnet.providers.docker import confinement

RUN_LABEL = "simnet.run"
OWNER_LABEL = "simnet.owner"
KEEP_LABEL = "simnet.keep"
FOLDER_LABEL = "simnet.folder"
"""The run folder on the host that made the run: all that another process needs to drive its network lies there."""
NODE_LABEL = "simnet.node"
ROLE_LABEL = "simnet.role"


ANSWERS_WITHIN = 120
"""Seconds that an engine gets for each answer. Removing large volumes can take it a minute."""


def connect() -> docker.DockerClient:
    """A client of the engine that the environment names; raises :class:`EngineError` when none answers, and so does
    every later call that gets no answer."""
    try:
        client = docker.from_env(timeout=ANSWERS_WITHIN, max_pool_size=32)
        client.ping()
    except (docker.errors.DockerException, requests.RequestException) as error:
        raise EngineError(
            f"no Docker engine answers ({error}); start one, set DOCKER_HOST, or see `simnet doctor`"
        ) from error
    client.api.send = partial(_answered, client.api.send)  # type: ignore[method-assign]
    return client


def _answered(send: Callable[..., Any], *request: Any, **options: Any) -> Any:
    try:
        return send(*request, **options)
    except (requests.ConnectionError, requests.Timeout) as error:
        raise EngineError(
            f"the Docker engine answers no more ({error}); look whether `docker ps` answers, and restart dockerd if not"
        ) from error


class Engine:
    """Makes and removes the containers, networks and volumes of one run."""

    def __init__(
        self, client: docker.DockerClient, run: str, *, keep: bool = False, folder: Path | None = None
    ) -> None:
        self.client = client
        self.run = run
        self.keep = keep
        self._tools = Lock()
        self._labels = {RUN_LABEL: run, OWNER_LABEL: owner(), **({KEEP_LABEL: "1"} if keep else {})}
        if folder is not None:
            self._labels[FOLDER_LABEL] = str(folder.resolve())

    def network(self) -> str:
        """Makes the run's own bridge network and gives its name; the engine picks a free address range."""
        name = f"simnet-{self.run}"
        self.client.networks.create(name, driver="bridge", labels=self._labels)
        return name

    def full_name(self, name: str) -> str:
        """What a container or volume of this run is called on the engine."""
        return f"simnet-{self.run}-{name}"

    def volume(self, name: str) -> str:
        self.client.volumes.create(self.full_name(name), labels=self._labels)
        return self.full_name(name)

    def has_volume(self, name: str) -> bool:
        found = self.client.volumes.list(filters={"name": self.full_name(name)})  # and those of longer names
        return self.full_name(name) in [volume.name for volume in found]

    def remove_volume(self, name: str) -> None:
        self.client.volumes.get(self.full_name(name)).remove(force=True)

    def copy_volume(self, image: str, source: str, target: str) -> None:
        """Makes a volume ``target`` with all that ``source`` holds, by ``cp`` of ``image``."""
        volumes = {
            self.full_name(source): {"bind": "/from", "mode": "ro"},
            self.volume(target): {"bind": "/to", "mode": "rw"},
        }
        self.tool(image, ["-a", "/from/.", "/to/"], entrypoint=["cp"], volumes=volumes, **confinement.COPYING)

    def fill_volume(self, image: str, name: str, at: str, files: Mapping[str, bytes]) -> None:
        """Makes a volume with files by their paths, as ``image`` has its folder ``at`` otherwise, which all may write.

        The container that they go through never runs: one that does has a root that cannot be written to.
        """
        volumes = {self.volume(name): {"bind": at, "mode": "rw"}}
        writer = self.container(image, f"writer-{os.urandom(4).hex()}", role="tool", volumes=volumes)
        try:
            writer.put_archive("/", archive({f"{at.strip('/')}/{path}": body for path, body in files.items()}))
        finally:
            remove_container(writer)

    def container(self, image: str, name: str, *, role: str, node: str | None = None, **options: Any) -> Container:
        """A created, not started, container of this run, of one of its nodes if that is named."""
        try:
            return self.client.containers.create(
                image,
                name=self.full_name(name),
                labels={**self._labels, ROLE_LABEL: role, **({NODE_LABEL: node} if node is not None else {})},
                **options,
            )
        except docker.errors.ImageNotFound as error:
            raise ImageError(f"the image {image} is gone from the engine; load or pull it again") from error
        except docker.errors.APIError as error:
            raise EngineError(f"the engine refused the container {name} from {image}: {error.explanation}") from error

    def tool(self, image: str, command: list[str], **options: Any) -> bytes:
        """Runs a command to its end in a container, made with docker-py's ``options``, confined as a tool unless they
        say how; what it printed.

        One at a time: when two containers leave a network at once, an engine may hang for good, with its lock of one
        network and that of all networks waiting for each other (seen with 20.10.24).

        Raises :class:`EngineError` with its output when it exits with another code than 0.
        """
        name = f"tool-{os.urandom(4).hex()}"
        alone = {"user": "0", "network_mode": "none", **confinement.TOOL}
        container = self.container(image, name, role="tool", command=command, **{**alone, **options})
        try:
            with self._tools:
                container.start()
                code = container.wait(timeout=300)["StatusCode"]
            printed: bytes = container.logs()
        finally:
            remove_container(container)
        if code != 0:
            tail = "\n".join(printed.decode(errors="replace").splitlines()[-15:])
            raise EngineError(f"`{' '.join(command)}` in {image} exited with {code}:\n{tail}")
        return printed


def remove_container(container: Container) -> None:
    """Removes a container, also one that runs, with the volumes that no one named: the engine makes one for each
    ``VOLUME`` of an image that nothing is mounted at, as node images have it for /data. Named ones stay."""
    container.remove(force=True, v=True)


def containers_of(client: docker.DockerClient, run: str) -> list[Container]:
    """Every container of a run, those included that ended."""
    return client.containers.list(all=True, filters={"label": f"{RUN_LABEL}={run}"}, ignore_removed=True)


def by_node(containers: Iterable[Container], role: str) -> dict[str, Container]:
    """Those in a role that nodes have one each of, ``node`` or ``sandbox``, by the node's name."""
    named = (one for one in containers if NODE_LABEL in one.labels)  # an older simnet named no sandbox's node
    return {one.labels[NODE_LABEL]: one for one in named if one.labels[ROLE_LABEL] == role}


def leftovers(client: docker.DockerClient) -> list[Deployment]:
    """Every run of which the engine still has something, oldest run id first."""
    label: dict[str, Any] = {"label": RUN_LABEL}
    things = [
        *(("container", c.labels) for c in client.containers.list(all=True, filters=label, ignore_removed=True)),
        *(("network", n.attrs["Labels"]) for n in client.networks.list(filters=label)),
        *(("volume", v.attrs["Labels"]) for v in client.volumes.list(filters=label)),
    ]
    runs: dict[str, list[tuple[str, dict[str, str]]]] = defaultdict(list)
    for kind, labels in things:
        runs[labels[RUN_LABEL]].append((kind, labels))
    return [_deployment(run, own) for run, own in sorted(runs.items())]


def _deployment(run: str, things: Iterable[tuple[str, dict[str, str]]]) -> Deployment:
    kinds, labels = zip(*things, strict=True)
    counts = Counter(kinds).items()
    return Deployment(
        run=run,
        what=", ".join(f"{count} {kind}{'s' if count != 1 else ''}" for kind, count in counts),
        alive=any(owner_lives(one.get(OWNER_LABEL, "")) for one in labels),
        kept=any(KEEP_LABEL in one for one in labels),
        folder=next((Path(one[FOLDER_LABEL]) for one in labels if FOLDER_LABEL in one), None),
    )


def remove_run(client: docker.DockerClient, run: str) -> None:
    """Removes all that is labelled with the run: containers first, then networks and volumes. Safe to call again.

    Looks until nothing is left, since an engine may finish creating what a killed process asked for. Raises
    :class:`EngineError` when something stays for 60 s.
    """
    label: dict[str, Any] = {"label": f"{RUN_LABEL}={run}"}
    deadline = time.monotonic() + 60
    while True:
        containers = containers_of(client, run)
        sandboxes = [c for c in containers if c.labels.get(ROLE_LABEL) == "sandbox"]
        in_parallel(partial(_remove, partial(remove_container, c)) for c in containers if c not in sandboxes)
        for sandbox in sandboxes:  # one by one, as in Engine.tool
            _remove(partial(remove_container, sandbox))
        networks = client.networks.list(filters=label)
        volumes = client.volumes.list(filters=label)
        in_parallel(partial(_remove, n.remove) for n in networks)
        in_parallel(partial(_remove, partial(v.remove, force=True)) for v in volumes)
        if not (containers or networks or volumes):
            return
        if time.monotonic() > deadline:
            raise EngineError(f"the engine did not remove all of run {run} within 60 s; try `simnet down {run}` again")


def _remove(act: Callable[[], Any]) -> None:
    try:
        act()
    except docker.errors.APIError as error:
        # 404, 409: it is gone or being removed; 403: a container that came late still uses the network, as the next
        # look tells.
        if error.status_code not in (403, 404, 409):
            raise EngineError(f"the engine could not remove something: {error.explanation}") from error


def in_parallel(acts: Iterable[Callable[[], Any]], most: int = 16) -> list[Any]:
    """Runs acts in threads; results in order. The first error is raised after all have ended."""
    with ThreadPoolExecutor(most) as pool:
        futures = [pool.submit(act) for act in acts]
    return [future.result() for future in futures]


def archive(files: Mapping[str, bytes]) -> bytes:
    """A tar archive of files by their paths, readable and their folders writable by all."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for folder in sorted({str(one) for path in files for one in PurePosixPath(path).parents} - {"."}):
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o777
            tar.addfile(info)
        for path, content in files.items():
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(content), 0o644
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()
