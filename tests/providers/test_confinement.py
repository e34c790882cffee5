"""What simnet asks of an engine for its containers: privileges, bounds, and that they leave nothing when they go."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from simnet.journal import Journal
from simnet.network.topology import Node
from simnet.providers.docker.engine import Engine
from simnet.providers.docker.runner import Runner
from simnet.providers.docker.sandbox.gate import PORT as RPC_PORT
from simnet.providers.docker.site import start_sandbox
from simnet.providers.docker.specs import write_specs


class _Container:
    """Keeps what it was made with, how often it ran, and how it was removed."""

    id = "4f2a"

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.files: list[str] = []
        self.started = False
        self.removed: dict[str, Any] | None = None

    def start(self) -> None:
        self.started = True

    def reload(self) -> None: ...

    def put_archive(self, path: str, _: bytes) -> None:
        self.files.append(path)

    def wait(self, timeout: float) -> dict[str, int]:
        return {"StatusCode": 0}

    def logs(self, **_: Any) -> bytes:
        return b""

    def remove(self, **how: Any) -> None:
        self.removed = how


class _Daemon:
    """An engine's client that makes nothing and keeps everything."""

    def __init__(self) -> None:
        self.made: list[_Container] = []
        volume = SimpleNamespace(remove=lambda **_: None)
        self.volumes = SimpleNamespace(create=lambda *_, **__: None, get=lambda _: volume)
        self.containers = SimpleNamespace(create=self._create)

    def _create(self, *_: Any, **options: Any) -> _Container:
        self.made.append(_Container(options))
        return self.made[-1]


@pytest.fixture
def daemon() -> _Daemon:
    return _Daemon()


@pytest.fixture
def engine(daemon: _Daemon) -> Engine:
    return Engine(cast(Any, daemon), "some-run")


def runner(engine: Engine, folder: Path, **of_node: Any) -> Runner:
    made = Runner(
        engine,
        Node(name="bob", chain="relay", role="validator", account="//Bob", image="node:1", **of_node),
        sandbox=cast(Any, SimpleNamespace(id="5e7f")),
        config_volume="config",
        keystore={},
        command=lambda _: [],
        journal=Journal(lambda: 0.0),
        log_file=folder / "bob.log",
    )
    made._watch = lambda *_: None  # type: ignore[method-assign, assignment]
    return made


def node_options(daemon: _Daemon) -> dict[str, Any]:
    """What the node's container was made with."""
    (options,) = [one.options for one in daemon.made if one.started]
    return options


def test_a_node_has_no_capability_and_can_gain_no_privilege(daemon: _Daemon, engine: Engine, tmp_path: Path) -> None:
    runner(engine, tmp_path).start("launch")
    asked = node_options(daemon)
    assert (asked["cap_drop"], asked.get("cap_add"), asked["security_opt"]) == (["ALL"], None, ["no-new-privileges"])


def test_a_node_can_write_to_its_volume_and_to_tmp_alone(daemon: _Daemon, engine: Engine, tmp_path: Path) -> None:
    runner(engine, tmp_path).start("launch")
    asked = node_options(daemon)
    assert asked["read_only"] is True
    assert list(asked["tmpfs"]) == ["/tmp"]
    writable = [one["bind"] for one in asked["volumes"].values() if one["mode"] == "rw"]
    assert writable == ["/data"]


def test_a_node_has_a_limit_of_processes_unasked(daemon: _Daemon, engine: Engine, tmp_path: Path) -> None:
    runner(engine, tmp_path).start("launch")
    asked = node_options(daemon)
    assert asked["pids_limit"] == 4096
    assert asked["mem_limit"] is None


def test_a_node_is_limited_as_its_file_says_and_swap_adds_nothing(
    daemon: _Daemon, engine: Engine, tmp_path: Path
) -> None:
    runner(engine, tmp_path, pids=200, memory=1 << 30, cpus=0.5).start("launch")
    asked = node_options(daemon)
    assert asked["pids_limit"] == 200
    assert asked["mem_limit"] == asked["memswap_limit"] == 1 << 30
    assert asked["nano_cpus"] == 500_000_000


def test_a_nodes_keys_go_through_a_container_that_never_runs(daemon: _Daemon, engine: Engine, tmp_path: Path) -> None:
    """An engine takes no files for a container whose root is read-only."""
    runner(engine, tmp_path).start("launch")
    writer, node = daemon.made
    assert (writer.files, writer.started) == (["/"], False)
    assert (node.files, node.started) == ([], True)


def test_a_sandbox_may_set_up_its_network_and_nothing_else(daemon: _Daemon, engine: Engine) -> None:
    start_sandbox(engine, "sandbox:1", "bob", network="some-net", token="t")
    asked = daemon.made[0].options
    assert (asked["cap_drop"], asked["cap_add"], asked["security_opt"]) == (
        ["ALL"],
        ["NET_ADMIN"],
        ["no-new-privileges"],
    )
    assert asked["read_only"] is True
    assert asked["pids_limit"] == 256


@pytest.mark.parametrize("port", [None, 9944])
def test_a_sandbox_publishes_its_nodes_rpc_where_it_is_told(daemon: _Daemon, engine: Engine, port: int | None) -> None:
    start_sandbox(engine, "sandbox:1", "bob", network="some-net", token="t", rpc_port=port)
    published = daemon.made[0].options["ports"]
    assert published.pop(f"{RPC_PORT}/tcp") == ("127.0.0.1", port)
    assert set(published.values()) == {("127.0.0.1", None)}


def test_a_tool_has_no_capability_but_those_of_copying(daemon: _Daemon, engine: Engine) -> None:
    engine.tool("node:1", ["--help"])
    engine.copy_volume("sandbox:1", "bob-0", "bob-snapshot")
    help_, copy = (one.options for one in daemon.made)
    assert (help_["cap_drop"], help_.get("cap_add")) == (["ALL"], None)
    assert (copy["cap_drop"], copy["cap_add"]) == (["ALL"], ["CHOWN", "DAC_OVERRIDE", "FOWNER"])


def test_every_container_goes_with_the_volumes_that_its_image_asked_for(
    daemon: _Daemon, engine: Engine, tmp_path: Path
) -> None:
    """The engine makes one without a name or label for each VOLUME of an image, such as /data of a node's."""
    genesis = SimpleNamespace(raw_spec=lambda: b"{}")
    write_specs(engine, {"relay": cast(Any, genesis)}, "node:1")
    one = runner(engine, tmp_path)
    one.start("launch")
    one.start("restart")
    one.wipe()
    engine.tool("node:1", ["--help"])
    assert len(daemon.made) == 5
    assert [made.removed for made in daemon.made] == [{"force": True, "v": True}] * 5
