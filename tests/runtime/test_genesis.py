"""Genesis of the bundled runtimes and of chain spec files. That real nodes have the same, tests/docker shows."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zstandard
from wasmtime import wat2wasm

from simnet.codec import blake2_256, decode_header, map_key, twox_64, u32, vec_bytes
from simnet.errors import InputError
from simnet.network.accounts import keys
from simnet.network.topology import Chain, Channel, Node, Topology
from simnet.runtime.bundled import digests, runtime_code
from simnet.runtime.genesis import Genesis, GenesisMaker
from simnet.runtime.host import Host
from tests.runtime.host.chains import preset

Json = dict[str, Any]

CODE = "0x" + b":code".hex()
RELAYS, PARACHAINS = ("rococo", "westend"), ("penpal", "asset-hub-westend", "penpal-next")
IMAGE = "none"

OLD = f"""(module (import "env" "memory" (memory 1)) (global (export "__heap_base") i32 (i32.const 2048))
  (data (i32.const 1024) "\\04x\\04x\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\00\\01")
  (func (export "Core_version") (param i32 i32) (result i64) (i64.const {22 << 32 | 1024})))"""
"""A runtime that has a version and nothing else."""


def network(relay: Chain, *parachains: Chain) -> Topology:
    """Two validators and a collator for each parachain."""
    validators = [
        Node(name=n, chain="relay", role="validator", account=f"//{n.title()}", image=IMAGE) for n in ("alice", "bob")
    ]
    collators = [
        Node(name=f"c-{p.id}", chain=p.id, role="collator", account=f"//C-{p.id}", image=IMAGE) for p in parachains
    ]
    return Topology(relay=relay, parachains=parachains, nodes=(*validators, *collators))


def relay_of(runtime: str | None = "rococo", **more: str) -> Chain:
    return Chain(id="relay", runtime=runtime, **more)


def para_of(runtime: str | None = "penpal", **more: str) -> Chain:
    return Chain(id="2000", runtime=runtime, **more)


@pytest.fixture(scope="module")
def maker() -> GenesisMaker:
    return GenesisMaker(Host())


@pytest.fixture(scope="module")
def made(maker: GenesisMaker) -> dict[str, Genesis]:
    """Rococo with a Penpal."""
    return maker.all(network(relay_of(), para_of()))


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Json | bytes], str]:
    """Writes a chain spec and says where."""

    def write(spec: Json | bytes) -> str:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        path.write_bytes(spec if isinstance(spec, bytes) else json.dumps(spec).encode())
        return str(path)

    return write


Write = Callable[[Json | bytes], str]


def paras(genesis: Genesis, item: str) -> bytes | None:
    number = u32(2000)
    return genesis.state.get(map_key("Paras", item, twox_64(number) + number))


def plain(genesis: Json, **more: Any) -> Json:
    return {"name": "Mine", "id": "mine", "chainType": "Live", "genesis": {"runtimeGenesis": genesis}, **more}


# -- runtimes -------------------------------------------------------------------------------------------------------


def test_every_bundled_runtime_is_tried_here() -> None:
    assert {*RELAYS, *PARACHAINS} == digests().keys()


@pytest.mark.parametrize("relay", RELAYS)
@pytest.mark.parametrize("para", PARACHAINS)
def test_bundled_runtimes_make_a_relay_chain_and_its_parachain(maker: GenesisMaker, relay: str, para: str) -> None:
    made = maker.all(network(relay_of(relay), para_of(para)))
    assert list(made) == ["relay", "2000"]
    for chain, name in (("relay", relay), ("2000", para)):
        one = made[chain]
        header = decode_header(one.header)
        assert (header.number, header.parent_hash, header.logs) == (0, "0x" + bytes(32).hex(), ())
        assert header.state_root == "0x" + one.state.root.hex()
        assert one.code == runtime_code(Chain(id="x", runtime=name))
    assert made["relay"].id == f"{relay}_local_testnet"
    assert paras(made["relay"], "Heads") == vec_bytes(made["2000"].header)
    assert paras(made["relay"], "CurrentCodeHash") == blake2_256(made["2000"].code)


def test_a_parachains_spec_names_itself_and_its_relay_chain(made: dict[str, Genesis]) -> None:
    spec = json.loads(made["2000"].raw_spec())
    assert (spec["id"], spec["para_id"], spec["relay_chain"]) == ("simnet_para_2000", 2000, "rococo_local_testnet")
    assert "para_id" not in json.loads(made["relay"].raw_spec())


def test_code_is_stored_as_it_is_given(maker: GenesisMaker, tmp_path: Path) -> None:
    compressed = runtime_code(para_of())
    wasm = zstandard.ZstdDecompressor().stream_reader(compressed[8:]).read()
    (tmp_path / "plain.wasm").write_bytes(wasm)
    one = maker.all(network(relay_of(), para_of(None, runtime_file=str(tmp_path / "plain.wasm"))))["2000"]
    assert wasm.startswith(b"\0asm")
    assert one.code == wasm
    assert json.loads(one.raw_spec())["genesis"]["raw"]["top"][CODE] == "0x" + wasm.hex()


def test_what_a_network_says_lies_over_the_genesis(maker: GenesisMaker, made: dict[str, Genesis]) -> None:
    eve = keys("//Eve").address
    over = maker.all(network(relay_of(genesis=json.dumps({"sudo": {"key": eve}})), para_of()))
    changed = dict(over["relay"].state.items()).items() ^ dict(made["relay"].state.items()).items()
    assert {key for key, _ in changed} == {map_key("Sudo", "Key")}
    assert over["2000"].header == made["2000"].header


@pytest.mark.parametrize(
    ("relay", "para", "message"),
    [
        (relay_of("penpal"), para_of(), "relay chain has no `paras`"),
        (relay_of(), para_of("westend"), "chain 2000 has no `parachainInfo`"),
        (
            relay_of(genesis='{"nonsense": {}}'),
            para_of(),
            "the relay chain refuses its genesis: nonsense: unknown key 'nonsense'",
        ),
        (
            relay_of(),
            para_of(genesis=json.dumps({"balances": {"balances": [[keys("//Eve").address, 1]]}})),
            r"chain 2000 cannot build its genesis: .*existential deposit.* of pallet-balances-\S+\)$",
        ),
    ],
)
def test_what_cannot_be_built_says_why(maker: GenesisMaker, relay: Chain, para: Chain, message: str) -> None:
    with pytest.raises(InputError, match=message):
        maker.all(network(relay, para))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (b"junk", "the runtime of chain 2000 cannot be run: this code is not WASM"),
        (wat2wasm("(module)"), "the runtime of chain 2000 cannot be run: .* does not import its memory"),
        (wat2wasm(OLD), "the runtime of chain 2000, cannot build its genesis .* give a raw chain spec"),
    ],
)
def test_a_file_that_is_no_runtime_is_named(maker: GenesisMaker, tmp_path: Path, code: bytes, message: str) -> None:
    (tmp_path / "some.wasm").write_bytes(bytes(code))
    with pytest.raises(InputError, match=message):
        maker.all(network(relay_of(), para_of(None, runtime_file=str(tmp_path / "some.wasm"))))


# -- chain spec files -----------------------------------------------------------------------------------------------


def test_a_raw_spec_is_the_same_chain_again(maker: GenesisMaker, made: dict[str, Genesis], written: Write) -> None:
    files = {chain: written(one.raw_spec()) for chain, one in made.items()}
    again = maker.all(network(relay_of(None, spec_file=files["relay"]), para_of(None, spec_file=files["2000"])))
    for chain, one in made.items():
        assert again[chain].header == one.header
        assert again[chain].raw_spec() == one.raw_spec()


def test_child_tries_of_a_raw_spec_stay(maker: GenesisMaker, made: dict[str, Genesis], written: Write) -> None:
    spec = json.loads(made["relay"].raw_spec())
    spec["genesis"]["raw"]["childrenDefault"] = {"0xc0ffee": {"0x01": "0x02", "0x0304": "0x"}}
    one = maker.all(network(relay_of(None, spec_file=written(spec))))["relay"]
    assert one.state.root != made["relay"].state.root
    assert json.loads(one.raw_spec()) == spec


@pytest.mark.parametrize("kind", ["patch", "config"])
def test_a_plain_spec_is_built(maker: GenesisMaker, written: Write, kind: str) -> None:
    host = Host()
    code = "0x" + runtime_code(relay_of()).hex()
    config: Json = {"sudo": {"key": keys("//Bob").address}}
    if kind == "config":
        config = preset(host, host.runtime(runtime_code(relay_of()))) | config
    file = written(plain({"code": code, kind: config}, protocolId="odd"))
    eve = {"sudo": {"key": keys("//Eve").address}}
    as_it_is, changed = (
        maker.all(network(relay_of(None, spec_file=file, genesis=json.dumps(over))))["relay"] for over in ({}, eve)
    )
    spec = json.loads(as_it_is.raw_spec())
    assert (spec["id"], spec["chainType"], spec["protocolId"]) == ("mine", "Live", "odd")
    assert spec["genesis"]["raw"]["top"][CODE] == code
    assert as_it_is.state.get(map_key("Sudo", "Key")) == keys("//Bob").sr25519
    assert changed.state.get(map_key("Sudo", "Key")) == keys("//Eve").sr25519


def test_a_parachain_names_the_relay_chain_of_a_file(
    maker: GenesisMaker, made: dict[str, Genesis], written: Write
) -> None:
    spec = json.loads(made["relay"].raw_spec()) | {"id": "incident"}
    again = maker.all(network(relay_of(None, spec_file=written(spec)), para_of()))
    assert again["relay"].id == again["2000"].spec["relay_chain"] == "incident"


RAW = {"raw": {"top": {CODE: "0x00"}, "childrenDefault": {}}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not a chain spec: "),
        (b"[]", "it needs `id` and `genesis`"),
        ({"id": "x"}, "it needs `id` and `genesis`"),
        ({"genesis": RAW}, "it needs `id` and `genesis`"),
        ({"id": "x", "genesis": {"stateRootHash": "0x00"}}, "of the kind stateRootHash; export it raw"),
        ({"id": "x", "genesis": {"raw": {}}}, "is damaged: KeyError"),
        ({"id": "x", "genesis": {"raw": {"top": {"0xzz": "0x"}}}}, "is damaged: ValueError"),
        ({"id": "x", "genesis": {"raw": {"top": {}}}}, "carries no runtime"),
        ({"id": "x", "genesis": RAW}, "the runtime of chain relay cannot be run"),
        (plain({"patch": {}}), "carries no runtime"),
        (plain({"code": "0xno", "patch": {}}), "carries no runtime"),
        (plain({"code": "0x00"}), "needs either `config` or `patch`; it has code"),
        (plain({"code": "0x00", "presetName": "x"}), "it has code, presetName"),
        (plain({"code": "0x00", "patch": {}, "config": {}}), "needs either `config` or `patch`"),
    ],
)
def test_a_file_that_is_no_usable_spec_says_why(
    maker: GenesisMaker, written: Write, content: Json | bytes, message: str
) -> None:
    file = written(content)
    with pytest.raises(InputError, match=message) as caught:
        maker.all(network(relay_of(None, spec_file=file)))
    assert "relay" in str(caught.value)


def test_a_missing_spec_file_is_named(maker: GenesisMaker, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.json cannot be read: No such file"):
        maker.all(network(relay_of(None, spec_file=str(tmp_path / "nowhere.json"))))


def test_nothing_can_be_laid_over_a_raw_spec(maker: GenesisMaker, made: dict[str, Genesis], written: Write) -> None:
    chain = relay_of(None, spec_file=written(made["relay"].raw_spec()), genesis='{"sudo": {}}')
    with pytest.raises(InputError, match="is raw, so that nothing can be merged over its genesis"):
        maker.all(network(chain))


def test_a_relay_chain_of_a_file_must_have_the_networks_parachains(
    maker: GenesisMaker, made: dict[str, Genesis], written: Write
) -> None:
    relay = relay_of(None, spec_file=written(made["relay"].raw_spec()))
    with pytest.raises(InputError, match="does not register parachain 2001"):
        maker.all(network(relay, replace(para_of(), id="2001")))
    with pytest.raises(InputError, match="registers parachain 2000 with another genesis head"):
        maker.all(network(relay, para_of(genesis=json.dumps({"sudo": {"key": keys("//Eve").address}}))))


def test_a_relay_chain_of_a_file_must_have_the_parachains_code(
    maker: GenesisMaker, made: dict[str, Genesis], written: Write
) -> None:
    spec = json.loads(made["relay"].raw_spec())
    number = u32(2000)
    key = "0x" + map_key("Paras", "CurrentCodeHash", twox_64(number) + number).hex()
    spec["genesis"]["raw"]["top"][key] = "0x" + bytes(32).hex()
    with pytest.raises(InputError, match="registers parachain 2000 with another runtime"):
        maker.all(network(relay_of(None, spec_file=written(spec)), para_of()))


def test_a_relay_chain_of_a_file_must_allow_the_networks_channels(maker: GenesisMaker, written: Write) -> None:
    paras = [replace(para_of(), id=str(number)) for number in (2000, 2001, 2002)]
    tight = {"configuration": {"config": {"hrmp_max_parachain_inbound_channels": 1}}}
    spec = maker.all(network(relay_of(genesis=json.dumps(tight)), *paras))["relay"].raw_spec()
    channels = [Channel(sender=sender, recipient="2000") for sender in ("2001", "2002")]
    wide = replace(network(relay_of(None, spec_file=written(spec)), *paras), channels=tuple(channels))
    with pytest.raises(InputError, match="has 2 inbound HRMP channels, and hrmp_max_parachain_inbound_channels is 1"):
        maker.all(wide)
    maker.all(replace(wide, channels=tuple(channels[:1])))


# -- imports --------------------------------------------------------------------------------------------------------


def test_making_specs_for_docker_loads_nothing_of_the_simulation() -> None:
    code = "import sys, simnet.providers.docker.specs, simnet.runtime.genesis; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "simnet.runtime.host" in loaded
    assert not [name for name in loaded if name == "numpy" or name.startswith("simnet.providers.simulated")]
