"""The recorders of a network's chains, which every provider feeds with what its nodes show."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simnet.chain.pvf_reader import PvfReader
from simnet.chain.queues import QueueReader
from simnet.chain.recorder import ChainRecorder
from simnet.chain.seat_reader import SeatReader
from simnet.chain.validator_reader import ValidatorReader
from simnet.chain.value_reader import ValueReader
from simnet.journal import Journal
from simnet.network.accounts import keys
from simnet.network.topology import Topology
from simnet.providers.base import Plan
from simnet.providers.messenger import Messenger
from simnet.providers.upgrade_reader import UpgradeReader, own_host
from simnet.runtime.tokens import writing_of

if TYPE_CHECKING:
    from simnet.runtime.host import Host


def recorders_of(
    plan: Plan, journal: Journal, messenger: Messenger, host: Callable[[], Host] = own_host
) -> dict[str, ChainRecorder]:
    """One recorder for each chain by its id. Queues are searched for the messages that are under way. ``host`` gives
    what blocks of new code are made again in, in the thread that reads them."""
    topology = plan.topology
    paras = [chain.id for chain in topology.parachains]
    return {
        chain.id: ChainRecorder(
            journal,
            chain.id,
            authors_of(topology, chain.id),
            QueueReader(chain.id, paras, messenger.channels, messenger.topics, messenger.given_topics),
            ValidatorReader(topology),
            SeatReader(topology),
            PvfReader(topology),
            UpgradeReader(chain.id, journal.took, plan.builds.get(chain.id), host),
            ValueReader(writing_of(topology, chain.id)),
        )
        for chain in (topology.relay, *topology.parachains)
    }


def authors_of(topology: Topology, chain: str) -> dict[str, str]:
    """The nodes that author a chain's blocks, by the key (0x hex) that their keystores have for it: BABE's on the relay
    chain, Aura's on a parachain, the account's sr25519 key both. A twin's blocks go by the node whose key it has."""
    return {"0x" + keys(node.account).sr25519.hex(): node.name for node in topology.with_keys(chain)}
