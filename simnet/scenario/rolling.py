"""Taking nodes to another image, group by group, and waiting in between until the network has recovered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simnet.checks.agreement import TOLERANCE
from simnet.errors import DeadlineError, FaultError, NodeError
from simnet.journal import Evidence
from simnet.journal.records import NodeUp, PeerCount
from simnet.network.topology import RELAY
from simnet.providers.network import Network
from simnet.scenario.roll import Roll
from simnet.scenario.states import ADVANCE, await_state
from simnet.scenario.steps import Wait

ROLL = "roll"
"""What the faults of a step without a label are called, and whom they take."""


def roll(network: Network, asked: Roll, label: str | None = None) -> None:
    """Takes nodes to another image as a step asks.

    Raises :class:`~simnet.errors.InputError` for unknown targets, :class:`~simnet.errors.UnsupportedError` where the
    nodes run no image, :class:`~simnet.errors.ImageError` for one that cannot be had, before any node is down for it.
    What goes wrong then says which nodes have the image already: :class:`~simnet.errors.NodeError` for a node that
    ended by itself, :class:`~simnet.errors.FaultError` for one that could not be taken down or up, and
    :class:`~simnet.errors.DeadlineError` for one that is not back in time, and in which state it is.
    """
    done: list[str] = []
    for what, restart in asked.restarts(network.topology).items():
        names = restart.affected(network.topology)
        until = network.now() + asked.within
        final = {node: _final(network.evidence, node) for node in network.running(RELAY)}
        try:
            network.inject(restart, f"{label or ROLL} of {what}")
            _await(network, asked, names, final, until)
        except (DeadlineError, FaultError, NodeError) as error:
            had = f"{', '.join(done)} had it before" if done else "no other node had it before"
            raise type(error)(f"{', '.join(names)} did not get over to {asked.image}, {had}: {error}") from error
        done += names


def _await(network: Network, asked: Roll, names: Sequence[str], final: Mapping[str, int], until: float) -> None:
    """Until the state that is asked for has come, by default that the nodes that went are back."""
    left = max(0.0, until - network.now())
    if asked.state is not None:
        await_state(Wait(state=asked.state, within=left), network)
        return
    try:
        network.wait_until(
            lambda now: not _lacking(now, network, names, final),
            within=left,
            what=f"{', '.join(names)} to be in sync and finality to advance",
        )
    except DeadlineError as error:
        lacking = "; ".join(_lacking(network.evidence, network, names, final))
        raise DeadlineError(f"{lacking}; {error}") from None


def _lacking(now: Evidence, network: Network, names: Sequence[str], final: Mapping[str, int]) -> list[str]:
    """What is missing until the nodes that went are back, in words; nothing that was read of them before they went
    counts."""
    top = max((now.best[node][-1].height for node in network.running(RELAY) if now.best[node]), default=0)
    found = [text for name in names if (text := _not_back(now, name, top))]
    standing = {node: _final(now, node) for node in network.running(RELAY)}
    behind = [f"{node} at {height}" for node, height in standing.items() if height < final.get(node, 0) + ADVANCE]
    if behind:
        found.append(f"finality has not advanced by {ADVANCE} blocks ({', '.join(behind)})")
    return found


def _not_back(now: Evidence, name: str, top: int) -> str:
    """Why a node is not back since its process began; empty if it is. ``top`` is the highest relay block."""
    began = max((record.t for record in now.of(NodeUp) if record.observer == name), default=0.0)
    told = [one.data for one in now.of(PeerCount) if one.observer == name and one.t >= began]
    if not told:
        return f"{name} has told nothing of its peers"
    if told[-1].syncing:
        return f"{name} syncs, with {told[-1].count} peers"
    best = now.best[name][-1] if now.best[name] else None
    if best is None or best.t < began:
        return f"{name} has shown no block"
    if now.chain_of(name) == RELAY and best.height < top - TOLERANCE:
        return f"{name} is at block {best.height} of {top}"
    return ""


def _final(now: Evidence, node: str) -> int:
    heads = now.finalized[node]
    return heads[-1].height if heads else 0
