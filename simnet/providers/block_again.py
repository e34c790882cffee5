"""A block of any node, made once more in this process on the state that its node gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simnet.chain.kept_blocks import block_at
from simnet.chain.metadata import Metadata
from simnet.chain.rpc import Rpc
from simnet.chain.storage import whole_state
from simnet.codec import Header, vec
from simnet.errors import SimnetError

if TYPE_CHECKING:
    from simnet.runtime.host import Host, State
    from simnet.runtime.migration import BlockRun

MOST_KEYS = 50_000
"""Keys of a state that are read at most; networks that begin at a genesis of their own have some hundreds."""

STRANGE = (SimnetError, LookupError, TypeError, ValueError, AttributeError)
"""What reading a runtime of others may raise, whose state or answers are not what they are on other chains."""


@dataclass(frozen=True)
class GivenBlock:
    """A block as a node gives it."""

    hash: str
    header: Header
    body: tuple[bytes, ...]

    @classmethod
    def read(cls, rpc: Rpc, hash_: str) -> GivenBlock:
        """Asks a node for it; RpcError where it has pruned the block."""
        block = block_at(rpc, hash_)
        body = tuple(bytes.fromhex(text[2:]) for text in block["extrinsics"])
        return cls(hash_, Header.from_json(block["header"]), body)

    @property
    def encoded(self) -> bytes:
        """Its SCALE bytes."""
        return self.header.encode() + vec(self.body)


def made_again(host: Host, rpc: Rpc, metadata: Metadata, block: GivenBlock) -> BlockRun:
    """A block, to be made on the state of its parent in this process; raises :class:`~simnet.errors.SimnetError`."""
    from simnet.runtime.migration import BlockRun  # noqa: PLC0415 - loads wasmtime

    state = whole_state(rpc, block.header.parent_hash, MOST_KEYS)
    if state is None:
        raise SimnetError(f"the state before the block has more than {MOST_KEYS} keys")
    made = host.state(state.top, state.children, version=_layout(rpc, block.header.parent_hash))
    return BlockRun(made, metadata, block.header.encode(), block.body)


def same_block(rpc: Rpc, block: GivenBlock, made: State) -> bool:
    """Whether a block that was made again ends in the state that it has, but for what blocks write anew of themselves:
    what it used depends on how the proof was recorded that its author made, together with other blocks or alone."""
    from simnet.runtime.migration import differences  # noqa: PLC0415 - loads wasmtime

    if made.root.hex() == block.header.state_root[2:]:
        return True
    own = whole_state(rpc, block.hash, MOST_KEYS)
    if own is None or own.children:
        return False
    return not differences(dict(made.items()), own.top)


def _layout(rpc: Rpc, at: str) -> int:
    """Of the state's trie (sp-version 47 RuntimeVersion::state_version)."""
    version = rpc.call("state_getRuntimeVersion", [at])
    return min(1, int(version.get("stateVersion", version.get("systemVersion", 0))))
