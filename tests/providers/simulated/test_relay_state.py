"""What is taken from the block before is what the runtime says of this one."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from simnet.codec import read_compact
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.ledger import Block
from simnet.providers.simulated.network import SimulatedNetwork
from simnet.scenario.loader import load_scenario
from simnet.search import run_trial

SCENARIOS = Path(__file__).parents[3] / "scenarios"


def asked(block: Block) -> tuple[relay_state.Epoch, tuple[int, ...]]:
    """Epoch and disabled validators by the block's own runtime."""
    epoch = relay_state._epoch(relay_state.call(block, "BabeApi_current_epoch"))
    data = relay_state.call(block, "ParachainHost_disabled_validators")
    count, offset = read_compact(data, 0)
    return epoch, tuple(int.from_bytes(data[offset + 4 * i : offset + 4 * i + 4], "little") for i in range(count))


def test_epochs_and_disabled_validators_are_those_of_the_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a run in which a validator is disabled, and enabled again when an era ends."""
    told: list[tuple[relay_state.Epoch, tuple[int, ...]]] = []
    real = SimulatedNetwork.close

    def compare(network: SimulatedNetwork) -> None:
        for block in network.simulation.nodes[0].relay.imported:
            if "epoch" in block.facts and "disabled" in block.facts:
                told.append((block.facts["epoch"], block.facts["disabled"]))
                assert told[-1] == asked(block), block
        real(network)

    monkeypatch.setattr(SimulatedNetwork, "close", compare)
    run_trial(load_scenario(SCENARIOS / "westend-reenabled.yaml"))
    assert len({epoch.index for epoch, _ in told}) >= 3
    disabled = [who for _, who in told]
    changes = sum(one != two for one, two in pairwise(disabled))
    assert any(disabled), "somebody was disabled"
    assert changes >= 2, "and not for ever"
