"""What validators finalize of parachains: nothing that the parachain's own validation refuses."""

from __future__ import annotations

from simnet.checks._check import Finding, Status, invariant
from simnet.checks.honesty import JUDGES_WRONG, Majority, suspended, too_many
from simnet.checks.watched import unread
from simnet.journal import Evidence, Record, RelayTime
from simnet.journal.records import CandidateJudged
from simnet.network.topology import RELAY


def no_invalid_candidate_final(evidence: Evidence) -> Finding:
    """No candidate that ``validate_block`` refuses is in a finalized block.

    Precondition: at most f validators, told apart by their keys, judge candidates wrongly. Above that it is suspended.
    simnet judges candidates of simulated nodes only, and of a search's cases a sample; it says how many it did not.
    """
    blocks = [block for block in evidence.canonical(RELAY) if block.height > 0]
    final = {block.hash for block in blocks}
    included = evidence.canonical_events(RELAY, "ParaInclusion", "CandidateIncluded")
    judged = [one for one in evidence.of(CandidateJudged) if one.hash in final and one.data.included]
    refused = [one for one in judged if one.data.judged == "refused"]
    missing = len(included) - sum(one.data.judged != "not judged" for one in judged)
    seen = f"{len(included)} included, {missing} of them not judged"
    if evidence.run.provider != "simulated":
        seen = f"{len(included)} included, none of them judged by simnet: that is left to the real validators"
    if refused:
        seen = "; ".join(
            f"candidate {one.data.candidate[:10]} of {one.data.para} in block {one.height}: {one.data.why}"
            for one in refused[:3]
        )
    dark = "" if refused else unread(evidence, blocks)
    found = invariant(
        "no invalid candidate final",
        "no finalized block includes a candidate that its parachain's validate_block refuses",
        Status.FAILED if refused else Status.INCONCLUSIVE if dark else Status.HELD,
        "; ".join(filter(None, (seen, dark))),
        refused[:3],
        {"included": len(included), "refused": len(refused)},
    )
    return suspended(found, _outvoted(evidence, refused) if refused else None)


def _outvoted(evidence: Evidence, refused: list[Record[CandidateJudged]]) -> Majority | None:
    """More than f validators that judge wrongly, in the sessions in which these were included."""
    time, blocks = RelayTime(evidence), evidence.blocks[RELAY]
    sessions = [time.session(blocks[one.hash or ""].slot or 0) for one in refused]
    return too_many(evidence, time, JUDGES_WRONG, min(sessions), max(sessions))
