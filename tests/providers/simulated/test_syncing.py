"""Nodes that were wiped, or were away for long, fetch what they lack, and take part only then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from simnet.errors import RpcError
from simnet.faults import Degrade, Kill, Wipe
from simnet.journal.records import BestHead, BlockSeen, FinalizedHead, PeerCount
from simnet.network.topology import RELAY
from simnet.providers.simulated.clock import SECOND
from simnet.providers.simulated.consensus.warp_sync import state_size
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from tests.providers.simulated.networks import launch, with_parachain

RATE = 300_000.0
"""Bits a second of a line over which the state of a Rococo takes more than a minute."""


def network_with(**dave: Any) -> dict[str, Any]:
    """Four validators, of which dave is as given, and a parachain."""
    spec = with_parachain()
    *others, last = spec["relay"]["validators"]
    return {**spec, "relay": {**spec["relay"], "validators": [*others, {**last, **dave}]}}


@contextmanager
def emptied(
    folder: Path, after: float = 200, rate: float = 15_000, **dave: Any
) -> Iterator[tuple[SimulatedNetwork, SimulatedNode]]:
    """A network whose dave was wiped and answers again, over a line so slow that it has not heard much yet."""
    with launch(network_with(**dave), folder) as network:
        network.wait(after)
        network.inject(Degrade(source=("dave",), target=("all",), rate=rate))
        network.inject(Wipe(targets=("dave",)))
        yield network, network.simulation.by_name["dave"]


def until(network: SimulatedNetwork, holds: Callable[[], bool]) -> None:
    end = network.now() + 300
    while not holds():
        assert network.now() < end
        network.wait(0.1)


def test_a_wiped_validator_is_far_behind_for_a_while_and_says_so(tmp_path: Path) -> None:
    with emptied(tmp_path) as (network, dave):
        until(network, lambda: dave.behind)
        network.wait(5)
        rpc = network.rpc("dave")
        assert rpc.call("system_health")["isSyncing"]
        state = rpc.call("system_syncState")
        assert state["startingBlock"] == 0
        assert state["currentBlock"] < state["highestBlock"] - 5
        until(network, lambda: not dave.behind)
        assert not rpc.call("system_health")["isSyncing"]
        told = [r.data.syncing for r in network.evidence.of(PeerCount) if r.observer == "dave"]
        assert told[told.index(True) :].count(False) >= 1


def behind(network: SimulatedNetwork) -> tuple[float, float]:
    """From when to when dave said that it was far behind."""
    told = [(r.t, r.data.syncing) for r in network.evidence.of(PeerCount) if r.observer == "dave"]
    first = next(t for t, syncing in told if syncing)
    return first, next(t for t, syncing in told if t > first and not syncing)


def test_a_node_that_syncs_tells_no_heads_and_makes_no_blocks(tmp_path: Path) -> None:
    with emptied(tmp_path) as (network, dave):
        until(network, lambda: dave.behind)
        until(network, lambda: not dave.behind)
        network.wait(60)
        since, ended = behind(network)
        heads = [*network.evidence.of(BestHead), *network.evidence.of(FinalizedHead)]
        told = [r.t for r in heads if r.observer == "dave"]
        made = [r.t for r in network.evidence.of(BlockSeen) if r.data.author == "dave"]
        assert ended - since > 12
        assert not [t for t in told if since < t < ended]
        assert not [t for t in made if since < t < ended]
        assert max(told) > ended
        assert max(made) > ended


def test_a_validator_that_syncs_signs_no_bitfield_and_keeps_no_chunk(tmp_path: Path) -> None:
    with emptied(tmp_path) as (network, dave):
        until(network, lambda: dave.behind)
        until(network, lambda: not dave.behind)
        since, ended = behind(network)
        simulation, alice = network.simulation, network.simulation.nodes[0]
        begin = simulation.clock.now - round(network.now() * SECOND)
        meanwhile = [
            simulation.availability._bitfields.get(block, {})
            for block, t in alice.relay.imported.items()
            if since < (t - begin) / SECOND < ended - 2
        ]
        assert meanwhile
        assert all(len(signed) == 3 for signed in meanwhile)
        kept = simulation.availability._stores[dave.index]
        assert kept.chunks == kept.proofs == {}


def test_finality_comes_with_the_blocks_a_session_at_a_time(tmp_path: Path) -> None:
    with emptied(tmp_path, after=300) as (network, dave):
        until(network, lambda: dave.relay.finalized.number > 0)
        assert dave.behind
        assert dave.relay.finalized in [one.base for one in network.simulation.grandpa.sets.up_to(dave.relay.best)]
        until(network, lambda: not dave.behind)
        network.wait(60)
        others = network.simulation.nodes[0].relay
        assert dave.relay.finalized.number >= others.finalized.number - 3


@pytest.mark.parametrize(("missed", "told"), [(3, True), (9, False)])
def test_who_missed_a_few_blocks_tells_each_and_who_missed_many_none(missed: int, told: bool, tmp_path: Path) -> None:
    with launch(network_with(), tmp_path) as network:
        network.wait(120)
        alice, dave = (network.simulation.by_name[name] for name in ("alice", "dave"))
        down = network.inject(Kill(targets=("dave",)))
        best = dave.relay.best.number
        until(network, lambda: alice.relay.best.number >= best + missed - 1)
        network.heal(down)
        lacks = alice.relay.best.number - dave.relay.best.number
        first = dave.relay.best.number + 1
        until(network, lambda: dave.relay.best is alice.relay.best)
        heights = {r.height for r in network.evidence.of(BestHead) if r.observer == "dave" and r.chain == RELAY}
        assert (lacks <= 5) == told
        assert (first in heights) == told


# -- warp -------------------------------------------------------------------------------------------------------------


def test_a_node_warps_to_what_is_final_and_fetches_what_it_skipped_afterwards(tmp_path: Path) -> None:
    with emptied(tmp_path, rate=RATE, sync="warp") as (network, dave):
        until(network, lambda: dave.behind)
        best = network.simulation.nodes[0].relay.finalized.number
        until(network, lambda: dave.relay.best.number > 0)
        target = dave.relay.finalized
        assert target.number >= best
        assert dave.relay.skipped is target.parent
        rpc = network.rpc("dave")
        assert rpc.call("chain_getBlockHash", [target.number - 1]) is None
        assert rpc.call("chain_getBlockHash", [target.number]) == "0x" + target.hash.hex()
        until(network, lambda: dave.relay.skipped is None)
        first = rpc.call("chain_getBlockHash", [1])
        assert rpc.call("chain_getHeader", [first])["number"] == "0x1"
        with pytest.raises(RpcError, match="State already discarded"):
            rpc.call("state_getRuntimeVersion", [first])


def test_a_warp_fetches_the_whole_state(tmp_path: Path) -> None:
    with emptied(tmp_path, rate=RATE, sync="warp") as (network, dave):
        up = network.now()
        until(network, lambda: dave.relay.best.number > 0)
        assert network.now() - up > 8 * state_size(dave.relay.finalized) / RATE > 30


def test_a_warped_validator_votes_in_the_set_that_is_in_force(tmp_path: Path) -> None:
    with launch(network_with(sync="warp"), tmp_path) as network:
        network.wait(200)
        network.inject(Wipe(targets=("dave",), down_for=20))
        network.wait(30)
        dave, alice = (network.simulation.by_name[name] for name in ("dave", "alice"))
        voters = network.simulation.grandpa.voters
        assert voters[dave.index].set is voters[alice.index].set
        network.wait(20)
        assert dave.relay.finalized.number >= alice.relay.finalized.number - 1


def test_a_database_that_is_not_empty_is_synced_in_full(tmp_path: Path) -> None:
    with launch(network_with(sync="warp"), tmp_path) as network:
        network.wait(120)
        network.heal(network.inject(Kill(targets=("dave",))))
        dave = network.simulation.by_name["dave"]
        assert not dave.behind
        network.wait(30)
        assert dave.relay.skipped is None
        assert dave.relay.best is network.simulation.nodes[0].relay.best


def test_nobody_warps_at_the_launch(tmp_path: Path) -> None:
    with launch(network_with(sync="warp"), tmp_path) as network:
        dave = network.simulation.by_name["dave"]
        until(network, lambda: dave.relay.best.number > 2)
        assert not any(r.data.syncing for r in network.evidence.of(PeerCount))


def test_a_warp_waits_for_three_peers(tmp_path: Path) -> None:
    with launch(network_with(sync="warp"), tmp_path) as network:
        network.wait(120)
        down = network.inject(Kill(targets=("charlie", "collator-2000")))
        network.inject(Wipe(targets=("dave",)))
        dave = network.simulation.by_name["dave"]
        network.wait(60)
        assert dave.behind
        assert dave.relay.best.number == 0
        network.heal(down)
        network.wait(30)
        assert dave.relay.best.number > 0


def test_a_node_gives_nobody_what_it_skipped(tmp_path: Path) -> None:
    with emptied(tmp_path, rate=RATE, sync="warp") as (network, dave):
        until(network, lambda: dave.relay.skipped is not None)
        here = set(dave.relay.imported)
        network.inject(Kill(targets=("alice", "bob", "collator-2000")))
        network.inject(Wipe(targets=("charlie",)))
        charlie = network.simulation.by_name["charlie"]
        network.wait(20)
        assert set(charlie.relay.imported) <= here | set(dave.relay.imported)
        assert charlie.relay.best.number == 0 or charlie.relay.best in dave.relay
