"""simnet's sandbox image: built on the user's engine from the files in this package, once for each content."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import docker
from docker.errors import APIError, BuildError, ImageNotFound

from simnet.errors import ImageError
from simnet.providers.docker.engine import archive

SANDBOX_DIR = Path(__file__).parent / "sandbox"
LABEL = "simnet.image"
_LINES = 12


def ensure_sandbox_image(client: docker.DockerClient) -> str:
    """The image's tag, ``simnet/sandbox:`` and 12 hex digits of its content; builds it if the engine has it not.

    Raises :class:`ImageError` with the last lines of the build's output when that fails.
    """
    tag = sandbox_tag()
    try:
        client.images.get(tag)
    except ImageNotFound:
        context, labels = io.BytesIO(archive(_files())), {LABEL: "sandbox"}
        try:
            client.images.build(fileobj=context, custom_context=True, tag=tag, labels=labels, rm=True, forcerm=True)
        except (BuildError, APIError) as error:
            raise ImageError(_message(tag, error)) from error
    return tag


def sandbox_tag() -> str:
    """The tag that stands for the sandbox folder as it is now."""
    digest = hashlib.sha256()
    for name, content in _files().items():
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return f"simnet/sandbox:{digest.hexdigest()[:12]}"


def _files() -> dict[str, bytes]:
    """What the image is built from: the source files only, so that byte code never gets in."""
    return {path.name: path.read_bytes() for path in (SANDBOX_DIR / "Dockerfile", *sorted(SANDBOX_DIR.glob("*.py")))}


def _message(tag: str, error: BuildError | APIError) -> str:
    log = error.build_log if isinstance(error, BuildError) else ()
    output = "".join(str(entry.get("stream", "")) for entry in log)
    lines = [line for line in output.splitlines() if line.strip()][-_LINES:]
    return "\n".join(
        [
            f"simnet's sandbox image {tag} could not be built from {SANDBOX_DIR}: {error}",
            *(f"  | {line}" for line in lines),
            "The build needs the image debian:bookworm-slim and Debian's package servers. Ways out: check that"
            " `docker pull debian:bookworm-slim` works; behind a proxy, name it under `proxies` in"
            " ~/.docker/config.json; without a network, build on another machine and bring the image over with"
            f" `docker save {tag}` and `docker load`.",
        ]
    )
