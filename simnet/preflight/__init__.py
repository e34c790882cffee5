"""What networks and steps name and only runtimes or files know: looked up before anything starts.

Genesis of each chain is built in process, and calls are encoded for its runtime. Nothing is launched.
"""

from __future__ import annotations

from collections.abc import Iterable

from simnet.checks import Check
from simnet.errors import InputError
from simnet.network.topology import Topology
from simnet.preflight._chains import in_chains
from simnet.preflight._expectations import in_expectations, looks_at
from simnet.preflight._facts import facts_of
from simnet.preflight._in_force import InForce
from simnet.preflight._second_builds import second_builds
from simnet.preflight._steps import in_steps
from simnet.providers.base import Provider, writes_blocks
from simnet.scenario import NetworkSpec, Scenario, Step
from simnet.scenario.mistakes import Mistake

__all__ = [
    "check_contents",
    "check_network",
    "check_scenario",
    "in_checks",
    "in_network",
    "in_scenario",
    "most_code",
    "second_builds",
]


def in_network(network: NetworkSpec) -> list[Mistake]:
    """What is wrong with a network that reads well: runtimes, spec files, genesis, sudo keys, cores."""
    topology = network.topology()
    return in_chains(topology, facts_of(topology))


def in_scenario(scenario: Scenario, *, writes_blocks: bool = True) -> list[Mistake]:
    """The same of a scenario's network, and what its steps ask of the chains' runtimes. ``writes_blocks`` says what
    the provider can (:func:`~simnet.providers.base.writes_blocks`)."""
    topology = scenario.topology
    facts = facts_of(topology)
    beside = [Step(upgrade=window.upgrade) for window in scenario.schedule if window.upgrade is not None]
    network = in_chains(topology, facts, [*scenario.steps, *beside], writes_blocks=writes_blocks)
    rest, in_force = in_steps(scenario.steps, scenario.schedule, topology, facts, writes_blocks=writes_blocks)
    expected = in_expectations(scenario.checks, topology, facts, in_force)
    return [*(one.below("network") for one in network), *rest, *expected]


def in_checks(scenario: Scenario) -> list[Mistake]:
    """What is wrong with its checks of chains' contents alone, for judging a run that is over; nothing is said of a
    chain whose runtime cannot be had any more."""
    if not any(map(looks_at, scenario.checks)):
        return []
    facts = facts_of(scenario.topology)
    _, in_force = in_steps(scenario.steps, scenario.schedule, scenario.topology, facts)
    return in_expectations(scenario.checks, scenario.topology, facts, in_force)


def check_contents(topology: Topology, check: Check, changed: Iterable[str]) -> None:
    """Raises :class:`InputError` for a check of chains' contents that names a chain which is not there, or what no
    runtime has; of ``changed`` chains, which got code since genesis, nothing is said."""
    if not looks_at(check):
        return
    if isinstance(chain := getattr(check, "chain", None), str):
        topology.chain(chain)
    facts = facts_of(topology)
    in_force = InForce(topology, facts)
    for chain in changed:
        in_force.bring(chain, None)
    found = in_expectations([check], topology, facts, in_force)
    if found:
        told = (f"{check.kind}: {'.'.join(map(str, one.way[3:]))}: {one.message}" for one in found)
        raise InputError("\n".join(told))


def check_network(topology: Topology) -> None:
    """Raises :class:`InputError` with all that is wrong with a network; for one that came from no file."""
    _raise(in_chains(topology, facts_of(topology)))


def check_scenario(scenario: Scenario, provider: Provider | None = None) -> None:
    """Raises :class:`InputError` with all that is wrong with a scenario on that provider, or on any; for one that came
    from no file."""
    _raise(in_scenario(scenario, writes_blocks=provider is None or writes_blocks(provider)))


def most_code(topology: Topology) -> int | None:
    """Bytes that the code of a parachain may have as it is submitted, by the relay chain's configuration; None where
    its runtime does not tell."""
    return facts_of(topology).max_code_size


def _raise(mistakes: list[Mistake]) -> None:
    if mistakes:
        raise InputError("\n".join(map(str, mistakes)))
