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
    return _block(b"genesis", None)


def grow(parent: ExecutedBlock, count: int = 1, name: str = "", *, weight: int = 0) -> list[ExecutedBlock]:
    """A chain of blocks on ``parent``, oldest first; ``weight`` is added to each block's."""
    chain = []
    for _ in range(count):
        block = _block(f"{name}{parent.number + 1}".encode(), parent)
        block.slot = parent.slot + 1
        block.weight = parent.weight + weight
        chain.append(block)
        parent = block
    return chain


def _block(hash_: bytes, parent: ExecutedBlock | None) -> ExecutedBlock:
    block = ExecutedBlock(b"", parent, (), _NOTHING, _NOTHING, facts={announced: None})
    block.hash = hash_
    return block
