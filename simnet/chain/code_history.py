"""Which runtime reads a block: the one that made it, whose code is in the state of the block's parent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from simnet.chain.metadata import Metadata
from simnet.chain.rpc import Rpc
from simnet.chain.runtime_types import metadata_at
from simnet.codec import Header, updates_runtime


class _Place(NamedTuple):
    """A block in the history. Codes go by the block whose state had them first, as far as blocks were followed."""

    parent: str
    made_by: str
    leaves: str
    """What makes its children."""


@dataclass
class CodeHistory:
    """Metadata of the runtime that made each block of a chain.

    It is followed from header to header, in which a block tells that it changed the code, since forks may do so at
    different heights and are read in any order.
    """

    _blocks: dict[str, _Place] = field(default_factory=dict)
    _metadata: dict[str, Metadata] = field(default_factory=dict)
    """By the code's first block."""

    def prepare(self, rpc: Rpc) -> None:
        """Reads the runtime of a node's best block, if none was read: of a network that begins, that of its genesis."""
        if not self._metadata:
            best = rpc.call("chain_getBlockHash")
            self._metadata[best] = metadata_at(rpc, best)

    def follow(self, header: Header, hash_: str) -> None:
        """Takes up a block; one whose parent is not followed begins anew."""
        parent = header.parent_hash if header.number > 0 else hash_
        before = self._blocks.get(parent)
        made_by = before.leaves if before is not None else parent
        self._blocks[hash_] = _Place(parent, made_by, hash_ if updates_runtime(header.logs) else made_by)

    def metadata(self, rpc: Rpc, hash_: str) -> Metadata:
        """That of the runtime which made a block that was followed. A node is asked once for each code, at the parent
        of the first block that needs it; RpcError when it has not that state."""
        place = self._blocks[hash_]
        if place.made_by not in self._metadata:
            self._metadata[place.made_by] = metadata_at(rpc, place.parent)
        return self._metadata[place.made_by]
