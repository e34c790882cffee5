"""Who has the seats of a relay chain's session: the keys that author and vote, and whose nodes hold them."""

from __future__ import annotations

from simnet.chain.rpc import Rpc
from simnet.codec import read_compact, storage_prefix, take
from simnet.errors import RpcError
from simnet.journal.records import SeatsRead
from simnet.network.accounts import keys, stash
from simnet.network.topology import Topology

_ACCOUNT = 32
_AUTHORITY = 40
"""Bytes of a validator's account, and of a BABE authority, whose key has a weight behind it."""

_INDEX = 4
"""Bytes of the index of a validator."""

_SESSION, _VALIDATORS, _AUTHORITIES, _ACTIVE = (
    "0x" + storage_prefix(*item).hex()
    for item in (
        ("Session", "CurrentIndex"),
        ("Session", "Validators"),
        ("Babe", "Authorities"),
        ("ParasShared", "ActiveValidatorIndices"),
    )
)


class SeatReader:
    """Reads the seats in a relay chain's state at a block, and calls them by their nodes' names."""

    def __init__(self, topology: Topology) -> None:
        self._by_key = {_hex(keys(node.account).sr25519): node.name for node in topology.validators}
        self._by_stash = {_hex(stash(node.account).sr25519): node.name for node in topology.validators}

    def read(self, rpc: Rpc, at: str) -> SeatsRead:
        """``session``, its ``seats`` in their order, and ``without_seat``, validators that the network lists; where
        ``max_validators`` lets fewer back, check and dispute candidates than have a seat, ``active`` are these seats,
        which each session draws anew (polkadot-runtime-parachains shared.rs, ``initializer_on_new_session``).

        A seat is of the node that has its BABE key, else of the validator whose stash it is, whose keys were rotated;
        else it is told by its key (0x hex). Raises :class:`RpcError` when the node has not that state.
        """
        answer = rpc.call("state_queryStorageAt", [[_SESSION, _VALIDATORS, _AUTHORITIES, _ACTIVE], at])
        found = {key: value for one in answer for key, value in one["changes"] if value is not None}
        if _VALIDATORS not in found or _AUTHORITIES not in found:
            raise RpcError(f"the state of relay block {at} has no validators of a session, or no BABE authorities")
        accounts, authorities = (bytes.fromhex(found[key][2:]) for key in (_VALIDATORS, _AUTHORITIES))
        session = bytes.fromhex(found.get(_SESSION, "0x")[2:])  # the first one is 0, which is not stored
        seats = [
            self._by_key.get(key) or self._by_stash.get(account, key)
            for key, account in zip(_listed(authorities, _AUTHORITY), _listed(accounts, _ACCOUNT), strict=True)
        ]
        without = [name for name in self._by_stash.values() if name not in seats]
        active = sorted(
            int.from_bytes(one, "little") for one in _items(bytes.fromhex(found.get(_ACTIVE, "0x00")[2:]), _INDEX)
        )
        return SeatsRead(
            session=int.from_bytes(session, "little"),
            seats=seats,
            without_seat=without,
            active=active if 0 < len(active) < len(seats) else None,
        )


def _listed(data: bytes, size: int) -> list[str]:
    """The keys of a vector whose items begin with one and have ``size`` bytes each."""
    return [_hex(item[:_ACCOUNT]) for item in _items(data, size)]


def _items(data: bytes, size: int) -> list[bytes]:
    count, offset = read_compact(data, 0)
    return [take(data, offset + size * i, size)[0] for i in range(count)]


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
