"""Reads what new code does to a chain: the blocks that carry it, and those that migrate storage.

A node gives the state before such a block, and the block is made again on it in this process, on any provider.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from typing import TYPE_CHECKING

from simnet.chain.metadata import Event, Metadata
from simnet.chain.rpc import Rpc
from simnet.codec import blake2_256
from simnet.errors import RpcError
from simnet.journal.records import MigrationStage, RecordData, UpgradeTried
from simnet.providers.block_again import STRANGE, GivenBlock, made_again
from simnet.providers.block_migrations import BlockMigrations, cursor_key
from simnet.providers.carried_code import carried_code

if TYPE_CHECKING:
    from simnet.runtime.host import Host
    from simnet.runtime.migration import BlockRun, MigrationEffect


def own_host() -> Host:
    """A host for one block, of the thread that reads it."""
    from simnet.runtime.host import Host  # noqa: PLC0415 - loads wasmtime

    return Host()


class UpgradeReader:
    """Of one chain, as its recorder asks (:class:`~simnet.chain.recorder.NewCodeReader`). ``build`` is code with the
    feature ``try-runtime``, whose checks are run on the state before the block that migrates. Seconds that migrations
    took on this machine go into ``took``. ``host`` gives what blocks are made again in, in the thread that asks."""

    def __init__(
        self,
        chain: str,
        took: MutableMapping[str, float],
        build: bytes | None = None,
        host: Callable[[], Host] = own_host,
    ) -> None:
        self._chain = chain
        self._host = host
        self._took = took
        self._build = build
        self._over: set[str] = set()
        """Blocks in which no migration was under way any more, by their hashes."""

    def carried(
        self, rpc: Rpc, metadata: Metadata, hash_: str, events: Sequence[Event], code: str | None
    ) -> Sequence[RecordData]:
        """What a block is like that brings code into the chain; ``code`` is what it put into force, as a hash."""
        found = carried_code(self._host, rpc, metadata, hash_, events, code)
        return () if found is None else (found,)

    def migrated(
        self,
        rpc: Rpc,
        runtimes: tuple[Metadata | None, Metadata],
        hash_: str,
        events: Sequence[Event],
        *,
        first: bool,
    ) -> Sequence[RecordData]:
        """What a block migrates that new code made, whose parent was made by the first of ``runtimes``."""
        before, metadata = runtimes
        cursor = cursor_key(metadata)
        block = GivenBlock.read(rpc, hash_)
        parent = block.header.parent_hash
        if not first and parent in self._over and (cursor is None or not _ongoing(rpc, cursor, parent)):
            self._over.add(hash_)
            return ()
        told = BlockMigrations.read(rpc, metadata, before, block, events)
        stage: MigrationStage = "upgrade" if first else "step"
        records: list[RecordData] = []
        try:
            run = made_again(self._host(), rpc, metadata, block)
            if first and run.upgrades:
                records.append(told.record("upgrade", self._timed("migration", block, run.upgrade())))
                if self._build is not None and run.is_version_of(self._build):
                    records.append(_tried(run, self._build))
            stage = "step"
            if run.steps:
                records.append(told.record("step", self._timed("step of a migration", block, run.step())))
            else:
                self._over.add(hash_)
        except STRANGE as error:
            if isinstance(error, RpcError):
                rpc.call("system_name")  # one that does not answer leaves the block to others
            records.append(told.record(stage, str(error) or type(error).__name__))
            if first:  # what follows is not made again in vain block by block
                self._over.add(hash_)
        return records

    def _timed(self, what: str, block: GivenBlock, effect: MigrationEffect) -> MigrationEffect:
        self._took[f"{what} in block {block.header.number} of {self._chain}, made again"] = effect.seconds
        return effect


def _ongoing(rpc: Rpc, cursor: bytes, parent: str) -> bool:
    """Whether the state before a block says that a migration goes on or is stuck: root can have one begin."""
    return rpc.call("state_getStorageHash", ["0x" + cursor.hex(), parent]) is not None


def _tried(run: BlockRun, build: bytes) -> UpgradeTried:
    """How the checks of a build end on the state before a block."""
    code = "0x" + blake2_256(build).hex()
    try:
        found = run.tried(build)
    except STRANGE as error:
        return UpgradeTried(code=code, error=f"they cannot be run: {error}")
    return UpgradeTried(
        code=code,
        passed=found.error is None,
        error=found.error,
        ref_time=None if found.weight is None else found.weight.ref_time,
        proof_size=None if found.weight is None else found.weight.proof_size,
    )
