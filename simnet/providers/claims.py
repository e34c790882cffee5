"""Assets that lie trapped on a chain, claimed by whoever may: the origin of what left them there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from simnet.chain.xcm_pallet import XcmPallet
from simnet.errors import ExtrinsicError, InputError, MessageError
from simnet.journal import Evidence, Trap
from simnet.network.accounts import DEVELOPMENT
from simnet.network.locations import Location, located, location_text, placed
from simnet.network.topology import RELAY, Topology, nearest
from simnet.providers.dispatch_origins import ROOT
from simnet.providers.xcm_asked import Program, beneficiary_at
from simnet.providers.xcm_calls import Manner, XcmCalls

LATEST = "latest"
"""What stands for the assets that were trapped last and that nobody claimed."""


@dataclass
class Claims:
    """The steps ``claim`` of one network."""

    xcm_calls: XcmCalls

    def claim(self, chain: str, trap: str, beneficiary: Any, manner: Manner) -> Trap:
        """See :meth:`simnet.providers.network.Network.claim`."""
        network = self.xcm_calls.messenger.network
        found = self._found(network.evidence, chain, trap)
        ended = network.now() + manner.within
        before = _claimed(network.evidence, found)
        source, junctions = placed(_location(found.origin), chain)
        if source is None:
            raise ExtrinsicError(f"{self._whose(found)} may claim it, which is no chain of this network")
        there = self._there(chain, beneficiary)
        if source == chain:
            label = None
            self._by_account(found, junctions, there, manner)
        else:
            label = self._by_message(found, source, junctions, there, manner)
        network.wait_until(
            lambda evidence: self._is_claimed(evidence, found, before, label),
            within=max(0.0, ended - network.now()),
            what=f"{chain} to say that the assets under {found.hash} are claimed",
        )
        return found

    def _found(self, evidence: Evidence, chain: str, trap: str) -> Trap:
        left, _ = evidence.trapped(chain)
        if trap == LATEST:
            named = left
        elif trap.startswith("0x"):
            named = [one for one in left if one.hash == trap]
        else:
            named = [one for one in left if one.seq in _seqs(evidence, trap)]
        if named:
            return named[-1]
        known = [one.hash for one in left]
        told = f"; there are {', '.join(known)}" if known else ", nor any other"
        what = "no assets are" if trap == LATEST else f"no assets of {trap!r} are"
        raise ExtrinsicError(f"{what} trapped on {chain}{told if trap != LATEST else ''}")

    def _there(self, chain: str, beneficiary: Any) -> Location:
        return beneficiary_at(self.xcm_calls.messenger.runtime(chain).calls, beneficiary)

    def _by_account(self, trap: Trap, junctions: list[Any], there: Location, manner: Manner) -> None:
        """By an account of the chain itself."""
        messenger = self.xcm_calls.messenger
        key = _account(junctions)
        if key is None:
            raise ExtrinsicError(f"{self._whose(trap)} may claim it, for which simnet has no way")
        uri = self._signer(trap.chain, key, manner)
        pallet = XcmPallet.of(messenger.runtime(trap.chain).calls)
        call = pallet.claim(trap.assets, there, pallet.versions[-1])
        messenger.submit_calls([call], chain=trap.chain, signer=uri, within=manner.within)

    def _by_message(self, trap: Trap, source: str, junctions: list[Any], there: Location, manner: Manner) -> str:
        """By a message of another chain; the label under which it is followed."""
        label = manner.label or f"claim on {trap.chain} of {trap.hash[:10]}"
        program = Program(chain=source, to=trap.chain, instructions=claiming(trap, there), version=_version(trap))
        if junctions:
            key = _account(junctions)
            if key is None:
                raise ExtrinsicError(f"{self._whose(trap)} may claim it, for which simnet has no way")
            uri = self._signer(source, key, manner)
            self.xcm_calls.xcm(program, Manner(signer=uri, label=label, step=manner.step, within=manner.within))
            return label
        self.xcm_calls.xcm(program, Manner(signer=ROOT, label=label, step=manner.step, within=manner.within))
        return label

    def _signer(self, chain: str, key: bytes, manner: Manner) -> str:
        """The secret URI of an account of a chain; raises :class:`ExtrinsicError` where nobody told it."""
        topology = self.xcm_calls.messenger.network.topology
        known = [topology.signer(RELAY, manner.signer)] if manner.signer is not None else _accounts(topology)
        calls = self.xcm_calls.messenger.runtime(chain).calls
        for uri in known:
            if calls.account(uri) == key:
                return uri
        told = f"{manner.signer} is another account" if manner.signer is not None else "give its secret URI in `as`"
        raise ExtrinsicError(f"the account 0x{key.hex()} may claim it; {told}")

    def _is_claimed(self, evidence: Evidence, trap: Trap, before: int, label: str | None) -> bool:
        failed = [one for one in evidence.messages() if one.label == label and one.failure is not None]
        if failed:
            raise MessageError(f"the claim of {trap.hash} cannot succeed: its message {failed[0].failure}")
        return _claimed(evidence, trap) > before

    def _whose(self, trap: Trap) -> str:
        return location_text(_location(trap.origin), trap.chain)


def claiming(trap: Trap, there: Location) -> list[Any]:
    """The program that claims assets for a chain and pays with the first of them."""
    ((version, assets),) = _mapping(trap.assets).items()
    ticket = located(0, [{"GeneralIndex": int(version[1:])}])
    return [
        {"ClaimAsset": {"assets": assets, "ticket": ticket}},
        {"BuyExecution": {"fees": assets[0], "weight_limit": "Unlimited"}},
        {"DepositAsset": {"assets": {"Wild": {"AllCounted": len(assets)}}, "beneficiary": there}},
    ]


def _version(trap: Trap) -> int:
    """The version of XCM in which trapped assets are written, and so what claims them."""
    ((version, _),) = _mapping(trap.assets).items()
    return int(version[1:])


def _claimed(evidence: Evidence, trap: Trap) -> int:
    """How often assets of that hash were claimed."""
    return sum(
        record.data.name == "AssetsClaimed" and record.data.fields.get("hash") == trap.hash
        for block in evidence.canonical(trap.chain)
        for record in evidence.events.get((trap.chain, block.hash), ())
    )


def _seqs(evidence: Evidence, label: str) -> set[int]:
    """Records that say what a step's messages or program left. Raises :class:`InputError` for an unknown label."""
    traces = [one for one in evidence.messages() if one.label == label]
    if not traces:
        known = dict.fromkeys(one.label for one in evidence.messages())
        raise InputError(f"no step that sends is labelled {label!r}{nearest(label, known)}")
    return {trap.seq for trace in traces for end in trace.terminals for trap in end.trapped}


def _accounts(topology: Topology) -> Iterable[str]:
    """Secret URIs that anybody knows: of the network's nodes, and those for development."""
    return dict.fromkeys([*(node.account for node in topology.nodes), *DEVELOPMENT])


def _account(junctions: list[Any]) -> bytes | None:
    """The key of the account that these junctions are; None where they are none."""
    if len(junctions) != 1 or not isinstance(junctions[0], Mapping):
        return None
    held = junctions[0].get("AccountId32") or junctions[0].get("AccountKey20")
    return None if held is None else bytes.fromhex(str(held.get("id", held.get("key")))[2:])


def _location(value: object) -> Location:
    return _mapping(value)


def _mapping(value: object) -> Mapping[str, Any]:
    assert isinstance(value, Mapping)
    return value
