"""What a block migrated, as records: what its state and its events say, beside what making it again showed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simnet.chain.code_history import CODE_KEY
from simnet.chain.metadata import Event, Metadata
from simnet.chain.rpc import Rpc
from simnet.chain.storage import key_of, values_at
from simnet.codec import twox_128
from simnet.journal.records import KeyChanges, Migrated, MigrationStage, StorageVersions
from simnet.providers.block_again import STRANGE, GivenBlock

if TYPE_CHECKING:
    from simnet.runtime.migration import Changes, MigrationEffect

_VERSION_ITEM = twox_128(b":__STORAGE_VERSION__:")
"""Where a pallet's storage version stands, behind its prefix (frame-support 49 STORAGE_VERSION_STORAGE_KEY_POSTFIX)."""

_STEPS = frozenset({"Cursor", "Historic"})
"""Storage by which the pallet is known that migrates over several blocks (pallet-migrations 20)."""

_STUCK = b"\1"
"""``MigrationCursor::Stuck``: a migration failed, and nothing but governance leads on."""

_FAILURES = ("MigrationFailed", "UpgradeFailed")

_Figures = tuple[int | None, int | None]
"""Reference time and proof size."""


@dataclass(frozen=True)
class BlockMigrations:
    """What a block's own state and events say of its migrations."""

    code: str
    metadata: Metadata
    pallets: Mapping[bytes, str]
    """Names by what the keys of their storage begin with."""
    goes_on: bool | None
    used: _Figures
    limits: _Figures
    failures: Mapping[MigrationStage, str]

    @classmethod
    def read(
        cls, rpc: Rpc, metadata: Metadata, before: Metadata | None, block: GivenBlock, events: Sequence[Event]
    ) -> BlockMigrations:
        """Asks a node; ``before`` is the runtime that made its parent, where that is known. RpcError where the node
        does not give the block's state."""
        from simnet.runtime.migration import used_weight, weight_limit  # noqa: PLC0415 - loads wasmtime

        code = rpc.call("state_getStorageHash", [CODE_KEY, block.header.parent_hash])
        cursor, used = cursor_key(metadata), key_of(metadata, "System", "BlockWeight")
        asked = [used, *(["0x" + cursor.hex()] if cursor is not None else [])]
        found = values_at(rpc, asked, block.hash)
        kept = None if cursor is None else found.get("0x" + cursor.hex())
        weights: _Figures = (None, None)
        limits: _Figures = (None, None)
        with suppress(*STRANGE):
            weight = used_weight(metadata, found.get(used))
            weights = weight.ref_time, weight.proof_size
            limits = weight_limit(metadata)
        pallets = {
            twox_128(one.storage_prefix.encode()): name
            for runtime in (before, metadata)
            if runtime is not None
            for name, one in runtime.pallets.items()
        }
        return cls(
            code,
            metadata,
            pallets,
            None if cursor is None else kept is not None and kept != _STUCK,
            weights,
            limits,
            _failures(events, stuck=kept == _STUCK),
        )

    def record(self, stage: MigrationStage, found: MigrationEffect | str) -> Migrated:
        """The record of what was found, or of why nothing was."""
        own = None if isinstance(found, str) else found
        return Migrated(
            code=self.code,
            stage=stage,
            goes_on=self.goes_on,
            ref_time=None if own is None else own.weight.ref_time,
            proof_size=None if own is None else own.weight.proof_size,
            separated=None if own is None else own.separated,
            ref_time_limit=self.limits[0],
            proof_size_limit=self.limits[1],
            block_ref_time=self.used[0],
            block_proof_size=self.used[1],
            keys=None if own is None else self._keys(own.changes),
            versions=None if own is None else self._versions(own.changes),
            error=self.failures.get(stage) or (next(iter(self.failures.values()), None) if own is None else None),
            unread=found if isinstance(found, str) else None,
        )

    def _keys(self, changes: Changes) -> dict[str, KeyChanges]:
        counts: dict[str, Counter[str]] = {}
        for key, (before, after) in changes.items():
            how = "added" if before is None else "removed" if after is None else "changed"
            counts.setdefault(self._owner(key), Counter())[how] += 1
        return {
            name: KeyChanges(added=of["added"], removed=of["removed"], changed=of["changed"])
            for name, of in sorted(counts.items())
        }

    def _versions(self, changes: Changes) -> dict[str, StorageVersions]:
        return {
            self._owner(key): StorageVersions(before=_version(before), after=_version(after))
            for key, (before, after) in changes.items()
            if key[16:] == _VERSION_ITEM
        }

    def _owner(self, key: bytes) -> str:
        """The pallet of a key, or what it begins with."""
        if key.startswith(b":"):
            return key.decode("ascii", "backslashreplace")
        return self.pallets.get(key[:16], f"0x{key[:16].hex()}")


def cursor_key(metadata: Metadata) -> bytes | None:
    """Where the pallet that migrates over several blocks keeps how far it is; None where there is none."""
    found = (name for name, one in metadata.pallets.items() if one.storage.keys() >= _STEPS)
    name = next(found, None)
    return None if name is None else metadata.storage_key(name, "Cursor")


def _failures(events: Sequence[Event], *, stuck: bool) -> dict[MigrationStage, str]:
    """What events say of migrations that failed, by when they were deposited."""
    found: dict[MigrationStage, str] = {}
    for event in events:
        if event.name in _FAILURES:
            fields = " ".join(f"{name} {value}" for name, value in event.fields.items())
            stage: MigrationStage = "upgrade" if event.phase == "initialization" else "step"
            found.setdefault(stage, " ".join(filter(None, (f"{event.pallet}.{event.name}", fields))))
    if stuck and not found:
        found["step"] = "its migrations are stuck since an earlier block"
    return found


def _version(raw: bytes | None) -> int | None:
    return None if raw is None else int.from_bytes(raw, "little")
