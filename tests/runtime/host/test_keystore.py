"""The keystore that a runtime finds while it makes session keys."""

from __future__ import annotations

import pytest
from ecdsa import BadSignatureError, SECP256k1, VerifyingKey
from ed25519_zebra import ed_verify

from simnet.codec import blake2_256, read_compact, vec_bytes
from simnet.errors import HostError, RuntimeTrap
from simnet.network.session_keys import Scheme, SessionKey, session_key
from simnet.runtime.host import Host
from tests.runtime.host.probe import one

SEED = bytes(range(32))
SCHEMES: tuple[Scheme, ...] = ("sr25519", "ed25519", "ecdsa")
NO_SEED = b"\0"


def made(scheme: Scheme, seed: bytes = SEED) -> tuple[bytes, list[SessionKey]]:
    host = Host()
    return host.with_keystore([], seed, lambda: one(host, f"ext_crypto_{scheme}_generate_version_1", b"test", NO_SEED))


def verified(host: Host, key: SessionKey, signature: bytes, message: bytes) -> bool:
    match key.scheme:
        case "sr25519":
            return host.verify_sr25519(signature, message, key.public)
        case "ed25519":
            return bool(ed_verify(signature, message, key.public))
    public = VerifyingKey.from_string(key.public, curve=SECP256k1)
    try:
        return bool(public.verify_digest(signature[:64], blake2_256(message)))
    except BadSignatureError:
        return False


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_key_that_a_runtime_makes_is_handed_over_with_its_secret(scheme: Scheme) -> None:
    public, keys = made(scheme)
    assert [(key.kind, key.scheme, key.public) for key in keys] == [("test", scheme, public)]
    host, message = Host(), b"a message"
    answer, more = host.with_keystore(
        keys, SEED, lambda: one(host, f"ext_crypto_{scheme}_sign_version_1", b"test", public, message)
    )
    assert answer[:1] == b"\1"
    assert verified(host, keys[0], answer[1:], message)
    assert not verified(host, keys[0], answer[1:], b"another")
    assert more == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_keys_follow_from_the_seed(scheme: Scheme) -> None:
    assert made(scheme) == made(scheme)
    assert made(scheme)[0] != made(scheme, bytes(32))[0]


def test_a_keystore_lists_and_signs_with_the_keys_of_a_type_alone() -> None:
    host, alice = Host(), session_key("babe", "//Alice")
    every = "ext_crypto_sr25519_public_keys_version_1"
    listed, _ = host.with_keystore([alice], SEED, lambda: one(host, every, b"babe"))
    assert read_compact(listed, 0)[0] == 1
    assert listed[1:] == alice.public
    none, _ = host.with_keystore([alice], SEED, lambda: one(host, every, b"aura"))
    assert none == b"\0"
    unsigned, _ = host.with_keystore(
        [alice], SEED, lambda: one(host, "ext_crypto_sr25519_sign_version_1", b"aura", alice.public, b"m")
    )
    assert unsigned == b"\0"


def test_without_a_keystore_there_is_none() -> None:
    with pytest.raises(RuntimeTrap, match="No `keystore` associated"):
        one(Host(), "ext_crypto_sr25519_generate_version_1", b"babe", NO_SEED)


def test_a_call_that_fails_closes_the_keystore() -> None:
    host = Host()
    wanted = b"\1" + vec_bytes(b"//Alice")
    with pytest.raises(RuntimeTrap, match="from seeds that a runtime gives"):
        host.with_keystore([], SEED, lambda: one(host, "ext_crypto_sr25519_generate_version_1", b"babe", wanted))
    with pytest.raises(RuntimeTrap, match="No `keystore` associated"):
        one(host, "ext_crypto_sr25519_generate_version_1", b"babe", NO_SEED)


def test_a_seed_has_32_bytes() -> None:
    with pytest.raises(HostError, match="32 bytes, not 3"):
        Host().with_keystore([], b"abc", lambda: None)
