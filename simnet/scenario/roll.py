"""The step that takes nodes to another image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from simnet.faults import Restart
from simnet.fields import Choices, ImageName, Seconds, SecondsForm, Selectors, SelectorsForm
from simnet.network.topology import Topology
from simnet.scenario.awaited import STATES, AwaitedState
from simnet.scenario.model import Model

By = Literal["node", "region", "all"]
"""Which nodes go to another image together."""

_BY: Mapping[str, str] = {
    "node": "One after another, in the order of the network.",
    "region": "All targets of a region at once, one region after another.",
    "all": "All targets at once.",
}


class Roll(Model):
    """Takes nodes to another image and waits in between until the network has recovered; forward, or back. Use it to
    rehearse the upgrade of nodes.

    Each node is restarted: its process ends by SIGTERM, another one with that image goes on with its keys and its
    database. A node that does not come back, or a state that does not come in time, fails the step, which says whom it
    reached. Faults of the restarts are named by the step's label, or ``roll``, and by whom they take, as in
    ``roll of alice``.
    """

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            targets: SelectorsForm,
            image: str,
            by: By = "node",
            state: AwaitedState | None = None,
            within: SecondsForm = 300.0,
        ) -> None: ...

    targets: Selectors = Field(min_length=1)
    """Nodes that get the image, at least one. Nodes of the relay chain and collators have different ones, so that each
    kind is a step of its own."""
    image: ImageName
    """Node image that the targets run from then on."""
    by: Annotated[By, Choices(_BY)] = "node"
    """Which of them go together."""
    state: Annotated[AwaitedState, Choices(STATES)] | None = None
    """The state that must come before the next ones go, and at the end. Left out: the nodes that went say that they
    sync no more and have shown their chain's blocks again, those of the relay chain a best block at most two below the
    highest, and every running node of the relay chain has finalized two blocks more."""
    within: Seconds = Field(default=300.0, gt=0)
    """How long all of that may take for the nodes that go together, from when they go down; more than 0 s."""

    def groups(self, topology: Topology) -> dict[str, tuple[str, ...]]:
        """Names of the targets that go together, in their order, under what one calls them."""
        names = topology.select(self.targets)
        if self.by == "all":
            return {"all": names}
        if self.by == "node":
            return {name: (name,) for name in names}
        regions = dict.fromkeys(topology.node(name).region for name in names)
        return {f"region {one}": tuple(n for n in names if topology.node(n).region == one) for one in regions}

    def restarts(self, topology: Topology) -> dict[str, Restart]:
        """What each of these groups goes through."""
        groups = self.groups(topology)
        return {what: Restart(targets=names, image=self.image, at_once=True) for what, names in groups.items()}
