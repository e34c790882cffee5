"""Writing a chain's storage in a block: by calls of its root, which every node of the chain executes; or from outside
of the runtime, where a simulated relay chain has no such root."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simnet.chain.storage_writes import StorageWrite, encoded
from simnet.network.topology import RELAY
from simnet.providers.dispatch_origins import Root
from simnet.providers.dispatching import Dispatching
from simnet.providers.extrinsics import CallAsked, intervention
from simnet.providers.messenger import Messenger

SET, KILL = "System.set_storage", "System.kill_storage"
"""Calls of root (frame-system 49)."""


InBlock = Callable[[Sequence[tuple[bytes, bytes | None]], Callable[[int, str], None], float], None]
"""As :meth:`simnet.providers.network.Network.write_in_block`."""


def set_storage(
    messenger: Messenger,
    entries: Sequence[StorageWrite],
    chain: str,
    within: float,
    in_block: InBlock | None,
) -> None:
    """See :meth:`simnet.providers.network.Network.set_storage`. ``in_block`` has a block of the relay chain write,
    where its root cannot be had; None where no node executes that."""
    network, runtime = messenger.network, messenger.runtime(chain)
    written = [encoded(runtime.types.metadata, runtime.calls, one) for one in entries]

    def came(height: int, hash_: str) -> None:
        network.journal.append(intervention(chain, entries, "block", None), chain=chain, height=height, hash=hash_)

    if chain == RELAY and in_block is not None and not _has_relay_root(messenger):
        network.marks.append(f"storage of {chain}")
        messenger.tell_codes(chain, {"items": written})
        in_block(written, came, within)
    else:
        Dispatching(messenger, chain, Root(), "all", within, entries).run(calls_of(written), "success")


def _has_relay_root(messenger: Messenger) -> bool:
    """Whether the relay chain has a sudo key, and it is the network's."""
    runtime = messenger.runtime(RELAY)
    metadata = runtime.types.metadata
    if "Sudo" not in metadata.pallets:
        return False
    key = messenger.any_rpc(RELAY).call("state_getStorage", ["0x" + metadata.storage_key("Sudo", "Key").hex()])
    return bool(key == "0x" + runtime.calls.account(messenger.network.topology.relay.sudo).hex())


def calls_of(written: Sequence[tuple[bytes, bytes | None]]) -> list[CallAsked]:
    """The calls that write entries, and those that remove them, in this order."""
    items = [(key, value) for key, value in written if value is not None]
    keys = [key for key, value in written if value is None]
    calls: list[CallAsked] = [(SET, {"items": items})] if items else []
    return [*calls, (KILL, {"keys": keys})] if keys else calls
