"""What is known of the checking of candidates: who was drawn, who announced it, who approved, and who knows of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.arrivals import Arrivals
from simnet.providers.simulated.ledger import Block
from simnet.providers.simulated.relay_values import Included, SessionInfo, Terms


@dataclass(eq=False)
class Check:
    """The checking of one candidate under one block."""

    what: Included
    drawn: NDArray[np.int64]
    """The tranche of each validator."""
    approved: NDArray[np.bool_]
    """Whether each node has the candidate as approved."""
    at_once: bool
    """Whether the block counts as approved whatever becomes of the candidate: it needs no approvals, or more than there
    are validators besides its backers (approval-voting import.rs). Who is drawn checks it all the same."""
    assigned: dict[int, Arrivals] = field(default_factory=dict)
    """Assignments that were announced, by validator."""
    given: dict[int, None] = field(default_factory=dict)
    """Validators that approved it for this block; each does so under every block that it is drawn for."""
    own: dict[int, int] = field(default_factory=dict)
    """When validators that saw it approved look at it once more, since their tranche was to come: by then there may
    still be too few checkers."""
    late: dict[int, None] = field(default_factory=dict)
    """No-shows that were told."""


@dataclass(eq=False)
class Checked:
    """A block and the checking of all that it includes."""

    block: Block
    session: SessionInfo
    terms: Terms
    tick: int
    """Of its slot's begin."""
    nodes: NDArray[np.int64]
    """The node of each validator, -1 for keys that no node has."""
    onlookers: tuple[int, ...]
    """Nodes of other validators: they judge no candidates in this session, and follow what is approved for their votes
    in GRANDPA all the same."""
    checks: tuple[Check, ...]
    unsigned: dict[int, list[tuple[Check, int]]] = field(default_factory=dict)
    """Approvals that a validator has still to sign, each with the tick at which it signs at the latest."""
    partial: list[Arrivals] = field(default_factory=list)
    """Messages that were sent and do not reach every node."""
    planned: dict[int, None] = field(default_factory=dict)
    """Ticks on which the nodes look at it."""

    @cached_property
    def _places(self) -> dict[int, int]:
        """Of each node the first of its validators."""
        places: dict[int, int] = {}
        for place, node in enumerate(self.nodes.tolist()):
            places.setdefault(node, place)
        return places

    def validator(self, node: int) -> int | None:
        """The node's place among the validators."""
        return self._places.get(node)
