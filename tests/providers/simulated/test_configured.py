"""What the chain configures about backing and validation is heeded: each value is changed, and the effect is seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from simnet.errors import DeadlineError
from simnet.faults import Stop
from simnet.journal.records import CandidateJudged
from simnet.providers.simulated import pvf, relay_state
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.runtime.bundled import runtime_code
from simnet.runtime.host import Heap, Host, RuntimeTrap
from tests.providers.simulated.networks import launch, with_parachain

V1_FEATURES = {"bits": 8, "data": [3], "head": {"index": 0, "width": 8}, "order": "bitvec::order::Lsb0"}
"""As the local presets have them, without the bit of version 2 receipts."""


@contextmanager
def configured(folder: Path, para: dict[str, Any] | None = None, **config: Any) -> Iterator[SimulatedNetwork]:
    """Four validators and one parachain, with these values in the relay chain's configuration."""
    spec = with_parachain()
    spec["relay"] = {**spec["relay"], "genesis": {"configuration": {"config": config}}}
    spec["parachains"][0] |= para or {}
    with launch(spec, folder) as network:
        yield network


def included(network: SimulatedNetwork) -> int:
    return len(network.evidence.all_events("ParaInclusion", "CandidateIncluded"))


def log(folder: Path, node: str = "collator-2000") -> str:
    file = folder / "logs" / f"{node}.log"
    return file.read_text() if file.exists() else ""


def test_defaults_are_those_of_the_preset(tmp_path: Path) -> None:
    with configured(tmp_path) as network:
        network.wait(150)
        configuration = relay_state.host_configuration(network.simulation.nodes[0].relay.best)
        assert (configuration.backing_votes, configuration.lookahead, configuration.v2_receipts) == (2, 5, True)
        assert (configuration.memory_pages, configuration.backing_timeout, configuration.approval_timeout) == (
            None,
            2000,
            12000,
        )
        assert included(network) > 5
        assert not log(tmp_path)


@pytest.mark.parametrize(("votes", "alone_is_enough"), [(1, True), (2, False)])
def test_minimum_backing_votes(votes: int, alone_is_enough: bool, tmp_path: Path) -> None:
    """One group of four backs the only core; three of its validators are down."""
    scheduler = {"max_validators_per_core": 4}
    with configured(tmp_path, minimum_backing_votes=votes, scheduler_params=scheduler) as network:
        network.wait(120)
        network.inject(Stop(targets=("bob", "charlie", "dave")), "down")
        before = len(network.evidence.all_events("ParaInclusion", "CandidateBacked"))
        network.wait(120)
        backed = len(network.evidence.all_events("ParaInclusion", "CandidateBacked")) - before
        assert (backed > 0) is alone_is_enough


@pytest.mark.parametrize(("lookahead", "in_time"), [(1, False), (5, True)])
def test_scheduling_lookahead(lookahead: int, in_time: bool, tmp_path: Path) -> None:
    """Proofs take eight seconds to the validators, so that their relay parent is one block old at least."""
    with configured(tmp_path, scheduler_params={"lookahead": lookahead}) as network:
        collator = network.simulation.by_name["collator-2000"].index
        transport = network.simulation.transport
        direct = transport.direct
        slow = 8 * 10**9
        transport.direct = lambda one, two, size: direct(one, two, size) + (slow if one == collator else 0)  # type: ignore[method-assign]
        network.wait(180)
        assert relay_state.host_configuration(network.simulation.nodes[0].relay.best).lookahead == lookahead
        assert (included(network) > 0) is in_time


def test_max_pov_size(tmp_path: Path) -> None:
    with configured(tmp_path, max_pov_size=3000) as network:
        network.wait(120)
        assert included(network) == 0
        assert "exceeds max_pov_size, 3000 bytes" in log(tmp_path)
        assert network.evidence.best["collator-2000"][-1].height > 0, "who made it has the block"


def test_extrinsics_wait_where_a_block_and_its_proof_would_not_fit(tmp_path: Path) -> None:
    with configured(tmp_path, max_pov_size=40_000) as network:
        network.wait(90)
        network.submit("System.remark", {"remark": "0x" + "11" * 5_000}, chain="2000")
        before = included(network)
        with pytest.raises(DeadlineError):
            network.submit("System.remark", {"remark": "0x" + "11" * 50_000}, chain="2000")
        assert included(network) > before, "blocks go on without it"
        assert not log(tmp_path)


def test_without_the_feature_candidates_are_of_version_1(tmp_path: Path) -> None:
    with configured(tmp_path, node_features=V1_FEATURES) as network:
        network.wait(150)
        assert included(network) > 5
        candidates = list(network.simulation.candidates.values())
        collator = network.simulation.keys.account(network.simulation.by_name["collator-2000"].index)
        assert all(one.descriptor[36:68] == collator for one in candidates)
        assert candidates


def test_memory_of_validation_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Penpal makes do with the pages that the node adds; without these it does not."""
    monkeypatch.setattr(pvf, "_STACK_AND_DATA", 0)
    with configured(tmp_path, executor_params=[{"MaxMemoryPages": 1}]) as network:
        network.wait(120)
        assert included(network) == 0
        refused = [record.data for record in network.evidence.of(CandidateJudged)]
        assert refused
        assert {one.judged for one in refused} == {"refused"}


def test_depth_of_validation_codes_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Penpal needs some 700 values: the fewest that a chain can allow are enough (polkadot-primitives 26
    LOGICAL_MAX_LO), and what nodes allow without its word is not asked then."""
    monkeypatch.setattr(relay_state, "STACK_VALUES", 500)
    for name in ("said", "not said"):
        (tmp_path / name).mkdir()
    with configured(tmp_path / "said", executor_params=[{"StackLogicalMax": 1024}]) as network:
        network.wait(120)
        assert included(network) > 5
    with configured(tmp_path / "not said") as network:
        network.wait(120)
        assert included(network) == 0
        refused = [record.data for record in network.evidence.of(CandidateJudged)]
        assert {one.judged for one in refused} == {"refused"}
        assert refused
        assert all("may hold 500 values" in (one.why or "") for one in refused)


def test_time_limit_of_backing(tmp_path: Path) -> None:
    with configured(tmp_path, executor_params=[{"PvfExecTimeout": ["Backing", 1]}]) as network:
        network.wait(120)
        assert relay_state.host_configuration(network.simulation.nodes[0].relay.best).backing_timeout == 1
        assert not network.evidence.all_events("ParaInclusion", "CandidateBacked")


def test_heap_pages_of_a_chains_runtime(tmp_path: Path) -> None:
    """More than there can be: the collator has made the block that sets them, and builds nothing on it."""
    with configured(tmp_path) as network:
        network.wait(120)
        args = {"pages": 2**64 - 1}
        network.submit("System.set_heap_pages", args, chain="2000", sudo=True)
        height = network.evidence.best["collator-2000"][-1].height
        before = included(network)
        network.wait(60)
        assert network.evidence.best["collator-2000"][-1].height == height
        assert included(network) - before <= 2, "what was under way"
        assert ":heappages is 4294967295" in log(tmp_path)


def test_a_heap_bounds_what_a_runtime_may_allocate() -> None:
    from simnet.network.topology import Chain

    code = runtime_code(Chain(id="relay", runtime="rococo"))
    host = Host()
    assert host.runtime(code, Heap(extra=64)).call(0, 0, "Core_version", b"")  # type: ignore[arg-type]
    with pytest.raises(RuntimeTrap):
        host.runtime(code, Heap(extra=1)).call(0, 0, "Metadata_metadata", b"")  # type: ignore[arg-type]
