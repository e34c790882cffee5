"""A fault that was injected into a network: a handle to observe and heal it, and a context manager that does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from simnet.faults import Fault
from simnet.journal.records import Reading


@dataclass(frozen=True)
class Observation:
    """What was read back of one fault at one time, in seconds since the run began."""

    t: float
    readings: tuple[Reading, ...]

    @property
    def holds(self) -> bool:
        """Whether all is as asked; not when nothing was read, which says nothing."""
        return bool(self.readings) and all(reading.holds for reading in self.readings)


class Injected(Protocol):
    """The network that a fault was injected into."""

    def observe(self, injection: Injection) -> Observation: ...

    def change(self, injection: Injection, fault: Fault) -> None: ...

    def heal(self, injection: Injection) -> None: ...


@dataclass(eq=False)
class Injection:
    """An injected fault. Used as a context manager it heals when the block ends, also by an error.

    ``apply_start`` and ``apply_end`` bound the time in which it took hold; ``heal_start`` and ``heal_end`` that in
    which it went. Seconds since the run began.
    """

    network: Injected = field(repr=False)
    id: int
    name: str
    fault: Fault
    apply_start: float | None = None
    apply_end: float | None = None
    heal_start: float | None = None
    heal_end: float | None = None
    last: Observation | None = None
    """What was read back of it last."""

    @property
    def active(self) -> bool:
        """Whether it has taken hold and was not healed since."""
        return self.apply_end is not None and self.heal_start is None

    def observe(self) -> Observation:
        """Measures it now (round-trip time, loss, process states, acts) and journals what was asked and seen.

        Of an instant fault, which is over, it gives what was read back when it was done.
        """
        return self.network.observe(self)

    def change(self, fault: Fault) -> None:
        """Replaces the fault's value by another of any kind, without a moment in between."""
        self.network.change(self, fault)

    def heal(self) -> None:
        """Ends it and reads back that it is gone. Healing twice does nothing."""
        self.network.heal(self)

    def __enter__(self) -> Injection:
        return self

    def __exit__(self, *_: object) -> None:
        self.heal()
