"""Availability: validators fetch their chunk of every candidate that is backed, and say in bitfields what they have."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simnet.chain.scale import u32
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.clock import MILLISECOND, NEVER, Clock
from simnet.providers.simulated.consensus.paras import Candidate, bitfield
from simnet.providers.simulated.keyring import Keyring
from simnet.providers.simulated.ledger import Block

BITFIELD_DELAY = 1500 * MILLISECOND
"""After a leaf is activated (polkadot-node-core-bitfield-signing)."""

_HOP = 2 * MILLISECOND
_SIZE = 200
_CHUNK_OVERHEAD = 500


class Host(Protocol):
    clock: Clock
    keys: Keyring

    def candidate(self, hash_: bytes) -> Candidate | None: ...

    def spread(self, source: int, size: int, hop: int) -> NDArray[np.int64]: ...

    def request(self, source: int, target: int, there: int, back: int) -> int: ...

    def does(self, node: int, act: str) -> bool: ...

    def commits(self, node: int, act: str, about: Hashable = None) -> bool: ...

    def when(self, node: int, t: int, act: Callable[[], None]) -> None: ...


class Availability:
    """Chunk stores and bitfields of all validators."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._chunks: dict[tuple[int, bytes], int] = {}
        """When a node has its chunk of a candidate."""
        self._bitfields: dict[Block, dict[int, tuple[bytes, NDArray[np.int64]]]] = {}
        """By relay block and validator: the payload, and when each node gets it."""

    def imported(self, node: int, validator: int | None, block: Block) -> None:
        """A validator has a new relay block: it fetches chunks of what is pending in it and later signs a bitfield."""
        if validator is None:
            return
        for core in relay_state.cores(block):
            if core.candidate is not None:
                self._fetch(node, validator, core.candidate)
        self._host.when(node, self._host.clock.now + BITFIELD_DELAY, lambda: self._sign(node, validator, block))

    def known(self, block: Block, author: int) -> list[bytes]:
        """Signed bitfields for the block's children that have reached an author, in the order of validators."""
        now, session, keys = self._host.clock.now, relay_state.session(block), relay_state.validators(block)
        out = []
        for validator, (payload, arrivals) in sorted(self._bitfields.get(block, {}).items()):
            if arrivals[author] <= now:
                signer = self._host.keys.validator(keys[validator])
                assert signer is not None
                out.append(payload + u32(validator) + self._host.keys.sign(signer, payload + u32(session) + block.hash))
        return out

    def forget(self, node: int) -> None:
        """A wiped node has lost its chunks."""
        for key in [key for key in self._chunks if key[0] == node]:
            del self._chunks[key]

    def prune(self, below: int) -> None:
        """Bitfields for blocks under a finalized height are of no use any more."""
        for block in [block for block in self._bitfields if block.number < below]:
            del self._bitfields[block]

    def recover(self, node: int, candidate: Candidate) -> int:
        """When a node that asks now has the proof: from a backer, or else from chunks of f + 1 validators. NEVER when
        neither is to be had."""
        now, keys = self._host.clock.now, relay_state.validators(candidate.relay_parent)
        backers = [NEVER]
        for backer in candidate.statements:
            holder = self._host.keys.validator(keys[backer])
            if holder == node:
                return now
            if holder is not None and not self._host.commits(holder, "withhold_chunks"):
                backers.append(self._host.request(node, holder, _SIZE, candidate.pov_size))
        if min(backers) < NEVER:
            return min(backers)
        needed = (len(keys) - 1) // 3 + 1
        size = candidate.pov_size // needed + _CHUNK_OVERHEAD
        chunks = []
        for key in keys:
            holder = self._host.keys.validator(key)
            if holder is None or self._chunks.get((holder, candidate.hash), NEVER) > now:
                continue
            if holder == node:
                chunks.append(now)
            elif not self._host.commits(holder, "withhold_chunks"):
                chunks.append(self._host.request(node, holder, _SIZE, size))
        return sorted(chunks)[needed - 1] if len(chunks) >= needed else NEVER

    def _fetch(self, node: int, validator: int, hash_: bytes) -> None:
        """From whichever backer answers first; a later block tries again what failed."""
        if (node, hash_) in self._chunks:
            return
        candidate = self._host.candidate(hash_)
        if candidate is None:
            return
        now = self._host.clock.now
        if validator in candidate.statements:
            self._chunks[node, hash_] = now
            return
        keys = relay_state.validators(candidate.relay_parent)
        size = candidate.pov_size // max(1, (len(keys) + 2) // 3) + _CHUNK_OVERHEAD
        ways = [NEVER]
        for backer in candidate.statements:
            holder = self._host.keys.validator(keys[backer])
            if holder is not None and not self._host.commits(holder, "withhold_chunks"):
                ways.append(self._host.request(node, holder, _SIZE, size))
        if min(ways) < NEVER:
            self._chunks[node, hash_] = min(ways)

    def _sign(self, node: int, validator: int, block: Block) -> None:
        now = self._host.clock.now
        pending = [core.candidate for core in relay_state.cores(block)]
        if pending:
            claims = self._host.does(node, "withhold_chunks")
            payload = bitfield(
                [hash_ is not None and (claims or self._chunks.get((node, hash_), NEVER) <= now) for hash_ in pending]
            )
            self._bitfields.setdefault(block, {})[validator] = (payload, self._host.spread(node, _SIZE, _HOP))
