"""Nodes that do not follow the protocol. Only simulated nodes can be told to; real ones follow it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, get_args

from pydantic import WithJsonSchema

from simnet.errors import InputError
from simnet.faults._fault import Fault
from simnet.fields import Choices, Reads, Selectors, SelectorsForm, one_or_many
from simnet.network.topology import Topology

ValidatorAct = Literal[
    "equivocate_blocks",
    "equivocate_votes",
    "back_invalid",
    "approve_invalid",
    "dispute_valid",
    "dispute_late",
    "dispute_recent",
    "lose_workers",
    "withhold_chunks",
    "withhold_approvals",
]
"""What a byzantine validator may do."""

CollatorAct = Literal["stall", "censor", "equivocate"]
"""What a byzantine collator may do."""

Act = Literal[ValidatorAct, CollatorAct]
"""What a byzantine node may do; :data:`ACTS` says what each is."""

ACTS: Mapping[str, str] = {
    "equivocate_blocks": "A validator makes two blocks for one BABE slot. An equivocation that others report.",
    "equivocate_votes": "A validator casts two GRANDPA votes for different blocks in one round. An equivocation that"
    " others report.",
    "back_invalid": "A validator seconds candidates that are invalid, and backs those of others without looking."
    " Approval checkers dispute them.",
    "approve_invalid": "A validator votes for candidates, valid or not, in approval checking and in disputes.",
    "dispute_valid": "A validator disputes each candidate that it is to check, though it is valid. It loses the"
    " dispute.",
    "dispute_late": "A validator approves, and disputes the same candidate a minute later, when it may be final.",
    "dispute_recent": "A validator disputes every candidate that a block includes which is not final, or has not been"
    " so for ten blocks, all at once, whether it is to check them or not: a storm of disputes.",
    "lose_workers": "Something kills a validator's execution workers in every job, as a machine without memory does."
    " The node backs nothing then; what it is to check it takes for invalid when that happened twice, three seconds"
    " apart, and disputes.",
    "withhold_chunks": "A validator gives nobody the proofs and chunks that it has, and says in its bitfields that it"
    " has them all, so that others cannot recover candidates from it.",
    "withhold_approvals": "A validator announces its assignments to check candidates and then stays silent, which"
    " makes it a no-show.",
    "stall": "A collator builds nothing when its turn comes.",
    "censor": "A collator leaves out every extrinsic; inherents, and so messages from other chains, go in.",
    "equivocate": "A collator builds two blocks where one is due.",
}
"""What a node does by each act."""

USES: dict[str, str] = {
    "equivocate_blocks": "slots with two blocks",
    "equivocate_votes": "votes cast twice",
    "back_invalid": "invalid candidates backed",
    "approve_invalid": "invalid candidates approved",
    "dispute_valid": "candidates disputed",
    "dispute_late": "approved candidates disputed",
    "dispute_recent": "recent candidates disputed",
    "lose_workers": "candidates whose execution was killed",
    "withhold_chunks": "requests refused",
    "withhold_approvals": "approvals withheld",
    "stall": "turns not built",
    "censor": "extrinsics left out",
    "equivocate": "turns with two blocks",
}
"""What is counted when a node uses an occasion for an act, in the plural."""

LATE_AFTER = 60.0
"""Seconds after which ``dispute_late`` disputes what it approved. Those in which all has been sent that
``dispute_recent`` disputes, since votes leave one after the other."""

DISPUTES_LATER: tuple[ValidatorAct, ...] = ("dispute_late", "dispute_recent")
"""Acts whose disputes others may see up to LATE_AFTER after the act."""

VALIDATOR_ACTS: tuple[str, ...] = get_args(ValidatorAct)
"""Those that only validators do."""

COLLATOR_ACTS: tuple[str, ...] = get_args(CollatorAct)
"""Those that only collators do."""


_ONE = Choices(ACTS).as_schema()
"""One act, for editors."""


@dataclass(frozen=True, kw_only=True)
class Byzantine(Fault):
    """Each target breaks the protocol as ``acts`` say while this lasts: keys in wrong hands, patched nodes, bugs. Real
    nodes cannot be told to. Use it to see that honest ones detect, report and outvote it.

    Occasions and uses of each act are counted; checks ``during`` a fault of whose acts one was never used are
    inconclusive.
    """

    kind: ClassVar[str] = "byzantine"
    dishonest: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(self, *, targets: SelectorsForm, acts: Act | Sequence[Act]) -> None: ...

    targets: Selectors
    """Nodes that misbehave, either validators or collators, not both."""
    acts: Annotated[
        tuple[Act, ...],
        Reads(one_or_many),
        WithJsonSchema({"anyOf": [*_ONE["anyOf"], {"type": "array", "items": _ONE, "minItems": 1}]}),
    ]
    """One act or a list of them. Acts of validators and of collators do not mix in one fault."""

    def __post_init__(self) -> None:
        if not self.targets or not self.acts:
            raise InputError("byzantine needs at least one target and one act")
        if any(act in VALIDATOR_ACTS for act in self.acts) and any(act in COLLATOR_ACTS for act in self.acts):
            raise InputError(f"{', '.join(self.acts)}: some are acts of validators, some of collators; give two faults")

    def affected(self, topology: Topology) -> tuple[str, ...]:
        names = topology.select(self.targets)
        role = "validator" if self.acts[0] in VALIDATOR_ACTS else "collator"
        wrong = [name for name in names if topology.node(name).role != role]
        if wrong:
            raise InputError(f"{self.acts[0]} is what a byzantine {role} does, and {', '.join(wrong)} is none")
        return names

    def misdeeds(self) -> tuple[str, ...]:
        return self.acts
