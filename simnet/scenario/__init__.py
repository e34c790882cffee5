"""What a rehearsal says: the models that files and Python share, the YAML loader, the timeline that runs it."""

from simnet.scenario.network_spec import (
    ChannelSpec,
    NetworkSpec,
    NodeSpec,
    ParachainSpec,
    RelaySpec,
    Resources,
)
from simnet.scenario.scenario import Expectation, Scenario
from simnet.scenario.steps import Change, Inject, Send, Step, Submit, Wait, WindowSpec

__all__ = [
    "Change", "ChannelSpec", "Expectation", "Inject", "NetworkSpec", "NodeSpec", "ParachainSpec", "RelaySpec",
    "Resources", "Scenario", "Send", "Step", "Submit", "Wait", "WindowSpec",
]  # fmt: skip
