"""The pallet by which a chain sends and executes XCM, found by its calls, and what its calls want in each version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simnet.chain.calls import Calls
from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.chain.rpc import Rpc
from simnet.chain.storage import key_of, values_at
from simnet.codec import u32
from simnet.errors import InputError
from simnet.network.locations import Location, in_version

NamedCall = tuple[str, dict[str, Any]]
"""A call by its name, and its arguments."""

AssetOf = tuple[Location, int | str]
"""An asset's id and amount, in its smallest unit or as people write it."""

TRANSFER = "transfer_assets"
TYPED_TRANSFER = "transfer_assets_using_type_and_then"
CLAIM = "claim_assets"


@dataclass(frozen=True)
class XcmPallet:
    """``versions`` of XCM that its calls take, in rising order."""

    name: str
    versions: tuple[int, ...]
    calls: frozenset[str]

    @classmethod
    def of(cls, calls: Calls) -> XcmPallet:
        """That of a runtime: the pallet with calls to send a program and to execute one. Raises :class:`InputError`
        where none is."""
        for pallet in calls.having("send", "execute"):
            arguments = calls.arguments(pallet, "send")
            if arguments.keys() >= {"dest", "message"}:
                names = calls.variants(arguments["message"])
                versions = tuple(int(name[1:]) for name in names if name[:1] == "V" and name[1:].isdigit())
                others = (TRANSFER, TYPED_TRANSFER, CLAIM, "limited_teleport_assets", "limited_reserve_transfer_assets")
                there = frozenset(one for one in others if calls.arguments(pallet, one))
                return cls(pallet, versions, there)
        raise InputError("the runtime has no pallet that sends and executes XCM")

    def knows(self, version: int) -> None:
        """Raises :class:`InputError` for a version that the runtime does not know."""
        if version not in self.versions:
            known = ", ".join(map(str, self.versions))
            raise InputError(f"the runtime knows XCM {known}, and not {version}")

    def send(self, to: Location, program: Sequence[Any], version: int) -> NamedCall:
        """Sends a program to another chain."""
        dest = {f"V{version}": in_version(to, version)}
        return f"{self.name}.send", {"dest": dest, "message": {f"V{version}": list(program)}}

    def execute(self, program: Sequence[Any], version: int, weight: Mapping[str, int]) -> NamedCall:
        """Executes a program on the chain itself, with at most that weight."""
        return f"{self.name}.execute", {"message": {f"V{version}": list(program)}, "max_weight": dict(weight)}

    def claim(self, assets: Any, beneficiary: Location, version: int) -> NamedCall:
        """Claims trapped assets, written as the event of their trapping has them."""
        there = {f"V{version}": in_version(beneficiary, version)}
        return f"{self.name}.{CLAIM}", {"assets": assets, "beneficiary": there}


def has_xcm(calls: Calls) -> bool:
    """Whether a runtime has such a pallet."""
    return any("message" in calls.arguments(pallet, "send") for pallet in calls.having("send", "execute"))


def asset_of(asset: AssetOf, version: int) -> dict[str, Any]:
    """A fungible asset as that version of XCM writes it."""
    return {"id": asset_id(asset[0], version), "fun": {"Fungible": asset[1]}}


def asset_id(location: Location, version: int) -> Any:
    """The id of an asset; before XCM 4 it may be abstract, and this one is not."""
    placed = in_version(location, version)
    return {"Concrete": placed} if version < 4 else placed


def negotiated(rpc: Rpc, metadata: Metadata, calls: Calls, pallet: XcmPallet, to: Location, at: str) -> int | None:
    """The version of XCM that a chain writes for another one: what that said it supports (``SupportedVersion``), else
    the one that is safe to assume (``SafeXcmVersion``). None where the chain assumes none.

    Raises :class:`~simnet.errors.RpcError` when the node does not answer.
    """
    latest = pallet.versions[-1]
    try:
        known = metadata.storage_item(pallet.name, "SupportedVersion")
        types = calls.parts(known.key)
        where = calls.encode(types[1], {f"V{latest}": in_version(to, latest)})
        keys = [
            key_of(metadata, pallet.name, "SupportedVersion", u32(latest), where),
            key_of(metadata, pallet.name, "SafeXcmVersion"),
        ]
    except (NotInRuntimeError, InputError, IndexError):
        return None
    found = values_at(rpc, keys, at)
    for key, item in zip(keys, ("SupportedVersion", "SafeXcmVersion"), strict=True):
        version = metadata.decode_storage(pallet.name, item, found.get(key))
        if version is not None:
            return int(version)
    return None
