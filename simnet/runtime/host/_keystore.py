"""A node's keystore as a runtime finds it: keys by type, those that it makes among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from simnet.errors import HostError
from simnet.network.session_keys import Scheme, SessionKey
from simnet.runtime.host._native import Native, decode_list, encode_list

_T = TypeVar("_T")

_SCHEMES: tuple[Scheme, ...] = ("sr25519", "ed25519", "ecdsa")
"""In the order of their numbers in native."""


class Keystores:
    """The part of a host that opens keystores to calls of runtime APIs."""

    _native: Native

    def with_keystore(
        self, keys: Iterable[SessionKey], seed: bytes, call: Callable[[], _T]
    ) -> tuple[_T, list[SessionKey]]:
        """What ``call`` gives while the keystore with these keys is open, and the keys that were made in it, from a
        seed of 32 bytes and their order. Raises what the call does."""
        if len(seed) != 32:
            raise HostError(f"a keystore's seed has 32 bytes, not {len(seed)}")
        parts = encode_list(part for key in keys for part in _parts(key))
        at, listed = self._native.pointers(seed, parts)
        self._native.number("keystore_open", at, listed, len(parts))
        try:
            answer = call()
        except BaseException:
            self._native.span("keystore_close")
            raise
        made = decode_list(self._native.span("keystore_close"))
        return answer, [_key(*made[place : place + 4]) for place in range(0, len(made), 4)]


def _parts(key: SessionKey) -> tuple[bytes, ...]:
    return key.kind.encode(), bytes([_SCHEMES.index(key.scheme)]), key.public, key.secret


def _key(kind: bytes, scheme: bytes, public: bytes, secret: bytes) -> SessionKey:
    return SessionKey(kind.decode(), _SCHEMES[scheme[0]], public, secret)
