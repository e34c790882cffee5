"""The scenario of each rehearsal: the file's network and mail, the upgrade, what happens around it, and what must hold
in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simnet.checks import (
    Check,
    FinalityAdvances,
    FinalityLag,
    Messages,
    Migration,
    ParachainIncluded,
    PvfVotes,
    Upgraded,
)
from simnet.checks.quorum import voters_needed
from simnet.network.topology import RELAY
from simnet.scenario import Scenario
from simnet.upgrades.ground import Ground
from simnet.upgrades.standard import Variation

CLEAN = "clean"
"""Name of the rehearsal in which nothing goes wrong, which comes first."""

CLEAN_SHOWS = "The upgrade with mail under way and no fault."

AFTER = "after"
"""Label of the time after everything, in which the network must go on by itself."""

AFTER_SECONDS = 60.0
"""Seconds of that time: ten relay slots."""

MOST_LAG = 10
"""Blocks that finality may lag at most: a minute, three times what a quiet local network shows."""

LEAST_BLOCKS = 5
"""Blocks that each node finalizes in that time at least: half of what ten slots give."""

LEAST_CANDIDATES = 3
"""Candidates of each parachain that are included in that time at least: one in twenty seconds, which a parachain that
shares a core makes too."""

_SETTLES_WITHIN = "300s"
"""Time that a network may take to come together after its faults: TCP's retransmission backs off to two minutes."""


def scenario_of(ground: Ground, name: str, shows: str, variation: Variation | None) -> Scenario:
    """The scenario of one rehearsal; no variation is the clean one. Raises :class:`InputError` for what contradicts
    itself, as a label that the file's mail has twice."""
    network = ground.network if variation is None or variation.network is None else variation.network
    upgrade = {"chain": ground.chain, "runtime": ground.runtime, "path": ground.path, "within": ground.within}
    before = () if variation is None else variation.before
    then = () if variation is None else variation.then
    schedule = () if variation is None else variation.schedule
    return Scenario(
        name=name,
        description=shows,
        seed=ground.seed,
        network=network,
        steps=[*before, *ground.load, {"upgrade": upgrade}, *then, *_over(schedule), *_settled(ground, name)],
        schedule=list(schedule),
        expect=list(_checks(ground, name)),
    )


def _over(schedule: tuple[Mapping[str, Any], ...]) -> Iterator[Mapping[str, Any]]:
    """Until the last window began; that it ended is for the states that follow."""
    if schedule:
        yield {"wait": {"until": schedule[-1]["at"]}}
        length = schedule[-1].get("for")
        if length is not None:
            yield {"wait": {"for": length}}


def _settled(ground: Ground, name: str) -> Iterator[Mapping[str, Any]]:
    if name != CLEAN:
        yield {"wait": {"state": "in_sync", "within": _SETTLES_WITHIN}}
        yield {"wait": {"state": "finalizing", "within": _SETTLES_WITHIN}}
        if _registered(ground):
            yield {"wait": {"state": "parachains_included", "within": _SETTLES_WITHIN}}
    yield {"label": AFTER, "wait": {"for": f"{AFTER_SECONDS:g}s"}}
    if ground.load:
        yield {"wait": {"state": "delivered", "within": _SETTLES_WITHIN}}


def _checks(ground: Ground, name: str) -> Iterator[Check]:
    """What every rehearsal asks; the clean one also what the file expects of its mail, and a bound on finality over
    all of it."""
    during = None if name == CLEAN else AFTER  # a fault excuses the nodes that it took down for the whole run
    yield Upgraded(chain=ground.chain, during=during)
    yield FinalityLag(at_most=MOST_LAG, during=during)
    yield FinalityAdvances(blocks=LEAST_BLOCKS, within=AFTER_SECONDS, during=AFTER)
    for para in _registered(ground):
        yield ParachainIncluded(para=para, at_least=LEAST_CANDIDATES, during=AFTER)
    if ground.load:
        yield Messages(labels=ground.labels, at_least=ground.messages)
    if ground.migrates:
        yield Migration(chain=ground.chain)
    if ground.is_pre_checked:
        voters = len(ground.topology.authorities(RELAY))
        yield PvfVotes(para=ground.chain, at_least=voters_needed(voters))
        yield PvfVotes(para=ground.chain, accept=False, at_most=0)
    if name == CLEAN:
        yield from ground.load_checks


def _registered(ground: Ground) -> list[str]:
    return [one.id for one in ground.topology.parachains if one.registered]
