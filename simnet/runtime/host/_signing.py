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

    def public_sr25519(self, secret: bytes) -> bytes:
        """Public key, 32 bytes."""
        return self._native.fixed(32, "sr25519_public", *self._native.spans(_check("the secret", secret, 32, 64)))

    def sign_sr25519(self, secret: bytes, message: bytes) -> bytes:
        """Signature in the context ``substrate``, 64 bytes."""
        spans = self._native.spans(_check("the secret", secret, 32, 64), message)
        return self._native.fixed(64, "sr25519_sign", *spans)

    def public_ed25519(self, seed: bytes) -> bytes:
        """Public key of a 32-byte seed, 32 bytes."""
        return self._native.fixed(32, "ed25519_public", *self._native.pointers(_check("the seed", seed, 32)))

    def sign_ed25519(self, seed: bytes, message: bytes) -> bytes:
        """Signature by a 32-byte seed, 64 bytes."""
        secret, _, at, length = self._native.spans(_check("the seed", seed, 32), message)
        return self._native.fixed(64, "ed25519_sign", secret, at, length)

    def public_ecdsa(self, secret: bytes) -> bytes:
        """Compressed secp256k1 public key, 33 bytes."""
        return self._native.fixed(33, "ecdsa_public", *self._native.pointers(_check("the secret", secret, 32)))

    def sign_ecdsa(self, secret: bytes, message: bytes) -> bytes:
        """Signature of the message's Blake2-256: r, s and recovery id, 65 bytes."""
        key, _, at, length = self._native.spans(_check("the secret", secret, 32), message)
        return self._native.fixed(65, "ecdsa_sign", key, at, length)

    def sign_ecdsa_digest(self, secret: bytes, digest: bytes) -> bytes:
        """As :meth:`sign_ecdsa`, of a 32-byte digest made by the caller (BEEFY: Keccak-256 of the commitment)."""
        pointers = self._native.pointers(_check("the secret", secret, 32), _check("the digest", digest, 32))
        return self._native.fixed(65, "ecdsa_sign_digest", *pointers)

    def verify_sr25519(self, signature: bytes, message: bytes, public: bytes) -> bool:
        """Whether the signature is valid in the context ``substrate``."""
        return self._verify("sr25519_verify_version_2", _check("the signature", signature, 64), message, public, 32)

    def verify_ed25519(self, signature: bytes, message: bytes, public: bytes) -> bool:
        """Whether the signature is valid by ZIP 215, as Substrate judges."""
        return self._verify("ed25519_verify_version_1", _check("the signature", signature, 64), message, public, 32)

    def verify_ecdsa(self, signature: bytes, message: bytes, public: bytes) -> bool:
        """Whether a 65-byte signature of the message's Blake2-256 is by the compressed public key."""
        return self._verify("ecdsa_verify_version_2", _check("the signature", signature, 65), message, public, 33)

    def _verify(self, name: str, signature: bytes, message: bytes, public: bytes, size: int) -> bool:
        spans = self._native.spans(signature, message, _check("the public key", public, size))
        at_signature, _, at_message, length, at_public, _ = spans
        return self._native.number(f"ext_crypto_{name}", at_signature, at_message, length, at_public) == 1

    def babe_scores(self, secrets: Sequence[bytes], randomness: bytes, slot: int, epoch: int) -> list[int]:
        """The score of each secret in a slot: its claim's, without the cost of a proof. Secrets have one length."""
        if not secrets:
            return []
        length = len(_check("the secret", secrets[0], 32, 64))
        if any(len(secret) != length for secret in secrets):
            raise HostError("the secrets have different lengths")
        at, _, random, _ = self._native.spans(b"".join(secrets), _check("the randomness", randomness, 32))
        scores = self._native.span("babe_scores", at, len(secrets), length, random, slot, epoch)
        return [int.from_bytes(scores[i : i + _SCORE], "little") for i in range(0, len(scores), _SCORE)]

    def babe_score(self, secret: bytes, randomness: bytes, slot: int, epoch: int) -> int:
        """As :meth:`babe_scores`, for one secret."""
        return self.babe_scores([secret], randomness, slot, epoch)[0]

    def babe_claim(self, secret: bytes, randomness: bytes, slot: int, epoch: int) -> VrfClaim:
        """The VRF claim of a slot, over the transcript of sp-consensus-babe's ``make_vrf_sign_data``.

        The score is ``make_bytes`` with the context ``substrate-babe-vrf``, a little-endian u128, for the comparison
        with the primary threshold.
        """
        checked = _check("the secret", secret, 32, 64), _check("the randomness", randomness, 32)
        at, length, random, _ = self._native.spans(*checked)
        claim = self._native.span("babe_claim", at, length, random, slot, epoch)
        return VrfClaim(claim[:32], claim[32:96], int.from_bytes(claim[96:], "little"))

    def babe_verify(
        self, public: bytes, pre_output: bytes, proof: bytes, randomness: bytes, slot: int, epoch: int
    ) -> bool:
        """Whether a claim is by the owner of the public key."""
        key, claim = _check("the public key", public, 32), _check("the claim", pre_output + proof, 96)
        pointers = self._native.pointers(key, claim, _check("the randomness", randomness, 32))
        return self._native.number("babe_verify", *pointers, slot, epoch) == 1
