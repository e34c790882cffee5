"""Signatures and BABE's lottery, repeatable: nonces depend on the host's seed, the secret and the message alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simnet.errors import HostError
from simnet.runtime.host._native import Native

_SCORE = 16


@dataclass(frozen=True)
class VrfClaim:
    """A VRF claim of a slot. ``pre_output`` has 32 bytes, ``proof`` 64; ``score`` below the threshold wins."""

    pre_output: bytes
    proof: bytes
    score: int


def _check(name: str, value: bytes, *sizes: int) -> bytes:
    if len(value) not in sizes:
        expected = " or ".join(map(str, sizes))
        raise HostError(f"{name} has {len(value)} bytes; it must have {expected}")
    return value


class Signing:
    """The part of a host that signs and verifies.

    An sr25519 secret is a schnorrkel secret key of 64 bytes (scalar, then nonce: what substrate-interface's
    ``Keypair.private_key`` holds) or a mini secret of 32 bytes.

    Verification is a pure function, so its results are kept: a signature is verified once, and one that this host made
    is known to be valid. That changes no result.
    """

    def __init__(self, native: Native) -> None:
        self._native = native

    def sign_sr25519(self, secret: bytes, message: bytes) -> bytes:
        """Signature in the context ``substrate``, 64 bytes."""
        spans = self._native.spans(_check("the secret", secret, 32, 64), message)
        return self._native.fixed(64, "sr25519_sign", *spans)

    def sign_ed25519(self, seed: bytes, message: bytes) -> bytes:
        """Signature by a 32-byte seed, 64 bytes."""
        pointers = self._native.pointers(_check("the seed", seed, 32), message)
        return self._native.fixed(64, "ed25519_sign", *pointers, len(message))

    def verify_sr25519(self, signature: bytes, message: bytes, public: bytes) -> bool:
        """Whether the signature is valid in the context ``substrate``."""
        checked = _check("the signature", signature, 64), message, _check("the public key", public, 32)
        at, at_message, at_public = self._native.pointers(*checked)
        number = self._native.number("ext_crypto_sr25519_verify_version_2", at, at_message, len(message), at_public)
        return number == 1

    def babe_scores(self, secrets: Sequence[bytes], randomness: bytes, slot: int, epoch: int) -> list[int]:
        """The score of each secret of 64 bytes in a slot: its claim's, without the cost of a proof."""
        joined = _check("the secrets", b"".join(secrets), 64 * len(secrets))
        at, random = self._native.pointers(joined, _check("the randomness", randomness, 32))
        scores = self._native.span("babe_scores", at, len(secrets), 64, random, slot, epoch)
        return [int.from_bytes(scores[i : i + _SCORE], "little") for i in range(0, len(scores), _SCORE)]

    def babe_claim(self, secret: bytes, randomness: bytes, slot: int, epoch: int) -> VrfClaim:
        """The VRF claim of a slot, over the transcript of sp-consensus-babe's ``make_vrf_sign_data``.

        The score is ``make_bytes`` with the context ``substrate-babe-vrf``, a little-endian u128, for the comparison
        with the primary threshold.
        """
        checked = _check("the secret", secret, 32, 64), _check("the randomness", randomness, 32)
        at, length, random, _ = self._native.spans(*checked)
        claim = self._native.span("babe_claim", at, length, random, slot, epoch)
        return VrfClaim(claim[:32], claim[32:96], int.from_bytes(claim[96:], "little"))
