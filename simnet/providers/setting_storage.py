"""Writing a chain's storage as its root, by calls in a block, which every node of the chain executes."""

from __future__ import annotations

from collections.abc import Sequence

from simnet.chain.storage_writes import StorageWrite, encoded
from simnet.journal.records import Intervention
from simnet.providers.dispatch_origins import Root
from simnet.providers.dispatching import Dispatching
from simnet.providers.extrinsics import CallAsked, HandedIn
from simnet.providers.messenger import Messenger

SET, KILL = "System.set_storage", "System.kill_storage"
"""Calls of root (frame-system 49)."""


def set_storage(messenger: Messenger, entries: Sequence[StorageWrite], chain: str, within: float) -> None:
    """See :meth:`simnet.providers.network.Network.set_storage`."""
    runtime = messenger.runtime(chain)
    calls = calls_of([encoded(runtime.types.metadata, runtime.calls, one) for one in entries])

    def handed(one: HandedIn) -> None:
        relayed = one.pending.chain != chain
        messenger.network.journal.append(
            Intervention(
                what=f"storage of {chain}: {'; '.join(map(str, entries))}",
                items=[entry.as_data() for entry in entries],
                how="relay root" if relayed else "sudo",
                extrinsic=one.pending.hash,
            ),
            chain=chain,
        )

    Dispatching(messenger, chain, Root(), "all", within, handed).run(calls, "success")


def calls_of(written: Sequence[tuple[bytes, bytes | None]]) -> list[CallAsked]:
    """The calls that write entries, and those that remove them, in this order."""
    items = [(key, value) for key, value in written if value is not None]
    keys = [key for key, value in written if value is None]
    calls: list[CallAsked] = [(SET, {"items": items})] if items else []
    return [*calls, (KILL, {"keys": keys})] if keys else calls
