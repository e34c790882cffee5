"""How an upgrade went in one run: its phases with their moments, its votes, what it cost, and the mail meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simnet.checks.gone_over import missed
from simnet.journal import Evidence, UpgradePhase, Window, pvf_votes, upgrade_phases
from simnet.journal.records import UpgradeAsked
from simnet.network.topology import RELAY
from simnet.report.upgrades_tables import carried_in_words, migrations_in_words


@dataclass(frozen=True, kw_only=True)
class FaultSpan:
    """When a fault acted in a run, in seconds since it began."""

    name: str
    """What the scenario calls it."""
    apply_start: float
    """Seconds since the run began at which its applying began."""
    apply_end: float
    """Seconds since the run began at which all of it was read back."""
    heal_start: float
    """Seconds since the run began at which its healing began; the run's end where it never did."""
    heal_end: float
    """Seconds since the run began at which that was read back; the run's end where it never was."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """How an upgrade went in one run."""

    t0: float
    """Seconds since the run began at the barrier."""
    chain: str
    """The chain that was upgraded."""
    code: str
    """BLAKE2b-256 of the code that was to come, 0x hex."""
    size: int
    """Its bytes, as it was submitted."""
    migrates: bool | None
    """Whether its version is higher, without which no migration runs; null where that is not known."""
    phases: tuple[UpgradePhase, ...]
    """What happened to it, in any block, in their order."""
    votes_for: tuple[str, ...]
    """Validators whose votes for it are in some relay block."""
    votes_against: tuple[str, ...]
    """Validators whose votes against it are in some relay block."""
    missed: int | None
    """Slots of the relay chain, or relay blocks without a candidate of the parachain, that were missed over the next
    ten blocks or candidates; null where none followed."""
    mail: int
    """Messages that were asked for."""
    under_way: int
    """How many of them had been asked for and had not ended when the code was applied."""
    carried: tuple[str, ...]
    """The final blocks that carried the code, with their lengths and proofs against the limits, in words."""
    migrated: tuple[str, ...]
    """What the new code migrated in final blocks, in words."""
    faults: tuple[FaultSpan, ...]
    """The faults of the run."""
    first_heads: Mapping[str, float]
    """When each node first told of a best block, in seconds since the run began; nodes that never did are left out."""

    def t(self, phase: str) -> float | None:
        """Seconds since the run began at which a phase was first seen; None if it never was."""
        return next((one.t for one in self.phases if one.name == phase), None)

    def after_t0(self, phase: str) -> float | None:
        """The same since the barrier."""
        t = self.t(phase)
        return None if t is None else t - self.t0

    @property
    def turn(self) -> str:
        """The phase in which the network turns: a parachain's go-ahead, the relay chain's application."""
        return "applied" if self.chain == RELAY else "told to go ahead"

    @property
    def relay_blocks(self) -> int | None:
        """Relay blocks from the one in which pre-checking began, or else in which the code was scheduled, to the
        go-ahead; None of a relay chain, and while there is none."""
        heights: dict[str, int] = {}
        for phase in self.phases:
            heights.setdefault(phase.name, phase.height)
        begun = heights.get("pre-checking began", heights.get("scheduled"))
        told = heights.get("told to go ahead")
        return None if begun is None or told is None else told - begun


def course_of(evidence: Evidence) -> Course | None:
    """The course of the last upgrade that a run's steps asked for; None if none did, or there was no barrier."""
    asked = evidence.of(UpgradeAsked)
    if not asked or evidence.t0 is None:
        return None
    last = asked[-1]
    chain, code = last.chain or RELAY, last.data.code
    phases = tuple(upgrade_phases(evidence, chain, code, last.t))
    count, followed = missed(evidence, chain, code)
    applied = next((one.t for one in phases if one.name == "applied"), None)
    traces = evidence.messages()
    under_way = [
        one
        for one in traces
        if applied is not None and one.asked <= applied and (not one.terminals or one.terminals[0].t > applied)
    ]
    votes = pvf_votes(evidence, code)
    return Course(
        t0=evidence.t0,
        chain=chain,
        code=code,
        size=last.data.size,
        migrates=last.data.migrates,
        phases=phases,
        votes_for=tuple(dict.fromkeys(one.data.validator for one in votes if one.data.accept)),
        votes_against=tuple(dict.fromkeys(one.data.validator for one in votes if not one.data.accept)),
        missed=count if followed else None,
        mail=len(traces),
        under_way=len(under_way),
        carried=tuple(carried_in_words(evidence)),
        migrated=tuple(migrations_in_words(evidence)),
        faults=tuple(_span(window, evidence.now) for window in evidence.windows.values()),
        first_heads={node: heads[0].t for node in evidence.nodes() if (heads := evidence.best[node])},
    )


def _span(window: Window, end: float) -> FaultSpan:
    return FaultSpan(
        name=window.name,
        apply_start=window.apply_start,
        apply_end=window.apply_end,
        heal_start=end if window.heal_start is None else window.heal_start,
        heal_end=end if window.heal_end is None else window.heal_end,
    )
