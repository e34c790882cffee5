"""A block and what it was built on."""

from __future__ import annotations

from collections.abc import Iterator

from simnet.providers.simulated.ledger import ExecutedBlock


def ancestry(block: ExecutedBlock, *, above: int = -1) -> Iterator[ExecutedBlock]:
    """The block and its ancestors, the highest first, as far as they are above that height."""
    here: ExecutedBlock | None = block
    while here is not None and here.number > above:
        yield here
        here = here.parent
