"""Turns what nodes show of one chain into journal records: blocks, their events, our extrinsics, the message queues.

Several observers of one chain share a recorder; each block is recorded once, at once from its header, and its
contents as soon as some node gives them.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from simnet.chain.authorities import authorities_of
from simnet.chain.code_history import CODE_KEY, NO_CODE, CodeHistory, read_code
from simnet.chain.kept_blocks import block_at
from simnet.chain.metadata import Event, Metadata, NotInRuntimeError
from simnet.chain.pvf_reader import BlockPlace, PvfReader
from simnet.chain.queues import QueueReader
from simnet.chain.rpc import Rpc
from simnet.chain.seat_reader import SeatReader
from simnet.chain.storage import key_of
from simnet.chain.validator_reader import ValidatorReader
from simnet.chain.value_reader import ValueReader
from simnet.codec import DecodeError, Header, blake2_256, consensus, read_compact
from simnet.errors import RpcError
from simnet.journal import KEPT_OF_CANDIDATES, LEFT_OUT, SHORTENED, Journal
from simnet.journal.records import BlockSeen, ContentsRead, OurExtrinsic, RecordData, RuntimeEvent, UpgradeAsked
from simnet.network.session_keys import seals_with
from simnet.network.topology import RELAY

_STORED = ("ParachainSystem", "ValidationFunctionStored")
"""A parachain has new code in its state, which is not in force yet."""


class NewCodeReader(Protocol):
    """Reads what new code does to a chain. RpcError where the node does not answer, and nothing else: what cannot be
    read is said in the records."""

    def carried(
        self, rpc: Rpc, metadata: Metadata, hash_: str, events: Sequence[Event], code: str | None
    ) -> Sequence[RecordData]:
        """What a block is like that brings code into the chain; ``code`` is what it put into force, as a hash."""

    def migrated(
        self,
        rpc: Rpc,
        runtimes: tuple[Metadata | None, Metadata],
        hash_: str,
        events: Sequence[Event],
        *,
        first: bool,
    ) -> Sequence[RecordData]:
        """What a block migrates that new code made; ``runtimes`` are those of its parent, where that is known, and of
        itself. It may be the ``first`` that this code made."""


_CODES_KEPT = 256
"""Blocks of which a recorder knows the code by heart."""


class ChainRecorder:
    """Records one chain. ``authors`` gives the names of its nodes by the key (0x hex) that seals their blocks."""

    def __init__(
        self,
        journal: Journal,
        chain: str,
        authors: Mapping[str, str],
        queues: QueueReader | None = None,
        validators: ValidatorReader | None = None,
        seats: SeatReader | None = None,
        upgrades: PvfReader | None = None,
        new_code: NewCodeReader | None = None,
        values: ValueReader | None = None,
    ) -> None:
        self.chain = chain
        self._codes = CodeHistory()
        self._code_at: dict[str, str] = {}
        """Hashes of the codes that blocks leave, by their hashes, of those that were read last."""
        self.watched: set[str] = set()
        """Hashes (0x hex) of extrinsics whose inclusion is to be recorded."""
        self.busy = False
        """Whether messages are under way, so that queues are worth reading at each block."""
        self._journal = journal
        self._authors = authors
        self._made: dict[str, str] = {}
        """Nodes by keys that came to them later."""
        self._queues = queues
        self._validators = validators if chain == RELAY else None
        self._seats = seats if chain == RELAY else None
        self._upgrades = upgrades if chain == RELAY else None
        self._new_code = new_code
        self._values = values or ValueReader()
        self._authorities = authorities_of(chain)
        self._anew: dict[str, bool] = {}
        """Unread relay blocks that are the first of another set of authorities (true), or of a session in which others
        of them may be active (false)."""
        self._drawn = False
        """Whether fewer were active than have a seat when last read."""
        self._known: set[str] = set()
        self._unread: deque[tuple[int, str]] = deque()
        self._lock = threading.RLock()

    def knows(self, hashes: Iterable[str]) -> None:
        """Blocks with these hashes are journaled already, by an earlier process."""
        with self._lock:
            self._known.update(hashes)

    def prepare(self, rpc: Rpc) -> None:
        """Asks a node for its runtime's metadata, if none was asked yet: while that is read, no block is."""
        with self._lock:
            self._codes.prepare(rpc)

    def learn(self, node: str, keys: Mapping[str, str]) -> None:
        """A node has these session keys by type from now on (0x hex)."""
        public = keys.get(seals_with(self.chain))
        if public is not None and public not in self._authors:
            self._made.setdefault(public, node)

    def recorded(self, hash_: str) -> bool:
        """Whether the block of that hash is in the journal."""
        with self._lock:
            return hash_ in self._known

    def block(self, rpc: Rpc, observer: str, incarnation: int, header: Mapping[str, Any]) -> tuple[int, str]:
        """Records a header and its unseen ancestors, oldest first; height and hash of the block."""
        newest = Header.from_json(header)
        hash_ = newest.hash
        with self._lock:
            if hash_ in self._known:
                return newest.number, hash_
        fresh = [(newest, hash_)]
        oldest = newest
        while oldest.number > 1 and oldest.parent_hash not in self._known:
            hash_of_parent = oldest.parent_hash
            raw = rpc.call("chain_getHeader", [hash_of_parent])
            if raw is None:
                break
            oldest = Header.from_json(raw)
            fresh.append((oldest, hash_of_parent))
        with self._lock:
            for one, its_hash in reversed(fresh):
                if its_hash not in self._known:
                    self._codes.follow(one, its_hash)
                    self._append(rpc, observer, incarnation, one, its_hash)
                    self._known.add(its_hash)
                    self._unread.append((one.number, its_hash))
        return newest.number, hash_

    def _append(self, rpc: Rpc, observer: str, incarnation: int, header: Header, hash_: str) -> None:
        self._journal.append(
            self._seen(rpc, header, hash_) if header.number > 0 else BlockSeen(parent=header.parent_hash),
            observer=observer,
            incarnation=incarnation,
            chain=self.chain,
            height=header.number,
            hash=hash_,
        )

    def _seen(self, rpc: Rpc, header: Header, hash_: str) -> BlockSeen:
        parent = header.parent_hash
        try:
            self._know_parent(rpc, header, hash_)
            claim = self._authorities.claim(header, hash_)
        except (DecodeError, NotInRuntimeError) as error:
            return BlockSeen(parent=parent, claim=f"unreadable: {error}")
        if self._seats is not None and (claim.anew or claim.changes):
            self._anew[hash_] = claim.anew
        public = claim.key or ""
        key = public if public in self._made else None
        author = self._made.get(public) or self._authors.get(public, claim.key)
        if self.chain == RELAY:
            return BlockSeen(parent=parent, author=author, slot=claim.slot, claim=claim.right, key=key)
        return BlockSeen(parent=parent, author=author, slot=claim.slot, relay_parent=_relay_parent(header), key=key)

    def _know_parent(self, rpc: Rpc, header: Header, hash_: str) -> None:
        """Has the authorities that a block's parent leaves to it. A node that has not that state any more leaves the
        author unknown; one that does not answer leaves the block to others."""
        parent = header.parent_hash
        if not self._authorities.knows(parent):
            try:
                self._authorities.read(rpc, self._codes.metadata(rpc, hash_), parent, header.number - 1)
            except RpcError:
                rpc.call("system_name")

    def read_contents(self, rpc: Rpc, observer: str) -> None:
        """Records events, extrinsics and queues of blocks not read yet; what a node cannot give is left for the next
        one, as a fork that it has pruned since. Raises :class:`RpcError` for a node that does not answer."""
        while True:
            with self._lock:
                if not self._unread:
                    return
                height, hash_ = self._unread.popleft()
            try:
                self._contents(rpc, observer, height, hash_)
            except (RpcError, DecodeError) as error:
                with self._lock:
                    self._unread.append((height, hash_))
                if isinstance(error, DecodeError):
                    raise
                rpc.call("system_name")
                return

    @property
    def unread(self) -> int:
        """Blocks whose contents no node has given yet."""
        return len(self._unread)

    def _contents(self, rpc: Rpc, observer: str, height: int, hash_: str) -> None:
        with self._lock:
            metadata = self._codes.metadata(rpc, hash_)
        raw = rpc.call("state_getStorage", [key_of(metadata, "System", "Events"), hash_])
        events = metadata.decode_events(bytes.fromhex(raw[2:])) if raw else []
        snapshots = self._queues.read(rpc, metadata, hash_) if self._queues and self.busy else []
        extrinsics = self._ours(rpc, metadata, hash_, events) if self.watched else []
        points = self._validators.points(rpc, metadata, hash_) if self._validators else None
        seats = self._seats.read(rpc, metadata, hash_) if self._seats and hash_ in self._anew else None
        offences = self._offences(rpc, metadata, hash_, events)
        asks = tuple(self._journal.evidence.asked[self.chain])
        asked = {ask.name for ask in asks if ask.what == "event"}
        records: list[RecordData] = [
            RuntimeEvent(
                pallet=event.pallet,
                name=event.name,
                fields=_slim(event),
                extrinsic=event.extrinsic,
                offenders=offences.get(at),
                whole=event.fields if event.pallet == SHORTENED and name in asked else None,
            )
            for at, event in enumerate(events)
            if (name := f"{event.pallet}.{event.name}") not in LEFT_OUT or name in asked
        ]
        if asks:
            with self._lock:
                parent = self._codes.parent(hash_)
            records += self._values.read(rpc, metadata, hash_, parent, asks, lambda: self._answering(rpc, hash_))
        if seats is not None:
            drawn, self._drawn = self._drawn, seats.active is not None
            if self._anew.pop(hash_) or drawn or self._drawn:
                records.append(seats)
        if points is not None:
            records.append(points)
        code = read_code(rpc, hash_) if self._has_other_code(rpc, hash_) else None
        if code is not None:
            records.append(code)
        came = code.code if code is not None and height > 0 and self._codes.changed(hash_) else None
        records += self._of_new_code(rpc, metadata, hash_, events, came)
        self._tell_upgrades(rpc, metadata, observer, height, hash_, events)
        read = ContentsRead(events=len(events), asked=len(asks) or None)
        for record in (*records, *extrinsics, *snapshots, read):
            self._journal.append(record, observer=observer, chain=self.chain, height=height, hash=hash_)

    def _answering(self, rpc: Rpc, hash_: str) -> Metadata:
        with self._lock:
            return self._codes.answering(rpc, hash_)

    def _has_other_code(self, rpc: Rpc, hash_: str) -> bool:
        """Whether a block's code is to be told: its header says that it is new, its parent's was not read, as of the
        first block of each fork, or is another one, as after a call that writes storage."""
        with self._lock:
            before = self._code_at.get(self._codes.parent(hash_))
            changed = self._codes.changed(hash_)
        code = rpc.call("state_getStorageHash", [CODE_KEY, hash_]) or NO_CODE
        with self._lock:
            self._code_at[hash_] = code
            if len(self._code_at) > _CODES_KEPT:
                del self._code_at[next(iter(self._code_at))]
        return changed or before != code

    def _tell_upgrades(
        self, rpc: Rpc, metadata: Metadata, observer: str, height: int, hash_: str, events: Sequence[Event]
    ) -> None:
        """Votes on parachains' codes, and how far those are that a step or the relay chain named."""
        if self._upgrades is None:
            return
        for asked in self._journal.evidence.of(UpgradeAsked):
            if asked.chain is not None and asked.chain != RELAY:
                self._upgrades.follow(int(asked.chain))
        with self._lock:
            place = BlockPlace(height, hash_, self._codes.parent(hash_))
            for block, record in self._upgrades.read(rpc, metadata, place, events):
                self._journal.append(record, observer=observer, chain=self.chain, height=block.height, hash=block.hash)

    def _of_new_code(
        self, rpc: Rpc, metadata: Metadata, hash_: str, events: list[Event], came: str | None
    ) -> list[RecordData]:
        """What a block brings of new code, or migrates under it; ``came`` is the hash of the code that it put into
        force."""
        if self._new_code is None:
            return []
        carries = came is not None or any((event.pallet, event.name) == _STORED for event in events)
        found = list(self._new_code.carried(rpc, metadata, hash_, events, came)) if carries else []
        if self._codes.brought(hash_):
            with self._lock:
                before = self._codes.before(rpc, hash_)
            runtimes, first = (before, metadata), self._codes.first(hash_)
            found += self._new_code.migrated(rpc, runtimes, hash_, events, first=first)
        return found

    def _offences(self, rpc: Rpc, metadata: Metadata, hash_: str, events: list[Event]) -> dict[int, dict[str, str]]:
        """What the events of offences lack, by their place in the block: against whom each is."""
        if self._validators is None:
            return {}
        return {
            at: self._validators.offenders(rpc, metadata, hash_, event)
            for at, event in enumerate(events)
            if event.pallet == "Offences"
        }

    def _ours(self, rpc: Rpc, metadata: Metadata, hash_: str, events: list[Event]) -> list[OurExtrinsic]:
        found: list[OurExtrinsic] = []
        for index, text in enumerate(block_at(rpc, hash_)["extrinsics"]):
            digest = "0x" + blake2_256(bytes.fromhex(text[2:])).hex()
            if digest in self.watched:
                error = metadata.dispatch_error([event for event in events if event.extrinsic == index])
                found.append(OurExtrinsic(extrinsic=digest, index=index, success=error is None, error=error))
        return found


def _relay_parent(header: Header) -> int | None:
    """Height of the relay parent, from cumulus' ``RPSR`` digest: storage root and compact number."""
    return next((read_compact(payload, 32)[0] for payload in consensus(header.logs, "RPSR")), None)


def _slim(event: Event) -> dict[str, Any]:
    """Event fields; of candidates only para id, relay parent and head hash, since receipts and head data are long."""
    if event.pallet == SHORTENED and "0" in event.fields and isinstance(event.fields["0"], dict):
        descriptor = event.fields["0"].get("descriptor", {})
        return {key: descriptor[key] for key in KEPT_OF_CANDIDATES if key in descriptor}
    return event.fields
