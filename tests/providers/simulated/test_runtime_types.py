"""A runtime's own types decode its answers, and the table for runtimes whose metadata has no APIs says the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.chain.runtime_types import RuntimeTypes
from simnet.codec import DecodeError, blake2_64, u32
from simnet.network.topology import Chain
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.runtime.bundled import runtime_code
from simnet.runtime.host import Host
from simnet.scenario.loader import load_scenario
from simnet.search import run_trial

SCENARIOS = Path(__file__).parents[3] / "scenarios"

PARA, TIMED_OUT = u32(2000), b"\1"
ASKED = {
    "BabeApi_configuration": b"",
    "BabeApi_current_epoch": b"",
    "BabeApi_next_epoch": b"",
    "GrandpaApi_grandpa_authorities": b"",
    "ParachainHost_approval_voting_params": b"",
    "ParachainHost_availability_cores": b"",
    "ParachainHost_candidate_events": b"",
    "ParachainHost_claim_queue": b"",
    "ParachainHost_disabled_validators": b"",
    "ParachainHost_disputes": b"",
    "ParachainHost_minimum_backing_votes": b"",
    "ParachainHost_node_features": b"",
    "ParachainHost_on_chain_votes": b"",
    "ParachainHost_persisted_validation_data": PARA + TIMED_OUT,
    "ParachainHost_scheduling_lookahead": b"",
    "ParachainHost_session_index_for_child": b"",
    "ParachainHost_unapplied_slashes": b"",
    "ParachainHost_unapplied_slashes_v2": b"",
    "ParachainHost_validation_code_hash": PARA + TIMED_OUT,
    "ParachainHost_validator_groups": b"",
    "ParachainHost_validators": b"",
}

UNUSED = {
    "ParachainHost_session_executor_params",
    "ParachainHost_unapplied_slashes",
    "ParachainHost_unapplied_slashes_v2",
}
"""What answers nothing in that run: disputes of past sessions are none, and genesis sets no executor parameters."""


def run_and_compare(scenario: str, told: dict[str, list[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Compares both at every relay block that the first node has at the end of a run, and keeps the answers."""
    real = SimulatedNetwork.close

    def keep(network: SimulatedNetwork) -> None:
        for block in network.simulation.nodes[0].relay.imported:
            compare(block, told)
        real(network)

    with monkeypatch.context() as patched:
        patched.setattr(SimulatedNetwork, "close", keep)
        run_trial(load_scenario(SCENARIOS / scenario))


def compare(block: ExecutedBlock, told: dict[str, list[Any]]) -> None:
    types = block.runtime.types
    table = without_apis(types, block)
    session = u32(relay_state.session(block))
    of_session = dict.fromkeys(("ParachainHost_session_info", "ParachainHost_session_executor_params"), session)
    for function, argument in {**ASKED, **of_session}.items():
        data = relay_state.call(block, function, argument)
        value = types.answer(function, data)
        assert common(value, table.answer(function, data)), f"{function} at {block}"
        told.setdefault(function, []).append(value)


def without_apis(types: RuntimeTypes, block: ExecutedBlock) -> RuntimeTypes:
    metadata = Metadata.parse(block.runtime.metadata())
    assert metadata.apis is None, "version 14 has none"
    assert types.metadata.apis is not None
    return RuntimeTypes(metadata, block.runtime.version.apis)


def common(one: Any, two: Any) -> bool:
    """Whether two values are the same as far as both name their fields; each must have most of the other's."""
    if isinstance(one, dict) and isinstance(two, dict):
        both = one.keys() & two.keys()
        return 2 * len(both) >= max(len(one), len(two)) and all(common(one[key], two[key]) for key in both)
    if isinstance(one, list | tuple) and isinstance(two, list | tuple):
        return len(one) == len(two) and all(map(common, one, two))
    return bool(one == two)


def test_the_table_says_what_the_metadata_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over a run of Rococo with candidates and disputes, and one of Westend with a validator that is disabled."""
    told: dict[str, list[Any]] = {}
    for scenario in ("byzantine-backs-invalid.yaml", "westend-disabled.yaml"):
        run_and_compare(scenario, told, monkeypatch)
    assert {name for name, values in told.items() if not any(map(bool, values))} <= UNUSED


@pytest.fixture(scope="module")
def relay() -> RuntimeTypes:
    return Host().runtime(runtime_code(Chain(id="relay", runtime="rococo"))).types


def test_other_bytes_are_an_error_that_names_the_function(relay: RuntimeTypes) -> None:
    with pytest.raises(DecodeError, match="ParachainHost_validators"):
        relay.answer("ParachainHost_validators", b"\4abc")
    with pytest.raises(DecodeError, match="left over"):
        relay.answer("ParachainHost_session_index_for_child", bytes(5))


def test_a_function_that_is_not_there_is_named(relay: RuntimeTypes) -> None:
    assert not relay.has("ParachainHost_dreams")
    with pytest.raises(NotInRuntimeError, match="ParachainHost_dreams"):
        relay.answer("ParachainHost_dreams", b"")


def test_the_table_has_only_functions_of_the_api_version(relay: RuntimeTypes) -> None:
    """One that came later is not there, so that nodes assume what they do without it."""
    metadata = Metadata.parse(Host().runtime(runtime_code(Chain(id="relay", runtime="rococo"))).metadata())
    older = RuntimeTypes(metadata, {blake2_64(b"ParachainHost"): 5})
    assert older.has("ParachainHost_session_info")
    assert older.has("ParachainHost_unapplied_slashes")
    for later in ("minimum_backing_votes", "node_features", "claim_queue", "unapplied_slashes_v2"):
        assert not older.has(f"ParachainHost_{later}")
        assert relay.has(f"ParachainHost_{later}")
