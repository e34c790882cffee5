"""Who has the seats of a relay chain's session: the keys that author and vote, and whose nodes hold them."""

from __future__ import annotations

from simnet.chain.metadata import Metadata
from simnet.chain.rpc import Rpc
from simnet.chain.storage import Place, stored_at
from simnet.errors import RpcError
from simnet.journal.records import SeatsRead
from simnet.network.accounts import keys, stash
from simnet.network.topology import RELAY, Topology

_PLACES: tuple[Place, ...] = (
    ("Session", "CurrentIndex", ()),
    ("Session", "Validators", ()),
    ("Babe", "Authorities", ()),
    ("ParasShared", "ActiveValidatorIndices", ()),
)


class SeatReader:
    """Reads the seats in a relay chain's state at a block, and calls them by their nodes' names."""

    def __init__(self, topology: Topology) -> None:
        nodes = topology.with_keys(RELAY)
        self._keys = {node.name: "0x" + keys(node.account).sr25519.hex() for node in nodes}
        self._by_key = {key: name for name, key in self._keys.items()}
        self._by_stash = {"0x" + stash(node.account).sr25519.hex(): node.name for node in nodes}
        self._listed = [node.name for node in topology.validators]

    def read(self, rpc: Rpc, metadata: Metadata, at: str) -> SeatsRead:
        """``session``, its ``seats`` in their order, and ``without_seat``, validators of the network's genesis that
        have none; where ``max_validators`` lets fewer back, check and dispute candidates than have a seat, ``active``
        are these seats, which each session draws anew (polkadot-runtime-parachains shared.rs,
        ``initializer_on_new_session``).

        A seat is of the validator whose stash it is, whatever its keys are; else of the node whose account has its BABE
        key; else it is told by that key (0x hex). Raises :class:`RpcError` when the node has not that state.
        """
        session, accounts, authorities, active = stored_at(rpc, metadata, _PLACES, at)
        if not accounts or not authorities:
            raise RpcError(f"the state of relay block {at} has no validators of a session, or no BABE authorities")
        held = [
            (self._by_stash.get(account) or self._by_key.get(key, key), key)
            for (key, _weight), account in zip(authorities, accounts, strict=True)
        ]
        seats = [seat for seat, _ in held]
        other = {seat: self._by_key.get(key, key) for seat, key in held if key != self._keys.get(seat, key)}
        return SeatsRead(
            session=session,
            seats=seats,
            without_seat=[name for name in self._listed if name not in seats],
            active=sorted(active) if 0 < len(active) < len(seats) else None,
            keys=other or None,
        )
