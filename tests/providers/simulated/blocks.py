"""Block trees without runtimes, for tests of what nodes do off-chain."""

from __future__ import annotations

from typing import Any

from simnet.providers.simulated.consensus.set_changes import announced
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.relay_values import SessionInfo

_NOTHING: Any = None


def session_info(count: int, group: tuple[int, ...], index: int = 0) -> SessionInfo:
    """A session of validators with keys ``key 0`` and on, one core and its group."""
    return SessionInfo(
        index=index,
        validators=tuple(b"key %d" % number for number in range(count)),
        groups=(group,),
        cores=1,
        zeroth_width=0,
        modulo_samples=1,
        tranches=40,
        no_show_slots=2,
        needed=2,
        coalesce=1,
    )


def genesis() -> ExecutedBlock:
    return ExecutedBlock(0, b"genesis", b"", None, (), _NOTHING, _NOTHING, facts={announced: None})


def grow(parent: ExecutedBlock, count: int = 1, name: str = "", *, weight: int = 0) -> list[ExecutedBlock]:
    """A chain of blocks on ``parent``, oldest first; ``weight`` is added to each block's."""
    chain = []
    for _ in range(count):
        number = parent.number + 1
        block = ExecutedBlock(
            number, f"{name}{number}".encode(), b"", parent, (), _NOTHING, _NOTHING, slot=parent.slot + 1
        )
        block.weight = parent.weight + weight
        block.facts[announced] = None
        chain.append(block)
        parent = block
    return chain
