"""What a campaign searches, how its cases are cut into batches, and what each batch draws from."""

from __future__ import annotations

from typing import Any

from simnet.codec import blake2_256
from simnet.rehearsal import versions
from simnet.runtime.bundled import runtime_digests
from simnet.scenario.model import Model
from simnet.search.fork_server import PATIENCE
from simnet.search.space import Space

BATCH = 50
"""Cases that share a seed: reaching the barrier for them takes as long as two cases."""

BATCHES = 8
"""Batches that a campaign is cut into at least, so that small ones keep several workers busy."""


class SearchPlan(Model):
    """What is searched. ``batch`` is how many cases share a seed; ``patience`` the real seconds that one may take."""

    space: Space
    seed: int
    schedules: int | None
    """Cases in all; None: as many as the time allows."""
    batch: int
    defects: tuple[str, ...] = ()
    patience: float = PATIENCE

    def examples(self, batch: int) -> int:
        """Cases of a batch; 0 for those that the campaign does not have."""
        left = self.batch if self.schedules is None else self.schedules - batch * self.batch
        return max(0, min(self.batch, left))

    def of_batch(self, batch: int) -> Space:
        """The space with the batch's own seed, of which everything before the barrier depends."""
        seed = drawn(self.seed, "network", batch)
        return self.space.model_copy(update={"base": self.space.base.model_copy(update={"seed": seed})})

    def depends_on(self) -> dict[str, dict[str, str]]:
        """What results depend on beside the plan: versions of simnet and Python, digests of the runtimes."""
        found = versions()
        kept = {name: found[name] for name in ("simnet", "python")}
        return {"versions": kept, "runtimes": runtime_digests(self.space.base.topology)}

    def to_data(self) -> dict[str, Any]:
        """As JSON, with what results depend on."""
        return {**self.model_dump(mode="json"), **self.depends_on()}


def search_plan(space: Space, *, seed: int, schedules: int | None, defects: tuple[str, ...] = ()) -> SearchPlan:
    """A plan whose batches suit the number of schedules. It depends on nothing else, so that a campaign gives the same
    with any number of workers."""
    batch = BATCH if schedules is None else min(BATCH, max(5, -(-schedules // BATCHES)))
    return SearchPlan(space=space, seed=seed, schedules=schedules, batch=batch, defects=defects)


def drawn(seed: int, *names: object) -> int:
    """A number below 2^32 that depends on a campaign's seed and on names."""
    return int.from_bytes(blake2_256(" ".join(map(str, ("simnet search", seed, *names))).encode())[:4], "little")
