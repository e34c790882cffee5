"""What real nodes make of the same runtimes, configurations and specs: the same genesis to the last byte.

Their tools run in containers side by side, once for all tests; each compiles the runtimes that it meets.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import docker
import pytest
import zstandard

from simnet.codec import Header
from simnet.network.topology import COLLATOR_IMAGE, RELAY, RELAY_IMAGE, Chain, Node, Topology
from simnet.providers.docker.engine import Engine, archive, remove_run
from simnet.runtime.bundled import runtime_code
from simnet.runtime.genesis import Genesis, GenesisMaker
from simnet.runtime.genesis_patch import parachain_config, relay_config
from simnet.runtime.host import Host
from tests.docker.conftest import need_images
from tests.runtime.host.chains import preset

pytestmark = pytest.mark.docker

SPEC_BUILDER_IMAGE = "parity/chain-spec-builder:v1.25.1"
NETWORKS = (("rococo", "penpal"), ("westend", "asset-hub-westend"))
"""Runtimes of a relay chain and of its parachain."""
PARA = "2000"
CHILDREN = {"0xc0ffee": {"0x01": "0x02", "0x0304": "0x" + bytes(40).hex()}}

Json = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """A chain's genesis as simnet made it, and the configuration that it came from."""

    genesis: Genesis
    config: Json


@pytest.fixture(scope="module")
def maker() -> GenesisMaker:
    return GenesisMaker(Host())


@pytest.fixture(scope="module")
def made(maker: GenesisMaker) -> dict[str, Made]:
    """All chains of both networks by their runtimes' names."""
    host, out = Host(), {}
    for relay, para in NETWORKS:
        nodes = [Node(name=n, chain=RELAY, role="validator", account=f"//{n}", image="") for n in ("Alice", "Bob")]
        nodes.append(Node(name="Collator", chain=PARA, role="collator", account="//Collator", image=""))
        chains = Chain(id=RELAY, runtime=relay), Chain(id=PARA, runtime=para)
        topology = Topology(relay=chains[0], parachains=chains[1:], nodes=tuple(nodes))
        genesis = maker.all(topology)
        bases = [preset(host, host.runtime(runtime_code(chain))) for chain in chains]
        registered = {PARA: ("0x" + genesis[PARA].header.hex(), "0x" + genesis[PARA].code.hex())}
        out[relay] = Made(genesis[RELAY], relay_config(bases[0], topology, registered))
        out[para] = Made(genesis[PARA], parachain_config(bases[1], chains[1], topology))
    return out


@pytest.fixture(scope="module")
def plain(made: dict[str, Made]) -> bytes:
    """A plain spec of Penpal with its code not compressed."""
    wasm = zstandard.ZstdDecompressor().stream_reader(made["penpal"].genesis.code[8:]).read()
    genesis = {"runtimeGenesis": {"code": "0x" + wasm.hex(), "patch": made["penpal"].config}}
    return json.dumps({**made["penpal"].genesis.spec, "genesis": genesis}).encode()


@pytest.fixture(scope="module")
def with_children(made: dict[str, Made]) -> bytes:
    """Rococo's raw spec with a child trie besides, as no bundled runtime makes one."""
    spec = json.loads(made["rococo"].genesis.raw_spec())
    spec["genesis"]["raw"]["childrenDefault"] = CHILDREN
    return json.dumps(spec).encode()


Answers = dict[str, "Future[bytes]"]


@pytest.fixture(scope="module")
def answers(
    engine: docker.DockerClient, node_images: None, made: dict[str, Made], plain: bytes, with_children: bytes
) -> Iterator[Answers]:
    """What the tools print."""
    need_images(engine, SPEC_BUILDER_IMAGE)
    tools = Engine(engine, f"genesis-{os.getpid()}")
    with ThreadPoolExecutor(max_workers=2) as pool:

        def ask(image: str, command: list[str], files: dict[str, bytes]) -> Future[bytes]:
            return pool.submit(_printed, tools, image, command, files)

        export = ["--chain", "/simnet/spec.json"]
        blocks = ["export-blocks", *export, "--from", "0", "--to", "0"]
        convert = ["--chain-spec-path", "/dev/stdout", "convert-to-raw", "/simnet/spec.json"]
        out: Answers = {}
        penpal, westend = ({"spec.json": made[name].genesis.raw_spec()} for name in ("penpal", "westend"))
        out["head of penpal"] = ask(COLLATOR_IMAGE, ["export-genesis-head", *export], penpal)
        out["block of westend"] = ask(RELAY_IMAGE, blocks, westend)
        out["block of rococo"] = ask(RELAY_IMAGE, blocks, {"spec.json": with_children})
        for name, one in made.items():
            files = {"runtime.wasm": one.genesis.code, "patch.json": json.dumps(one.config).encode()}
            out[f"spec of {name}"] = ask(SPEC_BUILDER_IMAGE, _create(one.genesis), files)
        out["spec of plain"] = ask(SPEC_BUILDER_IMAGE, convert, {"spec.json": plain})
        try:
            yield out
        finally:
            for future in out.values():
                future.cancel()
    remove_run(engine, tools.run)


def _create(genesis: Genesis) -> list[str]:
    spec = genesis.spec
    relay = ["--para-id", PARA, "--relay-chain", spec["relay_chain"]] if "relay_chain" in spec else []
    return [
        "--chain-spec-path", "/dev/stdout", "create", "--raw-storage", "-t", "local", "--chain-name", spec["name"],
        "--chain-id", spec["id"], "--runtime", "/simnet/runtime.wasm", *relay, "patch", "/simnet/patch.json",
    ]  # fmt: skip


_ONE_AT_A_TIME = Lock()
"""As in :meth:`Engine.tool`, which puts no files into its container."""


def _printed(tools: Engine, image: str, command: list[str], files: dict[str, bytes]) -> bytes:
    container = tools.container(
        image, f"tool-{os.urandom(4).hex()}", role="tool", command=command, user="0", network_mode="none"
    )
    try:
        container.put_archive("/", archive({f"simnet/{name}": content for name, content in files.items()}))
        with _ONE_AT_A_TIME:
            container.start()
            code = container.wait(timeout=300)["StatusCode"]
        assert code == 0, container.logs(tail=15)
        printed: bytes = container.logs(stdout=True, stderr=False)
    finally:
        container.remove(force=True, v=True)
    return printed


def of_file(maker: GenesisMaker, folder: Path, spec: bytes) -> Genesis:
    """What simnet makes of a spec file."""
    (folder / "spec.json").write_bytes(spec)
    return maker.all(Topology(relay=Chain(id=RELAY, spec_file=str(folder / "spec.json")), nodes=()))[RELAY]


def header_of(exported: bytes) -> bytes:
    """SCALE of the block's header."""
    return Header.from_json(json.loads(exported)["block"]["header"]).encode()


@pytest.mark.parametrize("name", [name for network in NETWORKS for name in network])
def test_specs_are_those_of_chain_spec_builder(name: str, made: dict[str, Made], answers: Answers) -> None:
    assert json.loads(made[name].genesis.raw_spec()) == json.loads(answers[f"spec of {name}"].result())


def test_a_plain_spec_becomes_what_chain_spec_builder_makes_of_it(
    maker: GenesisMaker, plain: bytes, answers: Answers, tmp_path: Path
) -> None:
    assert json.loads(of_file(maker, tmp_path, plain).raw_spec()) == json.loads(answers["spec of plain"].result())


def test_a_collator_exports_the_same_genesis_head(made: dict[str, Made], answers: Answers) -> None:
    assert answers["head of penpal"].result().decode().strip() == "0x" + made["penpal"].genesis.header.hex()


def test_a_relay_node_begins_with_the_same_block(made: dict[str, Made], answers: Answers) -> None:
    assert header_of(answers["block of westend"].result()) == made["westend"].genesis.header


def test_a_relay_node_begins_with_the_same_block_where_there_are_child_tries(
    maker: GenesisMaker, with_children: bytes, answers: Answers, tmp_path: Path
) -> None:
    genesis = of_file(maker, tmp_path, with_children)
    assert header_of(answers["block of rococo"].result()) == genesis.header
