"""Why a parachain is not included: told when the barrier gives up. Each network runs to its end in a fraction of a
second."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from simnet.errors import DeadlineError
from simnet.faults import Byzantine
from simnet.journal import Journal
from simnet.journal.records import Barrier
from simnet.providers.barrier import reach_barrier
from simnet.providers.base import Launch, Plan
from simnet.providers.network import Network
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.scenario import NetworkSpec
from simnet.scenario.states import await_state
from simnet.scenario.steps import Wait
from tests.runs import started


def launched(folder: Path, *, validators: int = 4, genesis: dict[str, Any] | None = None, **para: Any) -> Network:
    """A Rococo network with the parachain 2000, at its beginning."""
    spec = {
        "relay": {"validators": validators, "genesis": genesis or {}},
        "parachains": [{"id": 2000, **para}],
        "channels": "none",
    }
    plan = Plan(topology=NetworkSpec.model_validate(spec, context={"file": True}).topology())
    journal = Journal(time.monotonic)
    journal.begin(folder / "journal.jsonl", started(run="x", scenario="x"))
    return SimulatedProvider().launch(plan, Launch(run="x", run_dir=folder, journal=journal), 60.0)


def configuration(**config: Any) -> dict[str, Any]:
    return {"configuration": {"config": config}}


@pytest.mark.parametrize(
    ("network", "why"),
    [
        (
            {"validators": 3, "genesis": configuration(scheduler_params={"num_cores": 3})},
            "core 3, which is assigned to it, has no validators: 3 make groups for 3 of 4 cores",
        ),
        (
            {"genesis": configuration(max_head_data_size=100)},
            r"no candidate was backed, though its collators made \d+ blocks: its head has 2\d\d bytes, and "
            "max_head_data_size of the relay chain is 100",
        ),
        (
            {"genesis": configuration(max_pov_size=100)},
            r"no candidate was backed, though its collators made \d+ blocks; collator-2000 says: #\d+ \w+ not offered: "
            r"its proof of \d+ bytes exceeds max_pov_size, 100 bytes",
        ),
        ({"collators": [{"name": "late", "joins_late": True}]}, "none of its collators runs"),
    ],
)
def test_the_barrier_says_first_why_a_parachain_was_not_included(
    tmp_path: Path, network: dict[str, Any], why: str
) -> None:
    with (
        launched(tmp_path, **network) as running,
        pytest.raises(DeadlineError, match=f"^parachain 2000: {why}; waited"),
    ):
        reach_barrier(running, 150)


def test_a_collator_that_cannot_build_is_quoted(tmp_path: Path) -> None:
    with launched(tmp_path) as running:
        running.inject(Byzantine(targets=("collator-2000",), acts=("stall",)))
        (tmp_path / "logs" / "collator-2000.log").write_text("1.5 block on 2000#0 not built: out of fuel\n2.0 idle\n")
        with pytest.raises(DeadlineError, match="its collators made no block; collator-2000 says: block on 2000#0 not"):
            reach_barrier(running, 150)


def test_a_parachain_that_is_not_registered_holds_up_nothing(tmp_path: Path) -> None:
    with launched(tmp_path, genesis={"paras": {"paras": []}}) as running:
        assert reach_barrier(running, 150) == ["2000"]
        (barrier,) = running.evidence.of(Barrier)
        assert barrier.data.unregistered == ["2000"]


def test_a_wait_for_inclusion_says_why_it_was_in_vain(tmp_path: Path) -> None:
    with launched(tmp_path) as running:
        reach_barrier(running, 150)
        running.inject(Byzantine(targets=("collator-2000",), acts=("stall",)))
        running.wait(30)
        wait = Wait(state="parachains_included", within=30.0)
        with pytest.raises(
            DeadlineError, match=r"^parachain 2000: its collators made no block; waited 30 s for the state"
        ):
            await_state(wait, running)
