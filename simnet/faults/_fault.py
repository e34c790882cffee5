"""What every fault is: a pure value that says what happens, to whom, how strongly."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import ConfigDict

from simnet.errors import InputError
from simnet.faults._states import Cycle, LinkState, Pair, Process
from simnet.forms import FormsOfFiles
from simnet.network.topology import Topology

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Side = tuple[str, ...]
"""Names of nodes that a fault names together."""

Respect = Literal["strength", "names"]
"""In which a fault may be simpler than another: weaker; or of nodes that come earlier in the network's file."""


@dataclass(frozen=True, kw_only=True)
class Fault(metaclass=FormsOfFiles):
    """Base of all faults. A fault knows neither provider nor time: it is injected, observed and healed elsewhere.

    What it does is said by :meth:`process`, :meth:`links` and :meth:`misdeeds` while it lasts, or by :meth:`cycle` if
    it is an instant. Providers carry out these values and read them back, and know no kind of fault. So there is
    nothing that a fault says of how it is read back: what it asked is what has to be seen.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", populate_by_name=True)

    kind: ClassVar[str]
    instant: ClassVar[bool] = False
    """An instant fault is an act (a restart, a wipe): it has a :meth:`cycle` and no state to heal."""
    dishonest: ClassVar[bool] = False
    """Whether its targets may commit offences from then on, which may be reported after it is healed."""
    paired: ClassVar[bool] = False
    """Whether it is of use only with another one, as a snapshot and its restore: then it is no window of its own, and
    no search draws it."""

    @abstractmethod
    def affected(self, topology: Topology) -> tuple[str, ...]:
        """Names of the nodes it acts on; raises :class:`~simnet.errors.InputError` for a selector without a node."""

    # -- what it asks of a network --------------------------------------------------------------------------------

    def process(self) -> Process | None:
        """What the process of each affected node becomes while it lasts; None leaves it alone."""
        return None

    def links(self, topology: Topology) -> Mapping[Pair, LinkState]:
        """Directed links and their states while it lasts; those that it leaves alone are not in it."""
        return {}

    def misdeeds(self) -> tuple[str, ...]:
        """What each affected node does against the protocol while it lasts: of
        :data:`~simnet.faults.byzantine.USES`."""
        return ()

    def cycle(self) -> Cycle | None:
        """What each affected node goes through, one after another, if this is an instant."""
        return None

    # -- what a search makes of it --------------------------------------------------------------------------------

    @classmethod
    def unfit(cls, topology: Topology) -> str | None:
        """Why no fault of this kind can hit such a network; None if one can."""
        return None

    @classmethod
    def draw(cls, topology: Topology) -> SearchStrategy[Fault] | None:
        """Faults of this kind for a network that is not :meth:`unfit`, simpler ones first; None if a search draws none
        of the kind. :mod:`simnet.faults.drawing` has what to draw nodes with."""
        return None

    @classmethod
    def like(cls, other: Fault, topology: Topology) -> Iterator[Fault]:
        """Faults of this kind that hit nodes which another one hits, one side of it or all, so that shrinking can put
        this kind in the place of one that comes later."""
        yield from ()

    def sides(self) -> tuple[Side, ...]:
        """The groups of nodes that it names, of which shrinking leaves out some; none if it names places."""
        return ()

    def with_side(self, number: int, names: Side) -> Fault:
        """This fault with other names in one of its :meth:`sides`."""
        raise InputError(f"{self} names no groups of nodes")

    def ladders(self) -> Mapping[str, Sequence[Any]]:
        """Fields that say how strong it is, each with the values that are drawn for it, weakest first. Shrinking takes
        the weakest that still fails."""
        return {}

    def simpler(self, topology: Topology, respect: Respect) -> Iterator[Fault]:
        """Simpler faults of this kind that neither fewer :meth:`sides` nor :meth:`ladders` give, in the order in which
        shrinking tries them."""
        yield from ()

    # -- as data and text -----------------------------------------------------------------------------------------

    def as_data(self) -> dict[str, Any]:
        """The fault as journal data: its kind and every field that differs from its default."""
        out: dict[str, Any] = {"kind": self.kind}
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                out[field.name] = value
        return out

    def __str__(self) -> str:
        parts = [f"{key}={_short(value)}" for key, value in self.as_data().items() if key != "kind"]
        return f"{self.kind} {' '.join(parts)}"


def _short(value: object) -> str:
    if isinstance(value, tuple):
        return "|".join("+".join(item) if isinstance(item, tuple) else str(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
