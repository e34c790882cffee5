"""Every block of a chain that any node ever made: the tree, and the state behind each block.

Blocks are executed once, by their author; what differs between nodes is only which of them each has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from simnet.codec import Header, blake2_256, decode_header
from simnet.runtime.host import Runtime, State

_T = TypeVar("_T")


@dataclass(eq=False, slots=True)
class ExecutedBlock:
    """One block. ``header`` is sealed, SCALE-encoded; a parachain's is also its head data."""

    header: bytes
    parent: ExecutedBlock | None
    extrinsics: tuple[bytes, ...]
    state: State
    runtime: Runtime
    """What executes the block's children and calls on its state: ``:code`` as this block left it."""
    slot: int = 0
    weight: int = 0
    """BABE: primary blocks in the chain up to this one (sc-consensus-babe's fork choice)."""
    author: str | None = None
    relay_parent: ExecutedBlock | None = None
    """For a parachain block: the relay block that it was built on."""
    made_by: Runtime | None = None
    """What executed it; None of genesis."""
    upgraded: bool = False
    """Whether ``:code`` has changed since genesis."""
    written: int = 0
    """Writes from outside of the runtime that its state has
    (:class:`~simnet.providers.simulated.block_writes.BlockWrites`)."""
    facts: dict[Fact[Any], Any] = field(default_factory=dict)
    """What was found out about it, so that it is found out once."""
    number: int = field(init=False)
    hash: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.number = 0 if self.parent is None else self.parent.number + 1
        self.hash = blake2_256(self.header)

    def decoded(self) -> Header:
        return _header(self)

    def ancestor(self, number: int) -> ExecutedBlock | None:
        """The block of its chain at that height; None above it."""
        here: ExecutedBlock | None = self
        while here is not None and here.number > number:
            here = here.parent
        return here if here is not None and here.number == number else None

    def descends_from(self, other: ExecutedBlock) -> bool:
        """Whether ``other`` is this block or an ancestor of it."""
        return self.ancestor(other.number) is other

    def __repr__(self) -> str:
        return f"#{self.number} {self.hash.hex()[:8]}"


class Fact(Generic[_T]):
    """A function of a block that is computed once for each: what the block or its state says never changes."""

    def __init__(self, find: Callable[[ExecutedBlock], _T]) -> None:
        self._find = find
        self.__doc__ = find.__doc__

    def __call__(self, block: ExecutedBlock) -> _T:
        facts = block.facts
        if self not in facts:
            facts[self] = self._find(block)
        found: _T = facts[self]
        return found

    def known(self, block: ExecutedBlock) -> _T | None:
        """What was found out before; None when nobody asked."""
        found: _T | None = block.facts.get(self)
        return found


@Fact
def _header(block: ExecutedBlock) -> Header:
    return decode_header(block.header)


class Ledger:
    """The block tree of one chain."""

    def __init__(self, genesis: ExecutedBlock) -> None:
        self.genesis = genesis
        self._blocks = {genesis.hash: genesis}

    def add(self, block: ExecutedBlock) -> None:
        self._blocks[block.hash] = block

    def get(self, hash_: bytes) -> ExecutedBlock | None:
        return self._blocks.get(hash_)


def ancestry(block: ExecutedBlock, *, above: int = -1) -> Iterator[ExecutedBlock]:
    """The block and its ancestors, the highest first, as far as they are above that height."""
    here: ExecutedBlock | None = block
    while here is not None and here.number > above:
        yield here
        here = here.parent


def common_ancestor(one: ExecutedBlock, two: ExecutedBlock) -> ExecutedBlock:
    """The highest block in both chains."""
    while one is not two:
        if one.number >= two.number:
            assert one.parent is not None
            one = one.parent
        else:
            assert two.parent is not None
            two = two.parent
    return one
