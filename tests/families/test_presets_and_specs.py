"""Genesis of a chain unlike the bundled ones: its presets by name, and chain specs of it, plain and raw."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simnet.codec import blake2_128, map_key
from simnet.network.account_formats import ACCOUNT20
from simnet.network.accounts import keys
from simnet.network.topology import Topology
from simnet.runtime.genesis import Genesis, GenesisMaker
from simnet.runtime.host import Host, wasm_of
from simnet.scenario import NetworkSpec
from tests.families.families import ACCOUNTS, RELAY, TWENTY, UNIT, mistakes, run, twenty


def topology(**chain: Any) -> Topology:
    return NetworkSpec.model_validate({"relay": RELAY, "parachains": [twenty(2020, **chain)]}).topology()


def genesis(host: Host, **chain: Any) -> Genesis:
    return GenesisMaker(host).all(topology(**chain))["2020"]


def balance(made: Genesis, account: bytes) -> int:
    """What ``System.Account`` has of it as free."""
    stored = made.state.get(map_key("System", "Account", blake2_128(account) + account))
    assert stored is not None
    return int.from_bytes(stored[16:32], "little")


@pytest.fixture(scope="module")
def host() -> Host:
    return Host()


@pytest.mark.parametrize(("preset", "units"), [(None, 10**6), ("local_testnet", 10**6), ("founders", 10**7)])
def test_a_preset_by_name_is_what_genesis_begins_with(host: Host, preset: str | None, units: int) -> None:
    made = genesis(host, preset=preset)
    assert balance(made, ACCOUNT20.of("//Charlie")) == units * UNIT


def test_whoever_simnet_funds_has_many_existential_deposits(host: Host) -> None:
    made = genesis(host, collators=2, sudo="//Root")
    for uri in ("//Collator-2020-1", "//Root"):
        assert balance(made, ACCOUNT20.of(uri)) == 1000 * UNIT


def test_siblings_have_their_accounts_of_twenty_bytes(host: Host) -> None:
    spec = {"relay": RELAY, "parachains": [twenty(2020), {"id": 2000, "runtime": "penpal"}]}
    made = GenesisMaker(host).all(NetworkSpec.model_validate(spec).topology())["2020"]
    assert balance(made, b"sibl" + (2000).to_bytes(4, "little") + bytes(12)) == 1000 * UNIT


def test_an_unknown_preset_is_refused_with_those_that_the_runtime_has() -> None:
    found = mistakes({"relay": RELAY, "parachains": [twenty(2020, preset="founder")]})
    assert found == [
        (
            ("network", "parachains", 0, "preset"),
            "the runtime of chain 2020 has no preset 'founder'; did you mean 'founders'?",
        )
    ]
    ((way, message),) = mistakes({"relay": {**RELAY, "preset": "x"}})
    assert way == ("network", "relay", "preset")
    assert message.endswith("no preset 'x'; known are local_testnet, development, staging_testnet")


def test_a_runtime_without_the_usual_preset_tells_those_that_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simnet.runtime.genesis.PRESET", "house_testnet")
    made, wrong = GenesisMaker(Host()).attempt(topology())
    assert not made
    (told,) = [one for one in wrong if one.chain == "2020"]
    assert told.part == ("runtime",)
    assert str(told).endswith("no preset house_testnet; name one that it has as `preset`: local_testnet, founders")
    assert "2020" in GenesisMaker(Host()).attempt(topology(preset="founders"))[0]


def test_a_preset_and_a_spec_contradict_each_other() -> None:
    with pytest.raises(ValueError, match="preset and spec contradict each other"):
        NetworkSpec.model_validate({"relay": RELAY, "parachains": [{"id": 2020, "spec": "x.json", "preset": "y"}]})


@pytest.fixture(params=["plain", "raw"])
def spec_file(request: pytest.FixtureRequest, host: Host, tmp_path: Path) -> Path:
    """As a chain's team would export it for //Collator-2020."""
    file = tmp_path / "twenty.json"
    made = genesis(host, genesis={"pace": {"slotMillis": 6000, "ahead": True}})
    if request.param == "raw":
        file.write_bytes(made.raw_spec())
        return file
    collator = keys("//Collator-2020").address
    account, alice = ACCOUNT20.text(ACCOUNT20.of("//Collator-2020")), ACCOUNTS["//Alice"]
    patch = {
        "balances": {"balances": [[account, UNIT], [alice, UNIT]]},
        "parachainInfo": {"parachainId": 2020},
        "collatorSelection": {"invulnerables": [account], "candidacyBond": UNIT},
        "session": {"keys": [[account, account, {"aura": collator}]]},
        "pace": {"slotMillis": 6000, "ahead": True},
    }
    code = "0x" + wasm_of(Path(TWENTY).read_bytes()).hex()
    file.write_text(json.dumps({**made.spec, "genesis": {"runtimeGenesis": {"code": code, "patch": patch}}}))
    return file


def test_a_chain_spec_of_it_runs(spec_file: Path, tmp_path: Path) -> None:
    network = {"relay": RELAY, "channels": "none", "parachains": [{"id": 2020, "spec": str(spec_file)}]}
    call = {"chain": 2020, "call": "System.remark_with_event", "args": {"remark": "here"}}
    steps = [{"submit": call}, {"wait": {"for": "40s"}}]
    outcome = run(tmp_path, network, steps, [{"parachain_included": {"para": 2020, "at_least": 4}}])
    assert outcome.verdict.exit_code == 0, outcome.verdict
