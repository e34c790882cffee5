"""The standard rehearsals around an upgrade: what each does to the network, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simnet.checks.quorum import voters_needed
from simnet.network.topology import RELAY
from simnet.scenario import NetworkSpec, NodeSpec
from simnet.upgrades.course import Course
from simnet.upgrades.ground import Ground
from simnet.upgrades.moments import Missed, around, back_between, begins_between, in_force, starts_after

Spoken = Mapping[str, Any]
"""A step or a window as files say it."""

_BEFORE = 3.0
"""Seconds by which a fault is in force before the moment that it is meant for: half a relay slot."""

_AFTER = 18.0
"""Seconds that it goes on after that: three relay slots, so that what comes next comes without it."""

_CUT_BEFORE, _CUT_AFTER = 12.0, 36.0
"""The same of a partition: long enough that each side makes blocks of its own before and after the moment."""

_DOWN = 6.0
"""Seconds that a validator is down in a restart: a relay slot."""

_AT_ONCE = 0.5
"""Seconds after the application at which a validator is restarted: the block has reached it by then."""

_APART = 12.0
"""Seconds from one restart of a rolling one to the next."""

_MOST_ROLLED = 8
"""Validators that are restarted one after another; of more than that, eight that lie evenly among them."""


_BAD = {"delay": "75ms", "jitter": "25ms", "loss": "0.1 %"}
"""Links between continents, a little lossy: by the square root of the loss one TCP stream carries 370 kB/s there
(Mathis and others, 1997), so that a proof with a code of 1.5 MB takes four seconds."""


class NotPossible(Exception):  # noqa: N818 - it is an outcome, not an error
    """Raised by a rehearsal that this network gives no occasion for, with the reason."""


@dataclass(frozen=True, kw_only=True)
class Variation:
    """What a rehearsal adds to the clean upgrade, and how its own run shows that it met its moment."""

    before: tuple[Spoken, ...] = ()
    """Steps before the upgrade."""
    then: tuple[Spoken, ...] = ()
    """Steps after it."""
    schedule: tuple[Spoken, ...] = ()
    """Windows beside it, at seconds since t0."""
    network: NetworkSpec | None = None
    """The network, where it is not the file's."""
    missed: Missed


@dataclass(frozen=True)
class StandardRehearsal:
    """A rehearsal of the table. ``placed`` tells whether it begins at a moment of the clean run, which only a provider
    that repeats a seed meets again."""

    name: str
    shows: str
    """What it shows, in a sentence."""
    vary: Callable[[Ground, Course], Variation]
    """Raises :class:`NotPossible`."""
    placed: bool
    chains: str = "any"
    """``parachains`` where it means nothing for the relay chain."""

    def concerns(self, chain: str) -> bool:
        """Whether it means anything for the upgrade of that chain."""
        return self.chains == "any" or chain != RELAY


def _validators(ground: Ground) -> list[str]:
    """Names of those that are there from the beginning, with keys of their own."""
    nodes = ground.topology.authorities(RELAY)
    return [one.name for one in nodes if not one.joins_late and one.twin_of is None]


def _validators_down(ground: Ground, _: Course) -> Variation:
    names = _validators(ground)
    spare = len(names) - voters_needed(len(names))
    if not spare:
        raise NotPossible(f"of {len(names)} validators none may be down, since finality needs all; take four at least")
    return Variation(
        before=({"inject": {"stop": {"targets": names[-spare:]}, "as": "down"}},),
        then=({"heal": "down"},),
        missed=in_force("down", *_begun(ground), "applied"),
    )


def _collators_restarted(ground: Ground, course: Course) -> Variation:
    """The go-ahead comes while they are down, since a collator that runs applies the code in its next block, which it
    begins to build at once."""
    told = _known(course, "told to go ahead")
    names = [one.name for one in ground.topology.on_chain(ground.chain) if not one.joins_late]
    if not names:
        raise NotPossible(f"parachain {ground.chain} has no collator that is there from the beginning")
    window = {"at": _seconds(told - _BEFORE), "for": _seconds(_BEFORE + _AFTER), "as": "restarted"}
    return Variation(
        schedule=({"stop": {"targets": names}, **window},),
        missed=back_between("restarted", "told to go ahead", "applied"),
    )


def _partition(ground: Ground, course: Course) -> Variation:
    names = _validators(ground)
    if len(names) < 2:
        raise NotPossible("one validator cannot be parted")
    sides = [names[: len(names) // 2], names[len(names) // 2 :]]
    others = [one.name for one in ground.topology.nodes if not one.joins_late and one.name not in names]
    for number, name in enumerate(others):
        sides[number % 2].append(name)
    turn = _known(course, course.turn)
    start = max(_BEFORE, turn - _CUT_BEFORE)
    window = {"at": _seconds(start), "for": _seconds(turn + _CUT_AFTER - start), "as": "cut"}
    return Variation(schedule=({"partition": {"groups": sides}, **window},), missed=in_force("cut", turn=True))


def _begun(ground: Ground) -> tuple[str, ...]:
    """The first phase of an upgrade; root that sets a relay chain's code has none before the application."""
    if ground.path != "sudo":
        return ("authorized",)
    return () if ground.chain == RELAY else ("noted",)


def _links_slow(ground: Ground, _: Course) -> Variation:
    if len(ground.topology.nodes) < 2:
        raise NotPossible("one node has no links")
    bad = {"from": "all", "to": "all", **_BAD}
    return Variation(
        before=({"inject": {"degrade": bad, "as": "slow"}},),
        then=({"heal": "slow"},),
        missed=in_force("slow", *_begun(ground), "applied"),
    )


def _joins_late(ground: Ground, _: Course) -> Variation:
    name = "late"
    while any(one.name == name for one in ground.topology.nodes):
        name += "r"
    return Variation(
        network=_with_late_node(ground, name),
        then=({"start": name}, {"wait": {"state": "in_sync", "nodes": name, "within": "240s"}}),
        missed=starts_after(name, "applied"),
    )


def _with_late_node(ground: Ground, name: str) -> NetworkSpec:
    """The network with one more node of the chain: a full node, or a collator that is no authority."""
    network = ground.network
    if ground.chain == RELAY:
        nodes = (*network.relay.nodes, NodeSpec(name=name, joins_late=True))
        return network.model_copy(update={"relay": network.relay.model_copy(update={"nodes": nodes})})
    paras = []
    for para in network.parachains:
        if str(para.id) == ground.chain:
            there = para.collators
            if isinstance(there, int):
                there = tuple(NodeSpec(name=one.name) for one in ground.topology.on_chain(ground.chain))
            late = NodeSpec(name=name, joins_late=True, authority=False)
            para = para.model_copy(update={"collators": (*there, late)})  # noqa: PLW2901 - the same with one more
        paras.append(para)
    return network.model_copy(update={"parachains": tuple(paras)})


def _validator_restarted(ground: Ground, course: Course) -> Variation:
    name = _validators(ground)[0]
    restart = {"targets": name, "down_for": _seconds(_DOWN)}
    at = _known(course, "applied") + _AT_ONCE
    return Variation(
        schedule=({"restart": restart, "at": _seconds(at), "as": "restarted"},),
        missed=begins_between("restarted", "applied", "finalized"),
    )


def _validators_rolled(ground: Ground, course: Course) -> Variation:
    every = _validators(ground)
    if len(every) == voters_needed(len(every)):
        raise NotPossible(f"of {len(every)} validators none may be down, since finality needs all; take four at least")
    count = min(len(every), _MOST_ROLLED)
    names = [every[number * len(every) // count] for number in range(count)]
    start = max(_BEFORE, _known(course, "applied") - len(names) * _APART / 2)
    return Variation(
        schedule=tuple(
            {
                "restart": {"targets": name, "down_for": _seconds(_DOWN)},
                "at": _seconds(start + number * _APART),
                "as": f"restart-{name}",
            }
            for number, name in enumerate(names)
        ),
        missed=around(tuple(f"restart-{name}" for name in names), "applied"),
    )


def _known(course: Course, phase: str) -> float:
    """Seconds since t0 at which the clean run had it."""
    t = course.after_t0(phase)
    if t is None:
        raise NotPossible(f"in the clean run the code was never {phase}, so nothing can be placed there")
    return t


def _seconds(value: float) -> str:
    return f"{value:.3f}s"


STANDARD: tuple[StandardRehearsal, ...] = (
    StandardRehearsal(
        "validators-down",
        "As many validators as finality can spare are down from before the authorization until the code is in force.",
        _validators_down,
        placed=False,
    ),
    StandardRehearsal(
        "collators-restarted",
        "The parachain's collators are down when it is told to go ahead, and back before one applies the code.",
        _collators_restarted,
        placed=True,
        chains="parachains",
    ),
    StandardRehearsal(
        "partition",
        "Validators and collators fall apart in two halves over the moment in which the code comes in, and heal.",
        _partition,
        placed=True,
    ),
    StandardRehearsal(
        "links-slow",
        "Every link is slow and lossy, 75 ms each way and 0.1 %, over the whole upgrade.",
        _links_slow,
        placed=False,
    ),
    StandardRehearsal(
        "node-joins-late",
        "A node of the chain starts with an empty database after the upgrade, and syncs through it.",
        _joins_late,
        placed=False,
    ),
    StandardRehearsal(
        "validator-restarted",
        "A validator is restarted right after the code was applied, before a block under it is final.",
        _validator_restarted,
        placed=True,
    ),
    StandardRehearsal(
        "validators-rolled",
        "Validators are restarted one after another while the code comes in.",
        _validators_rolled,
        placed=True,
    ),
)
"""In the order in which they are run, after the clean upgrade."""


def concerning(chain: str) -> Iterator[StandardRehearsal]:
    """Those that mean something for the upgrade of a chain."""
    return (one for one in STANDARD if one.concerns(chain))
