"""What a relay chain's state says of its validators: reward points, who is disabled, whom an offence report names."""

from __future__ import annotations

from collections.abc import Iterable

from simnet.chain.metadata import Event, Metadata
from simnet.chain.rpc import Rpc
from simnet.chain.storage import Place, key_of, stored_at, values_at
from simnet.codec import vec_bytes
from simnet.journal.records import PointsRead
from simnet.network.accounts import stash
from simnet.network.topology import RELAY, Topology

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
        self._names = {"0x" + stash(node.account).sr25519.hex(): node.name for node in topology.with_keys(RELAY)}
        self._points: dict[str, str] = {}
        """Keys of points by account, of everybody who was a validator: who leaves the set keeps his points."""
        self._session: tuple[Metadata, bytes | None, list[str]] | None = None
        """The last ``Session.Validators``: whose metadata, its bytes, the accounts."""

    def points(self, rpc: Rpc, metadata: Metadata, at: str) -> PointsRead | None:
        """Points by validator and who is disabled at a block; None for a runtime that keeps no points.

        Costs one call, since all keys are known; a second one when the set of validators has changed.
        """
        if "StakingAhClient" not in metadata.pallets:
            return None
        validators, disabled = (key_of(metadata, "Session", item) for item in _SESSION)
        keys = self._points
        found = values_at(rpc, [validators, disabled, *keys.values()], at)
        accounts = self._accounts(metadata, found.get(validators))
        fresh = [account for account in accounts if account not in keys]
        if fresh:
            self._points = keys = keys | {
                account: key_of(metadata, "StakingAhClient", "ValidatorPoints", bytes.fromhex(account[2:]))
                for account in fresh
            }
            found |= values_at(rpc, list(keys.values()), at)
        points = {
            self._name(account): metadata.decode_storage("StakingAhClient", "ValidatorPoints", found.get(key))
            for account, key in keys.items()
        }
        # pairs of index and severity; bare indices in older runtimes
        entries = metadata.decode_storage("Session", "DisabledValidators", found.get(disabled))
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

    def _accounts(self, metadata: Metadata, raw: bytes | None) -> list[str]:
        last = self._session
        if last is None or last[0] is not metadata or last[1] != raw:
            self._session = last = metadata, raw, metadata.decode_storage("Session", "Validators", raw)
        return last[2]

    def _name(self, account: str) -> str:
        return self._names.get(account, account)


def _reported(rpc: Rpc, metadata: Metadata, at: str, kind: bytes, slot: bytes) -> list[str]:
    """Accounts against which there are reports of a kind and time slot."""
    (ids,) = stored_at(rpc, metadata, [("Offences", "ConcurrentReportsIndex", (kind, vec_bytes(slot)))], at)
    reports = stored_at(rpc, metadata, [("Offences", "Reports", (bytes.fromhex(one[2:]),)) for one in ids], at)
    return [str(one["offender"][0]) for one in reports]


def _losers(rpc: Rpc, metadata: Metadata, at: str, slot: bytes, accounts: Iterable[str]) -> dict[str, str]:
    """How each of these accounts lost a dispute, whose offences' time slot is session and candidate hash.

    All three ways to lose share one kind, so that the dispute's own state has to tell: who backed, and whether the
    candidate was found valid (polkadot-runtime-parachains disputes/slashing.rs).
    """
    session, candidate = slot[:4], slot[4:]
    dispute: list[Place] = [("ParasDisputes", item, (session, candidate)) for item in ("Disputes", "BackersOnDisputes")]
    places = [*dispute, ("ParaSessionInfo", "AccountKeys", (session,))]
    votes, backers, by_index = stored_at(rpc, metadata, places, at)
    if votes is None or by_index is None:
        return dict.fromkeys(accounts, "lost-dispute")
    against = votes["validators_against"]
    if against.count("1") < len(against) - (len(against) - 1) // 3:
        return dict.fromkeys(accounts, "against-valid")
    backed = [by_index[one] for one in backers or ()]
    return {account: "for-invalid-backed" if account in backed else "for-invalid-approved" for account in accounts}
