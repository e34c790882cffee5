"""What a rehearsal says: the models that files and Python share, the YAML loader, the timeline that runs it."""

from simnet.scenario.loader import load_network, load_scenario
from simnet.scenario.network_spec import (
    ChannelSpec,
    NetworkSpec,
    NodeSpec,
    ParachainSpec,
    RelaySpec,
    Resources,
)
from simnet.scenario.save import save_scenario
from simnet.scenario.scenario import Expectation, Scenario
from simnet.scenario.state_steps import Submit
from simnet.scenario.steps import Change, Inject, Send, Step, Wait, WindowSpec

__all__ = [
    "Change", "ChannelSpec", "Expectation", "Inject", "NetworkSpec", "NodeSpec", "ParachainSpec", "RelaySpec",
    "Resources", "Scenario", "Send", "Step", "Submit", "Wait", "WindowSpec", "load_network", "load_scenario",
    "save_scenario",
]  # fmt: skip
