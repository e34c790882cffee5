"""What upgrades did: the blocks that carried new code, and those that migrated storage."""

from __future__ import annotations

from simnet.journal import Evidence, Record, chain_upgrades, weight_in_words
from simnet.journal.records import CodeCarried, KeyChanges, Migrated
from simnet.report.table import ReportTable

_FROM_THE_REST = {
    "difference": "from initializing the block without it",
    "initialization": "not from the rest of the initialization",
    "step": "from before and after the step",
}
"""How a migration was told from its block, by :data:`simnet.journal.records.Separation`."""


def carried_table(evidence: Evidence) -> ReportTable:
    """One row for each finalized block that brought code into its chain."""
    final = {block.hash for chain in evidence.chains() for block in evidence.canonical(chain)}
    carried = [one for one in evidence.of(CodeCarried) if one.hash in final]
    return ReportTable(
        [_carried(one) for one in carried],
        ["failed" if _above(one.data) else "" for one in carried],
        note="Of a parachain twice: with the extrinsic, and when it puts the code into force. Its proof is that of the"
        " block alone, before and after compression; the relay chain's limit is for the compressed one.",
    )


def _carried(record: Record[CodeCarried]) -> dict[str, object]:
    one = record.data
    return {
        "chain": record.chain,
        "#block": record.height,
        "code": one.code[:10],
        "by": one.by,
        "#length": _bytes(one.length),
        "#limit of length": _bytes(one.length_limit),
        "#proof": _bytes(one.proof),
        "#compressed": _bytes(one.proof_compressed),
        "#limit of proof": _bytes(one.proof_limit),
    }


def carried_in_words(evidence: Evidence) -> list[str]:
    """A line for each finalized block that brought code into its chain: ``2000 block 6: 1,560,934 bytes of 5,242,880,
    proof 1,571,003 of 10,485,760``."""
    final = {block.hash for chain in evidence.chains() for block in evidence.canonical(chain)}
    lines = []
    for record in evidence.of(CodeCarried):
        if record.hash in final:
            one = record.data
            told = f"{record.chain} block {record.height}: {_of(one.length, one.length_limit, 'bytes')}"
            proof = f", compressed proof {_of(one.proof_compressed, one.proof_limit, 'bytes')}"
            lines.append(told + (proof if one.proof_compressed is not None else ""))
    return lines


def _of(size: int | None, limit: int | None, unit: str) -> str:
    known = "unknown" if size is None else f"{size:,}"
    return f"{known} {unit}" if limit is None else f"{known} of {limit:,} {unit}"


def _above(one: CodeCarried) -> bool:
    """Whether the proof is larger than the relay chain takes."""
    return one.proof_compressed is not None and one.proof_limit is not None and one.proof_compressed > one.proof_limit


def migrations_table(evidence: Evidence) -> ReportTable:
    """One row for each time that a finalized block migrated."""
    found = [
        one for chain in evidence.chains() for upgrade in chain_upgrades(evidence, chain) for one in upgrade.migrated
    ]
    return ReportTable(
        [_migrated(one) for one in found],
        ["failed" if one.data.error else "inconclusive" if one.data.unread else "" for one in found],
        note="Weights are what the runtime counted, of reference hardware. Keys by pallet: added, removed, changed;"
        " those of no pallet by what they begin with.",
    )


def _migrated(record: Record[Migrated]) -> dict[str, object]:
    one = record.data
    return {
        "chain": record.chain,
        "#block": record.height,
        "code": one.code[:10],
        "stage": one.stage,
        "#its own": weight_in_words(one.ref_time, one.proof_size),
        "#share": _share(one),
        "#whole block": weight_in_words(one.block_ref_time, one.block_proof_size),
        "told apart": None if one.separated is None else _FROM_THE_REST[one.separated],
        "keys": ", ".join(f"{name} {_keys(of)}" for name, of in (one.keys or {}).items()),
        "versions": ", ".join(
            f"{name} {_version(of.before)} → {_version(of.after)}" for name, of in (one.versions or {}).items()
        ),
        "trouble": "; ".join(filter(None, (one.error, one.unread))),
    }


def _share(one: Migrated) -> str | None:
    """The larger share of what a block may use."""
    pairs = ((one.ref_time, one.ref_time_limit), (one.proof_size, one.proof_size_limit))
    shares = [used / limit for used, limit in pairs if used is not None and limit]
    return f"{max(shares):.2%}" if shares else None


def _keys(changes: KeyChanges) -> str:
    """``+1 -2 ~3``, without what is zero."""
    counts = (("+", changes.added), ("-", changes.removed), ("~", changes.changed))
    return " ".join(f"{sign}{count}" for sign, count in counts if count)


def _version(value: int | None) -> str:
    return "none" if value is None else str(value)


def _bytes(count: int | None) -> str | None:
    return None if count is None else f"{count:,} B"


def migrations_in_words(evidence: Evidence) -> list[str]:
    """A line for each upgrade that migrated: ``relay 0xe733f133: 1 block, 12.9 ms and 2,258 bytes of proof, ...``."""
    return [
        f"{chain} {one.code[:10]}: {one.blocks} block{'s' if one.blocks > 1 else ''}, {_all_of(one.migrated)}"
        for chain in evidence.chains()
        for one in chain_upgrades(evidence, chain)
        if one.migrated
    ]


def _all_of(migrated: tuple[Record[Migrated], ...]) -> str:
    ref_times = [one.data.ref_time for one in migrated]
    proofs = [one.data.proof_size for one in migrated]
    weight = weight_in_words(_sum(ref_times), _sum(proofs))
    if any(one.data.keys is None for one in migrated):
        return f"{weight}, an unknown number of keys"
    pallets = {name for one in migrated for name in one.data.keys or ()}
    keys = sum(of.added + of.removed + of.changed for one in migrated for of in (one.data.keys or {}).values())
    return f"{weight}, {keys} keys of {len(pallets)} pallets"


def _sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
