"""Who is drawn to check a candidate, and in which tranche (polkadot-node-core-approval-voting's criteria.rs).

A node draws by VRFs over the block's BABE VRF. Nobody on-chain sees them, so numbers of the same distribution are drawn
here from a generator that the block's VRF seeds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simnet.codec import blake2_256, pre_runtime
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.relay_values import SessionInfo

NOT_DRAWN = -1

_CLAIM = 13
"""Bytes of a BABE pre-digest before its VRF: kind, authority and slot."""


def draw(block: ExecutedBlock, session: SessionInfo, cores: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """The tranche of each validator for each candidate, NOT_DRAWN for the validators that backed it.

    ``cores``: core and backing group of each candidate that the block includes. Shape: candidates x validators.

    Every validator samples ``relay_vrf_modulo_samples`` cores, which it checks in tranche 0; for each candidate it has
    a delay tranche as well, and the earlier one holds.
    """
    n = len(session.validators)
    random = np.random.Generator(np.random.PCG64(int.from_bytes(story(block), "little")))
    samples = min(session.modulo_samples, session.cores)
    sampled = np.argpartition(random.random((n, session.cores)), samples - 1, axis=1)[:, :samples]
    width = session.zeroth_width
    delays = random.integers(0, session.tranches + width, size=(len(cores), n)) - width
    out: NDArray[np.int64] = np.maximum(delays, 0)
    for row, (core, group) in enumerate(cores):
        out[row, (sampled == core).any(axis=1)] = 0
        if group < len(session.groups):
            out[row, list(session.groups[group])] = NOT_DRAWN
    return out


def story(block: ExecutedBlock) -> bytes:
    """32 bytes that stand for the block's relay VRF story: from the VRF in its BABE pre-digest."""
    return blake2_256(b"relay VRF story" + pre_runtime(block.decoded().logs, "BABE")[_CLAIM:])
