"""The table of validators: what each earned, authored and missed, and what it was punished for."""

from __future__ import annotations

from collections import Counter
from math import inf

from simnet.checks.honesty import keys_of
from simnet.checks.offences import offences
from simnet.checks.validators import blocks_within, disablings, missing_checkers, points_earned
from simnet.journal import Evidence
from simnet.journal.records import PointsRead, SlotLost
from simnet.network.topology import RELAY
from simnet.report.figures import Fate, authors
from simnet.report.table import ReportTable


def validators_table(evidence: Evidence) -> ReportTable:
    """One row for each validator of genesis; no rows where the journal has nothing but blocks to tell of them."""
    owners = keys_of(evidence)
    points = _points(evidence)
    found: dict[str, Counter[str]] = {}
    for offence in offences(evidence):
        found.setdefault(offence.offender or "nobody knows who", Counter())[offence.kind] += 1
    disabled: dict[str, list[str]] = {}
    for one in disablings(evidence):
        end = "the end" if one.last is None else str(one.last.height)
        disabled.setdefault(one.validator, []).append(f"block {one.first.height} to {end}")
    of_relay = (record for record in evidence.of(SlotLost) if record.chain == RELAY)
    slots = dict.fromkeys((record.observer, record.data.slot) for record in of_relay)
    lost = Counter(owners.get(node, node) for node, _ in slots)
    no_shows = Counter(who for whose, _ in missing_checkers(evidence) for who in whose)
    if not (points or found or disabled or lost or no_shows):
        return ReportTable([])
    blocks = authors(evidence)
    names = list(dict.fromkeys([*owners.values(), *found, *disabled]))
    simulated = evidence.run.provider == "simulated"
    return ReportTable(
        [
            {
                "validator": name,
                "#points since t0": points.get(name, 0) if points else None,
                "#authored": own.total() if (own := blocks.get((RELAY, name))) is not None else None,
                "#finalized": own[Fate.FINALIZED] if own is not None else None,
                "#slots lost": (lost[name] or "") if simulated else None,
                "#no-shows": (no_shows[name] or "") if simulated else None,
                "offences": ", ".join(f"{count} {kind}" for kind, count in found.get(name, Counter()).items()),
                "disabled": ", ".join(disabled.get(name, ())),
            }
            for name in names
        ],
        ["inconclusive" if name in found or name in disabled else "" for name in names],
        note="Points on the finalized chain and on what leads beyond it; offences on any fork, each once."
        + ("" if simulated else " Real nodes tell of no slots lost, and of no-shows only how many."),
    )


def _points(evidence: Evidence) -> dict[str, int]:
    """Points that each validator earned from t0 on; empty when nobody read them, or not all."""
    read = {record.hash: record for record in evidence.of(PointsRead)}
    if evidence.t0 is None or not read:
        return {}
    wanted = [block.hash for block in blocks_within(evidence, evidence.t0, inf)]
    return points_earned(read[hash_] for hash_ in wanted) if all(hash_ in read for hash_ in wanted) else {}
