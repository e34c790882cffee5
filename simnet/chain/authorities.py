"""Who may author a chain's blocks: the authorities in force for each block, followed from header to header as nodes do.

State is read only where the headers before are not known, once for each such place: every block says in its digest when
authorities change, so that forks, first blocks of a session and rotated keys have their own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from simnet.chain import _type_registry as registry
from simnet.chain.consensus_logs import AURA, BABE, consensus_logs
from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.chain.rpc import Rpc
from simnet.chain.storage import Place, stored_at
from simnet.codec import Header, aura_slot, babe_claim, updates_runtime
from simnet.network.topology import RELAY

AuthorityKeys = tuple[str, ...]
"""Public keys of authorities, 0x hex, by their indices."""


@dataclass(frozen=True, slots=True)
class ChildAuthorities:
    """What a block leaves to its children; None is not known.

    ``now`` is BABE's set of the block's own epoch, Aura's set of the block's state. ``announced`` is BABE's set of the
    epoch after; Aura's is the same as ``now``, or None where the next block migrates the state to another runtime.
    """

    now: AuthorityKeys | None
    announced: AuthorityKeys | None


_NOTHING = ChildAuthorities(None, None)


@dataclass(frozen=True, slots=True)
class Authorship:
    """Who made a block: an authority's ``key`` (0x hex), None where the set is not known; ``slot``, and for BABE by
    which ``right``. ``anew`` says that the block is the first of another set than its parent's, ``changes`` that it
    announces the next set: BABE's first block of every epoch does."""

    key: str | None
    slot: int
    right: str | None
    anew: bool = False
    changes: bool = False


class Authorities(ABC):
    """The authorities of one chain. Its caller takes blocks in parents first, from one thread at a time."""

    _places: ClassVar[tuple[Place, ...]]
    """Storage items of :class:`ChildAuthorities`."""
    _engine: ClassVar[str]
    _change: ClassVar[str]
    """The engine's message that announces a set (``ConsensusLog``)."""

    def __init__(self) -> None:
        self._standing: dict[str, ChildAuthorities] = {}

    def knows(self, hash_: str) -> bool:
        """Whether a block's children can be told their author without reading state."""
        return hash_ in self._standing and self._standing[hash_].now is not None

    def read(self, rpc: Rpc, metadata: Metadata, hash_: str, height: int) -> None:
        """Learns from the state what a block leaves to its children; raises :class:`RpcError` where the node has not
        that state any more, and :class:`DecodeError` for what is no list of authorities."""
        sets = [self._keys(value) for value in stored_at(rpc, metadata, self._places, hash_)]
        # The first epoch begins at genesis with the set of its state (sc-consensus-babe, Epoch::genesis).
        self._standing[hash_] = ChildAuthorities(sets[0], sets[0] if height == 0 else sets[-1])

    def now(self, rpc: Rpc, metadata: Metadata) -> AuthorityKeys:
        """The authorities in the state of a node's best block; raises what :meth:`read` does."""
        return self._keys(stored_at(rpc, metadata, self._places[:1], rpc.call("chain_getBlockHash"))[0])

    def claim(self, header: Header, hash_: str) -> Authorship:
        """Takes in a block after its parent: its claim, without a key if its parent is not known; raises
        :class:`DecodeError` for a header without a claim."""
        before = self._standing.get(header.parent_hash, _NOTHING)
        index, slot, right = self._slot(header)
        changes = [told for name, told in consensus_logs(header.logs, self._engine) if name == self._change]
        used, self._standing[hash_] = self._step(before, self._keys(changes[-1]) if changes else None, header)
        anew = used is not None and before.now is not None and used != before.now
        return Authorship(self._key(used, index) if used else None, slot, right, anew, bool(changes))

    @abstractmethod
    def _slot(self, header: Header) -> tuple[int, int, str | None]:
        """Which authority claims the block, in which slot, by which right."""

    @abstractmethod
    def _step(
        self, before: ChildAuthorities, change: AuthorityKeys | None, header: Header
    ) -> tuple[AuthorityKeys | None, ChildAuthorities]:
        """The set in force for a block, and what the block leaves to its children."""

    @abstractmethod
    def _key(self, keys: AuthorityKeys, index: int) -> str | None:
        """The authority of the index that :meth:`_slot` gave; ``keys`` are not empty."""

    @abstractmethod
    def _keys(self, told: Any) -> AuthorityKeys:
        """The keys in what a storage item or a message to the engine says."""


def _hex(key: str | bytes) -> str:
    """A key as the state's decoders give it, or those of digests."""
    return key if isinstance(key, str) else "0x" + key.hex()


class BabeAuthorities(Authorities):
    """BABE: the first block of an epoch announces the authorities of the next one (pallet-babe ``enact_epoch_change``),
    and is itself in the epoch that was announced before, as is every block up to the next such one."""

    _places = (("Babe", "Authorities", ()), ("Babe", "NextAuthorities", ()))
    _engine = BABE
    _change = "NextEpochData"

    def _slot(self, header: Header) -> tuple[int, int, str | None]:
        claim = babe_claim(header.logs)
        return claim.authority_index, claim.slot, claim.kind

    def _step(
        self, before: ChildAuthorities, change: AuthorityKeys | None, header: Header
    ) -> tuple[AuthorityKeys | None, ChildAuthorities]:
        if change is None:
            return before.now, before
        return before.announced, ChildAuthorities(before.announced, change)

    def _key(self, keys: AuthorityKeys, index: int) -> str | None:
        return keys[index] if index < len(keys) else None

    def _keys(self, told: Any) -> AuthorityKeys:
        weighted = told["authorities"] if isinstance(told, dict) else told
        return tuple(_hex(key) for key, _weight in weighted)


class AuraAuthorities(Authorities):
    """Aura: the set that the parent's state has (cumulus-client-consensus-aura; cumulus-pallet-aura-ext verifies with
    it too). A block that changes it says so (pallet-aura ``change_authorities``); the first block of another runtime
    may migrate it without a word, so that its state is read."""

    _places = (("Aura", "Authorities", ()),)
    _engine = AURA
    _change = "AuthoritiesChange"

    def _slot(self, header: Header) -> tuple[int, int, str | None]:
        slot = aura_slot(header.logs)
        return slot, slot, None

    def _step(
        self, before: ChildAuthorities, change: AuthorityKeys | None, header: Header
    ) -> tuple[AuthorityKeys | None, ChildAuthorities]:
        migrates = before.now is not None and before.announced is None
        after = None if migrates else change or before.now
        return before.now, ChildAuthorities(after, None if updates_runtime(header.logs) else after)

    def _key(self, keys: AuthorityKeys, index: int) -> str | None:
        return keys[index % len(keys)]

    def _keys(self, told: Any) -> AuthorityKeys:
        return tuple(map(_hex, told))


def authorities_of(chain: str) -> Authorities:
    """Of a relay chain BABE's, of a parachain Aura's."""
    return BabeAuthorities() if chain == RELAY else AuraAuthorities()


def aura_keys(metadata: Metadata) -> tuple[str, ...] | None:
    """The path of the type of Aura's keys, which tells their scheme: ``sp_consensus_aura::sr25519::…``; None where a
    runtime keeps none (``Aura.Authorities``)."""
    try:
        kept = metadata.storage_item("Aura", "Authorities").value
    except NotInRuntimeError:
        return None
    listed = registry.bare(metadata.types, kept)
    key = metadata.types[listed.item] if isinstance(listed, registry.Sequence) else None
    return key.path if isinstance(key, registry.Composite) else None
