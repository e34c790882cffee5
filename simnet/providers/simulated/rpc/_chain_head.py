"""``chainHead_v1_follow``: blocks from the finalized one on, each pinned until the client lets go of it.

After the JSON-RPC specification (paritytech.github.io/json-rpc-interface-spec) and sc-rpc-spec-v2.
"""

from __future__ import annotations

from itertools import islice, takewhile
from typing import Any

from simnet.providers.simulated.ledger import ExecutedBlock, ancestry
from simnet.providers.simulated.rpc._errors import RefusedError
from simnet.providers.simulated.rpc._limits import FOLLOWERS, PINNED_BLOCKS
from simnet.providers.simulated.rpc._node import NodeRpc, Subscription, method, subscription
from simnet.providers.simulated.rpc._parameters import Hash, Text
from simnet.providers.simulated.rpc._values import as_hex, version_json
from simnet.runtime.host import Runtime

_FINALIZED = 16
"""Finalized blocks that the first event lists at most (sc-rpc-spec-v2 MAX_FINALIZED_BLOCKS)."""

_INVALID_BLOCK, _DUPLICATE_HASHES = -32801, -32804
"""sc-rpc-spec-v2 chain_head/error.rs."""


@subscription("chainHead_v1_follow", ends=("chainHead_v1_unfollow",), notifies="chainHead_v1_followEvent")
class Follow(Subscription):
    """One follower: which blocks it was told of, and which of them it keeps pinned."""

    most = FOLLOWERS

    def begin(self, with_runtime: bool) -> None:
        own = self.rpc.node.own
        self.with_runtime = with_runtime
        self._pinned: dict[bytes, ExecutedBlock] = {}
        self._told: dict[ExecutedBlock, None] = {}
        """Blocks announced and neither final nor pruned, in order."""
        self._final, self._best = own.finalized, own.finalized
        chain = list(islice(ancestry(own.finalized), _FINALIZED))
        self._pinned.update((block.hash, block) for block in chain)
        runtime = {"finalizedBlockRuntime": _runtime(own.finalized.runtime)} if with_runtime else {}
        self.tell("initialized", finalizedBlockHashes=[as_hex(block.hash) for block in reversed(chain)], **runtime)
        for block in own.imported:
            if block.number > own.finalized.number:
                self.imported(block)
        self._tell_best(own.best)

    def imported(self, block: ExecutedBlock) -> None:
        if self.finished or block in self._told or not block.descends_from(self._final) or block is self._final:
            return
        parent = block.parent
        assert parent is not None
        self.imported(parent)
        self._told[block] = None
        self._pinned[block.hash] = block
        if len(self._pinned) > PINNED_BLOCKS:
            self.tell("stop")
            self.finish()
            return
        changed = None if block.runtime is parent.runtime else _runtime(block.runtime)
        runtime = {"newRuntime": changed} if self.with_runtime else {}
        self.tell("newBlock", blockHash=as_hex(block.hash), parentBlockHash=as_hex(parent.hash), **runtime)

    def best(self, block: ExecutedBlock) -> None:
        if block is not self._best:
            self.imported(block)
            self._tell_best(block)

    def finalized(self, block: ExecutedBlock) -> None:
        if block is self._final:
            return
        self.imported(block)
        self.best(self.rpc.node.own.best)
        chain = list(takewhile(lambda one: one is not self._final, ancestry(block)))
        kept = [one for one in self._told if one.descends_from(block) and one is not block]
        pruned = [one for one in self._told if one not in kept and one not in chain]
        self._told = dict.fromkeys(kept)
        self._final = block
        self.tell(
            "finalized",
            finalizedBlockHashes=[as_hex(one.hash) for one in reversed(chain)],
            prunedBlockHashes=[as_hex(one.hash) for one in pruned],
        )

    def _tell_best(self, block: ExecutedBlock) -> None:
        self._best = block
        self.tell("bestBlockChanged", bestBlockHash=as_hex(block.hash))

    def tell(self, event: str, **what: Any) -> None:
        """Sends an event, with its members as the specification names them."""
        self.send({"event": event, **what})

    def pinned(self, at: bytes) -> ExecutedBlock:
        """Raises :class:`RefusedError` for a block that this client does not hold."""
        block = self._pinned.get(at)
        if block is None:
            raise RefusedError(_INVALID_BLOCK, "Invalid block hash")
        return block

    def unpin(self, hashes: list[bytes]) -> None:
        if len(set(hashes)) != len(hashes):
            raise RefusedError(_DUPLICATE_HASHES, "Received duplicate hashes for the `chainHead_unpin` method")
        for block in [self.pinned(at) for at in hashes]:
            del self._pinned[block.hash]


def _runtime(runtime: Runtime) -> dict[str, Any]:
    spec = version_json(runtime.version)
    spec["apis"] = dict(spec["apis"])
    return {"type": "valid", "spec": spec}


def follower(rpc: NodeRpc, follow: str) -> Follow | None:
    """The one of this subscription, if it lasts."""
    one = rpc.subscriptions.get(follow)
    return one if isinstance(one, Follow) else None


@method("chainHead_v1_header")
def header(rpc: NodeRpc, follow_subscription: Text, hash_: Hash) -> str | None:
    one = follower(rpc, follow_subscription)
    return None if one is None else as_hex(one.pinned(hash_).header)


@method("chainHead_v1_unpin")
def unpin(rpc: NodeRpc, follow_subscription: Text, hash_or_hashes: Hash | list[Hash]) -> None:
    one = follower(rpc, follow_subscription)
    if one is not None:
        one.unpin(hash_or_hashes if isinstance(hash_or_hashes, list) else [hash_or_hashes])
