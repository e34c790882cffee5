"""Which runtime reads a block: the one that made it, whose code is in the state of the block's parent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from simnet.chain.metadata import Metadata
from simnet.chain.rpc import Rpc
from simnet.chain.runtime_types import metadata_at
from simnet.codec import Header, updates_runtime
from simnet.errors import RpcError
from simnet.journal.records import CodeRead

CODE_KEY = "0x" + b":code".hex()
"""Where a chain's state has its runtime (sp-storage well_known_keys)."""


NO_CODE = "0x"
"""In the place of the hash where a state has no code."""


class _Place(NamedTuple):
    """A block in the history. Codes go by the block whose state had them first, as far as blocks were followed."""

    parent: str
    made_by: str
    leaves: str
    """What makes its children."""


def read_code(rpc: Rpc, hash_: str) -> CodeRead:
    """The code in a block's state; RpcError when the node has not that state."""
    code: str = rpc.call("state_getStorageHash", [CODE_KEY, hash_]) or NO_CODE
    try:
        version = rpc.call("state_getRuntimeVersion", [hash_])
    except RpcError as error:  # of code that no node can run
        return CodeRead(code=code, why=str(error))
    return CodeRead(code=code, spec_name=version["specName"], spec_version=version["specVersion"])


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

    def parent(self, hash_: str) -> str:
        """The parent of a block that was followed."""
        return self._blocks[hash_].parent

    def changed(self, hash_: str) -> bool:
        """Whether a block that was followed says that it changed the runtime: the code, or the pages of its heap."""
        return self._blocks[hash_].leaves == hash_

    def brought(self, hash_: str) -> bool:
        """Whether what made a block that was followed came into the chain by another one that was."""
        made_by = self._blocks[hash_].made_by
        bringing = self._blocks.get(made_by)
        return bringing is not None and bringing.leaves == made_by != bringing.parent

    def first(self, hash_: str) -> bool:
        """Whether a block that was followed is the first one that this code made, on its fork."""
        place = self._blocks[hash_]
        return place.made_by == place.parent and self.brought(hash_)

    def before(self, rpc: Rpc, hash_: str) -> Metadata | None:
        """That of the runtime which made the parent of a block; None where the parent was not followed."""
        parent = self._blocks[hash_].parent
        return self.metadata(rpc, parent) if parent in self._blocks else None

    def metadata(self, rpc: Rpc, hash_: str) -> Metadata:
        """That of the runtime which made a block that was followed. A node is asked once for each code, at the parent
        of the first block that needs it; RpcError when it has not that state."""
        place = self._blocks[hash_]
        if place.made_by not in self._metadata:
            self._metadata[place.made_by] = metadata_at(rpc, place.parent)
        return self._metadata[place.made_by]

    def answering(self, rpc: Rpc, hash_: str) -> Metadata:
        """That of the runtime in the state of a block that was followed, by which nodes answer of it: of a block that
        changed the code, not the one that made it. RpcError when the node has not that state, or cannot run it."""
        place = self._blocks[hash_]
        if place.leaves not in self._metadata:
            self._metadata[place.leaves] = metadata_at(rpc, hash_)
        return self._metadata[place.leaves]
