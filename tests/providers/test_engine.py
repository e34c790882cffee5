"""What simnet makes of an engine that stops answering, and how it spares engines what makes them stop."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from simnet.errors import EngineError
from simnet.providers.docker import engine as engine_module
from simnet.providers.docker.engine import Engine, connect, in_parallel, remove_run
from simnet.providers.docker.images import Binaries

_VERSION = json.dumps({"ApiVersion": "1.41", "Version": "20.10"}).encode()


class _Engine(BaseHTTPRequestHandler):
    """Says who it is, and nothing about containers."""

    hung = threading.Event()

    def do_GET(self) -> None:
        if "containers" in self.path:
            self.hung.wait(10)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(_VERSION)))
        self.end_headers()
        self.wfile.write(_VERSION)

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""


@pytest.fixture
def hanging_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Engine)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(engine_module, "ANSWERS_WITHIN", 0.5)
    _Engine.hung.clear()
    yield
    _Engine.hung.set()
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("hanging_engine")
def test_an_engine_that_answers_no_more_is_an_error_of_the_engine_that_says_what_to_look_at() -> None:
    client = connect()
    with pytest.raises(EngineError, match=r"the Docker engine answers no more \(.*timed out.*\); .*`docker ps`"):
        remove_run(client, "some-run")


class _Container:
    """Counts how many of its kind are between their start and their end."""

    running = 0
    most = 0

    def start(self) -> None:
        _Container.running += 1
        _Container.most = max(_Container.most, _Container.running)

    def wait(self, timeout: float) -> dict[str, int]:
        time.sleep(0.02)  # runs for so long; the others would start meanwhile if they did not wait
        _Container.running -= 1
        return {"StatusCode": 0}

    def logs(self) -> bytes:
        return b"  --force-authoring\n  --name <NAME>\n"

    def remove(self, **_: Any) -> None: ...


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[_Container]:
    """The containers that an engine without a daemon makes."""
    made: list[_Container] = []

    def create(*_: Any, **__: Any) -> _Container:
        made.append(_Container())
        return made[-1]

    monkeypatch.setattr(Engine, "container", create)
    monkeypatch.setattr(_Container, "most", 0)
    return made


def _without_daemon() -> Engine:
    images = SimpleNamespace(get=lambda _: SimpleNamespace(id="sha256:1", labels={}))
    return Engine(SimpleNamespace(images=images), "some-run")  # type: ignore[arg-type]


def test_a_binary_is_asked_once_by_however_many_nodes_start_together(made: list[_Container]) -> None:
    binaries = Binaries(_without_daemon())
    flags = in_parallel([lambda: binaries.flags("parity/polkadot")] * 8)
    assert flags == [frozenset({"--force-authoring", "--name"})] * 8
    assert len(made) == 1


def test_tools_run_one_at_a_time(made: list[_Container]) -> None:
    engine = _without_daemon()
    in_parallel([lambda: engine.tool("image", ["true"])] * 5)
    assert len(made) == 5
    assert _Container.most == 1
