"""The nodes of one chain of a running network: which block is meant, who has its state, which runtime it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, Protocol, TypeVar

from simnet.chain.chain_state import deposited
from simnet.chain.code_history import CODE_KEY, NO_CODE
from simnet.chain.metadata import Metadata
from simnet.chain.rpc import Rpc
from simnet.chain.runtime_types import metadata_at
from simnet.codec import Header
from simnet.errors import InputError, RpcError
from simnet.journal import Block, ChainEvent, Evidence
from simnet.network.topology import nearest

_T = TypeVar("_T")

At = Literal["final", "best"] | str | int
"""A block of a chain: its newest finalized one, its best one, or one by hash (0x hex) or by height. Of those two the
newest is meant that any running node of the chain shows; a height is one of a finalized block."""


class NodesOfNetwork(Protocol):
    """The network, as far as it is needed to ask its nodes."""

    @property
    def evidence(self) -> Evidence: ...

    def running(self, chain: str) -> list[str]: ...

    def rpc(self, node: str) -> Rpc: ...


class ChainNodes:
    """The nodes of a chain that run when they are asked, whichever those are by then."""

    def __init__(self, network: NodesOfNetwork, chain: str) -> None:
        self._network = network
        self._chain = chain
        self._runtimes: dict[str, Metadata] = {}
        """By the hash of their code."""

    def _nodes(self) -> Iterator[tuple[str, Rpc]]:
        """Running nodes of the chain that can be reached."""
        for node in self._network.running(self._chain):
            try:
                yield node, self._network.rpc(node)
            except RpcError:
                continue

    def hash_of(self, block: At) -> str:
        """The hash of the block that is meant; InputError for what is none, RpcError when no node answers."""
        match block:
            case "final":
                return self._newest("chain_getFinalizedHead")[1]
            case "best":
                return self._newest("chain_getBlockHash")[1]
            case int() if not isinstance(block, bool):
                height, _, rpc = self._newest("chain_getFinalizedHead")
                if not 0 <= block <= height:
                    raise InputError(f"{self._chain} has no finalized block {block}; its newest one is {height}")
                return str(rpc.call("chain_getBlockHash", [block]))
            case str() if _is_hash(block):
                return block.lower()
        raise InputError(
            f"{block!r} names no block; write final, best, a height, or a hash as 0x hex"
            f"{nearest(str(block), ('final', 'best')) if isinstance(block, str) else ''}"
        )

    def _newest(self, method: str) -> tuple[int, str, Rpc]:
        """Height and hash of the highest block of a kind that running nodes show, and a node that shows it."""
        found: list[tuple[int, str, Rpc]] = []
        why = "none runs"
        for node, rpc in self._nodes():
            try:
                hash_: str = rpc.call(method)
                found.append((self.height(rpc, hash_), hash_, rpc))
            except RpcError as error:
                why = f"{node}: {error}"
        if not found:
            raise RpcError(f"no node of {self._chain} answers: {why}")
        return max(found, key=lambda one: one[0])

    def height(self, rpc: Rpc, hash_: str) -> int:
        """A block's number, of the journal or of a node that has it."""
        known = self._network.evidence.blocks[self._chain].get(hash_)
        if known is not None:
            return known.height
        header = rpc.call("chain_getHeader", [hash_])
        if header is None:
            raise RpcError(f"the node has no block {hash_}")
        return Header.from_json(header).number

    def asked(self, hash_: str, ask: Callable[[Rpc], _T]) -> _T:
        """What the first running node gives that has a block and its state."""
        why = "none runs"
        for node, rpc in self._nodes():
            try:
                if rpc.call("chain_getHeader", [hash_]) is not None:
                    return ask(rpc)
                why = f"{node} has no such block"
            except RpcError as error:
                why = f"{node}: {error}"
        raise RpcError(f"no node of {self._chain} gives block {hash_} and its state; {why}")

    def runtime(self, rpc: Rpc, hash_: str) -> Metadata:
        """That of the runtime in a block's state, read once for each code."""
        code = rpc.call("state_getStorageHash", [CODE_KEY, hash_]) or NO_CODE
        if code not in self._runtimes:
            self._runtimes[code] = metadata_at(rpc, hash_)
        return self._runtimes[code]

    def deposited_in(self, block: Block) -> list[ChainEvent]:
        """All events of a block, from its state."""

        def read(rpc: Rpc) -> list[ChainEvent]:
            made_by = self.runtime(rpc, block.parent)
            return [
                ChainEvent.of(block, event.pallet, event.name, event.fields, event.extrinsic)
                for event in deposited(rpc, made_by, block.hash)
            ]

        return self.asked(block.hash, read)


def _is_hash(text: str) -> bool:
    return len(text) == 66 and text.startswith("0x") and all(one in "0123456789abcdefABCDEF" for one in text[2:])
