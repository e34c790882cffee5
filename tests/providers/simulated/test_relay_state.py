"""What is taken from the block before is what the runtime says of this one."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from simnet.providers.simulated import relay_state
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.scenario.loader import load_scenario
from simnet.search import run_trial

SCENARIOS = Path(__file__).parents[3] / "scenarios"


def asked(block: ExecutedBlock) -> tuple[int, int, tuple[int, ...]]:
    """Epoch, its first slot and disabled validators by the block's own runtime."""
    epoch = relay_state.ask(block, "BabeApi_current_epoch")
    return epoch["epoch_index"], epoch["start_slot"], tuple(relay_state.ask(block, "ParachainHost_disabled_validators"))


def test_epochs_and_disabled_validators_are_those_of_the_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a run in which a validator is disabled, and enabled again when an era ends."""
    told: list[tuple[int, int, tuple[int, ...]]] = []
    real = SimulatedNetwork.close

    def compare(network: SimulatedNetwork) -> None:
        for block in network.simulation.nodes[0].relay.imported:
            epoch, disabled = relay_state.epoch.known(block), relay_state.disabled.known(block)
            if epoch is not None and disabled is not None:
                told.append((epoch.index, epoch.start_slot, disabled))
                assert told[-1] == asked(block), block
        real(network)

    monkeypatch.setattr(SimulatedNetwork, "close", compare)
    run_trial(load_scenario(SCENARIOS / "westend-reenabled.yaml"))
    assert len({epoch for epoch, _, _ in told}) >= 3
    disabled = [who for _, _, who in told]
    changes = sum(one != two for one, two in pairwise(disabled))
    assert any(disabled), "somebody was disabled"
    assert changes >= 2, "and not for ever"
