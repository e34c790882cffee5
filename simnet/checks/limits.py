"""What simulated nodes do not do: each thing with how a run shows that it met it, and the checks that then lean on it.

The list is also ARCHITECTURE's: ``python -m docs.lists`` writes it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from simnet.journal import Evidence
from simnet.journal.records import LimitMet
from simnet.network.topology import RELAY

AGGRESSION_LAG = 16
"""Blocks of finality lag from which real nodes send assignments and approvals again to more peers
(polkadot-approval-distribution AggressionConfig, l1_threshold)."""


Sight = tuple[float, str | None, str]
"""Time, chain (None: all) and words of what showed that a limit was met."""


class Leaning(Protocol):
    """What is asked of a check to tell whether it leans on a limit; its fields say more."""

    kind: ClassVar[str]
    leans_on: ClassVar[tuple[str, ...]]


@dataclass(frozen=True)
class Met:
    """A limit that a run met: since when, on which chain (None: all), and what showed it."""

    limit: Limit
    since: float
    chain: str | None
    what: str

    def __str__(self) -> str:
        return f"{self.limit.text} ({self.what})"


@dataclass(frozen=True)
class Limit:
    """Something that is not simulated. ``met`` finds in the evidence of a simulated run where it would have mattered;
    by default that is where the simulation noticed it itself. ``leans`` says whether a check's outcome hangs on it
    then, ``fails`` whether only its failing does, since what came in spite of the limit came."""

    name: str
    text: str
    leans: Callable[[Leaning], bool]
    fails: Callable[[Leaning], bool] = lambda _: False
    met: Callable[[Evidence], Iterator[Sight]] | None = None

    def seen(self, evidence: Evidence) -> Iterator[Sight]:
        if self.met is not None:
            return self.met(evidence)
        told = (record for record in evidence.of(LimitMet) if record.data.limit == self.name)
        return ((record.t, record.chain, record.data.what) for record in told)


def _lag(evidence: Evidence) -> Iterator[Sight]:
    for node in evidence.nodes(RELAY, "validator"):
        for head in evidence.best[node]:
            final = evidence.head_at(node, head.t, finalized=True)
            if final is not None and head.height - final.height >= AGGRESSION_LAG:
                yield head.t, RELAY, f"finality lagged by {AGGRESSION_LAG} blocks and more"
                return


def _rates(evidence: Evidence) -> Iterator[Sight]:
    for window in evidence.windows.values():
        if window.fault.get("rate") is not None:
            yield window.apply_start, None, f"the fault {window.name} bounds a rate"
            return


def _always(evidence: Evidence) -> Iterator[Sight]:
    yield 0.0, RELAY, "no node runs it"


def _kinds(*kinds: str) -> Callable[[Leaning], bool]:
    return lambda check: check.kind in kinds


def _of_beefy(check: Leaning) -> bool:
    return "beefy" in str(getattr(check, "of", None) or getattr(check, "name", None) or "")


LIMITS: tuple[Limit, ...] = (
    Limit("beefy", "BEEFY: no votes, no justifications, no equivocations", _of_beefy, met=_always),
    Limit(
        "aggression",
        "the aggression of approval distribution: what a node missed it learns when it reaches a peer again, or imports"
        " the block late",
        _kinds(),
        met=_lag,
    ),
    Limit("slow-start", "slow start of TCP: a link has its full rate from the first byte", _kinds(), met=_rates),
)
"""In the order of ARCHITECTURE."""

FORMER: tuple[Limit, ...] = (
    Limit(
        "block-bundles",
        "bundles of blocks: a candidate has one, where collators that author by slots put in what the runtime wants",
        _kinds("blocks_authored", "blocks_advance"),
    ),
    Limit(
        "elastic-scaling",
        "elastic scaling: a parachain with several cores uses one",
        _kinds("parachain_included", "cadence", "blocks_authored", "blocks_advance"),
    ),
    Limit(
        "pov-recovery",
        "recovery of proofs by collators: one that lacks an included block waits until another collator has it",
        _kinds(
            "parachain_included",
            "cadence",
            "blocks_authored",
            "blocks_advance",
            "finality_stalls",
            "finality_lag",
            "one_chain",
            "channel_filled",
        ),
        _kinds("finality_advances", "messages"),
    ),
    Limit(
        "forced-change",
        "forced changes of GRANDPA's authorities: voters go on with the set that they have",
        _kinds("finality_advances", "finality_stalls", "finality_lag", "one_chain"),
    ),
)
"""What earlier versions did not simulate: their journals have records of it, by which they are judged as they were."""


def limits_met(evidence: Evidence) -> list[Met]:
    """Limits that a simulated run met and could have noticed, the first time each; those that only a check asks for
    (BEEFY) are not among them. Real nodes have none."""
    if evidence.run.provider != "simulated":
        return []
    noticed = (limit for limit in (*LIMITS, *FORMER) if limit.met is not _always)
    return [Met(limit, *first) for limit in noticed if (first := next(limit.seen(evidence), None)) is not None]


def leaning(check: Leaning, evidence: Evidence, end: float, *, failed: bool) -> Met | None:
    """The limit that a check of a simulated run leans on, met by ``end`` on the chain that it judges; None if none.
    ``failed`` says how it ended."""
    if evidence.run.provider != "simulated":
        return None
    chain = _chain(check)
    for limit in (*LIMITS, *FORMER):
        if limit.name in check.leans_on or limit.leans(check) or (failed and limit.fails(check)):
            for since, where, what in limit.seen(evidence):
                if since <= end and (where is None or chain is None or where == chain):
                    return Met(limit, since, where, what)
    return None


def _chain(check: Leaning) -> str | None:
    """The chain that a check judges; None for all of them."""
    judged: Mapping[str, Any] = vars(check)
    found = judged.get("para") or judged.get("chain")
    return None if found is None else str(found)
