"""Transfers of assets to other chains, as calls of a chain's XCM pallet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simnet.chain.metadata import Metadata
from simnet.chain.xcm_pallet import TRANSFER, TYPED_TRANSFER, AssetOf, NamedCall, XcmPallet, asset_id, asset_of
from simnet.errors import InputError
from simnet.network.locations import Location, in_version, junctions_of, located, location_of
from simnet.network.topology import nearest

_TYPES = {"teleport": "Teleport", "local_reserve": "LocalReserve", "destination_reserve": "DestinationReserve"}
"""Ways to transfer, and what they are called in calls (staging-xcm-executor, ``TransferType``)."""

METHODS = ("auto", *_TYPES)
"""Ways that have a name; a remote reserve is told by its chain."""

_JUNCTIONS = (
    "Parachain",
    "AccountId32",
    "AccountIndex64",
    "AccountKey20",
    "PalletInstance",
    "GeneralIndex",
    "GeneralKey",
    "OnlyChild",
    "Plurality",
    "GlobalConsensus",
)
"""staging-xcm ``Junction``, in its order."""


@dataclass(frozen=True)
class AssetTransfer:
    """What is transferred, in the sender's terms. ``method`` is one of :data:`METHODS`, or the id of the chain that is
    the remote reserve."""

    sender: str
    recipient: str
    assets: tuple[AssetOf, ...]
    fees: Location
    """Which of the assets pays on the recipient's side."""
    beneficiary: Location
    """On the recipient's chain."""
    method: str = "auto"

    def call(self, pallet: XcmPallet, version: int) -> NamedCall:
        """The call. Raises :class:`InputError` where the pallet has none for this way."""
        assets = sorted(self.assets, key=lambda one: _rank(one[0]))
        at = next(index for index, (location, _) in enumerate(assets) if _rank(location) == _rank(self.fees))
        name, more = self._by_method(pallet, version, at, [location for location, _ in assets])
        dest = {f"V{version}": in_version(location_of(self.recipient, self.sender), version)}
        written = {f"V{version}": [asset_of(asset, version) for asset in assets]}
        return f"{pallet.name}.{name}", {"dest": dest, "assets": written, "weight_limit": "Unlimited", **more}

    def _by_method(
        self, pallet: XcmPallet, version: int, fees: int, ids: Sequence[Location]
    ) -> tuple[str, dict[str, Any]]:
        """The name of the call, and the arguments that only it has."""
        to = in_version(self.beneficiary, version)
        plain = {"beneficiary": {f"V{version}": to}, "fee_asset_item": fees}
        if self.method == "auto":
            return _there(pallet, TRANSFER), plain
        if TYPED_TRANSFER not in pallet.calls:
            old = "limited_teleport_assets" if self.method == "teleport" else "limited_reserve_transfer_assets"
            return _there(pallet, old), plain
        way = self._way(version)
        deposit = {"assets": {"Wild": {"AllCounted": len(ids)}}, "beneficiary": to}
        return TYPED_TRANSFER, {
            "assets_transfer_type": way,
            "remote_fees_id": {f"V{version}": asset_id(ids[fees], version)},
            "fees_transfer_type": way,
            "custom_xcm_on_dest": {f"V{version}": [{"DepositAsset": deposit}]},
        }

    def _way(self, version: int) -> Any:
        if self.method in _TYPES:
            return _TYPES[self.method]
        return {"RemoteReserve": {f"V{version}": in_version(location_of(self.method, self.sender), version)}}


def _there(pallet: XcmPallet, call: str) -> str:
    if call not in pallet.calls:
        raise InputError(f"the pallet {pallet.name} has no call {call!r}, which this transfer needs")
    return call


def account_at(key: bytes) -> dict[str, Any]:
    """The location of an account on its own chain: 32 bytes, or the 20 of an Ethereum one."""
    if len(key) == 20:
        return located(0, [{"AccountKey20": {"network": None, "key": key}}])
    return located(0, [{"AccountId32": {"network": None, "id": key}}])


def asset_location(asset: Any, metadata: Metadata, native: Location) -> Location:
    """Where an asset is, in its chain's terms, from how it is written: ``native``, a location, or the ``id`` under
    which a ``pallet`` keeps it, which is a number or a location itself.

    Raises :class:`InputError` for another form, and for a pallet that is not there.
    """
    if asset == "native":
        return native
    if isinstance(asset, Mapping) and asset.keys() == {"parents", "interior"}:
        junctions_of(asset)
        return asset
    if isinstance(asset, Mapping) and asset.keys() == {"pallet", "id"}:
        name, id_ = str(asset["pallet"]), asset["id"]
        if name not in metadata.pallets:
            raise InputError(f"the runtime has no pallet {name!r}{nearest(name, _asset_pallets(metadata))}")
        if isinstance(id_, int):
            return located(0, [{"PalletInstance": metadata.pallets[name].index}, {"GeneralIndex": id_}])
        if isinstance(id_, Mapping):
            return asset_location(id_, metadata, native)
    raise InputError(
        f"{asset!r} is no asset; write native, a location such as {{parents: 1, interior: Here}}, or"
        f" {{pallet: {next(iter(_asset_pallets(metadata)), 'Assets')}, id: 1984}}"
    )


def _asset_pallets(metadata: Metadata) -> list[str]:
    """Pallets that keep assets by an id (pallet-assets)."""
    return [name for name, pallet in metadata.pallets.items() if {"Asset", "Account"} <= pallet.storage.keys()]


def _rank(location: Location) -> tuple[Any, ...]:
    """Assets stand in a call in this order, as their Rust types compare."""
    junctions = junctions_of(location)
    return int(location["parents"]), len(junctions), [_junction_rank(one) for one in junctions]


def _junction_rank(junction: Any) -> tuple[int, str]:
    if isinstance(junction, Mapping):
        ((name, inner),) = junction.items()
    else:
        name, inner = str(junction), None
    place = _JUNCTIONS.index(name) if name in _JUNCTIONS else len(_JUNCTIONS)
    return place, f"{inner:040d}" if isinstance(inner, int) else str(inner)
