"""Building the sandbox image on a real engine."""

from __future__ import annotations

import io
import tarfile

import docker
import pytest

from simnet.errors import ImageError
from simnet.providers.docker import sandbox_image

pytestmark = pytest.mark.docker


def test_the_image_is_built_once_and_labelled(engine: docker.DockerClient) -> None:
    tag = sandbox_image.ensure_sandbox_image(engine)
    first = engine.images.get(tag)
    assert first.labels["simnet.image"] == "sandbox"
    assert sandbox_image.ensure_sandbox_image(engine) == tag
    assert engine.images.get(tag).id == first.id


def test_a_failed_build_shows_its_last_lines_and_the_ways_out(
    engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> io.BytesIO:
        content = b"FROM debian:bookworm-slim\nRUN echo no mirror here && false\n"
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            entry = tarfile.TarInfo("Dockerfile")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        out.seek(0)
        return out

    monkeypatch.setattr(sandbox_image, "_context", broken)
    monkeypatch.setattr(sandbox_image, "sandbox_tag", lambda: "simnet/sandbox:linktest-broken")
    with pytest.raises(ImageError, match=r"(?s)returned a non-zero code: 1.*no mirror here.*docker load"):
        sandbox_image.ensure_sandbox_image(engine)
