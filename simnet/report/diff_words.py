"""What differs between two runtimes in words, the same for screen and report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from simnet.chain.changes import Difference, How

if TYPE_CHECKING:  # it loads wasmtime
    from simnet.runtime.diff import Authorization, Breakage, Proposal, RuntimeDiff, Subject

_PLURALS = {
    "pallet": "pallets",
    "call": "calls",
    "event": "events",
    "error": "errors",
    "constant": "constants",
    "storage": "storage items",
    "api": "runtime APIs",
    "function": "functions of runtime APIs",
    "extension": "signed extensions",
    "extrinsic": "parts of the extrinsic",
}
_ORDER: tuple[How, ...] = ("added", "removed", "moved", "changed")


def subject_text(subject: Subject) -> str:
    """A runtime in one line: its name and versions, its code."""
    at = f" at {subject.block[:10]}" if subject.block is not None else ""
    unpacked = f" ({subject.unpacked:,} unpacked)" if subject.unpacked != subject.size else ""
    return (
        f"{subject.spec_name} {subject.spec_version}, {subject.impl_name} {subject.impl_version}, "
        f"transactions {subject.transaction_version}, state {subject.state_version}; "
        f"code {subject.code_hash}, {subject.size:,} bytes{unpacked}; {subject.source}{at}"
    )


def breakage_text(one: Breakage, most: int | None = None) -> str:
    """What it is and what it is about, of which ``most`` names are told, or all."""
    told = one.names if most is None else one.names[:most]
    more = f" and {len(one.names) - len(told)} more" if len(told) < len(one.names) else ""
    return f"{one.what}: {', '.join(told)}{more}" if one.names else one.what


def changes_texts(changes: Iterable[Difference]) -> list[str]:
    """How many of each kind were added, removed, moved, changed."""
    counts: dict[str, Counter[str]] = {}
    for one in changes:
        counts.setdefault(one.kind, Counter())[one.how] += 1
    parts = [
        f"{_PLURALS[kind]}: " + ", ".join(f"{of[how]} {how}" for how in _ORDER if of[how])
        for kind, of in ((kind, counts[kind]) for kind in _PLURALS if kind in counts)
    ]
    return parts or ["nothing that metadata tells"]


def change_text(one: Difference) -> str:
    """A change in one line."""
    sides = {"added": one.new, "removed": one.old}.get(one.how)
    if sides is None and one.old is not None and one.new is not None:
        sides = f"{one.old} to {one.new}" if one.old != one.new else one.new
    reuses = f"the index was that of {one.reuses}" if one.reuses is not None else None
    effects = f"({', '.join(one.effects)})" if one.effects else None
    parts = [part for part in (sides, reuses, *one.why, effects) if part]
    return f"{one.how}: {'; '.join(parts)}" if parts else one.how


def host_functions_text(diff: RuntimeDiff) -> str:
    """Host functions that the new runtime needs, and from which node release on all of them are known to exist."""
    needed = [one for one in diff.host_functions if one.how != "removed"]
    newly = sum(one.how == "added" for one in needed)
    unknown = sum(one.since is None for one in needed)
    since = max((one.since for one in needed if one.since is not None), key=_release, default=None)
    known = f"; nodes have {'the others' if unknown else 'them'} since {since}" if since is not None else ""
    return f"{len(needed)} needed, {newly} of them newly{known}" + (f"; {unknown} unknown" if unknown else "")


def _release(since: str) -> list[int]:
    return [int(part) for part in since.partition(" ")[0].split(".")]


def proposal_lines(proposal: Proposal, authorized: Authorization) -> list[tuple[str, str]]:
    """(label, text) of what goes into the proposal, and of what the chain has authorized."""
    lines = [("code hash", proposal.code_hash)]
    if proposal.call is None:
        lines.append(("call", "the old runtime has none that authorizes an upgrade"))
    else:
        lines.append((proposal.call, proposal.encoded or ""))
        lines.append(("preimage", f"{proposal.call_hash}, {proposal.call_length} bytes"))
    if authorized.state != "unknown":
        lines.append(("authorized", _authorized_text(authorized)))
    return lines


def _authorized_text(authorized: Authorization) -> str:
    if authorized.state == "none":
        return "nothing, at that block"
    checked = "with a look at its version" if authorized.check_version else "without a look at its version"
    which = "this code" if authorized.state == "matches" else f"another code, {authorized.code_hash}"
    return f"{which}, {checked}"
