"""The provider of toy networks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from simnet.errors import SimnetError
from simnet.faults import KINDS
from simnet.providers.base import Capability, Launch, Plan, Unsupported
from simnet.testing._toy_network import ToyNetwork


@dataclass(kw_only=True)
class ToyProvider:
    """Launches toys, for testing what runs on networks: plugins, checks, timelines. It is no simulation of Polkadot.

    Kinds of fault that are ``unsupported`` are refused before a launch; those that are ``weak`` are read back as not
    having taken hold. With ``launch_error`` every launch fails by that. ``launched`` has every network that it made.
    """

    name = "toy"
    epoch = None
    unsupported: Collection[str] = ()
    weak: Collection[str] = ()
    launch_error: SimnetError | None = None
    launched: list[ToyNetwork] = field(default_factory=list, init=False)

    def capabilities(self) -> Sequence[Capability]:
        """Every fault, as a word."""
        return [Capability(kind, kind not in self.unsupported, "a toy does as it is told") for kind in KINDS]

    def plan(self, plan: Plan) -> list[Unsupported]:
        """Faults of the kinds that it was told not to support."""
        kinds = {fault.kind for fault in (*plan.faults, *plan.links)} & set(self.unsupported)
        return [Unsupported(f"the fault {kind}", "this toy lacks it") for kind in sorted(kinds)]

    def ignored(self, plan: Plan) -> list[str]:
        """Nothing: a toy is no machine that could lack something."""
        return []

    def launch(self, plan: Plan, launch: Launch, deadline: float) -> ToyNetwork:
        """A network whose nodes are all ready at once."""
        if self.launch_error is not None:
            raise self.launch_error
        network = ToyNetwork(plan, launch, weak=self.weak)
        self.launched.append(network)
        return network
