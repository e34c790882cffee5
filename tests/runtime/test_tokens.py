"""Which tokens a chain has, by its network file, its chain spec or its bundled runtime."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simnet.journal import Record
from simnet.journal.records import NetworkLaunched
from simnet.network.topology import Chain
from simnet.runtime.chain_spec import new_spec
from simnet.runtime.tokens import tokens_of, writing_of
from simnet.scenario import NetworkSpec, ParachainSpec, RelaySpec


def spec(folder: Path, properties: Any) -> str:
    """A chain spec with these properties, and as little else as it may have."""
    file = folder / "spec.json"
    file.write_text(json.dumps({"id": "own", "properties": properties, "genesis": {"raw": {"top": {}}}}))
    return str(file)


@pytest.mark.parametrize(
    ("properties", "tokens"),
    [
        ({"tokenSymbol": "OWN", "tokenDecimals": 9}, {"OWN": 9}),
        ({"tokenSymbol": ["OWN", "USD"], "tokenDecimals": [9, 2]}, {"OWN": 9, "USD": 2}),
        ({"tokenSymbol": ["OWN"], "tokenDecimals": 9}, {"OWN": 9}),
        ({"ss58Format": 42}, {"UNIT": 12}),
        (None, {"UNIT": 12}),
    ],
)
def test_tokens_are_those_of_the_specs_properties(tmp_path: Path, properties: Any, tokens: dict[str, int]) -> None:
    assert tokens_of(Chain(id="2000", spec_file=spec(tmp_path, properties))) == tokens


def test_the_network_file_comes_before_the_spec(tmp_path: Path) -> None:
    file = spec(tmp_path, {"tokenSymbol": "OWN", "tokenDecimals": 9})
    assert tokens_of(Chain(id="2000", spec_file=file, tokens=(("MINE", 3),))) == {"MINE": 3}


@pytest.mark.parametrize(
    ("runtime", "token"),
    [("rococo", "ROC"), ("westend-again", "WND"), ("asset-hub-westend", "WND"), ("penpal", "UNIT")],
)
def test_a_bundled_runtime_has_its_own_token(runtime: str, token: str) -> None:
    assert tokens_of(Chain(id="relay", runtime=runtime)) == {token: 12}
    assert tokens_of(Chain(id="relay", runtime_file="own.wasm")) == {"UNIT": 12}


def test_specs_that_simnet_makes_name_tokens_where_the_network_does() -> None:
    assert new_spec("local")["properties"] == {"tokenDecimals": 12, "tokenSymbol": "UNIT"}
    assert new_spec("local", (("OWN", 9),))["properties"] == {"tokenDecimals": 9, "tokenSymbol": "OWN"}
    several = new_spec("local", (("OWN", 9), ("USD", 2)))["properties"]
    assert several == {"tokenDecimals": [9, 2], "tokenSymbol": ["OWN", "USD"]}


def test_a_networks_chains_are_written_each_in_its_own_way() -> None:
    network = NetworkSpec(
        relay=RelaySpec(runtime="westend", validators=2), parachains=(ParachainSpec(id=2000, tokens={"OWN": 9}),)
    )
    relay, para = (writing_of(network.topology(), chain) for chain in ("relay", "2000"))
    assert (relay.tokens(), para.tokens()) == ({"WND": 12}, {"OWN": 9})
    assert relay.names == {"alice": "//Alice", "bob": "//Bob", "collator-2000": "//Collator-2000"}


def test_the_journal_names_tokens_only_where_the_network_does() -> None:
    named = RelaySpec(validators=1, tokens={"OWN": 9, "USD": 2})
    for relay, told in ((named, [["OWN", 9], ["USD", 2]]), (RelaySpec(validators=1), None)):
        topology = NetworkSpec(relay=relay).topology()
        data = NetworkLaunched(
            relay=topology.relay, parachains=(), nodes=topology.nodes, channels=(), images={}, runtimes={}
        )
        record = Record(seq=0, t=0.0, observer="harness", incarnation=0, chain=None, height=None, hash=None, data=data)
        line = record.to_json()
        assert json.loads(line)["data"]["relay"].get("tokens") == told
        read = Record.from_json(line).data
        assert isinstance(read, NetworkLaunched)
        assert read.relay == topology.relay
