"""A compared scenario on real nodes, now: its verdict is the simulated one, its figures lie within those of the seeds.

It takes about six minutes, most of them the start of the network.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agreement.differences import difference
from tests.agreement.figures import slack
from tests.agreement.real import real_run, rehearse_on_docker
from tests.agreement.stored import read_simulated, scenarios

pytestmark = [
    pytest.mark.docker,
    pytest.mark.network,
    pytest.mark.timeout(1500),
    pytest.mark.usefixtures("node_images"),
]

NAME = "hurried-mail"
"""Fails one check and holds another, has mail, and needs no fault."""

STRAY = 2
"""Figures that may lie outside of what any of the seeds had: a run has some fifteen, and this machine its own pace."""


def test_real_nodes_do_as_simulated_ones(tmp_path: Path) -> None:
    scenario, simulated = scenarios()[NAME], read_simulated()[NAME]
    run = real_run(rehearse_on_docker(scenario, tmp_path), scenario)
    print(run)
    assert simulated.verdicts[run.verdict] >= 0.95 * sum(simulated.verdicts.values())
    for check, status in run.checks.items():
        assert simulated.checks[check].get(status, 0) > 0, f"no seed ended {check} as {status}"
    stray = {
        figure: value
        for figure, value in run.figures.items()
        if difference(NAME, figure) is None and not simulated.figures[figure].holds(value, slack(figure))
    }
    assert len(stray) <= STRAY, stray
