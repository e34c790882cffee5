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
    """Something that is not simulated. ``met`` finds in the evidence of a simulated run where it would have mattered:
    pairs of time, chain and what showed it. ``leans`` says whether a check's outcome hangs on it then, ``fails``
    whether only its failing does, since what came in spite of the limit came."""

    name: str
    text: str
    met: Callable[[Evidence], Iterator[tuple[float, str | None, str]]]
    leans: Callable[[Leaning], bool]
    fails: Callable[[Leaning], bool] = lambda _: False


def _told(name: str) -> Callable[[Evidence], Iterator[tuple[float, str | None, str]]]:
    """What the simulation noticed itself."""

    def met(evidence: Evidence) -> Iterator[tuple[float, str | None, str]]:
        for record in evidence.of(LimitMet):
            if record.data.limit == name:
                yield record.t, record.chain, record.data.what

    return met


def _lag(evidence: Evidence) -> Iterator[tuple[float, str | None, str]]:
    for node in evidence.nodes(RELAY, "validator"):
        for head in evidence.best[node]:
            final = evidence.head_at(node, head.t, finalized=True)
            if final is not None and head.height - final.height >= AGGRESSION_LAG:
                yield head.t, RELAY, f"finality lagged by {AGGRESSION_LAG} blocks and more"
                return


def _rates(evidence: Evidence) -> Iterator[tuple[float, str | None, str]]:
    for window in evidence.windows.values():
        if window.fault.get("rate") is not None:
            yield window.apply_start, None, f"the fault {window.name} bounds a rate"
            return


def _always(evidence: Evidence) -> Iterator[tuple[float, str | None, str]]:
    yield 0.0, RELAY, "no node runs it"


def _kinds(*kinds: str) -> Callable[[Leaning], bool]:
    return lambda check: check.kind in kinds


def _of_beefy(check: Leaning) -> bool:
    return "beefy" in str(getattr(check, "of", None) or getattr(check, "name", None) or "")


LIMITS: tuple[Limit, ...] = (
    Limit("beefy", "BEEFY: no votes, no justifications, no equivocations", _always, _of_beefy),
    Limit(
        "elastic-scaling",
        "elastic scaling: a parachain with several cores uses one, where collators that author by slots use all",
        _told("elastic-scaling"),
        _kinds("parachain_included", "cadence", "blocks_authored", "blocks_advance"),
    ),
    Limit(
        "block-bundles",
        "bundles of blocks: a candidate has one, where collators that author by slots put in what the runtime wants",
        _told("block-bundles"),
        _kinds("blocks_authored", "blocks_advance"),
    ),
    Limit(
        "aggression",
        "the aggression of approval distribution: what a node missed it learns when it reaches a peer again, or imports"
        " the block late",
        _lag,
        _kinds(),
    ),
    Limit("slow-start", "slow start of TCP: a link has its full rate from the first byte", _rates, _kinds()),
)
"""In the order of ARCHITECTURE."""

FORMER: tuple[Limit, ...] = (
    Limit(
        "pov-recovery",
        "recovery of proofs by collators: one that lacks an included block waits until another collator has it",
        _told("pov-recovery"),
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
        _told("forced-change"),
        _kinds("finality_advances", "finality_stalls", "finality_lag", "one_chain"),
    ),
)
"""What earlier versions did not simulate: their journals have records of it, by which they are judged as they were."""


def limits_met(evidence: Evidence) -> list[Met]:
    """Limits that a simulated run met and could have noticed, the first time each; those that only a check asks for
    (BEEFY) are not among them. Real nodes have none."""
    if evidence.run.provider != "simulated":
        return []
    found = []
    for limit in (*LIMITS, *FORMER):
        first = next(limit.met(evidence), None) if limit.met is not _always else None
        if first is not None:
            found.append(Met(limit, *first))
    return found


def leaning(check: Leaning, evidence: Evidence, end: float, *, failed: bool) -> Met | None:
    """The limit that a check of a simulated run leans on, met by ``end`` on the chain that it judges; None if none.
    ``failed`` says how it ended."""
    if evidence.run.provider != "simulated":
        return None
    chain = _chain(check)
    for limit in (*LIMITS, *FORMER):
        if limit.name in check.leans_on or limit.leans(check) or (failed and limit.fails(check)):
            for since, where, what in limit.met(evidence):
                if since <= end and (where is None or chain is None or where == chain):
                    return Met(limit, since, where, what)
    return None


def _chain(check: Leaning) -> str | None:
    """The chain that a check judges; None for all of them."""
    judged: Mapping[str, Any] = vars(check)
    found = judged.get("para") or judged.get("chain")
    return None if found is None else str(found)


def as_list() -> str:
    """For ARCHITECTURE: a Markdown list."""
    return "\n".join(f"- {limit.text}" for limit in LIMITS)
