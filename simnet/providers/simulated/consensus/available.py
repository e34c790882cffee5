"""What one validator's availability store has: whole proofs of what it backed, and its chunks of other candidates."""

from __future__ import annotations

from dataclasses import dataclass, field

from simnet.providers.simulated.clock import NEVER


@dataclass(eq=False)
class Available:
    """Candidates by hash, with when each is there: what was asked for is on its way until then, and lost with the
    process that asked."""

    proofs: dict[bytes, int] = field(default_factory=dict)
    chunks: dict[bytes, int] = field(default_factory=dict)

    def has_proof(self, candidate: bytes, now: int) -> bool:
        return self.proofs.get(candidate, NEVER) <= now

    def has_chunk(self, candidate: bytes, now: int) -> bool:
        """Whether it has its chunk; of a proof that it has, it keeps all of them (av-store)."""
        return self.chunks.get(candidate, NEVER) <= now or self.has_proof(candidate, now)

    def arrived(self, now: int) -> Available:
        """What is in the database now, as a store of its own."""
        return Available(_by(self.proofs, now), _by(self.chunks, now))


def _by(times: dict[bytes, int], now: int) -> dict[bytes, int]:
    return {hash_: t for hash_, t in times.items() if t <= now}
