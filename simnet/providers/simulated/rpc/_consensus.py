"""``grandpa_roundState`` and ``babe_epochAuthorship``: a relay-chain node's own consensus."""

from __future__ import annotations

from functools import partial
from typing import Any

from substrateinterface.utils.ss58 import ss58_encode

from simnet.network.session_keys import BABE
from simnet.network.topology import RELAY
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.consensus.ballots import Ballot
from simnet.providers.simulated.consensus.slots import claims, of_node
from simnet.providers.simulated.rpc._errors import METHOD_NOT_FOUND, RefusedError
from simnet.providers.simulated.rpc._node import NodeRpc, method


@method("grandpa_roundState")
def round_state(rpc: NodeRpc) -> dict[str, Any]:
    """Votes of the current round that the node has seen, each of weight 1, and who is missing."""
    _only_on_relay(rpc, "grandpa_roundState")
    voter = rpc.simulation.grandpa.voters[rpc.node.index]
    votes = voter.set.rounds.get(voter.round)
    count = len(voter.set.keys)
    best = {
        "round": voter.round,
        "totalWeight": count,
        "thresholdWeight": count - (count - 1) // 3,
        "prevotes": _votes(rpc, voter.set.keys, votes.prevotes if votes else None),
        "precommits": _votes(rpc, voter.set.keys, votes.precommits if votes else None),
    }
    return {"setId": voter.set.id, "best": best, "background": []}


def _votes(rpc: NodeRpc, keys: tuple[bytes, ...], ballot: Ballot | None) -> dict[str, Any]:
    seen = [False] * len(keys) if ballot is None else ballot.seen[rpc.node.index].tolist()
    return {
        "currentWeight": sum(seen),
        "missing": [str(ss58_encode(key, 42)) for key, here in zip(keys, seen, strict=True) if not here],
    }


@method("babe_epochAuthorship")
def epoch_authorship(rpc: NodeRpc) -> dict[str, dict[str, list[int]]]:
    """The slots of the best block's epoch in which this node may author, by the addresses of its keys."""
    _only_on_relay(rpc, "babe_epochAuthorship")
    simulation, best = rpc.simulation, rpc.node.own.best
    epoch = relay_state.epoch_for(best, best.slot + 1)
    if rpc.node.spec.role != "validator":
        return {}
    has = partial(simulation.keys.has, rpc.node.index, BABE)
    mine = [key for key in epoch.authorities if has(key)]
    rights = ("primary", "secondary", "secondary_vrf")
    slots: dict[bytes, dict[str, list[int]]] = {key: {right: [] for right in rights} for key in mine}
    for slot in range(epoch.start_slot, epoch.end_slot):
        claim = of_node(list(claims(simulation.runtimes, epoch, slot, simulation.keys.secret)), has, epoch)
        if claim is not None:
            slots[epoch.authorities[claim.authority]]["primary" if claim.primary else "secondary_vrf"].append(slot)
    return {str(ss58_encode(key, 42)): by_right for key, by_right in slots.items()}


def _only_on_relay(rpc: NodeRpc, name: str) -> None:
    if rpc.node.spec.chain != RELAY:
        raise RefusedError(METHOD_NOT_FOUND, "Method not found", name)
