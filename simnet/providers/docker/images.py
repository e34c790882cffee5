"""Node images: found here first, then pulled; what each binary understands is read from its own ``--help``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from threading import Lock

import docker
import docker.errors
from requests.exceptions import RequestException

from simnet.errors import EngineError, ImageError
from simnet.providers.docker.engine import Engine


@dataclass(frozen=True)
class Image:
    """An image that is here. ``digest`` is its id, which names its content."""

    name: str
    digest: str
    version: str | None


def resolve(client: docker.DockerClient, name: str, *, pull: bool = True) -> Image:
    """The image, pulled if it is not here; raises :class:`ImageError` that says the ways out."""
    try:
        image = client.images.get(name)
    except docker.errors.ImageNotFound:
        if not pull:
            raise ImageError(_ways_out(name, "not on this engine")) from None
        try:
            image = client.images.pull(name)
        except (docker.errors.APIError, EngineError, RequestException) as error:
            said = str(getattr(error, "explanation", None) or error).strip().partition("\n")[0]
            raise ImageError(_ways_out(name, f"not on this engine, and the pull failed: {said}")) from error
    labels = image.labels or {}
    return Image(name=name, digest=str(image.id), version=labels.get("io.parity.image.version"))


def _ways_out(name: str, why: str) -> str:
    return (
        f"the image {name} is {why}. Ways out: `docker load -i FILE` from a saved image, `docker pull {name}` where a "
        f"registry is reached, or name another with `image:` in the file or --set network.relay.image=NAME"
    )


class Binaries:
    """What the node binary of each image understands, asked once per image content."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._flags: dict[str, frozenset[str]] = {}
        self._asking = Lock()

    def flags(self, name: str) -> frozenset[str]:
        """Long flags that ``--help`` of an image lists; raises :class:`ImageError` as :func:`resolve` does."""
        with self._asking:
            image = resolve(self._engine.client, name)
            if image.digest not in self._flags:
                text = self._engine.tool(image.name, ["--help"]).decode(errors="replace")
                self._flags[image.digest] = frozenset(re.findall(r"--[a-z][a-z0-9-]+", text))
            return self._flags[image.digest]
