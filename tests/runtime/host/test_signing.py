"""Signatures: made repeatably, verified as nodes do, and understood by the libraries that users sign with."""

from __future__ import annotations

import hashlib

import ed25519_zebra
import pytest
from ecdsa import SECP256k1, SigningKey
from ecdsa.util import sigencode_string_canonize

from simnet.errors import HostError
from simnet.network.accounts import keypair
from simnet.runtime.host import Host
from tests.runtime.host.probe import one

ORDER = SECP256k1.order
SECRET = bytes(range(1, 33))
MESSAGE = b"a message"
# From go-ethereum's tests of secp256k1: digest, signature, uncompressed key.
DIGEST = bytes.fromhex("ce0677bb30baa8cf067c88db9811f4333d131bf8bcf12fe7065d211dce971008")
SIGNATURE = bytes.fromhex(
    "90f27b8b488db00b00606796d2987f6a5f59ae62ea05effe84fef5b8b0e54998"
    "4a691139ad57a3f0b906637673aa2f63d1f55cb1a69199d4009eea23ceaddc9301"
)
KEY = bytes.fromhex(
    "e32df42865e97135acfb65f3bae71bdc86f4d49150ad6a440b6f15878109880a"
    "0a2b2667f7e725ceea70c673093bf67663e0312623c8e091b13cf2c0f11ef652"
)


@pytest.mark.parametrize("message", [b"", b"x", bytes(1000)])
def test_the_libraries_accept_our_sr25519_signatures(host: Host, message: bytes) -> None:
    pair = keypair("//Alice")
    signature = host.sign_sr25519(pair.private_key, message)
    assert pair.verify(message, signature)


def test_we_accept_the_libraries_sr25519_signatures(host: Host) -> None:
    pair = keypair("//Alice")
    for _ in range(3):
        signature = pair.sign(MESSAGE)
        assert host.verify_sr25519(signature, MESSAGE, pair.public_key)
        for version in (1, 2):
            assert (
                one(host, f"ext_crypto_sr25519_verify_version_{version}", signature, MESSAGE, pair.public_key)[0] == 1
            )


def test_a_wrong_sr25519_signature_is_refused_again_and_again(host: Host) -> None:
    pair, other = keypair("//Alice"), keypair("//Bob")
    good = host.sign_sr25519(pair.private_key, MESSAGE)
    for _ in range(2):
        assert not host.verify_sr25519(good, MESSAGE + b"!", pair.public_key)
        assert not host.verify_sr25519(good, MESSAGE, other.public_key)
        for i in (0, 31, 32, 63):
            bad = good[:i] + bytes([good[i] ^ 1]) + good[i + 1 :]
            assert not host.verify_sr25519(bad, MESSAGE, pair.public_key)
        assert not host.verify_sr25519(bytes(64), MESSAGE, bytes([255] * 32))


def test_signatures_depend_on_seed_secret_and_message_alone() -> None:
    secret = keypair("//Alice").private_key
    first, second, seeded = Host(), Host(), Host(bytes([1] * 32))
    second.sign_sr25519(secret, b"another before")
    assert first.sign_sr25519(secret, MESSAGE) == second.sign_sr25519(secret, MESSAGE)
    assert first.sign_sr25519(secret, MESSAGE) != first.sign_sr25519(secret, MESSAGE + b"!")
    assert first.sign_sr25519(secret, MESSAGE) != seeded.sign_sr25519(secret, MESSAGE)
    assert seeded.verify_sr25519(first.sign_sr25519(secret, MESSAGE), MESSAGE, keypair("//Alice").public_key)


def test_remembered_signatures_are_judged_as_fresh_ones_are() -> None:
    """What a host knows because it signed, another finds by verifying."""
    signer, verifier = Host(), Host()
    secret, public = keypair("//Dave").private_key, keypair("//Dave").public_key
    for i in range(20):
        message = bytes([i])
        signature = signer.sign_sr25519(secret, message)
        assert signer.verify_sr25519(signature, message, public)
        assert verifier.verify_sr25519(signature, message, public)


def test_ed25519_of_rfc_8032(host: Host) -> None:
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    signature = bytes.fromhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
        "655141438e7a100b"
    )
    assert host.sign_ed25519(seed, b"") == signature
    assert one(host, "ext_crypto_ed25519_verify_version_1", signature, b"", public)[0] == 1
    assert one(host, "ext_crypto_ed25519_verify_version_1", signature, b"x", public)[0] == 0


def test_ed25519_and_the_library_agree(host: Host) -> None:
    secret, _ = ed25519_zebra.ed_from_seed(SECRET)
    assert host.sign_ed25519(SECRET, MESSAGE) == bytes(ed25519_zebra.ed_sign(secret, MESSAGE))


def test_the_librarys_ecdsa_signatures_are_accepted(host: Host) -> None:
    key = SigningKey.from_string(SECRET, curve=SECP256k1)
    digest = hashlib.blake2b(MESSAGE, digest_size=32).digest()
    numbers = key.sign_digest_deterministic(digest, hashlib.sha256, sigencode=sigencode_string_canonize)
    public = key.verifying_key.to_string("compressed")

    def accepted(recovery_id: int, message: bytes) -> bool:
        signature = numbers + bytes([recovery_id])
        plain = one(host, "ext_crypto_ecdsa_verify_version_2", signature, message, public)[0]
        prehashed = hashlib.blake2b(message, digest_size=32).digest()
        assert one(host, "ext_crypto_ecdsa_verify_prehashed_version_1", signature, prehashed, public)[0] == plain
        return plain == 1

    assert sorted(accepted(recovery_id, MESSAGE) for recovery_id in (0, 1)) == [False, True]
    assert not any(accepted(recovery_id, MESSAGE + b"!") for recovery_id in (0, 1))


def recovered(host: Host, signature: bytes, digest: bytes = DIGEST) -> bytes:
    return one(host, "ext_crypto_secp256k1_ecdsa_recover_version_2", signature, digest)


def test_recovery_of_a_published_vector(host: Host) -> None:
    assert recovered(host, SIGNATURE) == b"\0" + KEY
    assert recovered(host, SIGNATURE[:64] + bytes([SIGNATURE[64] + 27])) == b"\0" + KEY
    compressed = one(host, "ext_crypto_secp256k1_ecdsa_recover_compressed_version_2", SIGNATURE, DIGEST)
    assert compressed == b"\0" + bytes([2 + KEY[63] % 2]) + KEY[:32]


def test_recovery_takes_a_high_s_as_libsecp256k1_does(host: Host) -> None:
    high = ORDER - int.from_bytes(SIGNATURE[32:64], "big")
    flipped = SIGNATURE[:32] + high.to_bytes(32, "big") + bytes([SIGNATURE[64] ^ 1])
    assert recovered(host, flipped) == b"\0" + KEY


@pytest.mark.parametrize(
    ("signature", "error"),
    [
        (ORDER.to_bytes(32, "big") + SIGNATURE[32:], 0),
        (SIGNATURE[:32] + ORDER.to_bytes(32, "big") + SIGNATURE[64:], 0),
        (SIGNATURE[:64] + b"\x04", 1),
        (bytes(32) + SIGNATURE[32:], 2),
        (SIGNATURE[:32] + bytes(33), 2),
        (SIGNATURE[:64] + b"\x02", 2),
    ],
)
def test_recovery_says_what_is_wrong(host: Host, signature: bytes, error: int) -> None:
    assert recovered(host, signature) == bytes([1, error])


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(63), bytes([255] * 64)])
def test_what_is_no_secret_is_refused(host: Host, secret: bytes) -> None:
    with pytest.raises(HostError):
        host.sign_sr25519(secret, MESSAGE)


def test_a_seed_has_32_bytes() -> None:
    with pytest.raises(HostError, match="32 bytes"):
        Host(b"short")
