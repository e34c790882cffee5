"""What is known of the checking of candidates: who was drawn, who announced it, who approved, and who knows of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.arrivals import ArrivalTimes
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.relay_values import HostConfiguration, Included, SessionInfo


@dataclass(eq=False)
class ApprovalEntry:
    """The checking of one candidate under one block (``ApprovalEntry`` of approval-voting)."""

    what: Included
    drawn: NDArray[np.int64]
    """The tranche of each validator."""
    approved: NDArray[np.bool_]
    """Whether each node has the candidate as approved."""
    at_once: bool
    """Whether the block counts as approved whatever becomes of the candidate: it needs no approvals, or more than there
    are validators besides its backers (approval-voting import.rs). Who is drawn checks it all the same."""
    assigned: dict[int, ArrivalTimes] = field(default_factory=dict)
    """Assignments that were announced, by validator."""
    given: dict[int, None] = field(default_factory=dict)
    """Validators that approved it for this block; each does so under every block that it is drawn for."""
    own: dict[int, int] = field(default_factory=dict)
    """When validators that saw it approved look at it once more, since their tranche was to come: by then there may
    still be too few checkers."""
    late: dict[int, None] = field(default_factory=dict)
    """No-shows that were told."""


@dataclass(eq=False)
class BlockEntry:
    """A block and the checking of all that it includes (``BlockEntry`` of approval-voting)."""

    block: ExecutedBlock
    session: SessionInfo
    configuration: HostConfiguration
    tick: int
    """Of its slot's begin."""
    nodes: NDArray[np.int64]
    """The node of each validator, -1 for keys that no node has."""
    onlookers: tuple[int, ...]
    """Nodes of other validators: they judge no candidates in this session, and follow what is approved for their votes
    in GRANDPA all the same."""
    checks: tuple[ApprovalEntry, ...]
    unsigned: dict[int, list[tuple[ApprovalEntry, int]]] = field(default_factory=dict)
    """Approvals that a validator has still to sign, each with the tick at which it signs at the latest."""
    partial: list[ArrivalTimes] = field(default_factory=list)
    """Messages that were sent and do not reach every node."""
    planned: dict[int, None] = field(default_factory=dict)
    """Ticks on which the nodes look at it."""

    @cached_property
    def places(self) -> dict[int, int]:
        """Of each node the place of the first of its validators."""
        return {node: place for place, node in reversed(list(enumerate(self.nodes.tolist())))}
