"""How much an answer may hold, and how much a client may have standing at a node, as at real ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from simnet.providers.simulated.rpc._errors import RefusedError

LARGEST_ANSWER = 15 << 20
"""Bytes of an answer (sc-cli 0.64, ``RPC_DEFAULT_MAX_RESPONSE_SIZE_MB``)."""

PINNED_BLOCKS = 512
"""Blocks that all followers of a node may hold together; here each may (sc-rpc-spec-v2 0.62, ``MAX_PINNED_BLOCKS``)."""

FOLLOWERS = 4
"""``chainHead_v1_follow`` of one connection (sc-rpc-spec-v2 0.62, ``MAX_FOLLOW_SUBSCRIPTIONS_PER_CONNECTION``)."""

BROADCASTS = 16
"""Extrinsics that a connection may have broadcast at a time (sc-service 0.63, ``MAX_TRANSACTION_PER_CONNECTION``); here
a node, since over HTTP nobody can tell whose they are."""

_RESPONSE_TOO_BIG = -32008
"""jsonrpsee-types 0.24, error.rs."""

_T = TypeVar("_T", str, str | None)


def too_big() -> RefusedError:
    """What a node answers instead of an answer that is larger than :data:`LARGEST_ANSWER`."""
    return RefusedError(_RESPONSE_TOO_BIG, "Response is too big", f"Exceeded max limit of {LARGEST_ANSWER}")


class Room:
    """What is left of an answer while it is put together, so that none is made that could not be sent."""

    def __init__(self) -> None:
        self._left = LARGEST_ANSWER

    def take(self, text: _T) -> _T:
        """Passes a part of the answer on; raises :class:`RefusedError` where it has no place."""
        self._left -= len(text or "")
        if self._left < 0:
            raise too_big()
        return text


def listed(texts: Iterable[_T]) -> list[_T]:
    """An answer that lists these; raises :class:`RefusedError` for more than one can hold."""
    room = Room()
    return [room.take(text) for text in texts]
