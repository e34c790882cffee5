"""Named random streams, all derived from the one seed: what one part draws changes no other part."""

from __future__ import annotations

from random import Random

import numpy as np

from simnet.codec import blake2_256


class Streams:
    """Streams by name. The same seed and name give the same numbers in every process."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def secret(self, name: str) -> bytes:
        """32 bytes."""
        return blake2_256(f"simnet {self._seed} {name}".encode())

    def stream(self, name: str) -> Random:
        """A stream for single draws."""
        return Random(int.from_bytes(self.secret(name), "little"))

    def arrays(self, name: str) -> np.random.Generator:
        """A stream for arrays."""
        return np.random.Generator(np.random.PCG64(int.from_bytes(self.secret(name), "little")))
