"""What a relay chain's state says of its validators: reward points, who is disabled, whom an offence report names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, overload

from simnet.chain.metadata import Event, Metadata
from simnet.chain.rpc import Rpc
from simnet.codec import vec_bytes
from simnet.journal.records import PointsRead
from simnet.network.accounts import stash
from simnet.network.topology import Topology

_OFFENCES = {
    b"babe:equivocatio": "babe-equivocation",  # pallet-babe equivocation.rs
    b"grandpa:equivoca": "grandpa-equivocation",  # pallet-grandpa equivocation.rs
    b"beefy:equivocati": "beefy-equivocation",  # pallet-beefy equivocation.rs
    b"spamspamspamspam": "by-root",  # pallet-root-offences: made by a call of root's
}
"""Kinds of offences (``Offence::ID``) by what people call them."""

_SESSION = ("Validators", "DisabledValidators")

_DISPUTE = b"disputes:slashin"
"""The one kind of all lost disputes (polkadot-runtime-parachains disputes/slashing.rs)."""


class ValidatorReader:
    """Reads a relay chain's state at a block, and calls validators by their nodes' names.

    Threads may share one: what it keeps is replaced, never changed.
    """

    def __init__(self, topology: Topology) -> None:
        self._names = {"0x" + stash(node.account).sr25519.hex(): node.name for node in topology.validators}
        self._points: dict[str, str] = {}
        """Keys of points by account, of everybody who was a validator: who leaves the set keeps his points."""
        self._session: tuple[Metadata, str | None, list[str]] | None = None
        """The last ``Session.Validators``: whose metadata, its bytes as hex, the accounts."""

    def points(self, rpc: Rpc, metadata: Metadata, at: str) -> PointsRead | None:
        """Points by validator and who is disabled at a block; None for a runtime that keeps no points.

        Costs one call, since all keys are known; a second one when the set of validators has changed.
        """
        if "StakingAhClient" not in metadata.pallets:
            return None
        validators, disabled = ("0x" + metadata.storage_key("Session", item).hex() for item in _SESSION)
        keys = self._points
        found = _values(rpc, [validators, disabled, *keys.values()], at)
        accounts = self._accounts(metadata, found.get(validators))
        fresh = [account for account in accounts if account not in keys]
        if fresh:
            places = (metadata.storage_key("StakingAhClient", "ValidatorPoints", _bytes(one)) for one in fresh)
            self._points = keys = keys | dict(zip(fresh, ("0x" + place.hex() for place in places), strict=True))
            found |= _values(rpc, list(keys.values()), at)
        points = {
            self._name(account): metadata.decode_storage("StakingAhClient", "ValidatorPoints", _bytes(found.get(key)))
            for account, key in keys.items()
        }
        # pairs of index and severity; bare indices in older runtimes
        entries = metadata.decode_storage("Session", "DisabledValidators", _bytes(found.get(disabled)))
        indices = [one[0] if isinstance(one, list) else one for one in entries]
        return PointsRead(points=points, disabled=[self._name(accounts[index]) for index in indices])

    def offenders(self, rpc: Rpc, metadata: Metadata, at: str, event: Event) -> dict[str, str]:
        """The offence of each validator that an ``Offences.Offence`` event is about.

        The event itself has only the kind and the time slot. The reports of both together name the offenders, those of
        earlier events of that kind and slot included.
        """
        kind, slot = bytes.fromhex(event.fields["kind"][2:]), bytes.fromhex(event.fields["slot"][2:])
        accounts = _reported(rpc, metadata, at, kind, slot)
        if kind == _DISPUTE:
            return {self._name(account): one for account, one in _losers(rpc, metadata, at, slot, accounts).items()}
        name = _OFFENCES.get(kind) or kind.decode(errors="replace")
        return {self._name(account): name for account in accounts}

    def _accounts(self, metadata: Metadata, raw: str | None) -> list[str]:
        last = self._session
        if last is None or last[0] is not metadata or last[1] != raw:
            self._session = last = metadata, raw, metadata.decode_storage("Session", "Validators", _bytes(raw))
        return last[2]

    def _name(self, account: str) -> str:
        return self._names.get(account, account)


def _reported(rpc: Rpc, metadata: Metadata, at: str, kind: bytes, slot: bytes) -> list[str]:
    """Accounts against which there are reports of a kind and time slot."""
    (ids,) = _read(rpc, metadata, at, [("Offences", "ConcurrentReportsIndex", (kind, vec_bytes(slot)))])
    reports = _read(rpc, metadata, at, [("Offences", "Reports", (bytes.fromhex(one[2:]),)) for one in ids])
    return [str(one["offender"][0]) for one in reports]


def _losers(rpc: Rpc, metadata: Metadata, at: str, slot: bytes, accounts: Iterable[str]) -> dict[str, str]:
    """How each of these accounts lost a dispute, whose offences' time slot is session and candidate hash.

    All three ways to lose share one kind, so that the dispute's own state has to tell: who backed, and whether the
    candidate was found valid (polkadot-runtime-parachains disputes/slashing.rs).
    """
    session, candidate = slot[:4], slot[4:]
    dispute = [("ParasDisputes", item, (session, candidate)) for item in ("Disputes", "BackersOnDisputes")]
    places = [*dispute, ("ParaSessionInfo", "AccountKeys", (session,))]
    votes, backers, by_index = _read(rpc, metadata, at, places)
    if votes is None or by_index is None:
        return dict.fromkeys(accounts, "lost-dispute")
    against = votes["validators_against"]
    if against.count("1") < len(against) - (len(against) - 1) // 3:
        return dict.fromkeys(accounts, "against-valid")
    backed = [by_index[one] for one in backers or ()]
    return {account: "for-invalid-backed" if account in backed else "for-invalid-approved" for account in accounts}


def _read(rpc: Rpc, metadata: Metadata, at: str, places: Iterable[tuple[str, str, tuple[bytes, ...]]]) -> list[Any]:
    """Values of storage items, given as pallet, item and key parts, by one call."""
    keys = [(pallet, item, "0x" + metadata.storage_key(pallet, item, *parts).hex()) for pallet, item, parts in places]
    found = _values(rpc, [key for _, _, key in keys], at)
    return [metadata.decode_storage(pallet, item, _bytes(found.get(key))) for pallet, item, key in keys]


def _values(rpc: Rpc, keys: Sequence[str], at: str) -> dict[str, str]:
    """Values of the keys that exist at a block, 0x hex both."""
    answer = rpc.call("state_queryStorageAt", [keys, at]) if keys else []
    return {key: value for one in answer for key, value in one["changes"] if value is not None}


@overload
def _bytes(text: str) -> bytes: ...
@overload
def _bytes(text: str | None) -> bytes | None: ...
def _bytes(text: str | None) -> bytes | None:
    return bytes.fromhex(text[2:]) if text is not None else None
