"""Building the sandbox image on a real engine."""

from __future__ import annotations

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
    broken = {"Dockerfile": b"FROM debian:bookworm-slim\nRUN echo no mirror here && false\n"}
    monkeypatch.setattr(sandbox_image, "_files", lambda: broken)
    monkeypatch.setattr(sandbox_image, "sandbox_tag", lambda: "simnet/sandbox:linktest-broken")
    with pytest.raises(ImageError, match=r"(?s)returned a non-zero code: 1.*no mirror here.*docker load"):
        sandbox_image.ensure_sandbox_image(engine)
