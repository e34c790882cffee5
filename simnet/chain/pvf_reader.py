"""What the relay chain says of new validation codes: how validators vote on them, and how far parachains may go over.

The pallet Paras of polkadot-runtime-parachains 30 (``paras/mod.rs``). Its events tell where pre-checking begins and how
it ends; who voted is in the blocks' extrinsics, and what follows is in its storage alone.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from simnet.chain.calls import Calls
from simnet.chain.kept_blocks import block_at, kept_block
from simnet.chain.metadata import Event, Metadata
from simnet.chain.rpc import Rpc
from simnet.chain.storage import Place as Item
from simnet.chain.storage import stored_at
from simnet.codec import read_compact, u32, vec_bytes
from simnet.errors import InputError
from simnet.journal.records import ParachainUpgrade, PvfVote
from simnet.network.accounts import stash
from simnet.network.topology import RELAY, Topology

_STARTED, _ENDED = "PvfCheckStarted", ("PvfCheckAccepted", "PvfCheckRejected")

_FORKS = 20
"""Relay blocks for which votes are read after the last code is decided, since other forks may decide it later."""

_BARE = (b"\x04", b"\x05")
"""What an extrinsic without signature begins with, of format 4 and 5 (sp-runtime UncheckedExtrinsic)."""

_PARA_VALIDATOR = b"para"
"""Key type of the keys that sign votes (polkadot-primitives PARACHAIN_KEY_TYPE_ID)."""

_OF_PARA = (
    "CurrentCodeHash",
    "FutureCodeHash",
    "FutureCodeUpgrades",
    "UpgradeGoAheadSignal",
    "UpgradeRestrictionSignal",
)


class BlockPlace(NamedTuple):
    """A block."""

    height: int
    hash: str
    parent: str


@dataclass(frozen=True)
class _Cast:
    """A vote in a block."""

    code: str
    accept: bool
    session: int
    index: int


class PvfReader:
    """Reads the relay blocks in which codes are checked, and what they leave of the parachains that are upgraded.

    The recorder's lock is held meanwhile, so that it may keep what it saw.
    """

    def __init__(self, topology: Topology) -> None:
        self._names = {"0x" + stash(node.account).sr25519.hex(): node.name for node in topology.with_keys(RELAY)}
        self._checking: dict[str, None] = {}
        """Codes (0x hex) on which votes are asked for, on any fork."""
        self._joined = False
        """Whether those were read that were asked for before."""
        self._until = -1
        """The last height at which there may be votes, beside those codes'."""
        self._paras: dict[int, None] = {}
        """Parachains whose upgrades are followed."""
        self._passed: deque[tuple[BlockPlace, frozenset[int | None]]] = deque(maxlen=_FORKS)
        """Blocks in which no votes were looked for, with their extrinsics that failed."""
        self._read: dict[str, dict[int, ParachainUpgrade]] = {}
        """By relay block, what was read there."""

    def follow(self, para: int) -> None:
        """A parachain gets other code, or is to."""
        self._paras.setdefault(para)

    def read(
        self, rpc: Rpc, metadata: Metadata, block: BlockPlace, events: Sequence[Event]
    ) -> list[tuple[BlockPlace, PvfVote | ParachainUpgrade]]:
        """What a block shows: its votes, and of each parachain that is followed how far it is, if that changed with the
        block. Blocks that were read before the one in which the voting began, their parent, are looked at again. Of the
        first block that is read the parent says on what votes are asked for already: a run may begin in between."""
        if not self._joined:
            self._join(rpc, metadata, block.parent)
        began = False
        for event in events:
            if event.pallet == "Paras" and event.name == _STARTED:
                code, para = event.fields.values()
                self._checking[code] = None
                self.follow(int(para))
                began = True
        again = [one for one in self._passed if one[0].height > block.height] if began else []
        found: list[tuple[BlockPlace, PvfVote | ParachainUpgrade]] = []
        if self._checking or block.height <= self._until:
            for one, failed in [*again, (block, _failed(events))]:
                # a fork that was pruned since holds no vote that counts
                body = block_at(rpc, one.hash) if one is block else kept_block(rpc, one.hash)
                extrinsics = [] if body is None else body["extrinsics"]
                found += [(one, vote) for vote in self._votes(rpc, metadata, one, extrinsics, failed)]
        else:
            self._passed.append((block, _failed(events)))
        for event in events:
            if event.pallet == "Paras" and event.name in _ENDED:
                self._checking.pop(next(iter(event.fields.values())), None)
                self._until = block.height + _FORKS
        return found + [(block, state) for state in self._changes(rpc, metadata, block)]

    def _join(self, rpc: Rpc, metadata: Metadata, parent: str) -> None:
        if "Paras" in metadata.pallets:
            (codes,) = stored_at(rpc, metadata, [("Paras", "PvfActiveVoteList", ())], parent)
            asked = [("Paras", "PvfActiveVoteMap", (bytes.fromhex(code[2:]),)) for code in codes or ()]
            for code, state in zip(codes or (), stored_at(rpc, metadata, asked, parent), strict=True):
                self._checking[code] = None
                for cause in state["causes"] if state is not None else ():
                    self.follow(_para_of(cause))
        self._joined = True

    # -- votes ----------------------------------------------------------------------------------------------------

    def _votes(
        self, rpc: Rpc, metadata: Metadata, block: BlockPlace, body: Sequence[str], failed: frozenset[int | None]
    ) -> list[PvfVote]:
        try:
            call = Calls(metadata).index("Paras.include_pvf_check_statement")
        except InputError:  # a relay chain without pre-checking
            return []
        read = (_cast(bytes.fromhex(text[2:]), call) for index, text in enumerate(body) if index not in failed)
        cast = [one for one in read if one is not None]
        if not cast:
            return []
        (keys,) = stored_at(rpc, metadata, [("ParasShared", "ActiveValidatorKeys", ())], block.parent)
        mine = [keys[one.index] if one.index < len(keys) else None for one in cast]
        owners: list[Item] = [
            ("Session", "KeyOwner", (_PARA_VALIDATOR + vec_bytes(bytes.fromhex((key or "0x")[2:])),)) for key in mine
        ]
        accounts = stored_at(rpc, metadata, owners, block.parent)
        return [
            PvfVote(
                code=one.code,
                accept=one.accept,
                session=one.session,
                validator=self._names.get(account, account) or f"index {one.index}",
            )
            for one, account in zip(cast, accounts, strict=True)
        ]

    # -- parachains -----------------------------------------------------------------------------------------------

    def _changes(self, rpc: Rpc, metadata: Metadata, block: BlockPlace) -> list[ParachainUpgrade]:
        if not self._paras or "Paras" not in metadata.pallets:
            return []
        paras = tuple(self._paras)
        places: list[Item] = [("Paras", item, (u32(para),)) for para in paras for item in _OF_PARA]
        values = stored_at(rpc, metadata, places, block.hash)
        found = {para: _state(para, values[len(_OF_PARA) * n :]) for n, para in enumerate(paras)}
        before = self._read.get(block.parent, {})
        self._read[block.hash] = found
        if len(self._read) > _FORKS * 2:
            del self._read[next(iter(self._read))]
        return [state for para, state in found.items() if before.get(para) != state]


def _failed(events: Iterable[Event]) -> frozenset[int | None]:
    """Extrinsics of a block that failed, by their indices."""
    return frozenset(one.extrinsic for one in events if (one.pallet, one.name) == ("System", "ExtrinsicFailed"))


def _state(para: int, values: Sequence[Any]) -> ParachainUpgrade:
    current, future, scheduled, signal, restriction = values[: len(_OF_PARA)]
    return ParachainUpgrade(
        para=para,
        code=current,
        future=future,
        scheduled=scheduled,
        go_ahead=None if signal is None else _word(signal),
        restricted=restriction is not None,
    )


def _para_of(cause: Mapping[str, Any]) -> int:
    """The parachain for which a code is checked (``PvfCheckCause``)."""
    (of,) = cause.values()
    return int(of["id"] if isinstance(of, Mapping) else of)


def _word(variant: Any) -> Any:
    return next(iter(variant)) if isinstance(variant, dict) else variant


def _cast(extrinsic: bytes, call: bytes) -> _Cast | None:
    """The vote in an extrinsic; None for any other."""
    _, start = read_compact(extrinsic, 0)
    version, rest = extrinsic[start : start + 1], extrinsic[start + 1 :]
    if version not in _BARE or not rest.startswith(call):
        return None
    accept, code, session, index = struct.unpack_from("<?32sII", rest, len(call))
    return _Cast("0x" + code.hex(), accept, session, index)
